"""How many readings a second one `track` worker handles, and whether that stays so: `make bench-tracking`.

Readings go through the worker's own story (`streams/track_places.py`): parsed, applied, what follows encoded, the state
written to tables; only the broker is left out. Places are named as news name them (the second half as often as the
first, the third a third as often ...), and each has its course: mostly the same told again by many, now and then a
change. Time is the process's CPU time. The baseline, at the end of the same run, is the tracker without what it
keeps between readings: the state read whole, every reading judged again, the state written whole.

The loop of plain additions that is timed beside it says how fast the machine is just then.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from placewatch.actors import load_actors
from placewatch.records import Evidence, Reading, Report, WatchedPlace
from placewatch.settings import load_settings
from placewatch.sources import load_sources
from placewatch.topics import READINGS
from placewatch.vocabulary import DatePrecision, Factuality, State
from streams.givens import Givens
from streams.outputs import Output
from streams.place_table import PlaceTable
from streams.run import collect_seldom
from streams.track_places import PlaceTracking
from streams.tracking.context import Context
from streams.tracking.place_state import PlaceState
from streams.tracking.policy import load_policy
from streams.tracking.tracker import advance


START = datetime(2024, 1, 1, tzinfo=UTC)
# A hundred readings a place in fifty days: of ten thousand places some ten thousand relevant articles a day with two
# places each. A hundred places are after 10,000 readings as full as ten thousand after a million.
SPAN, READINGS_A_PLACE = timedelta(days=50), 100
SIDES = ("Syrian army", "HTS", "SDF", "IS")
VOICES = (None, None, None, "SOHR", "Syrian army", "HTS", "a resident", "officials")
# What is told of a place without anything new, as often as in our replays of real feeds.
RECURRING = (
    *[(State.STRUCK, Factuality.ASSERTED)] * 24,
    *[(State.CAPTURED, Factuality.ASSERTED)] * 14,
    *[(State.CAPTURED, Factuality.HISTORICAL)] * 8,
    *[(State.CONTESTED, Factuality.ASSERTED)] * 20,
    *[(State.THREATENED, Factuality.ASSERTED)] * 8,
    *[(State.HELD, Factuality.ASSERTED)] * 10,
    *[(State.CAPTURED, Factuality.CLAIMED)] * 6,
    *[(State.WITHDRAWN, Factuality.PLANNED)] * 6,
    *[(State.STRUCK, Factuality.CLAIMED)] * 4,
)
CHANGES = (State.CAPTURED, State.WITHDRAWN, State.BESIEGED, State.ENTERED)
CHANGE_SHARE = 0.03


@dataclass
class Course:
    """What goes on at one place."""

    holder: str = SIDES[0]
    foe: str = SIDES[1]


@dataclass
class Stream:
    """An endless stream of readings, the same for the same seed."""

    places: Sequence[WatchedPlace]
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    courses: dict[str, Course] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Reading]:
        weights = list(itertools.accumulate(1 / (n + 1) for n in range(len(self.places))))
        for number in itertools.count():
            at = bisect(weights, self.rng.random() * weights[-1])
            yield self._reading(self.places[min(at, len(self.places) - 1)], number)

    def _reading(self, place: WatchedPlace, number: int) -> Reading:
        rng, told_at = self.rng, START + SPAN / READINGS_A_PLACE / len(self.places) * number
        course = self.courses.setdefault(place.place_id, Course())
        state, factuality = rng.choice(RECURRING)
        is_change = rng.random() < CHANGE_SHARE
        if is_change:
            course.holder, course.foe = course.foe, rng.choice(SIDES)
            state, factuality = rng.choice(CHANGES), Factuality.ASSERTED
        copied = (
            rng.randrange(number - 50, number) if number > 50 and rng.random() < 0.2 else number
        )
        words = random.Random(copied)
        return Reading(
            place_id=place.place_id,
            place=place.place,
            article_id=f"article-{number}",
            source_id=f"outlet{rng.randrange(300)}.example",
            title="Army says it holds the town after a night of fighting in its outskirts",
            published_at=told_at - timedelta(minutes=rng.choice((0, 5, 30, 120))),
            fetched_at=told_at,
            shingles=tuple(sorted(words.getrandbits(60) for _ in range(40))),
            reports=(
                Report(
                    place_id=place.place_id,
                    place=place.place,
                    state=state,
                    factuality=factuality,
                    actor=course.holder if state in {State.CAPTURED, State.HELD} else course.foe,
                    attributed_to=rng.choice(VOICES),
                    evidence=Evidence(
                        sentence="The army shelled the hills above the town as rebels advanced.",
                        start=0,
                        end=61,
                    ),
                    event_date=told_at.date() if is_change else None,
                    date_precision=DatePrecision.DAY if is_change else DatePrecision.UNKNOWN,
                    trigger="advance",
                ),
            ),
        )


class Rows(dict[bytes, bytes]):
    """A table's data as Faust keeps it in memory, its changelog counted in bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.data = self
        self.written = 0

    def send_changelog(self, _partition: int, key: bytes, value: bytes | None) -> None:
        """Count what would be sent."""
        self.written += len(key) + len(value or b"")


@dataclass(frozen=True, slots=True)
class Window:
    """The cost of some readings.

    Attributes:
        readings: how many had been handled when the window ended.
        micros: CPU microseconds a reading within the window.
        changelog_bytes: bytes a reading written to the changelogs.
        alerts: alerts so far.
        loop_ms: CPU milliseconds that a loop of a million additions took then.
    """

    readings: int
    micros: float
    changelog_bytes: float
    alerts: int
    loop_ms: float

    @property
    def per_second(self) -> float:
        """Readings a second of CPU."""
        return 1e6 / self.micros


def loop_ms() -> float:
    """Return what a loop of a million additions costs now, in CPU milliseconds."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - began) * 1000


def watched(count: int) -> list[WatchedPlace]:
    """Return so many places of one country."""
    return [
        WatchedPlace(
            place_id=f"town-{n}-syria", place=f"Town {n}, Syria", name=f"Town {n}", country="Syria"
        )
        for n in range(count)
    ]


async def windows(
    handler: PlaceTracking,
    tables: tuple[Rows, Rows],
    stream: Iterator[Reading],
    count: int,
    sent: list[Output],
) -> list[Window]:
    """Give readings to the worker; return the cost of each of at most twenty windows."""
    size = max(500, count // 20)
    done: list[Window] = []
    alerts = 0
    for _ in track(range(count // size), description="tracking", console=Console(stderr=True)):
        messages = [_message(next(stream)) for _ in range(size)]
        before = sum(t.written for t in tables)
        began = time.process_time()
        for message in messages:
            await handler.handle(message)
        spent = time.process_time() - began
        alerts += sum("alerts" in output.topic.name for output in sent)
        sent.clear()
        written = sum(t.written for t in tables) - before
        done.append(
            Window(len(done) * size + size, spent / size * 1e6, written / size, alerts, loop_ms())
        )
    return done


def _message(reading: Reading) -> Any:
    return SimpleNamespace(
        topic=READINGS.name, partition=0, offset=0, key=b"", value=reading.to_json(), timestamp=0.0
    )


def baseline_micros(
    table: PlaceTable, stream: Iterator[Reading], context: Context, count: int
) -> float:
    """Return CPU microseconds a reading where nothing is kept between readings."""
    spent = []
    for reading in itertools.islice(stream, count):
        known = table.get(reading.place_id)
        raw = known.state.to_json() if known else None
        value = reading.to_json()
        began = time.process_time()
        state = PlaceState.from_json(raw) if raw else None
        advance(state, Reading.from_json(value), context, reading.fetched_at).state.to_json()
        spent.append(time.process_time() - began)
    return statistics.mean(spent) * 1e6


def growth(done: Sequence[Window]) -> float:
    """Return how many times as much a reading costs in the last quarter of the windows as in the first."""
    quarter = max(1, len(done) // 4)
    first, last = done[:quarter], done[-quarter:]
    return statistics.median(w.micros for w in last) / statistics.median(w.micros for w in first)


def plot(done: Sequence[Window], path: Path) -> None:
    """Draw the cost of a reading over the readings handled."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # only who draws needs it

    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([w.readings for w in done], [w.micros for w in done], marker="o")
    axes.axhline(500, linestyle="--", color="grey", label="500 µs: 2,000 readings a second")
    axes.set(xlabel="readings handled", ylabel="CPU µs a reading", ylim=(0, None))
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readings", type=int, default=40_000)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument(
        "--plot", type=Path, help="draw the cost over the readings handled, as PNG or SVG"
    )
    parser.add_argument(
        "--most-growth",
        type=float,
        help="exit with 1 when a reading grows by more than this factor",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a window")
    options = parser.parse_args()
    collect_seldom()
    settings = load_settings()
    places = watched(options.places)
    context = Context(
        load_policy(), load_actors(settings.actors), load_sources(settings.sources), "Syria"
    )
    tables, sent = (Rows(), Rows()), []

    async def publish(outputs: Sequence[Output]) -> None:
        sent.extend(outputs)

    table = PlaceTable(*tables)
    handler = PlaceTracking(
        givens=Givens(places),
        context=lambda _: context,
        places=table,
        publish=publish,
        time_of="wall",
    )
    stream = iter(Stream(places))
    done = asyncio.run(windows(handler, tables, stream, options.readings, sent))
    before = baseline_micros(table, stream, context, 300)
    if options.plot:
        plot(done, options.plot)
    report(done, before, is_json=options.json)
    if options.most_growth is not None and growth(done) > options.most_growth:
        sys.exit(
            f"a reading costs {growth(done):.2f} times what it did; allowed: {options.most_growth}"
        )


def report(done: Sequence[Window], baseline: float, *, is_json: bool) -> None:
    """Print the windows and what they come to."""
    if is_json:
        for window in done:
            print(json.dumps(asdict(window)))
        ratio = baseline / done[-1].micros
        print(json.dumps({"baseline_micros": baseline, "ratio": ratio, "growth": growth(done)}))
        return
    table = Table(
        "readings", "CPU µs a reading", "readings/s", "changelog bytes", "alerts", "loop, ms"
    )
    for w in done:
        table.add_row(
            f"{w.readings:,}", f"{w.micros:.0f}", f"{w.per_second:,.0f}",
            f"{w.changelog_bytes:,.0f}", f"{w.alerts:,}", f"{w.loop_ms:.0f}",
        )  # fmt: skip
    console = Console(width=100)
    console.print(table)
    console.print(f"the last quarter costs {growth(done):.2f} times what the first does")
    console.print(
        f"nothing kept between readings: {baseline:,.0f} µs, {baseline / done[-1].micros:.1f} times as much"
    )


if __name__ == "__main__":
    main()
