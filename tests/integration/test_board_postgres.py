"""The board over a ledger in PostgreSQL gives what it gives over one in SQLite."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from placewatch.records import Alert, Status
from placewatch.settings import Settings
from sinks.board.desk import Desk
from sinks.board.reads import AlertFilter
from sinks.board.shown import activity
from sinks.ledger import Ledger


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


def alert(number: int, **changes: object) -> Alert:
    fields = {
        "alert_id": f"alert-{number}",
        "msg_type": "Alert",
        "place_id": f"place-{number % 3}",
        "place": f"100% Town {number % 3}, Syria",
        "at": NOON + timedelta(hours=number),
        "control": "held",
        "holder": f"Party {number % 2}",
        "previous_control": "contested",
        "previous_holder": "Party 9",
        "certainty": "claimed",
        "since": NOON + timedelta(hours=number),
        "reason": "taken",
        "headline": f"Town {number % 3} is held.",
        "cap_certainty": "Possible",
        "latitude": 34.5,
        "longitude": 36.5,
    }
    return Alert.model_validate(fields | changes)


def status(told: Alert) -> Status:
    return Status.model_validate(told.model_dump() | {"assessed_at": told.at})


@pytest.fixture
def desks(postgres_url: str) -> Iterator[tuple[Desk, Desk]]:
    """The same war in both databases."""
    alerts = [alert(number) for number in range(1, 7)]
    alerts[4] = alert(5, msg_type="Cancel", references=("alert-2",))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, state_dir=Path(folder), watchlist=Path(folder) / "none")
        found = []
        for url in (postgres_url, f"sqlite:///{folder}/ledger.db"):
            # A board makes no ledger; the sink does.
            with Ledger(url) as ledger:
                ledger.write_alerts(alerts)
                ledger.write_statuses([status(each) for each in alerts[3:]])
            found.append(Desk(settings.model_copy(update={"ledger_url": url})))
        yield found[0], found[1]
        for desk in found:
            desk.close()


def test_both_databases_give_the_same(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    for at in (None, NOON, NOON + timedelta(hours=2, minutes=30)):
        assert one.held(at) == other.held(at)
        assert one.map_of(at)[1] == other.map_of(at)[1]
    assert one.held(NOON)[0].holder == "Party 9", "before the first alert, as that says it was"
    ledgers = one.ledger(), other.ledger()
    assert ledgers[0].mark() == ledgers[1].mark()
    hours = [ledger.alerts_an_hour() for ledger in ledgers]
    assert hours[0] == hours[1]
    assert sum(activity(hours[0], 50).counts) == 6
    for wanted in (
        AlertFilter(),
        AlertFilter(text="100% T", countries=["Syria"]),
        AlertFilter(msg_types=["Cancel"], until=NOON + timedelta(hours=5)),
        AlertFilter(holders=["Party 1"], since=NOON + timedelta(hours=3)),
    ):
        pages = [ledger.alert_page(wanted, before=6, limit=10) for ledger in ledgers]
        assert pages[0] == pages[1]
        assert pages[0], "a filter that finds nothing proves nothing"
        corrections = [
            ledger.corrections([record for _, record in page])
            for ledger, page in zip(ledgers, pages, strict=True)
        ]
        assert corrections[0] == corrections[1]
