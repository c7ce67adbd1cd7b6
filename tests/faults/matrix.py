"""`make fault-matrix`: every fault, again and again, against the services on a real Apache Kafka.

A world is a Kafka, a producer that polls feeds on loopback, a worker and a sink, started as deploy/systemd starts them.
It is told one run of the story after the other (story.yaml); each run has towns of its own and its fault at a random
moment. When all is read, what the ledger, the alert log and the topics have of the run's towns is compared with what an
undisturbed world came to. Each run is a line in the file of results as soon as it is over; `--resume` goes on from it.

Exit status: 0 nothing was lost, wrong or double; 1 something was; 2 it cannot run here.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faults import FAULTS, Fault
from judge import Outcome, judge, outcome
from story import Run, Told, story
from surroundings import CannotStrikeError
from table import report, rows
from world import StillError, World

from placewatch.kafka_rights import SINK_GROUP
from placewatch.local.progress import SINK_INPUTS
from placewatch.topics import ARTICLES, READINGS, WORKERS


# Early enough in a run that there is work left when it strikes.
STRIKES_BEFORE = 0.6
# What each reads: an article's way through them.
STAGES = (
    (WORKERS, (ARTICLES,)),
    (WORKERS, (READINGS,)),
    (SINK_GROUP, SINK_INPUTS),
)
BY_WALL_CLOCK = {"clock": "wall", "partitions": 1}


class Results:
    """The file of results, one JSON line each: reference outcomes, runs, what could not be run."""

    def __init__(self, path: Path, *, is_resumed: bool) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_resumed:
            path.unlink(missing_ok=True)
        text = path.read_text() if path.exists() else ""
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]

    def add(self, **line: Any) -> None:
        """Write a line at once."""
        self.lines.append(line)
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def outcomes(self) -> dict[int, Outcome]:
        """Return what runs came to undisturbed, by the stream's clock."""
        return {
            line["run"]: Outcome.from_json(line["outcome"])
            for line in self.lines
            if "outcome" in line
        }

    def has(self, fault: str, number: int) -> bool:
        """Return whether a run is there."""
        return any((line.get("fault"), line.get("run")) == (fault, number) for line in self.lines)


def main() -> int:
    """Run what is asked for; write and print the table; return the exit status."""
    arguments = _arguments()
    results = Results(arguments.results, is_resumed=arguments.resume)
    chosen = [f for f in FAULTS if not arguments.faults or f.name in arguments.faults]
    numbers = range(arguments.runs)
    if not arguments.table_only:
        for fault in chosen:
            todo = [number for number in numbers if not results.has(fault.name, number)]
            _strike_again_and_again(fault, todo, results, arguments.seed)
    names = {fault.name: fault.title for fault in chosen}
    table = rows(results.lines, names)
    if arguments.report:
        arguments.report.write_text(report(table))
    if arguments.json:
        print(json.dumps([row.to_json() for row in table]))
    else:
        print(report(table))
    return 1 if any(not row.is_clean for row in table) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="runs of each fault")
    parser.add_argument("--faults", nargs="*", default=[], choices=[f.name for f in FAULTS])
    parser.add_argument("--seed", default="placewatch", help="decides when and how faults strike")
    parser.add_argument("--results", type=Path, default=Path("artifacts/fault-matrix.jsonl"))
    parser.add_argument("--resume", action="store_true", help="go on from the file of results")
    parser.add_argument("--table-only", action="store_true", help="run nothing, with --resume")
    parser.add_argument("--report", type=Path, help="a page of documentation to write")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    return parser.parse_args()


def _strike_again_and_again(
    fault: Fault, numbers: Sequence[int], results: Results, seed: str
) -> None:
    """Have the runs of these numbers, in one world as long as it goes well, in a new one after it did not."""
    left = list(numbers)
    try:
        while left:
            told = _story(fault, left)
            wanted = _undisturbed(fault, told, results)
            with _world(fault, told) as world:
                for run in told.runs:
                    left.remove(run.number)
                    line = _run(fault, world, run, wanted[run.number], f"{seed}-{run.number}")
                    results.add(fault=fault.name, run=run.number, **line)
                    _say(f"{fault.name} {run.number}: {_in_short(line)}")
                    if "stood_still" in line:
                        _keep(world, fault)
                        break
    except CannotStrikeError as error:
        results.add(fault=fault.name, skipped=str(error))
        _say(f"{fault.name}: not here: {error}")


def _story(fault: Fault, numbers: Sequence[int]) -> Told:
    if not fault.is_by_wall_clock:
        return story(numbers)
    # News of the last hours: what is days old would be passed over in silence.
    return story(numbers, begins=datetime.now(UTC) - timedelta(hours=6), pace=1 / 600)


def _undisturbed(fault: Fault, told: Told, results: Results) -> dict[int, Outcome]:
    """Return what the runs come to when nothing happens; by the stream's clock that is found out once."""
    known = {} if fault.is_by_wall_clock else results.outcomes()
    if all(run.number in known for run in told.runs):
        return known
    found = {}
    with _world(replace(fault, prepare=None), told) as world:
        for run in told.runs:
            _tell(world, run)
            world.until(world.is_done, "the end")
            found[run.number] = outcome(world, run)
            _say(f"undisturbed {run.number}: {len(found[run.number].alert_ids)} alerts")
            if not fault.is_by_wall_clock:
                results.add(run=run.number, outcome=found[run.number].to_json())
    return found


@contextmanager
def _world(fault: Fault, told: Told) -> Iterator[World]:
    """Give the world of a fault, with what must be around it."""
    folder = Path(tempfile.mkdtemp(prefix=f"placewatch-{fault.name}-"))
    try:
        with fault.around(folder) as around:
            clock = BY_WALL_CLOCK if fault.is_by_wall_clock else {}
            with World(folder, told, around.units, **(clock | around.settings)) as world:
                if fault.prepare is not None:
                    fault.prepare(world)
                yield world
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell(world: World, run: Run) -> None:
    """Have all of a run told and published."""
    world.release(run)
    world.until(lambda: world.confirmed >= run.last, "the story")


def _run(fault: Fault, world: World, run: Run, wanted: Outcome, seed: str) -> dict[str, Any]:
    """Tell a run with its fault; return what to note of it."""
    began, rng = time.monotonic(), random.Random(f"{fault.name}-{seed}")
    at_item = run.first + rng.randrange(2, int((run.last - run.first) * STRIKES_BEFORE))
    try:
        world.release(run)
        world.until(lambda: world.confirmed >= at_item, "the moment of the fault")
        world.last(rng.uniform(0, 0.3))
        struck = time.monotonic()
        fault.strike(world, rng)
        recovery = _recovery(world, run)
        lasted = time.monotonic() - struck - recovery["caught_up_s"]
        world.until(lambda: world.confirmed >= run.last, "the story")
        world.until(lambda: world.is_done() and world.is_told(), "the end")
    except StillError as error:
        return {"stood_still": str(error), "alerts": len(wanted.alert_ids)}
    verdict = judge(world, run, wanted).to_json()
    if fault.complaints is not None:
        verdict["wrong"] += fault.complaints(world)
    return {
        **verdict,
        **recovery,
        "at_item": at_item - run.first,
        "lasted_s": round(lasted, 2),
        "took_s": round(time.monotonic() - began, 1),
        "load": round(os.getloadavg()[0], 1),
    }


def _recovery(world: World, run: Run) -> dict[str, float]:
    """Return how long after the fault the sink committed something, and until all that waited was through.

    Through is what was published until then, and the first that was published afterwards: without it nothing would be
    said of a producer.
    """
    over, committed, confirmed = time.monotonic(), world.committed, world.confirmed
    world.until(lambda: world.committed > committed, "the next commit")
    first = time.monotonic() - over
    world.until(
        lambda: world.confirmed > confirmed or confirmed >= run.last, "the next publication"
    )
    for group, topics in STAGES:
        ends = world.ends(topics)
        world.until(lambda: world.is_through(group, ends), "what waited")  # noqa: B023  # used at once
    world.until(world.is_told, "the alert log")
    through = time.monotonic() - over
    return {"next_commit_s": round(first, 2), "caught_up_s": round(through, 2)}


def _keep(world: World, fault: Fault) -> None:
    """Keep what the services said where it can be looked at."""
    kept = Path("artifacts") / "stood-still" / f"{fault.name}-{datetime.now(UTC):%H%M%S}"
    kept.mkdir(parents=True)
    for log in world.folder.glob("*.log"):
        shutil.copy(log, kept)


def _in_short(line: Mapping[str, Any]) -> str:
    """Return a line for whoever waits."""
    if "stood_still" in line:
        return f"STOOD STILL: {line['stood_still']}"
    counts = ", ".join(f"{len(line[word])} {word}" for word in ("lost", "wrong", "duplicates"))
    faults = "; ".join([*line["lost"], *line["wrong"], *line["duplicates"]][:4])
    return (
        f"{line['alerts']} alerts, {counts}; next commit after {line['next_commit_s']} s, backlog "
        f"through after {line['caught_up_s']} s; {line['took_s']} s in all {faults}"
    )


def _end(number: int, _frame: object) -> None:
    """End what was started and then this; once, however often it is told to."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def _say(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
