"""A copy of the ledger while it is written: SQLite's own online backup."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import make_url

from placewatch.errors import ConfigError, LedgerError


def back_up(url: str, target: Path) -> int:
    """Copy the SQLite ledger at `url` to a new file as it is at one moment; return its size in bytes.

    Others go on reading and writing. The file appears whole or not at all.

    Raises:
        ConfigError: the ledger is not in SQLite, or `target` is there already.
        LedgerError: it cannot be read or written.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(
            "the ledger is in PostgreSQL, which has its own tools: run "
            f'`pg_dump --format=custom --file={target} "$PLACEWATCH_LEDGER_URL"`'
        )
    if target.exists():
        raise ConfigError(f"{target} is there already: name a file that is not")
    partial = target.with_name(f"{target.name}.part")
    try:
        source = sqlite3.connect(str(parsed.database))
        try:
            copy = sqlite3.connect(partial)
            try:
                source.backup(copy)
                # One file, without the log beside it that the ledger writes.
                copy.execute("PRAGMA journal_mode=DELETE")
            finally:
                copy.close()
        finally:
            source.close()
        partial.replace(target)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise LedgerError(
            f"the ledger {parsed.database} cannot be copied to {target} ({error}): check that both folders are "
            "there and yours, and that the disk has room"
        ) from error
    return target.stat().st_size
