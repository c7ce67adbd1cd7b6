"""The tables of what the poller remembers, and how an older SQLite file becomes one that has them.

In PostgreSQL they lie beside the ledger's, which is why their names say whose they are.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)


def _text(name: str, *, is_key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=is_key, nullable=False)


TABLES = MetaData()
FEEDS = Table("poller_feeds", TABLES, _text("feed_id", is_key=True), _text("url"), _text("row"))
ITEMS = Table(
    "poller_items",
    TABLES,
    _text("article_id", is_key=True),
    _text("source_id"),
    _text("feed_id"),
    _text("canonical_url"),
    Column("content", LargeBinary, nullable=False),
    _text("content_hash"),
    Column("revision", Integer, nullable=False),
    Column("hash_only_revisions", Integer, nullable=False),
    _text("published_at"),
    _text("date_source"),
    Column("is_backfill", Integer, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Index("poller_items_by_link", "source_id", "canonical_url"),
    Index("poller_items_by_last_seen", "last_seen_at"),
)
PUBLISHED = Table(
    "poller_published",
    TABLES,
    Column("position", BigInteger, primary_key=True, autoincrement=True),
    _text("article_id"),
    Column("revision", Integer, nullable=False),
    Column("sent_at", Double, nullable=False),
    Column("article", LargeBinary, nullable=False),
    UniqueConstraint("article_id", "revision"),
    Index("poller_published_by_time", "sent_at"),
)
WANTED = Table("poller_wanted", TABLES, _text("feed_id", is_key=True))
TOLD_HEALTH = Table(
    "poller_told_health",
    TABLES,
    _text("feed_id", is_key=True),
    _text("state"),
    _text("reason"),
    _text("since"),
)
SIGHTINGS = Table(
    "poller_sightings",
    TABLES,
    _text("key", is_key=True),
    _text("article_id", is_key=True),
    _text("feed_id", is_key=True),
    Column("seen_at", Double, nullable=False),
    Index("poller_sightings_by_time", "seen_at"),
)
# PostgreSQL has no number of its own for the version of a schema, as SQLite's files do.
VERSION = Table("poller_schema", MetaData(), Column("version", Integer, primary_key=True))


_FIRST = """
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
CREATE INDEX published_by_time ON published (sent_at)
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
) STRICT
"""
_SIGHTINGS = """
CREATE TABLE sightings (
    key TEXT NOT NULL,
    article_id TEXT NOT NULL,
    feed_id TEXT NOT NULL,
    seen_at REAL NOT NULL,
    PRIMARY KEY (key, article_id, feed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_time ON sightings (seen_at)
"""
# The names that the tables have in PostgreSQL.
_NAMES = """
ALTER TABLE feeds RENAME TO poller_feeds;
ALTER TABLE items RENAME TO poller_items;
ALTER TABLE published RENAME TO poller_published;
ALTER TABLE wanted RENAME TO poller_wanted;
ALTER TABLE told_health RENAME TO poller_told_health;
ALTER TABLE sightings RENAME TO poller_sightings
"""
# Each brings a SQLite file from the version before to its own; a file is at the version that is their number.
SQLITE_MIGRATIONS = (_FIRST, _WANTED_AND_TOLD, _SIGHTINGS, _NAMES)
# PostgreSQL began with this version.
SCHEMA_VERSION = len(SQLITE_MIGRATIONS)
