"""The story of the `track` agent: what is applied, in which order, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placewatch.actors import Actors, load_actors
from placewatch.records import Alert, Assertion, Reading, Status, WatchedPlace
from placewatch.settings import seeds_dir
from placewatch.sources import load_sources
from placewatch.topics import ALERTS, ASSERTIONS, EVENTS, READINGS, STATUSES
from placewatch.vocabulary import Certainty, Control
from streams import track_places
from streams.givens import Givens
from streams.place_table import PlaceTable, TrackedPlace
from streams.track_places import PlaceTracking
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


HAMA = "Hama, Syria"
NOW = datetime(2024, 12, 20, tzinfo=UTC)


@dataclass
class Bench:
    """A handler and everything around it."""

    handler: PlaceTracking
    givens: Givens
    publish: Any
    places: PlaceTable
    tables: Any
    message: Any

    async def read(self, *readings: Reading, partition: int = 0) -> None:
        for reading in readings:
            await self.handler.handle(
                self.message(reading.to_json(), topic=READINGS.name, partition=partition)
            )

    async def given(self, assertion: Assertion) -> None:
        await self.handler.handle(self.message(assertion.to_json(), topic=ASSERTIONS.name))

    def known(self, place_id: str) -> TrackedPlace:
        place = self.places.get(place_id)
        assert place is not None
        return place

    def alerts(self) -> list[Alert]:
        alerts: list[Alert] = self.publish.on(ALERTS)
        return alerts

    def statuses(self) -> list[Status]:
        statuses: list[Status] = self.publish.on(STATUSES)
        return statuses


@pytest.fixture(scope="module")
def actors() -> Actors:
    return load_actors(seeds_dir() / "actors.yaml")


@pytest.fixture
def make_bench(
    make_place: Callable[..., WatchedPlace],
    publish: Any,
    places: PlaceTable,
    tables: Any,
    message: Any,
    actors: Actors,
) -> Callable[..., Bench]:
    def build(time_of: str = "stream") -> Bench:
        givens = Givens([make_place(HAMA, holder="Syrian government")])
        policy, sources = load_policy(), load_sources(seeds_dir() / "sources.yaml")
        handler = PlaceTracking(
            givens=givens,
            context=lambda place: Context(policy, actors, sources, place.country),
            places=places,
            publish=publish,
            time_of="wall" if time_of == "wall" else "stream",
        )
        return Bench(handler, givens, publish, places, tables, message)

    return build


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


MakeReading = Callable[..., Reading]


def said(place: str, control: Control, holder: str, **more: Any) -> Assertion:
    values: dict[str, Any] = {
        "assertion_id": "ledger-1",
        "place_id": "hama-syria",
        "place": place,
        "kind": "ledger",
        "control": control,
        "holder": holder,
        "certainty": Certainty.CONFIRMED,
        "as_of": datetime(2024, 12, 5, tzinfo=UTC),
    }
    return Assertion(**(values | more))


async def test_a_capture_is_alerted_against_the_baseline(
    bench: Bench, make_reading: MakeReading
) -> None:
    await bench.read(make_reading(HAMA, "a"))
    (alert,) = bench.alerts()
    assert (alert.control, alert.holder) == (Control.HELD, "Syrian rebels")
    assert (alert.previous_control, alert.previous_holder) == (Control.HELD, "Syrian government")
    assert len(bench.publish.on(EVENTS)) == 1
    assert bench.statuses()[-1].alert_id == alert.alert_id


async def test_everything_goes_out_under_the_place(bench: Bench, make_reading: MakeReading) -> None:
    await bench.read(make_reading(HAMA, "a"))
    assert {output.key for output in bench.publish.sent} == {b"hama-syria"}


async def test_the_same_reading_again_sends_the_same_alert_ids(
    bench: Bench, make_reading: MakeReading
) -> None:
    await bench.read(make_reading(HAMA, "a"), make_reading(HAMA, "a"))
    first, second = bench.alerts()
    assert first.alert_id == second.alert_id


async def test_what_the_ledger_restored_is_known_before_the_first_reading(
    bench: Bench, make_reading: MakeReading
) -> None:
    bench.givens.put_assertion(said(HAMA, Control.HELD, "Syrian rebels"))
    old = datetime(2024, 12, 4, tzinfo=UTC)
    await bench.read(make_reading(HAMA, "a", published_at=old, fetched_at=old))
    assert bench.alerts() == []
    assert bench.known("hama-syria").state.status.holder == "Syrian rebels"


async def test_an_assertion_is_no_news_but_gives_a_status(bench: Bench) -> None:
    await bench.given(said(HAMA, Control.HELD, "Syrian rebels"))
    assert bench.alerts() == []
    assert bench.statuses()[-1].holder == "Syrian rebels"


async def test_a_baseline_told_on_its_topic_shows_places_without_news(bench: Bench) -> None:
    (baseline,) = bench.givens.assertions_of("hama-syria")
    await bench.given(baseline)
    assert [s.holder for s in bench.statuses()] == ["Syrian government"]


@pytest.mark.parametrize("topic", [READINGS, ASSERTIONS])
async def test_a_malformed_record_is_buried_and_the_next_is_applied(
    bench: Bench, make_reading: MakeReading, buried: Callable[..., Any], topic: Any
) -> None:
    await bench.handler.handle(bench.message(b'{"place_id": 7}', topic=topic.name))
    await bench.read(make_reading(HAMA, "a"))
    assert buried(bench.publish) == [("malformed", b'{"place_id": 7}')]
    assert len(bench.alerts()) == 1


async def test_a_reading_of_a_place_no_longer_watched_is_dropped(
    bench: Bench, make_reading: MakeReading
) -> None:
    await bench.read(make_reading("Idlib, Syria", "a"))
    assert (bench.publish.sent, bench.tables[0].data) == ([], {})


async def test_a_tombstone_is_dropped(bench: Bench) -> None:
    await bench.handler.handle(bench.message(None, topic=ASSERTIONS.name))
    assert bench.publish.sent == []


async def test_an_input_that_fails_is_buried_and_the_place_goes_on(
    bench: Bench,
    make_reading: MakeReading,
    buried: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = track_places.advance

    def fails_on_b(state: Any, item: Any, *more: Any) -> Any:
        if getattr(item, "article_id", "") == "b":
            raise ZeroDivisionError("no such luck")
        return real(state, item, *more)

    monkeypatch.setattr(track_places, "advance", fails_on_b)
    await bench.read(make_reading(HAMA, "b"), make_reading(HAMA, "a"))
    assert [reason for reason, _ in buried(bench.publish)] == ["failed"]
    assert len(bench.alerts()) == 1


async def test_the_state_is_kept_only_after_everything_was_sent(
    bench: Bench, make_reading: MakeReading
) -> None:
    async def fail(_outputs: Any) -> None:
        raise ConnectionError

    bench.handler._publish = fail
    with pytest.raises(ConnectionError):
        await bench.read(make_reading(HAMA, "a"))
    assert bench.tables[0].data == {}


async def test_stream_time_is_the_latest_publication_and_never_goes_back(
    bench: Bench, make_reading: MakeReading
) -> None:
    late, early = (datetime(2024, 12, d, tzinfo=UTC) for d in (7, 6))
    await bench.read(make_reading(HAMA, "a", published_at=late))
    await bench.read(make_reading(HAMA, "b", published_at=early))
    assert bench.known("hama-syria").clock == late


async def test_real_time_is_when_it_was_fetched(
    make_bench: Callable[..., Bench], make_reading: MakeReading
) -> None:
    bench = make_bench("wall")
    fetched = datetime(2024, 12, 8, tzinfo=UTC)
    await bench.read(make_reading(HAMA, "a", fetched_at=fetched))
    assert bench.known("hama-syria").clock == fetched


async def test_state_lies_in_the_partition_of_the_input(
    bench: Bench, make_reading: MakeReading
) -> None:
    await bench.read(make_reading(HAMA, "a"), partition=2)
    assert set(bench.tables[0].partitions.values()) == {2}


async def test_time_settles_a_confirmed_status_and_tells_nobody_twice(
    make_bench: Callable[..., Bench], make_reading: MakeReading
) -> None:
    bench = make_bench("wall")
    days_ago = NOW - timedelta(days=3)
    for article, source in (("a", "reuters.com"), ("b", "bbc.co.uk")):
        await bench.read(
            make_reading(
                HAMA, article, source_id=source, published_at=days_ago, fetched_at=days_ago
            )
        )
    before = len(bench.alerts())
    assert await bench.handler.tick(NOW, lambda _partition: True) == 1
    assert bench.statuses()[-1].certainty is Certainty.SETTLED
    assert await bench.handler.tick(NOW, lambda _partition: True) == 0
    assert len(bench.alerts()) == before


async def test_time_passes_only_for_places_this_worker_owns(
    make_bench: Callable[..., Bench], make_reading: MakeReading
) -> None:
    bench = make_bench("wall")
    days_ago = NOW - timedelta(days=3)
    await bench.read(make_reading(HAMA, "a", published_at=days_ago, fetched_at=days_ago))
    sent = len(bench.publish.sent)
    assert await bench.handler.tick(NOW, lambda partition: partition == 5) == 0
    assert len(bench.publish.sent) == sent
