"""A ledger goes from SQLite to PostgreSQL and back, whole, and everybody is told everything once."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from placewatch.errors import ConfigError, LedgerBusyError
from placewatch.records import Alert, Citation, DeadLetter, Origin, Status
from sinks.courier import Courier
from sinks.database import open_database
from sinks.dispatch import Dispatcher
from sinks.ledger import Ledger
from sinks.model import Base
from sinks.moving import copy_ledger, rows_in
from sinks.notification import Notification
from sinks.outbox import Outbox
from sinks.routes import Routes
from sinks.silence_book import SilenceBook
from sinks.turn import Turn


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
ROUTES = Routes.model_validate(
    {
        "receivers": [{"name": "desk", "log": {"path": "x"}}],
        "route": {"receiver": "desk", "group_by": ["place"], "group_wait": "1m"},
    }
)


def make_alert(number: int) -> Alert:
    return Alert.model_validate(
        {
            "alert_id": f"alert-{number}",
            "msg_type": "Alert",
            "place_id": f"town-{number}",
            "place": f"Town {number}, Syria",
            "at": NOON + timedelta(seconds=number),
            "control": "held",
            "certainty": "claimed",
            "reason": "taken",
            "headline": "It is held — “ok”.",
            "cap_certainty": "Possible",
            "citations": (
                Citation(
                    article_id=f"article-{number}",
                    source_id="wire.example",
                    published_at=NOON,
                    origin=Origin(origin_id="monitor", name="The Monitor", reliability="B"),
                    state="captured",
                    factuality="asserted",
                    sentence="Fighters took it.",
                ),
            ),
        }
    )


class Desk:
    """Notes who is told of what; stands for a receiver."""

    name = "desk"

    def __init__(self) -> None:
        self.told: list[str] = []

    def write(self, notification: Notification) -> None:
        self.told += [alert.alert_id for alert in notification.alerts]

    def close(self) -> None:
        pass


def tell(url: str, desk: Desk, moments: list[datetime], until: int) -> None:
    """Run the dispatcher over a ledger at these moments until the desk was told of so many."""
    now = moments[0]
    with Ledger(url) as ledger:
        outbox, turn = Outbox(ledger), Turn(ledger.engine)
        courier = Courier(
            desk,
            outbox,
            give_up_after=timedelta(days=1),
            bury=lambda *_: None,
            now=lambda: now,
            stop=threading.Event(),
        )
        sink = Dispatcher(
            outbox,
            SilenceBook(ledger),
            ROUTES,
            {"desk": courier},
            turn=turn,
            bury=lambda *_: None,
            now=lambda: now,
        )
        for now in moments:  # noqa: B007  # the lambdas look at it
            sink.step()
        deadline = time.monotonic() + 30
        while len(desk.told) < until:
            assert time.monotonic() < deadline
            sink.step()
            time.sleep(0.01)
        courier.close()
        turn.close()


def everything(url: str) -> dict[str, list[dict[str, Any]]]:
    engine = open_database(url)
    with engine.connect() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return {name: sorted(rows, key=str) for name, rows in found.items()}


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_what_waits_is_told_from_the_copy_and_what_was_told_is_not(
    sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    desk = Desk()
    with Ledger(sqlite_url) as ledger:
        ledger.write_alerts([make_alert(n) for n in range(3)])
        ledger.write_statuses(
            [
                Status.model_validate(
                    {
                        "place_id": "town-1",
                        "place": "Town 1, Syria",
                        "control": "held",
                        "assessed_at": NOON,
                        "citations": make_alert(1).citations,
                    }
                )
            ]
        )
        letter = DeadLetter(reason="malformed", error="no", where="t[0]@1", at=NOON, raw="e30=")
        ledger.write_dead_letters([letter])
    tell(sqlite_url, desk, [NOON, NOON + timedelta(minutes=1)], until=3)
    with Ledger(sqlite_url) as ledger:
        ledger.write_alerts([make_alert(n) for n in range(3, 6)])
    tell(sqlite_url, desk, [NOON + timedelta(minutes=2)], until=3)  # they wait for their groups

    counted: list[int] = []
    copy_ledger(sqlite_url, postgres_url, counted.append)
    assert everything(postgres_url) == everything(sqlite_url)
    assert sum(counted) == rows_in(sqlite_url) > 10

    with Ledger(postgres_url) as ledger:
        ledger.write_alerts([make_alert(6)])
        assert [seq for seq, _ in ledger.alerts_after(0)] == sorted(range(1, 8))
    tell(postgres_url, desk, [NOON + timedelta(minutes=m) for m in (3, 4)], until=7)
    assert sorted(desk.told) == [f"alert-{n}" for n in range(7)]

    back = f"sqlite:///{tmp_path / 'back.db'}"
    copy_ledger(postgres_url, back, counted.append)
    assert everything(back) == everything(postgres_url)


def test_a_ledger_with_rows_takes_no_copy(sqlite_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    for url in (sqlite_url, other):
        with Ledger(url) as ledger:
            ledger.write_alerts([make_alert(1)])
    with pytest.raises(ConfigError, match="not empty"):
        copy_ledger(sqlite_url, other, lambda _: None)
    with pytest.raises(ConfigError, match="into itself"):
        copy_ledger(sqlite_url, sqlite_url, lambda _: None)


def test_a_copy_that_fails_leaves_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with Ledger(sqlite_url) as ledger:
        ledger.write_alerts([make_alert(1)])
    other = f"sqlite:///{tmp_path / 'other.db'}"

    def interrupt(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_ledger(sqlite_url, other, interrupt)
    assert rows_in(other) == 0


def test_a_ledger_that_a_sink_writes_to_is_not_copied(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_database(sqlite_url)
    turn = Turn(engine)
    assert turn.is_ours()
    with pytest.raises(LedgerBusyError, match="stop it first"):
        copy_ledger(sqlite_url, f"sqlite:///{tmp_path / 'other.db'}", lambda _: None)
    turn.close()
    engine.dispose()
