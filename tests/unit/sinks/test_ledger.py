from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest

from placewatch.errors import RecordError
from placewatch.records import DeadLetter
from sinks.ledger import Ledger


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


def rows(ledger_url: str, query: str) -> list[tuple]:
    connection = sqlite3.connect(ledger_url.removeprefix("sqlite:///"))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_an_alert_comes_back_as_it_was_written(ledger: Ledger, make_alert) -> None:
    alert = make_alert(references=("alert-0",), headline="“Rastan” — الرستن")
    ledger.write_alerts([alert])
    assert ledger.alert("alert-1") == alert


def test_writing_an_alert_again_changes_nothing(ledger: Ledger, make_alert) -> None:
    assert ledger.write_alerts([make_alert(1), make_alert(2)]) == 2
    before = ledger.counts()
    assert ledger.write_alerts([make_alert(2), make_alert(1), make_alert(3)]) == 1
    assert ledger.counts() == before | {"alerts": 3, "citations": 6}


def test_one_alert_twice_in_a_batch_is_one_row(ledger: Ledger, make_alert) -> None:
    assert ledger.write_alerts([make_alert(1), make_alert(1)]) == 1


def test_alerts_are_given_by_place_time_and_number(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(n) for n in (3, 1, 2)])
    ledger.write_alerts([make_alert(9, place_id="homs-syria", place="Homs, Syria")])
    found = ledger.alerts(place_id="rastan-syria")
    assert [alert.alert_id for alert in found] == ["alert-1", "alert-2", "alert-3"]
    since = ledger.alerts(since=NOON + timedelta(hours=3))
    assert [alert.alert_id for alert in since] == ["alert-3", "alert-9"]
    assert [alert.alert_id for alert in ledger.alerts(limit=2)] == ["alert-3", "alert-9"]


def test_alerts_of_one_moment_stay_in_order_of_arrival(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(n, at=NOON) for n in (5, 4, 6)])
    assert [alert.alert_id for alert in ledger.alerts()] == ["alert-5", "alert-4", "alert-6"]


def test_alerts_after_a_number_are_those_that_came_later(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(1)])
    ((seq, _),) = ledger.alerts_after(0)
    ledger.write_alerts([make_alert(1), make_alert(2)])
    assert [alert.alert_id for _, alert in ledger.alerts_after(seq)] == ["alert-2"]


def test_a_time_in_another_zone_is_the_same_moment(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(1), make_alert(2)])
    damascus = timezone(timedelta(hours=3))
    since = datetime(2024, 12, 6, 17, tzinfo=damascus)
    assert [alert.alert_id for alert in ledger.alerts(since=since)] == ["alert-2"]


def test_times_are_kept_as_iso_utc_text_in_sqlite(ledger: Ledger, ledger_url, make_alert) -> None:
    ledger.write_alerts([make_alert(1)])
    assert rows(ledger_url, "SELECT at FROM alerts") == [("2024-12-06T13:00:00.000000+00:00",)]


def test_what_people_look_for_lies_in_flat_columns(ledger: Ledger, ledger_url, make_alert) -> None:
    ledger.write_alerts([make_alert(1, acled="Armed clash", references=("alert-0",))])
    found = rows(
        ledger_url,
        'SELECT place, control, holder, certainty, latitude, longitude, admiralty, acled, "references" '
        "FROM alerts",
    )
    expected = ("Rastan, Syria", "held", "Hayat Tahrir al-Sham", "claimed", 34.93, 36.73, "B3")
    assert found == [(*expected, "Armed clash", '["alert-0"]')]


def test_each_sentence_behind_an_alert_is_a_row(ledger: Ledger, ledger_url, make_alert) -> None:
    ledger.write_alerts([make_alert(1)])
    found = rows(
        ledger_url,
        "SELECT article_id, origin, reliability FROM citations WHERE kind='alert' AND parent_id='alert-1'",
    )
    assert sorted(found) == [("article-1", "The Monitor", "B"), ("article-2", "The Monitor", "B")]


def test_the_newest_status_of_a_place_stays(ledger: Ledger, make_status) -> None:
    assert ledger.write_statuses([make_status(2, control="contested")]) == 1
    assert ledger.write_statuses([make_status(1)]) == 0
    status = ledger.status("rastan-syria")
    assert status is not None
    assert status.control == "contested"


def test_of_two_statuses_of_one_moment_the_later_written_stays(ledger: Ledger, make_status) -> None:
    ledger.write_statuses([make_status(1), make_status(1, control="contested")])
    assert [status.control.value for status in ledger.statuses()] == ["contested"]


def test_a_newer_status_takes_the_evidence_of_the_older_away(
    ledger: Ledger, ledger_url, make_status, make_citation
) -> None:
    ledger.write_statuses([make_status(1, citations=(make_citation(1), make_citation(2)))])
    ledger.write_statuses([make_status(2, citations=(make_citation(3),))])
    assert rows(ledger_url, "SELECT article_id FROM citations") == [("article-3",)]


def test_reasons_are_columns(
    ledger: Ledger, ledger_url, make_alert, make_event, make_citation, make_status
) -> None:
    joined = make_citation(1, joined="first_report")
    aside = make_citation(2, counted="historical")
    ledger.write_alerts([make_alert(1, grounds="one_origin", citations=())])
    ledger.write_events([make_event(1, grounds="loser_admits", move="taken", citations=(joined,))])
    ledger.write_statuses([make_status(1, citations=(), set_aside=(aside,))])
    assert rows(ledger_url, "SELECT grounds FROM alerts") == [("one_origin",)]
    assert rows(ledger_url, "SELECT grounds, move FROM events") == [("loser_admits", "taken")]
    assert rows(ledger_url, "SELECT kind, counted, joined FROM citations ORDER BY kind") == [
        ("event", "counted", "first_report"),
        ("set_aside", "historical", None),
    ]


def test_statuses_are_listed_by_name(ledger: Ledger, make_status) -> None:
    ledger.write_statuses(
        [make_status(place_id=name.lower(), place=name) for name in ("Rastan", "Aleppo", "Homs")]
    )
    assert [status.place for status in ledger.statuses()] == ["Aleppo", "Homs", "Rastan"]


def test_a_place_without_status_has_none(ledger: Ledger) -> None:
    assert ledger.status("nowhere") is None
    assert ledger.alert("none") is None


def test_an_event_told_again_replaces_its_older_telling(ledger: Ledger, make_event) -> None:
    ledger.write_events([make_event(1, hours=2, credibility="1"), make_event(1, hours=1)])
    assert [event.credibility.value for event in ledger.events(["event-1"])] == ["1"]


def test_events_are_given_by_id_and_by_place(ledger: Ledger, make_event) -> None:
    ledger.write_events([make_event(1), make_event(2), make_event(3, place_id="homs-syria")])
    assert [e.event_id for e in ledger.events(["event-3", "event-1", "gone"])] == [
        "event-1",
        "event-3",
    ]
    assert [e.event_id for e in ledger.events(place_id="rastan-syria")] == ["event-1", "event-2"]
    assert ledger.events([]) == ()


def test_places_are_those_with_a_status_or_an_alert(
    ledger: Ledger, make_alert, make_status
) -> None:
    ledger.write_alerts([make_alert(1, place_id="homs-syria", place="Homs, Syria")])
    ledger.write_statuses([make_status()])
    assert ledger.places() == {"homs-syria": "Homs, Syria", "rastan-syria": "Rastan, Syria"}


def test_an_alert_is_undelivered_until_its_delivery_is_recorded(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(1), make_alert(2)])
    ledger.record_delivery("alert-1", "log", delivered_at=NOON)
    assert [alert.alert_id for alert in ledger.undelivered("log")] == ["alert-2"]
    assert len(ledger.undelivered("mail")) == 2


def test_a_failed_delivery_stays_undelivered_and_is_counted(
    ledger: Ledger, ledger_url, make_alert
) -> None:
    ledger.write_alerts([make_alert(1)])
    ledger.record_delivery("alert-1", "log", error="disk full")
    assert len(ledger.undelivered("log")) == 1
    ledger.record_delivery("alert-1", "log", delivered_at=NOON)
    assert ledger.undelivered("log") == ()
    assert rows(ledger_url, "SELECT attempts, last_error FROM deliveries") == [(2, None)]


def test_a_delivery_is_recorded_once(ledger: Ledger, ledger_url, make_alert) -> None:
    ledger.write_alerts([make_alert(1)])
    ledger.record_delivery("alert-1", "log", delivered_at=NOON)
    ledger.record_delivery("alert-1", "log", error="late failure")
    assert rows(ledger_url, "SELECT attempts, last_error FROM deliveries") == [(1, None)]


def test_an_abandoned_alert_is_not_tried_again(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(1)])
    ledger.record_delivery("alert-1", "log", error="refused", is_abandoned=True)
    assert ledger.undelivered("log") == ()


def test_undelivered_looks_among_thousands_of_ids(ledger: Ledger, make_alert) -> None:
    ledger.write_alerts([make_alert(n, citations=()) for n in range(1200)])
    wanted = [f"alert-{n}" for n in range(1200)]
    assert [alert.alert_id for alert in ledger.undelivered("log", wanted)] == wanted


def test_a_dead_letter_is_kept_once(ledger: Ledger) -> None:
    letter = DeadLetter(reason="malformed", error="no JSON", where="t[0]@1", at=NOON, raw="e30=")
    assert ledger.write_dead_letters([letter]) == 1
    assert ledger.write_dead_letters([letter, letter]) == 0


def test_dead_letters_come_back_as_they_were_the_newest_so_many(ledger: Ledger) -> None:
    letters = [
        DeadLetter(reason="malformed", error="no JSON", where=f"t[0]@{n}", at=at, raw="e30=")
        for n, at in enumerate(NOON + timedelta(hours=hour) for hour in range(4))
    ]
    ledger.write_dead_letters(letters)
    assert ledger.dead_letters(NOON + timedelta(hours=1), newest=9) == tuple(letters[1:])
    assert ledger.dead_letters(NOON, newest=1) == (letters[3],)


def test_a_number_the_database_cannot_hold_is_a_record_error_and_writes_nothing(
    ledger: Ledger, make_alert, make_citation
) -> None:
    bad = make_alert(2, citations=(make_citation(1, revision=2**70),))
    with pytest.raises(RecordError, match="ledger"):
        ledger.write_alerts([make_alert(1), bad])
    assert ledger.counts()["alerts"] == 0


def test_of_heartbeats_the_newest_of_each_subject_stays(ledger: Ledger, make_heartbeat) -> None:
    newest = make_heartbeat(2, state="alive", reason="heard_again", quiet_since=None)
    feed = make_heartbeat(0, kind="feed")
    assert ledger.write_heartbeats([make_heartbeat(1), feed, newest]) == 3
    assert ledger.write_heartbeats([make_heartbeat(1)]) == 0
    assert ledger.heartbeats() == {"place:rastan-syria": newest, "feed:rastan-syria": feed}


def test_of_how_a_feed_does_the_newest_word_stays(ledger: Ledger, make_health) -> None:
    blocked = make_health(2, state="blocked", before="failing", reason="forbidden")
    other = make_health(feed_id="agency", title="Agency")
    assert ledger.write_feed_health([make_health(1), other, blocked]) == 3
    assert ledger.write_feed_health([make_health(1)]) == 0
    assert list(ledger.feed_health().items()) == [("agency", other), ("wire", blocked)]
