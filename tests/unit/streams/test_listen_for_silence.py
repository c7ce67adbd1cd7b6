"""The story of the `listen` agent: who was heard of in, heartbeats out, with a clock that the test drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from placewatch.heartbeats import Heard, Heartbeat
from placewatch.records import WatchedPlace
from placewatch.topics import ALERTS, DEADLETTERS, HEARD, HEARTBEATS
from placewatch.vocabulary import Pulse, SubjectKind
from streams.givens import Givens
from streams.listen_for_silence import SilenceWatch
from streams.passing_time import PassingTime
from streams.tracking.heartbeat import STREAM_ID, hearings_of
from streams.tracking.policy import load_policy
from streams.tracking.reasons import Beat


POLICY = load_policy()
HOMS, HAMA = "homs-syria", "hama-syria"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED, PLACE, STREAM = SubjectKind.FEED, SubjectKind.PLACE, SubjectKind.STREAM


@dataclass
class Bench:
    """A handler, what is around it, and the time."""

    givens: Givens
    publish: Any
    stored: Any
    message: Any
    time_of: Any = "wall"
    now: datetime = MONDAY
    partition: int = 3

    def __post_init__(self) -> None:
        self.start_worker()

    def start_worker(self) -> None:
        """Make a worker; what the one before it kept is there."""
        self.watch = SilenceWatch(
            givens=self.givens,
            policy=POLICY,
            subjects=self.stored,
            publish=self.publish,
            time_of=self.time_of,
        )
        self.time = PassingTime(
            clock=lambda: self.now,
            grace=timedelta(hours=POLICY.grace_after_start_h),
            jobs=(lambda now: self.watch.tick(now, lambda owned: owned == self.partition),),
        )

    async def article(self, source: str, *place_ids: str, at: datetime | None = None) -> None:
        moment = at or self.now
        times = [
            (STREAM, STREAM_ID, "everything that arrives", moment),
            (FEED, source, source, moment),
        ]
        times += [(PLACE, place_id, place_id, moment) for place_id in place_ids]
        await self.hear(Heard(hearings=hearings_of(times)).to_json())

    async def hear(self, raw: bytes | None) -> None:
        await self.watch.handle(self.message(raw, topic=HEARD.name, partition=3))

    async def tick(self) -> int:
        return await self.time.fire()

    async def hours(self, hours: int, *sources: str, places: tuple[str, ...] = ()) -> None:
        """Let hours pass; in each, every source brings an article that names all places."""
        for _ in range(hours):
            for source in sources:
                await self.article(source, *places)
            await self.tick()
            self.now += HOUR

    def states(self, key: str) -> list[tuple[Pulse, str]]:
        """What was told of a subject, without the daily repeats."""
        told: list[Heartbeat] = [beat for beat in self.publish.on(HEARTBEATS) if beat.key == key]
        said = [(beat.state, beat.reason) for beat in told]
        return [each for before, each in zip([None, *said], said, strict=False) if before != each]


@pytest.fixture
def make_bench(
    make_place: Callable[..., WatchedPlace], publish: Any, stored: Any, message: Any
) -> Callable[..., Bench]:
    def build(time_of: str = "wall") -> Bench:
        givens = Givens([make_place("Homs, Syria"), make_place("Hama, Syria")])
        return Bench(givens, publish, stored, message, time_of)

    return build


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


async def test_a_feed_and_its_place_go_quiet_while_others_speak(bench: Bench) -> None:
    await bench.hours(16 * 24, "loud", "faint", places=(HOMS,))
    await bench.hours(12, "loud", places=())
    for key in ("feed:faint", f"place:{HOMS}"):
        assert bench.states(key)[-1] == (Pulse.QUIET, Beat.SILENT)
    assert bench.states("feed:loud")[-1] == (Pulse.ALIVE, Beat.AT_ITS_PACE)
    assert bench.publish.on(ALERTS) == []
    assert (
        REGISTRY.get_sample_value("placewatch_heartbeats", {"kind": "feed", "state": "quiet"}) == 1
    )
    assert (
        REGISTRY.get_sample_value("placewatch_heartbeats", {"kind": "place", "state": "quiet"}) == 1
    )


async def test_what_was_quiet_is_told_at_once_when_it_is_heard_again(bench: Bench) -> None:
    await bench.hours(16 * 24, "loud", "faint")
    await bench.hours(12, "loud")
    await bench.article("faint")
    assert bench.states("feed:faint")[-1] == (Pulse.ALIVE, Beat.HEARD_AGAIN)


async def test_when_nothing_arrives_one_heartbeat_tells_it_and_the_single_ones_are_held_back(
    bench: Bench,
) -> None:
    sources = [f"feed-{number}" for number in range(20)]
    await bench.hours(16 * 24, *sources)
    await bench.hours(10 * 24)
    told = [beat.key for beat in bench.publish.on(HEARTBEATS) if beat.state is Pulse.QUIET]
    assert told == ["stream:all"]


async def test_when_the_stream_is_back_no_feed_is_quiet_before_it_had_a_chance(
    bench: Bench,
) -> None:
    await bench.hours(16 * 24, "loud", "faint")
    await bench.hours(10 * 24)
    await bench.article("loud")
    assert bench.states("stream:all")[-1] == (Pulse.ALIVE, Beat.HEARD_AGAIN)
    await bench.hours(2, "loud", "faint")
    assert Pulse.QUIET not in {state for state, _ in bench.states("feed:faint")}


async def test_the_chance_lasts_a_whole_grace_wherever_in_an_hour_the_stream_came_back(
    bench: Bench,
) -> None:
    await bench.hours(16 * 24, "loud", "faint")
    await bench.hours(POLICY.silence_at_least_h - 1, "loud")
    await bench.hours(10 * 24)
    bench.now += timedelta(minutes=45)
    await bench.article("loud")
    bench.now += timedelta(minutes=20)
    await bench.tick()
    bench.now += timedelta(minutes=30)
    await bench.article("faint")
    await bench.hours(3, "loud", "faint")
    assert Pulse.QUIET not in {state for state, _ in bench.states("feed:faint")}


async def test_a_start_after_downtime_calls_nothing_quiet_before_what_waited_was_read(
    bench: Bench,
) -> None:
    await bench.hours(16 * 24, "loud", "faint")
    bench.now += 3 * DAY
    bench.start_worker()
    assert await bench.tick() == 0
    for hours in range(3 * 24):
        await bench.article("loud", at=bench.now - 3 * DAY + hours * HOUR)
    assert await bench.tick() == 0
    for hours in range(3 * 24):
        await bench.article("faint", at=bench.now - 3 * DAY + hours * HOUR)
    bench.now += timedelta(hours=POLICY.grace_after_start_h)
    assert await bench.tick() > 0
    assert Pulse.QUIET not in {beat.state for beat in bench.publish.on(HEARTBEATS)}


async def test_a_start_after_which_nothing_comes_tells_that_the_stream_is_quiet(
    bench: Bench,
) -> None:
    await bench.hours(16 * 24, "loud")
    bench.now += 3 * DAY
    bench.start_worker()
    await bench.hours(2)
    assert bench.states("stream:all")[-1] == (Pulse.QUIET, Beat.SILENT)


async def test_a_record_delivered_again_changes_nothing(bench: Bench) -> None:
    await bench.hours(16 * 24, "loud", "faint")
    kept, sent = dict(bench.stored.rows), len(bench.publish.sent)
    for days in range(16):
        await bench.article("faint", at=MONDAY + days * DAY)
    assert (bench.stored.rows, len(bench.publish.sent)) == (kept, sent)


async def test_two_partitions_worth_of_articles_join_under_one_subject(bench: Bench) -> None:
    for hours in (0, 2, 4):
        await bench.article("a", at=MONDAY + hours * HOUR)
    for hours in (1, 2, 3):
        await bench.article("a", at=MONDAY + hours * HOUR)
    assert bench.stored.rows["feed:a"].subject.pace.hours == "1f"
    assert bench.stored.partitions["feed:a"] == 3


async def test_only_who_owns_the_partition_judges(bench: Bench) -> None:
    bench.partition = 1
    await bench.hours(4, "a")
    assert bench.publish.sent == []
    bench.partition = 3
    await bench.hours(1, "a")
    assert {beat.key for beat in bench.publish.on(HEARTBEATS)} == {"feed:a", "stream:all"}


async def test_a_place_no_longer_watched_is_taken_leave_of(
    bench: Bench, make_place: Callable[..., WatchedPlace]
) -> None:
    await bench.hours(4, "a", places=(HOMS, HAMA))
    bench.givens.put_place(make_place("Homs, Syria", is_removed=True))
    await bench.article("a", HOMS)
    await bench.hours(1, "a", places=(HAMA,))
    assert bench.publish.on_key(HEARTBEATS, f"place:{HOMS}")[-1] is None
    assert f"place:{HOMS}" not in bench.stored.rows
    assert bench.stored.rows.keys() == {"stream:all", "feed:a", f"place:{HAMA}"}
    await bench.hours(2, "a", places=(HAMA,))
    assert bench.states(f"place:{HOMS}")[-1] == (Pulse.UNKNOWN, Beat.NOT_WATCHED)


async def test_in_stream_time_the_articles_are_the_clock(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("stream")
    for hours in range(20 * 24):
        await bench.article("loud", *([HOMS] if hours < 16 * 24 else []), at=MONDAY + hours * HOUR)
    assert bench.states(f"place:{HOMS}")[-1] == (Pulse.QUIET, Beat.SILENT)
    quiet = [beat for beat in bench.publish.on(HEARTBEATS) if beat.state is Pulse.QUIET]
    assert MONDAY + 16 * DAY < quiet[0].assessed_at < MONDAY + 17 * DAY


async def test_a_malformed_record_is_buried_and_a_tombstone_dropped(bench: Bench) -> None:
    await bench.hear(None)
    await bench.hear(b'{"hearings": 7}')
    (letter,) = bench.publish.on(DEADLETTERS)
    assert letter.reason == "malformed"
    assert bench.stored.rows == {}


async def test_the_state_is_kept_only_after_the_heartbeat_was_sent(bench: Bench) -> None:
    await bench.article("a")
    await bench.tick()
    bench.now += 2 * HOUR

    async def fail(_outputs: Any) -> None:
        raise ConnectionError

    bench.watch._publish = fail
    with pytest.raises(ConnectionError):
        await bench.tick()
    assert bench.stored.rows["feed:a"].subject.state is None
