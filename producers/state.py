"""What the poller remembers between polls and restarts: feeds, items, and what was published lately.

In SQLite, or in PostgreSQL when the ledger is there; `state_database.py` opens either.
"""

from __future__ import annotations

import contextlib
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from placewatch.records import Article
from placewatch.settings import Settings
from producers.changes import ItemRow
from producers.feed_state import FeedState
from producers.sightings import Sighting
from producers.state_database import TAKE_OVER_S, StateDatabase, is_there
from producers.state_rows import from_article, from_feed, from_item, from_sighting, to_feed, to_item
from producers.state_tables import (
    FEEDS,
    ITEMS,
    PUBLISHED,
    SIGHTINGS,
    TABLES,
    TOLD_HEALTH,
    WANTED,
)


# An item that has not been in its feed for this long will not come back as an edit.
ITEM_MEMORY = timedelta(days=90)
# How many ids go into one query, and rows into one statement or copy: SQLite takes 32,766 variables, older ones 999.
_AT_ONCE = 500
_Rows = Iterable[Mapping[str, object]]


class State:
    """The poller's memory, for any thread; use it as a context manager.

    Every method raises `FeedStateError` when the database cannot be read or written, its kind `FeedStateBusyError`
    when trying again helps, and `RecordError` for a value it cannot hold.
    """

    def __init__(
        self, where: Path | str, *, is_exclusive: bool = False, wait_s: float = TAKE_OVER_S
    ) -> None:
        """Open the SQLite file or the SQLAlchemy URL `where`.

        With `is_exclusive` no other may open it so until this one is closed: two producers must not poll the same
        feeds. One that is just ending is waited for.

        Raises:
            ConfigError: the URL cannot be used.
            FeedStateError: the database cannot be opened, or another producer uses it.
        """
        url = f"sqlite:///{where}" if isinstance(where, Path) else where
        self._lock = threading.RLock()
        self._database = StateDatabase(url, is_exclusive=is_exclusive, wait_s=wait_s)
        self._changing = {
            table: _replacing(table, self._database.dialect)
            for table in (FEEDS, ITEMS, PUBLISHED, TOLD_HEALTH)
        }
        self._adding = {
            table: _insert(table, self._database.dialect).on_conflict_do_nothing()
            for table in (WANTED, SIGHTINGS)
        }

    @property
    def is_new(self) -> bool:
        """Whether there was nothing in the database when it was opened."""
        return self._database.is_new

    @property
    def is_apart(self) -> bool:
        """Whether it is on a server, not in a file of this machine."""
        return self._database.dialect != "sqlite"

    @property
    def where(self) -> str:
        """The database as it may be shown: without a password."""
        return self._database.where

    def __enter__(self) -> Self:
        """Return the open state."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    def feed(self, feed_id: str, url: str) -> FeedState:
        """Return what is remembered of a feed; a feed never polled gives an empty one."""
        with self._reading() as db:
            found = db.execute(_FEED, {"feed_id": feed_id}).scalar()
        return FeedState(feed_id, url) if found is None else to_feed(found)

    def feeds(self) -> dict[str, FeedState]:
        """Return what is remembered of every feed, by id."""
        with self._reading() as db:
            rows = db.execute(select(FEEDS.c.feed_id, FEEDS.c.row)).all()
        return {feed_id: to_feed(row) for feed_id, row in rows}

    def want(self, feed_id: str, url: str) -> None:
        """Ask for a poll of one feed as soon as may be, and enable it if it was gone."""
        state = self.feed(feed_id, url)
        state.is_disabled, state.gone_at, state.next_poll_at = False, None, None
        with self._writing() as db:
            self._put_feed(db, state)
            db.execute(self._adding[WANTED], {"feed_id": feed_id})

    def take_wanted(self) -> tuple[str, ...]:
        """Return the feeds that polls were asked for, and forget that they were."""
        with self._reading() as db:  # looked for every second: writing each time would be a lot
            wanted = db.execute(select(WANTED.c.feed_id)).scalars().all()
        self._forget(WANTED, wanted)
        return tuple(wanted)

    def told_health(self) -> dict[str, tuple[str, datetime]]:
        """Return the health last told of each feed, and since when it has it."""
        columns = TOLD_HEALTH.c
        with self._reading() as db:
            rows = db.execute(select(columns.feed_id, columns.state, columns.since)).all()
        return {feed_id: (state, datetime.fromisoformat(since)) for feed_id, state, since in rows}

    def tell_health(self, feed_id: str, *, state: str, reason: str, since: datetime) -> None:
        """Remember that a feed's health was told."""
        row = {"feed_id": feed_id, "state": state, "reason": reason, "since": since.isoformat()}
        with self._writing() as db:
            db.execute(self._changing[TOLD_HEALTH], row)

    def forget_health(self, feed_ids: Iterable[str]) -> None:
        """Forget that these feeds' health was told."""
        self._forget(TOLD_HEALTH, tuple(feed_ids))

    def save_feed(self, state: FeedState) -> None:
        """Remember the state of one feed."""
        with self._writing() as db:
            self._put_feed(db, state)

    def save_poll(
        self,
        state: FeedState,
        *,
        rows: Iterable[ItemRow] = (),
        seen_ids: Iterable[str] = (),
        articles: Iterable[Article] = (),
        sightings: Iterable[Sighting] = (),
        now: datetime,
    ) -> None:
        """Remember one poll whole: the feed, its items, and the articles kept for a refill. All or nothing.

        Call it only after the broker acknowledged every article of the poll.
        """
        at = now.timestamp()
        with self._writing() as db:
            self._put_feed(db, state)
            _execute(db, self._changing[ITEMS], map(from_item, rows))
            _execute(db, _SEEN, ({"known_id": i, "at": at} for i in seen_ids))
            _execute(db, self._changing[PUBLISHED], (from_article(a, at) for a in articles))
            # The first time counts.
            _execute(db, self._adding[SIGHTINGS], map(from_sighting, sightings))

    def items(
        self, source_id: str, article_ids: Iterable[str], links: Iterable[str]
    ) -> dict[str, ItemRow]:
        """Return the items of a source that are known under any of these ids or canonical links, by id."""
        with self._reading() as db:
            rows = _found(db, ITEMS, ITEMS.c.article_id, article_ids)
            rows += _found(db, ITEMS, ITEMS.c.canonical_url, links, ITEMS.c.source_id == source_id)
        return {row.article_id: to_item(row) for row in rows}

    def sightings(self, keys: Iterable[str]) -> dict[str, list[Sighting]]:
        """Return which articles were told under these keys, by key."""
        found: dict[str, list[Sighting]] = {}
        with self._reading() as db:
            rows = _found(db, SIGHTINGS, SIGHTINGS.c.key, keys)
        for row in rows:
            at = datetime.fromtimestamp(row.seen_at, tz=UTC)
            sighting = Sighting(row.key, row.article_id, row.feed_id, at)
            found.setdefault(row.key, []).append(sighting)
        return found

    def published_since(self, since: datetime) -> Iterator[Article]:
        """Yield the articles published since `since`, in the order they were published; read some at a time."""
        columns, last = PUBLISHED.c, -1
        while True:
            query = select(columns.position, columns.article).where(
                columns.sent_at >= since.timestamp(), columns.position > last
            )
            with self._reading() as db:
                rows = db.execute(query.order_by(columns.position).limit(_AT_ONCE)).all()
            if not rows:
                return
            yield from (Article.from_json(zlib.decompress(row.article)) for row in rows)
            last = rows[-1].position

    def prune(self, now: datetime, *, refill_hours: int) -> int:
        """Forget articles too old for a refill and items long gone from their feeds; return how many."""
        old = (now - timedelta(hours=refill_hours)).timestamp()
        gone = (now - ITEM_MEMORY).timestamp()
        with self._writing() as db:
            articles = db.execute(delete(PUBLISHED).where(PUBLISHED.c.sent_at < old))
            items = db.execute(delete(ITEMS).where(ITEMS.c.last_seen_at < gone))
            db.execute(delete(SIGHTINGS).where(SIGHTINGS.c.seen_at < gone))
            return articles.rowcount + items.rowcount

    def take_over(self, other: State) -> None:
        """Remember all that another state remembers, which has to be of the same version; ours has to be new."""
        with other._reading() as theirs, self._writing() as ours:
            for table in TABLES.sorted_tables:
                kept = [c for c in table.c if c is not PUBLISHED.c.position]
                order = PUBLISHED.c.position if table is PUBLISHED else kept[0]
                rows = theirs.execute(select(*kept).order_by(order)).mappings()
                for some in rows.partitions(_AT_ONCE):
                    ours.execute(table.insert(), [dict(row) for row in some])

    def _forget(self, table: Table, feed_ids: Sequence[str]) -> None:
        """Delete the rows of these feeds; touch nothing when there are none."""
        if feed_ids:
            with self._writing() as db:
                for some in _batches(feed_ids):
                    db.execute(delete(table).where(table.c.feed_id.in_(some)))

    def _put_feed(self, db: Connection, state: FeedState) -> None:
        db.execute(self._changing[FEEDS], from_feed(state))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._lock, self._database.reading() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock, self._database.writing() as connection:
            yield connection


def remembered_feeds(settings: Settings) -> dict[str, FeedState]:
    """Return what is remembered of every feed, by id; nothing before a producer has run.

    Raises:
        FeedStateError: the state cannot be read.
    """
    if not is_there(settings.feed_state):
        return {}
    with State(settings.feed_state) as state:
        return state.feeds()


_FEED = select(FEEDS.c.row).where(FEEDS.c.feed_id == bindparam("feed_id"))
_SEEN = (
    update(ITEMS)
    .where(ITEMS.c.article_id == bindparam("known_id"))
    .values(last_seen_at=bindparam("at"))
)


def _insert(table: Table, dialect: str) -> Any:
    """Return an INSERT that can say what to do about a row that is there already."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _replacing(table: Table, dialect: str) -> Any:
    """Return an INSERT that changes the row that is there already."""
    if table is PUBLISHED:
        keys = ["article_id", "revision"]
    else:
        keys = [column.name for column in table.primary_key]
    statement = _insert(table, dialect)
    others = [c.name for c in table.c if c.name not in {*keys, "position"}]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in others}
    )


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    """Yield the values, as many at a time as a query takes."""
    several = list(values)
    for start in range(0, len(several), _AT_ONCE):
        yield several[start : start + _AT_ONCE]


def _execute(db: Connection, statement: Any, rows: _Rows) -> None:
    """Execute a statement for each row, made some at a time: together they may be many mebibytes."""
    remaining = iter(rows)
    while some := list(islice(remaining, _AT_ONCE)):
        db.execute(statement, some)


def _found(
    db: Connection,
    table: Table,
    column: ColumnElement[str],
    values: Iterable[str],
    *conditions: ColumnElement[bool],
) -> list[Row[Any]]:
    """Return the rows whose `column` has one of the values."""
    found: list[Row[Any]] = []
    for some in _batches(values):
        found += db.execute(select(table).where(column.in_(some), *conditions))
    return found
