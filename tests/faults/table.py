"""The table of the fault matrix, and the page of documentation that holds it."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


PAGE = """# What was broken, and what came of it

`make fault-matrix` writes this page. It runs producer, worker and sink as processes on a real Apache Kafka, feeds them a
story of invented news through feeds on loopback, and breaks one thing at a random moment of it; `RUNS=10` says how often
each. In each run a dozen towns that nobody has heard of before lead to about {alerts} alerts, with Updates, and Cancels when an
outlet takes back what it said. What ends is started again after 2 s, as the units in `deploy/systemd` say.

When all is read, the run's alerts and statuses in the ledger, in the alert log and on the topics are compared with those of
a world in which nothing happened.

{table}

- **lost**: alert ids of the undisturbed run that the ledger, the alert log or the topic lacks.
- **wrong**: ids besides those; places whose status, holder, certainty, date or alert differs in the ledger or on the
  topic; poison that is not among the dead letters with its reason; runs without an end.
- **duplicates**: ids that the ledger or the alert log has twice. On the topic an alert may be repeated, under the same id.
- **next commit**: from the end of the fault until the sink has something new behind it.
- **backlog through**: from the end of the fault until everything published by then, and the first article published
  after it, has been read, tracked and written.

Times include the 2 s until a dead service is started again, its start, and what else the machine did meanwhile: it has
{cores} cores, and a median load of {load} during the runs. A worker or
sink that is killed keeps its share of the topics until its session ends: here after 6 s (`PLACEWATCH_SESSION_TIMEOUT_S`),
by default after 45 s, so that by default up to 39 s come on top.

How each is done:

- **kill -9**: the process alone; what it started finds out by itself. Kafka's is the Java machine under `placewatch
  broker run`. *Everything at once* is Kafka, producer, worker and sink within a moment, as when the power goes. In the
  runs of PostgreSQL the ledger and the feed state lie there; in the others both are SQLite.
- **full disk**: ledger and alert log lie on a disk in memory that is filled to the last byte, for 5 to 15 s.
- **broker away**: stopped in its tracks (SIGSTOP), or ended and started again, a minute later.
- **cut off**: packets from the worker to the broker are dropped, or its connections reset, for 3 to 20 s.
- **two workers**: they join 2 to 6 s apart; then one is asked to end and the other killed.
- **poison**: a dozen records on the topics of articles, readings and alerts that are no such records.
- **clocks**: those of the producer, the worker, the sink or all three are set an hour ahead or back for 5 to 12 s, and
  right again (libfaketime); what happens is judged by real time in these runs.

`artifacts/fault-matrix.jsonl` has a line for each run; `make fault-matrix RESUME=1` goes on from it. `make faults` has one run
of each of three faults besides the older tests.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What all runs of one fault came to; seconds are from the end of the fault.

    Attributes:
        stood_still: runs that came to no end.
        skipped: why it was not run at all, or nothing.
        next_commit_s: until the sink committed something again: median and longest.
        caught_up_s: until what waited was through: median and longest.
        loads: the machine's load in each run.
    """

    fault: str
    title: str
    runs: int
    alerts: int
    lost: int
    wrong: int
    duplicates: int
    stood_still: int
    skipped: str
    next_commit_s: tuple[float, float] | None
    caught_up_s: tuple[float, float] | None
    loads: tuple[float, ...] = ()

    @property
    def per_run(self) -> int:
        """About how many alerts a run has."""
        return round(self.alerts / self.runs) if self.runs else 0

    @property
    def is_clean(self) -> bool:
        """Whether it was run, where it can be, and nothing was lost, wrong, double or without an end."""
        is_done = bool(self.runs or self.skipped)
        return is_done and not (self.lost or self.wrong or self.duplicates or self.stood_still)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def rows(lines: Iterable[Mapping[str, Any]], titles: Mapping[str, str]) -> list[Row]:
    """Return the rows of these faults from the lines of a file of results."""
    lines = list(lines)
    return [_row(name, title, lines) for name, title in titles.items()]


def _row(name: str, title: str, lines: Iterable[Mapping[str, Any]]) -> Row:
    own = [line for line in lines if line.get("fault") == name]
    runs = [line for line in own if "run" in line]
    over = [line for line in runs if "lost" in line]
    skipped = [str(line["skipped"]) for line in own if "skipped" in line]
    return Row(
        fault=name,
        title=title,
        runs=len(runs),
        alerts=sum(line["alerts"] for line in runs),
        lost=sum(len(line["lost"]) for line in over),
        wrong=sum(len(line["wrong"]) for line in over),
        duplicates=sum(len(line["duplicates"]) for line in over),
        stood_still=len(runs) - len(over),
        skipped=skipped[-1] if skipped and not runs else "",
        next_commit_s=_spread([line["next_commit_s"] for line in over]),
        caught_up_s=_spread([line["caught_up_s"] for line in over]),
        loads=tuple(line["load"] for line in over),
    )


def _spread(seconds: Sequence[float]) -> tuple[float, float] | None:
    return (statistics.median(seconds), max(seconds)) if seconds else None


def markdown(table: Sequence[Row]) -> str:
    """Return the table for people."""
    head = "| fault | runs | alerts | lost | wrong | duplicates | next commit, median / max | backlog through, median / max |"
    lines = [head, "|---" + "|---:" * 7 + "|"]
    for row in table:
        if row.skipped:
            lines.append(f"| {row.title} | 0 | not run: {row.skipped} | | | | | |")
            continue
        if not row.runs:
            lines.append(f"| {row.title} | 0 | | | | | | |")
            continue
        wrong = f"{row.wrong}" + (f", {row.stood_still} without end" if row.stood_still else "")
        cells = [row.title, row.runs, row.alerts, row.lost, wrong, row.duplicates]
        cells += [_seconds(row.next_commit_s), _seconds(row.caught_up_s)]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _seconds(spread: tuple[float, float] | None) -> str:
    return f"{spread[0]:.1f} / {spread[1]:.1f} s" if spread else ""


def report(table: Sequence[Row]) -> str:
    """Return docs/faults.md."""
    loads = [load for row in table for load in row.loads]
    return PAGE.format(
        table=markdown(table),
        alerts=max((row.per_run for row in table), default=0),
        cores=os.cpu_count(),
        load=f"{statistics.median(loads):.0f}" if loads else "nothing",
    )
