"""Telling with the ledger in PostgreSQL: the outbox, silences, and whose turn it is."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from placewatch.records import Alert
from sinks.courier import Courier
from sinks.deciding import Reason
from sinks.dispatch import Dispatcher
from sinks.ledger import Ledger
from sinks.matchers import parse_matcher
from sinks.notification import Notification
from sinks.outbox import Outbox
from sinks.routes import Routes
from sinks.silence_book import SilenceBook
from sinks.silences import new_silence
from sinks.turn import Turn


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


def make_alert(number: int, country: str = "Syria", **changes: object) -> Alert:
    fields = {
        "alert_id": f"alert-{number}",
        "msg_type": "Alert",
        "place_id": f"town-{number}",
        "place": f"Town {number}, {country}",
        "at": NOON + timedelta(minutes=number),
        "control": "held",
        "certainty": "claimed",
        "reason": "taken",
        "headline": "It is held.",
        "cap_certainty": "Possible",
        "kind": "populated_place",
    }
    return Alert.model_validate(fields | changes)


@dataclass
class FakeWriter:
    name: str = "desk"
    told: list[list[str]] = field(default_factory=list)

    def write(self, notification: Notification) -> None:
        self.told.append([alert.alert_id for alert in notification.alerts])

    def close(self) -> None:
        pass


def test_alerts_are_grouped_silenced_inhibited_and_told(postgres_url: str) -> None:
    routes = Routes.model_validate(
        {
            "receivers": [{"name": "desk", "log": {"path": "x"}}],
            "route": {"receiver": "desk", "group_by": ["country"], "group_wait": "1m"},
            "inhibit_rules": [
                {
                    "source_matchers": ["kind = admin"],
                    "target_matchers": ["kind = populated_place"],
                    "equal": ["country"],
                }
            ],
        }
    )
    now, writer = NOON, FakeWriter()
    with Ledger(postgres_url) as ledger:
        outbox, book, turn = Outbox(ledger), SilenceBook(ledger), Turn(ledger.engine)
        courier = Courier(
            writer,
            outbox,
            give_up_after=timedelta(days=1),
            bury=lambda *_: None,
            now=lambda: now,
            stop=threading.Event(),
        )
        sink = Dispatcher(
            outbox,
            book,
            routes,
            {"desk": courier},
            turn=turn,
            bury=lambda *_: None,
            now=lambda: now,
        )
        muting = new_silence(
            (parse_matcher("country = Iraq"),),
            starts_at=NOON - timedelta(hours=1),
            ends_at=NOON + timedelta(hours=1),
            author="x",
            comment="",
            now=NOON,
        )
        book.add(muting)
        ledger.write_alerts([make_alert(1, "Iraq"), make_alert(2), make_alert(3, kind="admin")])
        ledger.write_alerts([make_alert(4, "Chad"), make_alert(5, "Chad")])
        sink.step()
        now += timedelta(minutes=1)
        deadline = time.monotonic() + 30
        while len(writer.told) < 2:
            assert time.monotonic() < deadline
            sink.step()
            time.sleep(0.01)
        ledger.write_alerts([make_alert(6, "Chad")])
        sink.step()
        courier.close()
        turn.close()
        with ledger.engine.connect() as connection:
            found = connection.execute(
                text("SELECT alert_id, reason, because, due_at FROM deliveries ORDER BY alert_id")
            ).fetchall()
        assert book.expire(muting.silence_id, now).ends_at == now
        assert book.all()[0].matchers == muting.matchers
    assert sorted(writer.told) == [["alert-3"], ["alert-4", "alert-5"]]
    assert [(row[1], row[2]) for row in found] == [
        (Reason.SILENCED, muting.silence_id),
        (Reason.INHIBITED, "alert-3"),
        (Reason.NOTIFIED, None),
        (Reason.NOTIFIED, None),
        (Reason.NOTIFIED, None),
        (Reason.GROUPED, None),
    ]
    assert found[5][3] == now + timedelta(minutes=5)


def test_the_turn_ends_with_the_session_that_has_it(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.turn.ASKED_EVERY_S", 0.0)
    with Ledger(postgres_url) as one, Ledger(postgres_url) as other:
        first, second = Turn(one.engine), Turn(other.engine)
        assert (first.is_ours(), second.is_ours(), first.is_ours()) == (True, False, True)
        with other.engine.begin() as connection:  # as when the server, or the way to it, goes
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
                )
            )
        deadline = time.monotonic() + 10
        while not second.is_ours():
            assert time.monotonic() < deadline
        assert not first.is_ours()
        second.close()
        assert first.is_ours()
        first.close()
