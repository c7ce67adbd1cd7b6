"""Opening the database of what the poller remembers: SQLite, or PostgreSQL beside the ledger.

One connection at a time, used by one thread at a time. A producer holds the database for itself (`is_exclusive`), so
that two started by mistake do not both poll: the kernel or the server gives the hold back when its holder dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, insert, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from placewatch.database_locks import DatabaseLock
from placewatch.errors import ConfigError, FeedStateBusyError, FeedStateError, RecordError
from producers.state_tables import SCHEMA_VERSION, SQLITE_MIGRATIONS, TABLES, VERSION


# A producer that is being stopped ends within this; the server forgets one whose machine died a little later.
TAKE_OVER_S = 15.0
_TRY_EVERY_S = 0.25
_BUSY_TIMEOUT_S = 10.0
# What PostgreSQL says of an address, a user or a right that is wrong: trying again helps nobody.
_SETTLED = ("authentication failed", "does not exist", "permission denied", "no pg_hba.conf entry")
_TRY_TO_HOLD = "SELECT pg_try_advisory_lock(%s)"
_HOLDER = (
    "SELECT application_name, backend_start FROM pg_stat_activity JOIN pg_locks USING (pid) "
    "WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
    "AND ((classid::bigint << 32) | objid::bigint) = %s "
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def is_there(url: str) -> bool:
    """Return whether there may be a state to look at: looking shall make no file.

    Raises:
        ConfigError: the URL cannot be used.
    """
    parsed = _parsed(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


class StateDatabase:
    """The database at a SQLAlchemy URL, with the tables of `state_tables.py` in it.

    Attributes:
        is_new: whether it was empty when it was opened.
        dialect: "sqlite" or "postgresql".
    """

    def __init__(self, url: str, *, is_exclusive: bool, wait_s: float = TAKE_OVER_S) -> None:
        """Open it and make the tables that are missing.

        Raises:
            ConfigError: the URL cannot be used.
            FeedStateError: the database cannot be opened, is of a later version, or another producer holds it.
            FeedStateBusyError: ... just now.
        """
        self._url = _parsed(url)
        self.where = self._url.render_as_string(hide_password=True)
        self.dialect = self._url.get_backend_name()
        self._deadline: float | None = time.monotonic() + wait_s
        self._hold: IO[str] | None = None
        self._engine = self._make_engine(is_exclusive=is_exclusive)
        self._reader = self._engine.execution_options(**_ALONE[self.dialect])
        try:
            if is_exclusive and self.dialect == "sqlite":
                self._hold = self._hold_file()
            self.is_new = self._prepare()
        except BaseException:
            self.close()
            raise
        # From now on a hold that was lost is waited for, however long it takes.
        self._deadline = None

    def close(self) -> None:
        """Give back the connection, and what is held."""
        self._engine.dispose()
        if self._hold is not None:
            self._hold.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from, each query by itself."""
        with self._faults(), self._reader.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that commits at the end of the block: all of it or nothing."""
        with (
            self._faults(),
            self._engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    def _make_engine(self, *, is_exclusive: bool) -> Engine:
        """Return the engine; in PostgreSQL the hold belongs to the connection and comes with it."""
        is_sqlite = self.dialect == "sqlite"
        try:
            engine = create_engine(
                self._url,
                connect_args=_SQLITE if is_sqlite else _postgres_options(),
                poolclass=QueuePool,
                pool_size=1,
                max_overflow=0,
            )
        except (ArgumentError, NoSuchModuleError) as error:
            raise ConfigError(f"{self.where} is not a database URL ({error})") from error
        except ImportError as error:
            raise ConfigError(
                f"the driver for the feed state is not installed ({error}): run `pip install 'placewatch[postgres]'`"
            ) from error
        if is_sqlite:
            event.listen(engine, "connect", _take_over_transactions)
            event.listen(engine, "begin", _begin)
        elif is_exclusive:
            event.listen(engine, "connect", self._hold_connection)
        return engine

    def _prepare(self) -> bool:
        """Make the tables that are missing; return whether all were."""
        if self.dialect == "sqlite":
            with self._faults():
                Path(self._url.database or "").parent.mkdir(parents=True, exist_ok=True)
                _use_wal(self._reader)
            with self.writing() as connection:
                return self._prepare_sqlite(connection)
        with self.writing() as connection:
            return self._prepare_postgres(connection)

    def _prepare_sqlite(self, connection: Connection) -> bool:
        """Bring the file to our schema; refuse one of a later schema, or of another program."""
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        tables = connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first()
        is_new = version == 0 and tables is None
        if not is_new and not 0 < version <= SCHEMA_VERSION:
            raise self._unknown(version)
        for migration in SQLITE_MIGRATIONS[version:]:
            for statement in migration.split(";"):
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return is_new

    def _prepare_postgres(self, connection: Connection) -> bool:
        """Make the tables, one process at a time; refuse those of a later schema."""
        key = DatabaseLock.FEED_STATE_SCHEMA.value
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
        VERSION.create(connection, checkfirst=True)
        version = connection.execute(select(VERSION.c.version)).scalar()
        if version is None:
            TABLES.create_all(connection)
            connection.execute(insert(VERSION), {"version": SCHEMA_VERSION})
        elif version != SCHEMA_VERSION:
            raise self._unknown(version)
        return version is None

    def _unknown(self, version: int) -> FeedStateError:
        return FeedStateError(
            f"{self.where} has schema version {version}, this placewatch knows {SCHEMA_VERSION}: run the "
            "placewatch that wrote it, or move the file away to begin anew (feeds are then read as if for the "
            "first time)"
        )

    def _hold_file(self) -> IO[str]:
        """Hold a SQLite file for this process, until it ends or closes what is returned."""
        path = Path(f"{self._url.database}.lock")
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = path.open("a+", encoding="utf-8")
            while not _is_locked(lock):
                if self._is_late():
                    lock.seek(0)
                    holder = lock.read()
                    lock.close()
                    raise self._held_by(holder)
                time.sleep(_TRY_EVERY_S)
            lock.truncate(0)
            lock.write(f"{_own_name()}, since {_shown(datetime.now(UTC))}")
            lock.flush()
        return lock

    def _hold_connection(self, connection: Any, _record: object) -> None:
        """Hold a PostgreSQL database for as long as this connection lasts."""
        cursor = connection.cursor()
        while not cursor.execute(_TRY_TO_HOLD, (DatabaseLock.POLLING.value,)).fetchone()[0]:
            if self._is_late():
                # Another user's sessions are told without their particulars.
                name, since = cursor.execute(_HOLDER, (DatabaseLock.POLLING.value,)).fetchone() or (
                    None,
                    None,
                )
                connection.close()
                raise self._held_by(f"{name}, since {_shown(since)}" if name and since else "")
            time.sleep(_TRY_EVERY_S)
        connection.commit()

    def _is_late(self) -> bool:
        return self._deadline is None or time.monotonic() > self._deadline

    def _held_by(self, holder: str) -> FeedStateError:
        """Return what to say of a database that another producer holds: for good at the start, for now later."""
        message = (
            f"another producer{f' ({holder})' if holder else ''} polls with the feed state {self.where}: "
            "stop it, or give this one a state of its own with PLACEWATCH_STATE_DIR or PLACEWATCH_FEED_STATE_URL"
        )
        return FeedStateBusyError(message) if self._deadline is None else FeedStateError(message)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what the database, its driver and the file system raise into our errors."""
        try:
            yield
        except DBAPIError as error:
            raise self._ours(error) from error
        except UnicodeEncodeError as error:
            raise RecordError(f"the feed state cannot hold a text: {error}") from error
        except (SQLAlchemyError, OSError) as error:
            raise self._unusable(str(error)) from error

    def _ours(self, error: DBAPIError) -> Exception:
        """Return our error for one of the database's, which tell most of them apart by text only."""
        cause = str(error.orig).strip()
        if isinstance(error, DataError):
            return RecordError(f"the feed state {self.where} refuses a value: {cause}")
        is_away = self.dialect == "postgresql" and not any(word in cause for word in _SETTLED)
        kinds = type(error).__name__
        if (is_away and kinds in _PASSING) or "read-only transaction" in cause or "locked" in cause:
            return FeedStateBusyError(
                f"the feed state {self.where} is locked or its server is away ({cause}): trying again helps; if "
                "this stays, start the server, or look for another program that holds it"
            )
        return self._unusable(cause)

    def _unusable(self, cause: str) -> FeedStateError:
        advice = (
            "check disk and permissions; a damaged file may be moved away, feeds are then read as if for the first time"
            if self.dialect == "sqlite"
            else "check server, user, password and database in PLACEWATCH_FEED_STATE_URL or PLACEWATCH_LEDGER_URL"
        )
        return FeedStateError(f"the feed state {self.where} cannot be used ({cause}): {advice}")


# What makes each query of a connection stand alone: a transaction only to read costs more than its query.
_ALONE: dict[str, dict[str, Any]] = {
    "sqlite": {"is_without_transaction": True},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}
_SQLITE = {"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False}
# SQLAlchemy's names for what passes: server away, connection lost, deadlock, no room, shutting down.
_PASSING = frozenset({"OperationalError", "InterfaceError"})


def _postgres_options() -> dict[str, object]:
    """Return how long to wait for the server, and how both ends notice that the other's machine is gone."""
    quickly = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    return {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "options": quickly,
        "application_name": _own_name(),
    }


def _own_name() -> str:
    """Return how this process is told to whoever finds it in the way."""
    return f"placewatch, process {os.getpid()} on {socket.gethostname()[:30]}"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%MZ}"


def _parsed(url: str) -> URL:
    """Return the URL with the driver we bring.

    Raises:
        ConfigError: it is not one of SQLite or PostgreSQL.
    """
    advice = "use postgresql://user@host/name or sqlite:////path/feeds.db"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            f"the feed state's address is not a database URL ({error}): {advice}"
        ) from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(
            f"the feed state can be in SQLite or PostgreSQL, not {parsed.get_backend_name()}: {advice}"
        )
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _is_locked(lock: IO[str]) -> bool:
    """Return whether the file could be locked for us."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_over_transactions(connection: Any, _record: object) -> None:
    # Python's sqlite3 would begin transactions by itself, too late and only for some statements.
    connection.isolation_level = None
    # A crash of the machine may lose the last polls: they are then repeated, which is allowed.
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    # One that reads first and then writes would fail at once if another wrote in between, whatever the timeout.
    if not connection.get_execution_options().get("is_without_transaction"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _use_wal(engine: Engine) -> None:
    """Let others read while the producer writes; the file keeps it.

    It needs a moment alone and does not wait for it by itself, so it is tried again while SQLite says "locked".
    """
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
