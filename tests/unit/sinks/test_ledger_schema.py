"""The ledger is described column by column, and the description is that of the ledger."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect

from placewatch.records import DeadLetter
from sinks.backup import back_up
from sinks.database import head_revision, open_database
from sinks.ledger import Ledger
from sinks.ledger_schema import described, schema_markdown


COMMAND = str(Path(sys.executable).with_name("placewatch"))


def columns_of_a_new_ledger(url: str) -> dict[str, list[str]]:
    engine = open_database(url)
    try:
        seen = inspect(engine)
        names = [*seen.get_view_names(), *seen.get_table_names()]
        return {name: [column["name"] for column in seen.get_columns(name)] for name in names}
    finally:
        engine.dispose()


def test_every_column_of_every_table_and_view_is_described_and_none_besides(
    ledger_url: str,
) -> None:
    said = {name: set(table["columns"]) for name, table in described().items()}
    there = {name: set(columns) for name, columns in columns_of_a_new_ledger(ledger_url).items()}
    assert said == there, "describe what is new in sinks/datasette.yaml, then run `make schemas`"


def test_what_facets_and_sorts_name_are_columns() -> None:
    for name, table in described().items():
        named = {
            *table.get("facets", ()),
            *(table[key] for key in ("sort", "sort_desc", "label_column") if key in table),
        }
        assert named <= set(table["columns"]), name


def test_the_document_is_current(repo_root: Path) -> None:
    document = (repo_root / "docs" / "ledger-schema.md").read_text("utf-8")
    assert document == schema_markdown(), "run `make schemas`"


def test_the_views_join_what_belongs_together(
    ledger: Ledger,
    ledger_url: str,
    make_alert,
    make_status,
    make_event,
    make_citation,
    make_heartbeat,
    make_health,
) -> None:
    ledger.write_alerts([make_alert(1)])
    ledger.write_statuses([make_status(1, set_aside=(make_citation(3, counted="historical"),))])
    ledger.write_events([make_event(1)])
    ledger.write_heartbeats(
        [make_heartbeat(), make_heartbeat(kind="feed", subject_id="wire.example")]
    )
    ledger.write_feed_health([make_health()])

    def rows(view: str) -> list[dict]:
        connection = sqlite3.connect(ledger_url.removeprefix("sqlite:///"))
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(f"SELECT * FROM {view}")]  # noqa: S608  # names of ours
        finally:
            connection.close()

    (place,) = rows("places_now")
    assert (place["news"], place["last_alert"]) == ("quiet", make_alert(1).headline)
    assert [row["sentence"] for row in rows("alerts_with_evidence")] == [
        citation.sentence for citation in make_alert(1).citations
    ]
    assert [(row["event_id"], row["counted"]) for row in rows("what_counted")] == [
        ("event-1", "counted"),
        ("event-1", "counted"),
        (None, "historical"),
    ]
    ledger.record_delivery("alert-1", "phone", error="no signal")
    (told,) = rows("who_was_told")
    assert (told["headline"], told["receiver"], told["last_error"]) == (
        make_alert(1).headline,
        "phone",
        "no signal",
    )
    (feed,) = rows("feeds_now")
    assert (feed["state"], feed["news"], feed["usual_gap_h"]) == ("failing", "quiet", 6.0)


@pytest.fixture
def run(tmp_path: Path, ledger_url: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, "ledger", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_command


@pytest.fixture
def busy_ledger(ledger: Ledger, make_alert) -> Iterator[Ledger]:
    """A ledger that is written all the time."""
    is_over = threading.Event()

    def write() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            ledger.write_alerts([make_alert(number)])

    writer = threading.Thread(target=write)
    writer.start()
    yield ledger
    is_over.set()
    writer.join()


def test_a_backup_is_whole_while_the_ledger_is_written(
    run, busy_ledger: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    result = run("backup", "copy.db", "--ledger", ledger_url)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "state"]
    copy = sqlite3.connect(tmp_path / "copy.db")
    try:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        alerts, citations = copy.execute(
            "SELECT (SELECT count(*) FROM alerts), (SELECT count(*) FROM citations)"
        ).fetchone()
    finally:
        copy.close()
    assert citations == 2 * alerts > 0
    again = run("backup", "copy.db", "--ledger", ledger_url)
    assert (again.returncode, "is there already" in again.stderr) == (78, True)


def test_a_backup_that_fails_leaves_nothing(
    ledger: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Exception, match="cannot be copied"):
        back_up(ledger_url, tmp_path / "nowhere" / "copy.db")


def test_a_ledger_in_postgresql_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="pg_dump --format=custom"):
        back_up("postgresql://placewatch@db/ledger", tmp_path / "copy.db")


def test_the_schema_goes_down_for_an_older_placewatch_and_up_by_itself(
    run, ledger: Ledger, ledger_url: str
) -> None:
    result = run("migrate", "0004", "--ledger", ledger_url)
    assert (result.returncode, result.stdout) == (0, "the ledger has version 0004\n")
    connection = sqlite3.connect(ledger_url.removeprefix("sqlite:///"))
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0004",)
    connection.close()
    with Ledger(ledger_url):
        pass
    assert f"version {head_revision()}" in run("migrate", "--ledger", ledger_url).stdout
    unknown = run("migrate", "12", "--ledger", ledger_url)
    assert (unknown.returncode, "no version 12" in unknown.stderr) == (78, True)


def test_datasettes_metadata_is_where_the_command_says(run) -> None:
    assert json.dumps(described())  # plain data, as Datasette wants it
    assert Path(run("datasette").stdout.strip()).is_file()


def test_dead_letters_are_shown_with_their_reason(run, ledger: Ledger, ledger_url: str) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    letter = DeadLetter(
        reason="malformed", error="no [bold]JSON[/]", where="t[0]@1", at=at, raw="e30="
    )
    assert "no dead letters since" in run("dead-letters", "--ledger", ledger_url).stdout
    ledger.write_dead_letters([letter])
    shown = run("dead-letters", "--ledger", ledger_url).stdout
    assert all(part in shown for part in ("malformed", "t[0]@1", "no [bold]JSON[/]"))
    piped = run("dead-letters", "--json", "--ledger", ledger_url).stdout
    assert DeadLetter.from_json(piped) == letter
