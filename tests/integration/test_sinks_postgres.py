"""The ledger in PostgreSQL: a server of our own for these tests, on a free loopback port."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from placewatch.errors import LedgerBusyError, LedgerError, RecordError
from placewatch.records import Alert, Citation, Event, Origin, Status
from sinks.database import migrate, open_database, writing
from sinks.ledger import Ledger
from sinks.model import Base
from sinks.service import _ledger


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
OPEN = "import sys; from sinks.ledger import Ledger; Ledger(sys.argv[1]).close()"


def make_citation(number: int, **changes: Any) -> Citation:
    fields: dict[str, Any] = {
        "article_id": f"article-{number}",
        "source_id": "wire.example",
        "published_at": NOON,
        "origin": Origin(origin_id="monitor", name="The Monitor", reliability="B"),
        "state": "captured",
        "factuality": "asserted",
        "sentence": "Fighters took Rastan — “الرستن”.",
    }
    return Citation.model_validate(fields | changes)


def make_alert(number: int, **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "alert_id": f"alert-{number}",
        "msg_type": "Alert",
        "place_id": "rastan-syria",
        "place": "Rastan, Syria",
        "at": NOON + timedelta(hours=number),
        "control": "held",
        "certainty": "claimed",
        "reason": "taken",
        "headline": "Rastan is held.",
        "cap_certainty": "Possible",
        "citations": (make_citation(1), make_citation(2)),
        "latitude": 34.93,
    }
    return Alert.model_validate(fields | changes)


def make_status(hours: int, **changes: Any) -> Status:
    fields: dict[str, Any] = {
        "place_id": "rastan-syria",
        "place": "Rastan, Syria",
        "control": "held",
        "assessed_at": NOON + timedelta(hours=hours),
        "citations": (make_citation(1),),
    }
    return Status.model_validate(fields | changes)


def test_records_come_back_as_they_were_written_and_once(postgres_url: str) -> None:
    event = Event(
        event_id="e",
        place_id="rastan-syria",
        place="Rastan, Syria",
        state="captured",
        event_date=NOON.date(),
        certainty="claimed",
        credibility="3",
        first_reported_at=NOON,
        last_reported_at=NOON,
        assessed_at=NOON,
        citations=(make_citation(1),),
    )
    with Ledger(postgres_url) as ledger:
        assert ledger.write_alerts([make_alert(1), make_alert(1)]) == 1
        assert ledger.write_alerts([make_alert(1), make_alert(2)]) == 1
        assert ledger.write_events([event, event]) == 2
        assert ledger.alerts() == (make_alert(1), make_alert(2))
        assert ledger.events(["e"]) == (event,)
        counts = ledger.counts()
    assert (counts["alerts"], counts["events"], counts["citations"]) == (2, 1, 5)


def test_the_newest_status_stays(postgres_url: str) -> None:
    with Ledger(postgres_url) as ledger:
        assert ledger.write_statuses([make_status(2, control="contested"), make_status(1)]) == 1
        assert ledger.statuses() == (make_status(2, control="contested"),)


def test_times_are_moments_whatever_the_zone(postgres_url: str) -> None:
    with Ledger(postgres_url) as ledger:
        ledger.write_alerts([make_alert(1), make_alert(2)])
        since = datetime(2024, 12, 6, 17, tzinfo=timezone(timedelta(hours=3)))
        assert [alert.alert_id for alert in ledger.alerts(since=since)] == ["alert-2"]


def test_deliveries_are_remembered(postgres_url: str) -> None:
    with Ledger(postgres_url) as ledger:
        ledger.write_alerts([make_alert(1), make_alert(2)])
        ledger.record_delivery("alert-1", "log", error="disk full")
        ledger.record_delivery("alert-1", "log", delivered_at=NOON)
        assert [alert.alert_id for alert in ledger.undelivered("log")] == ["alert-2"]


def test_a_character_postgresql_cannot_hold_is_a_record_error(postgres_url: str) -> None:
    with Ledger(postgres_url) as ledger:
        with pytest.raises(RecordError, match="NUL"):
            ledger.write_alerts([make_alert(1, headline="a\x00b")])
        assert ledger.write_alerts([make_alert(1)]) == 1


def test_the_migrations_build_what_the_model_says_down_and_up(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    migrate(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine, "head")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert difference == []


def test_processes_that_start_at_once_share_one_new_ledger(postgres_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN, postgres_url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], errors


def test_a_newer_schema_is_refused(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(LedgerError, match="upgrade placewatch"):
        Ledger(postgres_url)


def test_a_database_that_is_not_there_says_what_to_check(cluster: Any) -> None:
    with pytest.raises(LedgerError, match="check user, password and database") as caught:
        Ledger(cluster.url("nowhere"))
    assert not isinstance(caught.value, LedgerBusyError)


def test_a_server_that_restarts_is_busy_and_then_used_again(
    cluster: Any, postgres_url: str
) -> None:
    with Ledger(postgres_url) as ledger:
        ledger.write_alerts([make_alert(1)])
        cluster.stop()
        with pytest.raises(LedgerBusyError, match="server is away"):
            ledger.write_alerts([make_alert(2)])
        cluster.start()
        try:
            ledger.write_alerts([make_alert(2)])
        except LedgerBusyError:
            # The connection of before was still in the pool; the sink tries again just so.
            ledger.write_alerts([make_alert(2)])
        assert ledger.counts()["alerts"] == 2


def test_a_sink_that_starts_before_its_ledgers_server_waits_for_it(
    cluster: Any, postgres_url: str
) -> None:
    with Ledger(postgres_url) as ledger:
        ledger.write_alerts([make_alert(1)])
    cluster.stop()
    stop, opened = threading.Event(), []
    waiting = threading.Thread(target=lambda: opened.append(_ledger(postgres_url, stop)))
    try:
        waiting.start()
        waiting.join(timeout=2)
        assert waiting.is_alive()
    finally:
        cluster.start()
    waiting.join(timeout=60)
    assert [alert.alert_id for ledger in opened for alert in ledger.alerts()] == ["alert-1"]
    for ledger in opened:
        ledger.close()


def test_a_sink_that_is_told_to_stop_waits_no_longer_for_its_ledger(
    cluster: Any, postgres_url: str
) -> None:
    cluster.stop()
    stop = threading.Event()
    stop.set()
    try:
        with pytest.raises(LedgerBusyError, match="server is away"):
            _ledger(postgres_url, stop)
    finally:
        cluster.start()
