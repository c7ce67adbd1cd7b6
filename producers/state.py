"""What the poller remembers between polls and restarts: feeds, items, and what was published lately. SQLite."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from placewatch.errors import FeedStateError
from placewatch.records import Article
from producers.changes import ItemRow
from producers.edits import Content
from producers.feed_state import FeedState
from producers.sightings import Sighting


# An item that has not been in its feed for this long will not come back as an edit.
ITEM_MEMORY = timedelta(days=90)
_BUSY_TIMEOUT_S = 10.0
_TABLES = """
CREATE TABLE feeds (
    feed_id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    row TEXT NOT NULL
) STRICT;
CREATE TABLE items (
    article_id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    feed_id TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    content BLOB NOT NULL,
    content_hash TEXT NOT NULL,
    revision INTEGER NOT NULL,
    hash_only_revisions INTEGER NOT NULL,
    published_at TEXT NOT NULL,
    date_source TEXT NOT NULL,
    is_backfill INTEGER NOT NULL,
    last_seen_at REAL NOT NULL
) STRICT;
CREATE INDEX items_by_link ON items (source_id, canonical_url);
CREATE INDEX items_by_last_seen ON items (last_seen_at);
CREATE TABLE published (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sent_at REAL NOT NULL,
    article BLOB NOT NULL,
    UNIQUE (article_id, revision)
) STRICT;
CREATE INDEX published_by_time ON published (sent_at);
"""
_WANTED_AND_TOLD = """
CREATE TABLE wanted (
    feed_id TEXT PRIMARY KEY
) STRICT;
CREATE TABLE told_health (
    feed_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TEXT NOT NULL
) STRICT;
"""
_SIGHTINGS = """
CREATE TABLE sightings (
    key TEXT NOT NULL,
    article_id TEXT NOT NULL,
    feed_id TEXT NOT NULL,
    seen_at REAL NOT NULL,
    PRIMARY KEY (key, article_id, feed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_time ON sightings (seen_at);
"""
# Each brings a file from the version before to its own; a file is at the version that is their number.
MIGRATIONS = (_TABLES, _WANTED_AND_TOLD, _SIGHTINGS)
SCHEMA_VERSION = len(MIGRATIONS)


_FIELDS = frozenset(f.name for f in fields(FeedState))
_TIMES = frozenset(f.name for f in fields(FeedState) if "datetime" in str(f.type))


class State:
    """The poller's memory in one SQLite file, for any thread; use it as a context manager.

    Every method raises `FeedStateError` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._db = self._open()

    def __enter__(self) -> Self:
        """Return the open state."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._db.close()

    def feed(self, feed_id: str, url: str) -> FeedState:
        """Return what is remembered of a feed; a feed never polled gives an empty one."""
        with self._faults():
            found = self._db.execute(
                "SELECT row FROM feeds WHERE feed_id = ?", (feed_id,)
            ).fetchone()
        if found is None:
            return FeedState(feed_id, url)
        return _to_feed(found[0])

    def feeds(self) -> dict[str, FeedState]:
        """Return what is remembered of every feed, by id."""
        with self._faults():
            rows = self._db.execute("SELECT feed_id, row FROM feeds").fetchall()
        return {feed_id: _to_feed(row) for feed_id, row in rows}

    def want(self, feed_id: str, url: str) -> None:
        """Ask for a poll of one feed as soon as may be, and enable it if it was gone."""
        state = self.feed(feed_id, url)
        state.is_disabled, state.gone_at, state.next_poll_at = False, None, None
        with self._faults(), self._db:
            self._put_feed(state)
            self._db.execute("INSERT OR IGNORE INTO wanted VALUES (?)", (feed_id,))

    def take_wanted(self) -> tuple[str, ...]:
        """Return the feeds that polls were asked for, and forget that they were."""
        with self._faults(), self._db:
            rows = self._db.execute("SELECT feed_id FROM wanted").fetchall()
            self._db.executemany("DELETE FROM wanted WHERE feed_id = ?", rows)
        return tuple(feed_id for (feed_id,) in rows)

    def told_health(self) -> dict[str, tuple[str, datetime]]:
        """Return the health last told of each feed, and since when it has it."""
        with self._faults():
            rows = self._db.execute("SELECT feed_id, state, since FROM told_health").fetchall()
        return {feed_id: (state, datetime.fromisoformat(since)) for feed_id, state, since in rows}

    def tell_health(self, feed_id: str, *, state: str, reason: str, since: datetime) -> None:
        """Remember that a feed's health was told."""
        with self._faults(), self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO told_health VALUES (?, ?, ?, ?)",
                (feed_id, state, reason, since.isoformat()),
            )

    def forget_health(self, feed_ids: Iterable[str]) -> None:
        """Forget that these feeds' health was told."""
        with self._faults(), self._db:
            self._db.executemany(
                "DELETE FROM told_health WHERE feed_id = ?", [(feed_id,) for feed_id in feed_ids]
            )

    def save_feed(self, state: FeedState) -> None:
        """Remember the state of one feed."""
        with self._faults(), self._db:
            self._put_feed(state)

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
        with self._faults(), self._db:
            self._put_feed(state)
            self._db.executemany(
                "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_to_item(row) for row in rows],
            )
            self._db.executemany(
                "UPDATE items SET last_seen_at = ? WHERE article_id = ?",
                [(now.timestamp(), article_id) for article_id in seen_ids],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO published (article_id, revision, sent_at, article) "
                "VALUES (?, ?, ?, ?)",
                [
                    (a.article_id, a.revision, now.timestamp(), zlib.compress(a.to_json()))
                    for a in articles
                ],
            )
            self._db.executemany(  # the first time counts
                "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)",
                [(s.key, s.article_id, s.feed_id, s.seen_at.timestamp()) for s in sightings],
            )

    def items(
        self, source_id: str, article_ids: Iterable[str], links: Iterable[str]
    ) -> dict[str, ItemRow]:
        """Return the items of a source that are known under any of these ids or canonical links, by id."""
        found: dict[str, ItemRow] = {}
        with self._faults():
            for article_id in article_ids:
                query = "SELECT * FROM items WHERE article_id = ?"
                found |= _items(self._db.execute(query, (article_id,)))
            for link in links:
                query = "SELECT * FROM items WHERE source_id = ? AND canonical_url = ?"
                found |= _items(self._db.execute(query, (source_id, link)))
        return found

    def sightings(self, keys: Iterable[str]) -> dict[str, list[Sighting]]:
        """Return which articles were told under these keys, by key."""
        found: dict[str, list[Sighting]] = {}
        query = "SELECT article_id, feed_id, seen_at FROM sightings WHERE key = ?"
        with self._faults():
            for key in keys:
                for article_id, feed_id, seen_at in self._db.execute(query, (key,)):
                    at = datetime.fromtimestamp(seen_at, tz=UTC)
                    found.setdefault(key, []).append(Sighting(key, article_id, feed_id, at))
        return found

    def published_since(self, since: datetime) -> Iterator[Article]:
        """Yield the articles published since `since`, in the order they were published."""
        with self._faults():
            rows = self._db.execute(
                "SELECT article FROM published WHERE sent_at >= ? ORDER BY position",
                (since.timestamp(),),
            )
            for (raw,) in rows:
                yield Article.from_json(zlib.decompress(raw))

    def prune(self, now: datetime, *, refill_hours: int) -> int:
        """Forget articles too old for a refill and items long gone from their feeds; return how many."""
        with self._faults(), self._db:
            old = now - timedelta(hours=refill_hours)
            articles = self._db.execute(
                "DELETE FROM published WHERE sent_at < ?", (old.timestamp(),)
            )
            gone = now - ITEM_MEMORY
            items = self._db.execute(
                "DELETE FROM items WHERE last_seen_at < ?", (gone.timestamp(),)
            )
            self._db.execute("DELETE FROM sightings WHERE seen_at < ?", (gone.timestamp(),))
            return articles.rowcount + items.rowcount

    def _open(self) -> sqlite3.Connection:
        with self._faults():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
            try:
                self._prepare(db)
            except BaseException:
                db.close()
                raise
            return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables that are missing; refuse a file of a later schema, or of another program."""
        db.execute("PRAGMA journal_mode = WAL")
        # A crash of the machine may lose the last polls: they are then repeated, which is allowed.
        db.execute("PRAGMA synchronous = NORMAL")
        # Producer and command line may open a new file at the same moment: one of them makes the tables.
        db.execute("BEGIN IMMEDIATE")
        with db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            is_new = not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            if 0 < version <= SCHEMA_VERSION or (version == 0 and is_new):
                for migration in MIGRATIONS[version:]:
                    for statement in migration.split(";"):
                        db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            else:
                raise FeedStateError(
                    f"{self._path} has schema version {version}, this placewatch knows "
                    f"{SCHEMA_VERSION}: run the placewatch that wrote it, or move the file away to "
                    "begin anew (feeds are then read as if for the first time)"
                )

    def _put_feed(self, state: FeedState) -> None:
        values = {f.name: getattr(state, f.name) for f in fields(state)}
        for name in _TIMES:
            values[name] = values[name] and values[name].isoformat()
        self._db.execute(
            "INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)",
            (state.feed_id, state.url, json.dumps(values)),
        )

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """One thread at a time; what SQLite and the file system raise becomes our error."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError) as error:
            raise FeedStateError(
                f"the feed state {self._path} cannot be used ({error}): check disk and permissions; "
                "a damaged file may be moved away, feeds are then read as if for the first time"
            ) from error


def _to_feed(raw: str) -> FeedState:
    """Return a feed's state from its row, as this version or an earlier one wrote it."""
    values: dict[str, Any] = json.loads(raw)
    for name in _TIMES & values.keys():
        values[name] = values[name] and datetime.fromisoformat(values[name])
    return FeedState(**{name: value for name, value in values.items() if name in _FIELDS})


def _to_item(row: ItemRow) -> tuple[object, ...]:
    content = json.dumps([row.content.title, row.content.summary, row.content.text])
    return (
        row.article_id,
        row.source_id,
        row.feed_id,
        row.canonical_url,
        zlib.compress(content.encode()),
        row.content_hash,
        row.revision,
        row.hash_only_revisions,
        row.published_at.isoformat(),
        row.date_source,
        int(row.is_backfill),
        row.last_seen_at.timestamp(),
    )


def _items(cursor: sqlite3.Cursor) -> dict[str, ItemRow]:
    """Return the rows of a cursor by article id."""
    return {
        row[0]: ItemRow(
            article_id=row[0],
            source_id=row[1],
            feed_id=row[2],
            canonical_url=row[3],
            content=Content(*json.loads(zlib.decompress(row[4]))),
            content_hash=row[5],
            revision=row[6],
            hash_only_revisions=row[7],
            published_at=datetime.fromisoformat(row[8]),
            date_source=row[9],
            is_backfill=bool(row[10]),
            last_seen_at=datetime.fromtimestamp(row[11], tz=UTC),
        )
        for row in cursor
    }
