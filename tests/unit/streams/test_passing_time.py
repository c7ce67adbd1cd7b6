"""Real time passes by a clock that the test drives: for statuses and for silences alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placewatch.actors import load_actors
from placewatch.records import Reading, Status, WatchedPlace
from placewatch.settings import seeds_dir
from placewatch.sources import load_sources
from placewatch.topics import READINGS, STATUSES
from placewatch.vocabulary import Certainty
from streams import track_places
from streams.givens import Givens
from streams.passing_time import PassingTime
from streams.place_table import PlaceTable
from streams.track_places import PlaceTracking
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = load_policy()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Timer:
    """The timer with a clock and one job that notes when it was done."""

    def __init__(self, grace: timedelta = timedelta()) -> None:
        self.clock = Clock()
        self.done_at: list[datetime] = []
        self.time = PassingTime(clock=self.clock, grace=grace, jobs=(self._job,))

    async def _job(self, now: datetime) -> int:
        self.done_at.append(now)
        return 2

    async def minutes(self, minutes: int) -> None:
        """Fire once a minute, as the worker does."""
        for _ in range(minutes):
            await self.time.fire()
            self.clock.now += timedelta(minutes=1)


async def test_the_time_is_looked_at_once_an_hour() -> None:
    timer = Timer()
    await timer.minutes(150)
    assert timer.done_at == [NOON, NOON + HOUR, NOON + 2 * HOUR]


async def test_a_new_worker_waits_until_what_waited_for_it_had_its_chance() -> None:
    timer = Timer(grace=timedelta(minutes=90))
    await timer.minutes(125)
    assert timer.done_at == [NOON + timedelta(minutes=90), NOON + 2 * HOUR]


async def test_a_look_that_fails_is_taken_again() -> None:
    timer = Timer()
    fails = [ConnectionError()]

    async def job(now: datetime) -> int:
        if fails:
            raise fails.pop()
        return await timer._job(now)

    timer.time = PassingTime(clock=timer.clock, grace=timedelta(), jobs=(job,))
    with pytest.raises(ConnectionError):
        await timer.time.fire()
    assert await timer.time.fire() == 2


@pytest.fixture
def tracking(
    make_place: Callable[..., WatchedPlace], publish: Any, places: PlaceTable
) -> PlaceTracking:
    actors = load_actors(seeds_dir() / "actors.yaml")
    sources = load_sources(seeds_dir() / "sources.yaml")
    watched = [
        make_place(name, holder="Syrian government") for name in ("Hama, Syria", "Homs, Syria")
    ]
    return PlaceTracking(
        givens=Givens(watched),
        context=lambda place: Context(POLICY, actors, sources, place.country),
        places=places,
        publish=publish,
        time_of="wall",
    )


async def test_a_capture_settles_and_grows_stale_by_the_clock_alone(
    tracking: PlaceTracking, make_reading: Callable[..., Reading], publish: Any, message: Any
) -> None:
    clock = Clock()
    timer = PassingTime(
        clock=clock, grace=HOUR, jobs=(lambda now: tracking.tick(now, lambda _partition: True),)
    )
    for article, source in (("a", "reuters.com"), ("b", "bbc.co.uk")):
        reading = make_reading("Hama, Syria", article, source_id=source)
        await tracking.handle(message(reading.to_json(), topic=READINGS.name))
    while clock.now < NOON + timedelta(days=POLICY.stale_after_days + 2):
        await timer.fire()
        clock.now += timedelta(minutes=30)
    statuses: list[Status] = publish.on(STATUSES)
    told = [(status.certainty, status.is_stale) for status in statuses]
    assert told[-3:] == [
        (Certainty.CONFIRMED, False),
        (Certainty.SETTLED, False),
        (Certainty.SETTLED, True),
    ]
    settled_after = statuses[-2].assessed_at - NOON
    assert timedelta() <= settled_after - timedelta(hours=POLICY.settled_after_h) <= 13 * HOUR


async def test_a_place_that_fails_does_not_keep_time_from_the_others(
    tracking: PlaceTracking,
    make_reading: Callable[..., Reading],
    message: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("Hama, Syria", "Homs, Syria"):
        for source in ("reuters.com", "bbc.co.uk"):
            reading = make_reading(name, source, source_id=source)
            await tracking.handle(message(reading.to_json(), topic=READINGS.name))
    real = track_places.tick

    def fails_for_hama(state: Any, *more: Any) -> Any:
        if state.place_id == "hama-syria":
            raise ZeroDivisionError("no such luck")
        return real(state, *more)

    monkeypatch.setattr(track_places, "tick", fails_for_hama)
    assert await tracking.tick(NOON + timedelta(days=3), lambda _partition: True) == 1
