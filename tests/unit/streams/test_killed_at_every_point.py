"""The `track` agent killed at every point of its story: between any two sends, before and after the state is kept.

Kafka and Faust are stand-ins here, so that every point is hit: topics are lists, the changelog of the table may lose
its newest entries when its worker dies (it is flushed before each commit), and whatever came after the last commit
is delivered again. Two things guard each alert: outputs are acknowledged before the state is kept, and an input seen
again sends again what it caused. tests/integration/test_tracking_faults.py does it with a broker, at moments nobody chose.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from placewatch.actors import load_actors
from placewatch.records import Alert, Reading, WatchedPlace
from placewatch.settings import seeds_dir
from placewatch.sources import load_sources
from placewatch.topics import ALERTS, READINGS, STATUSES
from placewatch.vocabulary import Factuality, State
from streams.givens import Givens
from streams.outputs import Output
from streams.track_places import PlaceTracking
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


TOWNS = ("Hama, Syria", "Homs, Syria")
REBELS, ARMY = "Syrian rebels", "Syrian government"
COMMIT_EVERY = 5


class Killed(BaseException):
    """The process is gone: nothing after it happens."""


@dataclass
class FakeCluster:
    """What outlives a worker: records sent, the changelog as far as it is flushed, the committed offset.

    Attributes:
        dies_after: how many acts (a send, a state kept, a commit) until the worker is killed; None lets it live.
        is_quick: whether the changelog gets what is kept at once, and not only with the next commit.
    """

    dies_after: int | None = None
    is_quick: bool = False
    acts: int = 0
    sent: list[Output] = field(default_factory=list)
    flushed: dict[str, Any] = field(default_factory=dict)
    committed: int = 0

    def act(self) -> None:
        self.acts += 1
        if self.acts == self.dies_after:
            raise Killed


@dataclass
class FakeWorker:
    """One life of a worker: its table begins as the changelog left it; what it does not flush is lost."""

    cluster: FakeCluster
    rows: dict[str, Any]

    async def publish(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            self.cluster.act()
            self.cluster.sent.append(output)

    def get(self, key: str) -> Any:
        return self.rows.get(key)

    def put(self, key: str, record: Any, _partition: int, _raw: Any = None) -> None:
        self.cluster.act()
        self.rows[key] = type(record).from_json(record.to_json())
        if self.cluster.is_quick:
            self.cluster.flushed[key] = self.rows[key]

    def keys(self) -> list[str]:
        return list(self.rows)

    def commit(self, offset: int, rng: random.Random) -> None:
        """Flush, then commit; a kill may come between, and the flush may have got through in part."""
        for key in rng.sample(sorted(self.rows), len(self.rows)):
            self.cluster.act()
            self.cluster.flushed[key] = self.rows[key]
        self.cluster.act()
        self.cluster.committed = offset


@pytest.fixture(scope="module")
def world() -> tuple[Any, ...]:
    return (
        load_policy(),
        load_actors(seeds_dir() / "actors.yaml"),
        load_sources(seeds_dir() / "sources.yaml"),
    )


@pytest.fixture
def course(make_reading: Callable[..., Reading]) -> list[Reading]:
    """Readings of two towns over seven weeks: claims, denials, edits that take back, and time that passes."""
    rng = random.Random(6)
    told: list[Reading] = []
    moment = make_reading(TOWNS[0], "x").published_at
    for number in range(24):
        moment += timedelta(hours=rng.randrange(1, 60))
        if number % 6 == 5:
            edit = {"revision": 1, "updated_at": moment, "reports": ()}
            told.append(told[-1].model_copy(update=edit))
            continue
        reading = make_reading(
            rng.choice(TOWNS),
            f"a{number}",
            state=rng.choice([State.CAPTURED, State.CONTESTED, State.THREATENED, State.WITHDRAWN]),
            source_id=rng.choice(["reuters.com", "sana.sy", "one.example", "two.example"]),
            published_at=moment,
            fetched_at=moment,
        )
        actor, against = rng.choice([(REBELS, ARMY), (REBELS, ARMY), (ARMY, REBELS)])
        told_how = {
            "factuality": rng.choice([Factuality.CLAIMED, Factuality.ASSERTED, Factuality.DENIED]),
            "actor": actor,
            "against": against,
        }
        reports = tuple(report.model_copy(update=told_how) for report in reading.reports)
        told.append(reading.model_copy(update={"reports": reports}))
    return told


async def lived_through(
    course: Sequence[Reading],
    world: tuple[Any, ...],
    places: Sequence[WatchedPlace],
    message: Any,
    cluster: FakeCluster,
) -> FakeCluster:
    """Track everything, in as many lives as it takes."""
    policy, actors, sources = world
    rng = random.Random(1)
    while cluster.committed < len(course):
        worker = FakeWorker(cluster, dict(cluster.flushed))
        handler = PlaceTracking(
            givens=Givens(places),
            context=lambda place: Context(policy, actors, sources, place.country),
            places=worker,  # type: ignore[arg-type]  # a stand-in
            publish=worker.publish,
            time_of="stream",
        )
        try:
            for offset in range(cluster.committed, len(course)):
                raw = course[offset].to_json()
                await handler.handle(message(raw, topic=READINGS.name, offset=offset))
                if (offset + 1) % COMMIT_EVERY == 0 or offset + 1 == len(course):
                    worker.commit(offset + 1, rng)
        except Killed:
            continue
    return cluster


def alert_ids(cluster: FakeCluster) -> set[str]:
    return {Alert.from_json(o.value).alert_id for o in cluster.sent if o.topic is ALERTS}


def newest_statuses(cluster: FakeCluster) -> dict[bytes | None, bytes]:
    return {o.key: o.value for o in cluster.sent if o.topic is STATUSES}


@pytest.mark.parametrize("is_quick", [False, True])
async def test_killed_at_any_point_it_tells_what_it_tells_undisturbed(
    course: list[Reading],
    world: tuple[Any, ...],
    make_place: Callable[..., WatchedPlace],
    message: Any,
    is_quick: bool,
) -> None:
    places = [make_place(town, holder="Syrian government") for town in TOWNS]
    undisturbed = await lived_through(course, world, places, message, FakeCluster())
    assert len(alert_ids(undisturbed)) >= 5
    for point in range(1, undisturbed.acts + 1):
        killed = await lived_through(course, world, places, message, FakeCluster(point, is_quick))
        assert alert_ids(killed) == alert_ids(undisturbed), f"killed at act {point}"
        assert newest_statuses(killed) == newest_statuses(undisturbed), f"killed at act {point}"
