"""A ledger copied into another database: from SQLite to PostgreSQL or back, with what waits to be told."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from placewatch.errors import ConfigError, LedgerBusyError
from sinks.database import open_database, translated, writing
from sinks.model import Base
from sinks.turn import Turn


_ROWS_AT_ONCE = 1_000


def rows_in(url: str) -> int:
    """Return how many rows a ledger has, all tables together.

    Raises:
        LedgerError: it cannot be read.
    """
    engine = open_database(url)
    try:
        with translated(engine), engine.connect() as connection:
            return sum(_count(connection, table) for table in Base.metadata.sorted_tables)
    finally:
        engine.dispose()


def copy_ledger(source_url: str, target_url: str, on_rows: Callable[[int], None]) -> None:
    """Copy every row of a ledger into an empty one, all or nothing; `on_rows` is told how many went over.

    Raises:
        ConfigError: the target is the source, or has rows.
        LedgerBusyError: a sink writes to the source.
        LedgerError: one of them cannot be used.
    """
    source, target = open_database(source_url), open_database(target_url)
    turn = Turn(source)
    try:
        if source.url == target.url:
            raise ConfigError("a ledger cannot be copied into itself: name another database")
        if not turn.is_ours():
            raise LedgerBusyError(
                "a sink writes to this ledger, and what it writes from now on would be missing: stop it first"
            )
        with (
            translated(source),
            source.connect() as reading,
            translated(target),
            writing(target) as connection,
        ):
            _require_empty(connection, target)
            for table in Base.metadata.sorted_tables:
                _copy_table(reading, connection, table, on_rows)
            _go_on_counting(connection, target)
    finally:
        turn.close()
        source.dispose()
        target.dispose()


def _require_empty(connection: Connection, engine: Engine) -> None:
    """See that nothing is in a ledger.

    Raises:
        ConfigError: something is.
    """
    filled = [t.name for t in Base.metadata.sorted_tables if _count(connection, t)]
    if filled:
        where = engine.url.render_as_string(hide_password=True)
        raise ConfigError(
            f"the ledger {where} is not empty ({', '.join(filled)}): name a new database, for two ledgers do not "
            "become one"
        )


def _copy_table(
    reading: Connection, connection: Connection, table: Table, on_rows: Callable[[int], None]
) -> None:
    rows = reading.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table)).mappings()
    for part in rows.partitions():
        connection.execute(insert(table), [dict(row) for row in part])
        on_rows(len(part))


def _go_on_counting(connection: Connection, engine: Engine) -> None:
    """Have PostgreSQL number what comes after what was copied; SQLite does by itself."""
    if engine.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None and _count(connection, table):
            last = connection.execute(select(func.max(column))).scalar_one()
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
                {"table": table.name, "column": column.name, "last": last},
            )


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
