"""Opening the ledger's database: SQLite or PostgreSQL, its schema brought up to date under a lock."""

from __future__ import annotations

import importlib.resources
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.orm import DeclarativeBase

from placewatch.database_locks import DatabaseLock
from placewatch.errors import (
    ConfigError,
    LedgerBusyError,
    LedgerError,
    PlacewatchError,
    RecordError,
)


# Other processes write for milliseconds; a migration or a backup may hold the lock for seconds.
BUSY_TIMEOUT_S = 10.0

# It would say at each opening which database it talks to.
logging.getLogger("alembic").setLevel(logging.WARNING)


def open_database(url: str) -> Engine:
    """Return the engine of the ledger at `url`, its folder created and its schema up to date.

    Raises:
        ConfigError: the URL is not one of SQLite or PostgreSQL, or its driver is not installed.
        LedgerError: the database cannot be opened or was written by a newer placewatch.
    """
    engine = _engine(url)
    try:
        with translated(engine):
            if engine.dialect.name == "sqlite":
                _use_wal(engine)
            with engine.connect() as connection:
                is_current = _revision(connection, engine) == head_revision()
            if not is_current:
                migrate(engine, "head")
    except BaseException:
        engine.dispose()
        raise
    return engine


def head_revision() -> str | None:
    """Return the newest schema version this code knows."""
    return ScriptDirectory.from_config(_alembic_config()).get_current_head()


def revisions() -> tuple[str, ...]:
    """Return the schema versions this code knows, oldest first."""
    scripts = ScriptDirectory.from_config(_alembic_config()).walk_revisions()
    return tuple(reversed([script.revision for script in scripts]))


def migrate(engine: Engine, revision: str) -> None:
    """Bring the schema up or down to `revision` ("head", "base", or one by name), one process at a time.

    The lock is the transaction itself in SQLite and an advisory lock in PostgreSQL, so a process that dies
    half-way leaves the schema as it was.

    Raises:
        LedgerError: the schema is newer than this code, or the lock was not given in time.
    """
    config = _alembic_config()
    with translated(engine), writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            key = DatabaseLock.LEDGER_SCHEMA.value
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
        found = _revision(connection, engine)
        config.attributes["connection"] = connection
        known = revisions()
        is_older = (
            revision in known and found in known and known.index(revision) < known.index(found)
        )
        if revision == "base" or is_older:
            alembic.command.downgrade(config, revision)
        else:
            alembic.command.upgrade(config, revision)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that may write; it commits at the end, or rolls back on an error."""
    with engine.connect().execution_options(is_writing=True) as connection, connection.begin():
        yield connection


def insert_into(engine: Engine, table: type[DeclarativeBase]) -> Any:
    """Return an INSERT that can say ON CONFLICT, in the database's own dialect."""
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the database's errors into ours, which say what to do.

    Raises:
        LedgerBusyError: locked, or the server cannot be reached: again later.
        RecordError: a value that the database cannot hold, such as a NUL character in PostgreSQL.
        LedgerError: anything else.
    """
    where = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except OverflowError as error:
        raise RecordError(f"a number is too large for the ledger: {error}") from error
    except DBAPIError as error:
        raise _ours(error, where) from error
    except SQLAlchemyError as error:
        raise LedgerError(f"the ledger {where} cannot be used: {error}") from error


def _ours(error: DBAPIError, where: str) -> PlacewatchError:
    """Return our error for one of the database's; SQLite and psycopg tell most of them apart by text only."""
    cause = str(error.orig).strip()
    if isinstance(error, (DataError, IntegrityError)):
        return RecordError(f"the ledger {where} refuses a value: {cause}")
    if any(word in cause for word in ("not a database", "malformed", "no such table")):
        return LedgerError(
            f"{where} is not a ledger, or a damaged one ({cause}): move the file away, or name another with "
            "PLACEWATCH_LEDGER_URL"
        )
    if any(word in cause for word in ("authentication failed", "does not exist")):
        return LedgerError(
            f"the ledger's server refuses us at {where} ({cause}): check user, password and database in "
            "PLACEWATCH_LEDGER_URL"
        )
    is_server = not where.startswith("sqlite")
    if "locked" in cause or (is_server and isinstance(error, (OperationalError, InterfaceError))):
        return LedgerBusyError(
            f"the ledger {where} is locked or its server is away ({cause}): trying again helps; if this stays, "
            "look for another program that holds it open, or start the server"
        )
    return LedgerError(f"the ledger {where} cannot be used ({cause}): {_advice(cause)}")


def _advice(cause: str) -> str:
    """Return what to do about a database that can be neither read nor waited for."""
    if "full" in cause:
        return "make room on its disk and start again; what was in it is whole, the rest is still on the topics"
    if "readonly" in cause or "unable to open" in cause:
        return (
            "it is not yours to open; even to read, SQLite has to write to the file and its folder: give them to this "
            "user, read a `placewatch ledger backup`, or name another with PLACEWATCH_LEDGER_URL"
        )
    return (
        "check that the folder exists, is yours to write and has room, or name another with "
        "PLACEWATCH_LEDGER_URL"
    )


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ConfigError(
                f"the ledger can be in SQLite or PostgreSQL, not {parsed.get_backend_name()}: "
                "use sqlite:////path/ledger.db or postgresql+psycopg://user@host/name"
            )
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            _make_folder(Path(parsed.database).parent)
        engine = create_engine(
            parsed, json_serializer=_compact, connect_args=_connect_args(parsed.drivername)
        )
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            f"PLACEWATCH_LEDGER_URL is not a database URL ({error}): "
            "use sqlite:////path/ledger.db or postgresql+psycopg://user@host/name"
        ) from error
    except ImportError as error:
        raise ConfigError(
            f"the ledger's driver is not installed ({error}): run `pip install 'placewatch[postgres]'`"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _take_over_transactions)
        event.listen(engine, "begin", _begin)
    return engine


def _connect_args(drivername: str) -> dict[str, Any]:
    """Return how long to wait: for the lock in SQLite, for the server in PostgreSQL, in seconds."""
    return (
        {"timeout": BUSY_TIMEOUT_S}
        if drivername.startswith("sqlite")
        else {"connect_timeout": int(BUSY_TIMEOUT_S)}
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"the ledger's folder {folder} cannot be made ({error.strerror}): "
            "make it, or name another with PLACEWATCH_LEDGER_URL"
        ) from error


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _take_over_transactions(connection: Any, _record: object) -> None:
    # Python's sqlite3 would begin transactions by itself, too late and only for some statements.
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then writes fails at once when another wrote in between, whatever the
    # timeout; one that takes the write lock at its start waits its turn.
    options = connection.get_execution_options()
    if not options.get("is_without_transaction"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("is_writing") else "BEGIN")


def _use_wal(engine: Engine) -> None:
    """Let readers read while the sink writes. The change is kept in the file.

    It needs a moment alone and does not wait for it by itself, so it is tried again while SQLite says "locked".
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            with engine.connect().execution_options(is_without_transaction=True) as connection:
                if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _revision(connection: Connection, engine: Engine) -> str | None:
    """Return the schema version of the database, None for an empty one.

    Raises:
        LedgerError: this code does not know that version.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in revisions():
        raise LedgerError(
            f"the ledger {engine.url.render_as_string(hide_password=True)} has schema {found}, written by a newer "
            f"placewatch; this one knows up to {head_revision()}: upgrade placewatch, or name another ledger "
            "with PLACEWATCH_LEDGER_URL"
        )
    return found


def _alembic_config() -> alembic.config.Config:
    config = alembic.config.Config()
    # A percent sign in a path would be taken for interpolation.
    folder = str(importlib.resources.files("sinks") / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
