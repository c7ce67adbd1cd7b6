"""What held at a place before the articles that the producer publishes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from placewatch.analysts import remember, remembered
from placewatch.errors import RecordError
from placewatch.heartbeats import Heartbeat
from placewatch.local.restore import Refill, held_before, known_hearings
from placewatch.records import Alert, Assertion, Status
from placewatch.settings import load_settings
from placewatch.vocabulary import CapCertainty, Certainty, Control, MsgType, Pulse, SubjectKind
from sinks.ledger import Ledger
from streams.tracking.heartbeat import hear
from streams.tracking.policy import load_policy


def day(number: int) -> datetime:
    return datetime(2024, 12, number, 12, tzinfo=UTC)


def alert(number: int, control: Control, cause: str) -> Alert:
    return Alert(
        alert_id=f"alert-{number}",
        msg_type=MsgType.ALERT,
        place_id="homs-syria",
        place="Homs, Syria",
        at=day(number),
        control=control,
        holder="Syrian government",
        certainty=Certainty.CONFIRMED,
        reason="taken",
        headline="",
        cap_certainty=CapCertainty.LIKELY,
        cause=cause,
    )


def status(number: int, control: Control, alert_id: str | None) -> Status:
    return Status(
        place_id="homs-syria",
        place="Homs, Syria",
        control=control,
        certainty=Certainty.SETTLED,
        assessed_at=day(number),
        alert_id=alert_id,
    )


OLD = alert(1, Control.THREATENED, "a:0")
NEW = alert(5, Control.CONTESTED, "b:0")


def test_nothing_is_asserted_of_a_place_without_history() -> None:
    assert held_before(None, [], Refill()) is None


def test_without_a_refill_the_newest_status_is_asserted() -> None:
    found = held_before(status(6, Control.CONTESTED, "alert-5"), [OLD, NEW], Refill())
    assert found is not None
    assert (found.control, found.as_of, found.alert_id, found.kind) == (
        Control.CONTESTED,
        day(6),
        "alert-5",
        "ledger",
    )


def test_what_refilled_articles_led_to_is_not_asserted() -> None:
    refill = Refill(causes=frozenset({"b:0"}), begins_at=day(4))
    found = held_before(status(5, Control.CONTESTED, "alert-5"), [OLD, NEW], refill)
    assert found is not None
    assert (found.control, found.as_of, found.alert_id) == (Control.THREATENED, day(1), "alert-1")


def test_when_everything_is_refilled_only_the_baseline_counts() -> None:
    refill = Refill(causes=frozenset({"a:0", "b:0"}), begins_at=day(1))
    assert held_before(status(5, Control.CONTESTED, "alert-5"), [OLD, NEW], refill) is None


def test_a_status_whose_alert_never_arrived_does_not_silence_it() -> None:
    found = held_before(status(5, Control.CONTESTED, "alert-5"), [OLD], Refill())
    assert found is not None
    assert (found.control, found.alert_id) == (Control.THREATENED, "alert-1")


def test_a_status_that_was_never_alerted_is_asserted_when_it_is_older_than_the_refill() -> None:
    refill = Refill(causes=frozenset({"c:0"}), begins_at=day(4))
    quiet = status(3, Control.HELD, None)
    found = held_before(quiet, [], refill)
    assert found is not None
    assert (found.control, found.alert_id) == (Control.HELD, None)
    assert held_before(quiet, [], Refill(refill.causes, begins_at=day(2))) is None


def test_the_same_history_gives_the_same_assertion_id() -> None:
    first = held_before(None, [OLD], Refill())
    second = held_before(None, [OLD], Refill())
    assert first == second


def test_the_last_word_of_an_analyst_is_remembered(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path)
    first = Assertion(
        assertion_id="analyst-homs-syria",
        place_id="homs-syria",
        place="Homs, Syria",
        kind="analyst",
        control=Control.CONTESTED,
        as_of=day(6),
        by="R. Haddad",
    )
    last = first.model_copy(update={"is_revoked": True})
    assert remembered(settings) == []
    remember(first, settings)
    remember(last, settings)
    assert remembered(settings) == [last]


def test_a_damaged_line_is_said_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "said.jsonl").write_text("{half a line\n")
    with pytest.raises(RecordError, match=r"said\.jsonl.*correct or remove"):
        remembered(load_settings(state_dir=tmp_path))


def test_who_was_heard_of_is_told_again_with_all_hours_but_not_what_is_long_silent(
    tmp_path: Path,
) -> None:
    settings = load_settings(state_dir=tmp_path, ledger_url=None)
    assert known_hearings(settings, now=day(20)) == []
    heartbeats = [
        Heartbeat(
            kind=SubjectKind.FEED,
            subject_id=f"feed-{number}",
            label=f"Feed {number}",
            state=Pulse.ALIVE,
            reason="heard_at_its_pace",
            last_heard_at=day(1) if number else day(1) - timedelta(days=60),
            assessed_at=day(1),
            hours="10001",
        )
        for number in range(601)
    ]
    with Ledger(settings.ledger) as ledger:
        ledger.write_heartbeats(heartbeats)
    told = [
        hearing for heard in known_hearings(settings, now=day(20)) for hearing in heard.hearings
    ]
    assert {hearing.subject_id for hearing in told} == {f"feed-{n}" for n in range(1, 601)}
    subject = hear(None, told[0], load_policy())
    assert (subject.pace.hours, subject.last_heard_at) == ("10001", day(1))
