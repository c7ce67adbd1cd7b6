"""Opening, migrating and refusing a ledger."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from placewatch.errors import ConfigError, LedgerBusyError, LedgerError
from sinks import database
from sinks.database import head_revision, migrate, open_database
from sinks.ledger import Ledger
from sinks.model import Base


OPEN = "import sys; from sinks.ledger import Ledger; Ledger(sys.argv[1]).close()"


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_opening_makes_the_folder_and_the_newest_schema(ledger_url: str) -> None:
    engine = open_database(ledger_url)
    try:
        tables = set(inspect(engine).get_table_names())
    finally:
        engine.dispose()
    assert tables == {*Base.metadata.tables, "alembic_version"}


def test_the_migrations_build_what_the_model_says(ledger_url: str) -> None:
    engine = open_database(ledger_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert difference == []


def test_the_schema_goes_down_to_nothing_and_up_again(ledger_url: str, make_alert) -> None:
    engine = open_database(ledger_url)
    migrate(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine, "head")
    engine.dispose()
    with Ledger(ledger_url) as ledger:
        assert ledger.write_alerts([make_alert()]) == 1


def test_a_ledger_of_the_first_version_is_brought_up_with_what_is_in_it(
    ledger_url: str, make_alert, make_heartbeat, make_event, make_health
) -> None:
    with Ledger(ledger_url) as ledger:
        ledger.write_alerts([make_alert()])
    engine = open_database(ledger_url)
    migrate(engine, "0001")
    assert "heartbeats" not in inspect(engine).get_table_names()
    engine.dispose()
    with Ledger(ledger_url) as ledger:
        assert ledger.alert("alert-1") == make_alert()
        assert ledger.write_heartbeats([make_heartbeat()]) == 1
        assert ledger.write_feed_health([make_health()]) == 1
        assert ledger.write_events([make_event(grounds="one_origin", move="taken")]) == 1


def test_opening_again_keeps_what_is_there(ledger_url: str, make_alert) -> None:
    with Ledger(ledger_url) as ledger:
        ledger.write_alerts([make_alert()])
    with Ledger(ledger_url) as ledger:
        assert ledger.alert("alert-1") == make_alert()


def test_readers_do_not_wait_for_the_writer(ledger: Ledger, ledger_url: str) -> None:
    other = sqlite3.connect(path_of(ledger_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert ledger.statuses() == ()
    finally:
        other.close()


def test_processes_that_start_at_once_share_one_new_ledger(ledger_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN, ledger_url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], errors
    connection = sqlite3.connect(path_of(ledger_url))
    versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    connection.close()
    assert versions == [(head_revision(),)]


def test_a_newer_schema_is_refused_and_said_what_to_do(ledger_url: str) -> None:
    Ledger(ledger_url).close()
    connection = sqlite3.connect(path_of(ledger_url))
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LedgerError, match=r"schema 9999.*upgrade placewatch"):
        Ledger(ledger_url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_text("These are the minutes of a meeting.\n" * 100)
    with pytest.raises(LedgerError, match=r"not a ledger.*move the file away"):
        Ledger(f"sqlite:///{file}")
    assert file.read_text().startswith("These are the minutes")


def test_a_folder_that_cannot_be_made_is_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"folder .* cannot be made"):
        Ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.db'}")


def test_a_path_that_is_a_folder_is_a_ledger_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="PLACEWATCH_LEDGER_URL"):
        Ledger(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("url", ["not a url", "mysql://host/db", "mongodb://host/db"])
def test_a_url_that_names_no_ledger_is_a_config_error(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:////path"):
        Ledger(url)


def test_a_password_is_never_in_a_message() -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger("postgresql://placewatch:hunter2@127.0.0.1:1/ledger")
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_away_is_busy_so_that_it_is_tried_again() -> None:
    with pytest.raises(LedgerBusyError, match="server is away"):
        Ledger("postgresql://placewatch@127.0.0.1:1/ledger")


def test_a_locked_ledger_is_busy_after_its_timeout(
    ledger_url: str, make_alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.1)
    with Ledger(ledger_url) as ledger:
        other = sqlite3.connect(path_of(ledger_url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(LedgerBusyError, match="locked"):
                ledger.write_alerts([make_alert()])
        finally:
            other.close()
        assert ledger.write_alerts([make_alert()]) == 1


def test_two_threads_write_without_losing_any(ledger: Ledger, make_alert) -> None:
    def write(start: int) -> None:
        for number in range(start, start + 50):
            ledger.write_alerts([make_alert(number)])

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.counts()["alerts"] == 75
