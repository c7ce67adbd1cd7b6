"""The ledger while others use it, on a full disk, and where it is not ours to write."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from placewatch.errors import LedgerError
from sinks.ledger import Ledger


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_a_reader_keeps_its_moment_while_the_sink_writes(
    ledger: Ledger, ledger_url: str, make_alert
) -> None:
    ledger.write_alerts([make_alert(1)])
    reader = sqlite3.connect(path_of(ledger_url), isolation_level=None)
    try:
        reader.execute("BEGIN")
        count = "SELECT count(*) FROM alerts_with_evidence"
        assert reader.execute(count).fetchone() == (2,)
        ledger.write_alerts([make_alert(2)])
        assert reader.execute(count).fetchone() == (2,)
        reader.execute("COMMIT")
        assert reader.execute(count).fetchone() == (4,)
    finally:
        reader.close()


def test_a_full_disk_says_so_and_leaves_what_was_there(ledger_url: str, make_alert) -> None:
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        # SQLite's own limit of pages fails as a full disk does.
        connection.execute("PRAGMA max_page_count=60")

    with Ledger(ledger_url) as ledger:
        ledger.write_alerts([make_alert(0)])
    event.listen(Engine, "connect", limit)
    try:
        with (
            Ledger(ledger_url) as ledger,
            pytest.raises(LedgerError, match=r"full.*make room on its disk"),
        ):
            ledger.write_alerts([make_alert(n, headline="x" * 3000) for n in range(1, 100)])
    finally:
        event.remove(Engine, "connect", limit)
    with Ledger(ledger_url) as ledger:
        assert ledger.alerts() == (make_alert(0),)
        assert ledger.write_alerts([make_alert(1)]) == 1


def as_another_user(do: Callable[[], None]) -> str:
    """Run `do` in a process that is not root; return what it raised, if anything."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            do()
        except LedgerError as error:
            os.write(writing, str(error).encode())
        except Exception:  # noqa: BLE001  # whatever it was, the parent tells it
            os.write(writing, traceback.format_exc().encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder others may enter; of tmp_path only its owner may."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("mode", [0o444, 0o000])
def test_a_ledger_that_is_not_ours_to_write_says_what_to_do(
    shared_folder: Path, make_alert, mode: int
) -> None:
    url = f"sqlite:///{shared_folder / 'ledger.db'}"
    with Ledger(url) as ledger:
        ledger.write_alerts([make_alert(1)])
    (shared_folder / "ledger.db").chmod(mode)
    shared_folder.chmod(0o555)
    try:
        said = as_another_user(lambda: Ledger(url).close())
    finally:
        shared_folder.chmod(0o755)
    assert "it is not yours to open" in said
    assert "ledger backup" in said
