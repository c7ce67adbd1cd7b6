"""Tracked places in tables: one reading more writes one row more, and what comes back is what was kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placewatch.records import Alert, Reading
from placewatch.vocabulary import Certainty, Control
from streams.place_table import PlaceTable, TrackedPlace
from streams.tracking.place_state import PlaceState


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
HAMA = {"place_id": "hama-syria", "place": "Hama, Syria"}


def reading(article_id: str, revision: int = 0) -> Reading:
    return Reading(
        **HAMA,
        article_id=article_id,
        revision=revision,
        source_id="one.example",
        published_at=NOON,
        fetched_at=NOON,
    )


def tracked(
    *readings: Reading, wakes_at: datetime | None = None, place_id: str = "hama-syria"
) -> TrackedPlace:
    by_id = {r.article_id: r for r in readings}
    state = PlaceState(place_id=place_id, place="Hama, Syria", readings=by_id, wakes_at=wakes_at)
    return TrackedPlace(state=state, clock=NOON, partition=3)


@pytest.fixture
def readings_written(tables: Any) -> Callable[[], list[tuple[int, str, bool]]]:
    """Partition, article and whether it is there, of each reading written since it was asked last."""

    def written() -> list[tuple[int, str, bool]]:
        log = [(p, k.decode().split("\x1f")[1], v is not None) for p, k, v in tables[1].changelog]
        tables[1].changelog.clear()
        return log

    return written


def test_only_readings_that_are_new_changed_or_gone_are_written(places, readings_written):
    one, two = reading("one"), reading("two")
    places.put("hama-syria", tracked(one, two), 3)
    assert readings_written() == [(3, "one", True), (3, "two", True)]
    places.put("hama-syria", tracked(one, two, reading("three")), 3)
    assert readings_written() == [(3, "three", True)]
    places.put("hama-syria", tracked(one, reading("two", revision=1)), 3)
    assert sorted(readings_written()) == [(3, "three", False), (3, "two", True)]


def test_another_worker_finds_the_place_whole(places, tables):
    kept = tracked(reading("one"), reading("two"))
    places.put("hama-syria", kept, 3)
    found = PlaceTable(*tables).get("hama-syria")
    assert found.state == kept.state
    assert (found.clock, found.partition) == (NOON, 3)


def test_what_another_worker_wrote_replaces_what_was_in_use(places, tables, make_table):
    places.put("hama-syria", tracked(reading("one")), 3)
    elsewhere = PlaceTable(*tables)
    elsewhere.put("hama-syria", tracked(reading("one"), reading("two")), 3)
    assert set(places.get("hama-syria").state.readings) == {"one", "two"}


def test_a_reading_whose_row_was_lost_comes_again_with_its_input(places, tables):
    places.put("hama-syria", tracked(reading("one"), reading("two")), 3)
    del tables[1].data[b"hama-syria\x1ftwo"]
    again = PlaceTable(*tables)
    assert set(again.get("hama-syria").state.readings) == {"one"}
    again.put("hama-syria", tracked(reading("one"), reading("two")), 3)
    assert set(PlaceTable(*tables).get("hama-syria").state.readings) == {"one", "two"}


def test_a_place_kept_whole_in_one_row_by_an_earlier_version_is_taken_apart(
    places, tables, readings_written
):
    whole = tracked(reading("one"))
    tables[0].data[b"hama-syria"] = whole.to_json()
    known = places.get("hama-syria")
    assert known.state == whole.state
    places.put("hama-syria", known, 3)
    assert readings_written() == [(3, "one", True)]
    assert PlaceTable(*tables).get("hama-syria").state == whole.state


def test_places_out_of_use_are_read_again(tables):
    places = PlaceTable(*tables, most_in_use=1)
    first, second = tracked(reading("one")), tracked(reading("two"), place_id="homs-syria")
    places.put("hama-syria", first, 3)
    places.put("homs-syria", second, 3)
    assert places.get("hama-syria").state == first.state
    assert places.get("homs-syria").state == second.state


def test_due_are_those_whose_time_has_come_here_or_elsewhere(places, tables):
    soon, late = NOON + timedelta(hours=1), NOON + timedelta(days=1)
    places.put("hama-syria", tracked(wakes_at=soon), 3)
    places.put("homs-syria", tracked(wakes_at=late, place_id="homs-syria"), 3)
    places.put("daraa-syria", tracked(place_id="daraa-syria"), 3)
    assert list(places.due(NOON)) == []
    assert list(places.due(soon)) == ["hama-syria"]
    PlaceTable(*tables).put("homs-syria", tracked(wakes_at=soon, place_id="homs-syria"), 3)
    assert list(places.due(soon)) == ["hama-syria", "homs-syria"]


def alert(alert_id: str) -> Alert:
    return Alert(
        **HAMA,
        alert_id=alert_id,
        msg_type="Alert",
        at=NOON,
        control=Control.HELD,
        certainty=Certainty.CLAIMED,
        reason="taken",
        headline="Taken",
        cap_certainty="Possible",
    )


def with_alerts(place: TrackedPlace, *alerts: Alert) -> TrackedPlace:
    return place.model_copy(update={"state": place.state.model_copy(update={"sent": alerts})})


def test_an_alert_is_written_once_and_before_the_place_that_refers_to_it(places, tables):
    first, second = alert("first"), alert("second")
    places.put("hama-syria", with_alerts(tracked(), first), 3)
    tables[0].changelog.clear()
    places.put("hama-syria", with_alerts(tracked(), first, second), 3)
    assert [key for _, key, _ in tables[0].changelog] == [b"hama-syria\x1fsecond", b"hama-syria"]
    assert PlaceTable(*tables).get("hama-syria").state.sent == (first, second)
    assert b"first" not in tables[0].data[b"hama-syria\x1fsecond"]


def test_an_alert_beyond_the_horizon_goes_after_the_place_that_refers_to_it_no_longer(
    places, tables
):
    first, second = alert("first"), alert("second")
    places.put("hama-syria", with_alerts(tracked(), first, second), 3)
    tables[0].changelog.clear()
    places.put("hama-syria", with_alerts(tracked(), second), 3)
    assert [(key, value is None) for _, key, value in tables[0].changelog] == [
        (b"hama-syria", False),
        (b"hama-syria\x1ffirst", True),
    ]
    assert PlaceTable(*tables).get("hama-syria").state.sent == (second,)


def test_a_worker_that_finds_any_beginning_of_the_changelog_finds_each_alert_a_place_refers_to(
    places, tables, make_table
):
    kept: list[TrackedPlace] = []
    for number in range(4):
        kept.append(with_alerts(tracked(), *(alert(f"alert-{n}") for n in range(number))))
        places.put("hama-syria", kept[-1], 3)
    written = tables[0].changelog
    for length in range(1, len(written) + 1):
        data = {key: value for _, key, value in written[:length] if value is not None}
        found = PlaceTable(make_table(data), make_table()).get("hama-syria")
        assert found.state.sent in [place.state.sent for place in kept]
        assert len(found.state.sent) == data[b"hama-syria"].count(b"alert-")


def test_alerts_that_an_earlier_version_kept_in_the_row_are_taken_apart_and_none_is_lost(
    places, tables
):
    whole = with_alerts(tracked(), alert("first"), alert("second"))
    tables[0].data[b"hama-syria"] = whole.to_json()
    known = places.get("hama-syria")
    assert known.state.sent == whole.state.sent
    third = with_alerts(known, *known.state.sent, alert("third"))
    places.put("hama-syria", third, 3)
    assert [key for _, key, _ in tables[0].changelog] == [
        b"hama-syria\x1ffirst",
        b"hama-syria\x1fsecond",
        b"hama-syria\x1fthird",
        b"hama-syria",
    ]
    assert PlaceTable(*tables).get("hama-syria").state.sent == third.state.sent


def test_time_passes_for_places_and_not_for_their_alerts(places):
    soon = NOON + timedelta(hours=1)
    places.put("hama-syria", with_alerts(tracked(wakes_at=soon), alert("first")), 3)
    assert list(places.due(soon)) == ["hama-syria"]


def test_a_busy_place_takes_the_room_of_its_readings(tables):
    places = PlaceTable(*tables, most_in_use=3)
    places.put("homs-syria", tracked(reading("one"), place_id="homs-syria"), 3)
    places.put("daraa-syria", tracked(reading("two"), place_id="daraa-syria"), 3)
    in_use = places.get("daraa-syria")
    places.put("hama-syria", tracked(reading("three"), reading("four")), 3)
    assert places.get("daraa-syria") is in_use
    places.put("hama-syria", tracked(reading("three"), reading("four"), reading("five")), 3)
    assert places.get("daraa-syria").state == in_use.state
    assert places.get("daraa-syria") is not in_use
