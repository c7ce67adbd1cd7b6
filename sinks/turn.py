"""Whose turn it is to tell: of several sinks that share a ledger one tells, or people would be told twice.

The turn is a lock that ends with the process that has it, however that ends: in SQLite on a file beside the ledger, in
PostgreSQL one of the session's. Whoever does not have it writes into the ledger and the alert log all the same.
"""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from placewatch.database_locks import DatabaseLock
from placewatch.errors import LedgerError
from placewatch.log import get_logger


# How often a sink without the turn asks for it, and one with it makes sure that the server still knows it.
ASKED_EVERY_S = 5.0
# A server that loses sight of a sink's machine gives its turn to another after 25 s; by itself, after two hours.
_LOOK_FOR_US = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)

_log = get_logger(__name__)


class Turn:
    """The turn to tell; give it back with `close`."""

    def __init__(self, engine: Engine) -> None:
        """Ask for the turn of the ledger in `engine`, when it is first wanted."""
        self._engine = engine
        self._file: IO[bytes] | None = None
        self._connection: Connection | None = None
        self._is_ours: bool | None = None
        self._asked_at: float | None = None

    def is_ours(self) -> bool:
        """Return whether this sink may tell now.

        Raises:
            LedgerError: the lock's file cannot be made.
        """
        if self._asked_at is None or time.monotonic() - self._asked_at >= ASKED_EVERY_S:
            self._asked_at = time.monotonic()
            had, self._is_ours = self._is_ours, self._ask()
            if self._is_ours != had:
                _log.info("this sink tells" if self._is_ours else "another sink tells")
        return bool(self._is_ours)

    def close(self) -> None:
        """Give the turn back."""
        self._is_ours = False
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            # Thrown away rather than given back to the pool: the lock ends with the session.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _ask(self) -> bool:
        if self._engine.dialect.name == "postgresql":
            return self._ask_postgres()
        database = self._engine.url.database
        if not database or database == ":memory:":
            return True
        return self._ask_file(Path(database).with_name(f".{Path(database).name}.telling"))

    def _ask_file(self, path: Path) -> bool:
        if self._file is not None:
            return True
        try:
            file = path.open("ab")
        except OSError as error:
            raise LedgerError(
                f"the lock {path} beside the ledger cannot be made ({error.strerror}): check that the folder is yours "
                "to write"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def _ask_postgres(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                self._connection.commit()
                return True
            self._connection = self._engine.connect()
            for setting in _LOOK_FOR_US:
                self._connection.execute(text(setting))
            query = text("SELECT pg_try_advisory_lock(:key)")
            is_ours = bool(
                self._connection.execute(query, {"key": DatabaseLock.TELLING.value}).scalar()
            )
            self._connection.commit()
        except DBAPIError as error:
            _log.warning("the turn to tell is lost with the ledger's server", error=str(error.orig))
            is_ours = False
        if not is_ours:
            self.close()
        return is_ours
