"""What the poller remembers, as rows of its tables and back. Pure."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from placewatch.records import Article
from producers.changes import ItemRow
from producers.edits import Content
from producers.feed_state import FeedState
from producers.sightings import Sighting


_FIELDS = frozenset(f.name for f in fields(FeedState))
_TIMES = frozenset(f.name for f in fields(FeedState) if "datetime" in str(f.type))


def from_feed(state: FeedState) -> dict[str, object]:
    """Return a feed's state as its row."""
    values = {f.name: getattr(state, f.name) for f in fields(state)}
    for name in _TIMES:
        values[name] = values[name] and values[name].isoformat()
    return {"feed_id": state.feed_id, "url": state.url, "row": json.dumps(values)}


def to_feed(raw: str) -> FeedState:
    """Return a feed's state from its row, as this version or an earlier one wrote it."""
    values: dict[str, Any] = json.loads(raw)
    for name in _TIMES & values.keys():
        values[name] = values[name] and datetime.fromisoformat(values[name])
    return FeedState(**{name: value for name, value in values.items() if name in _FIELDS})


def from_item(row: ItemRow) -> dict[str, object]:
    """Return an item as its row."""
    content = json.dumps([row.content.title, row.content.summary, row.content.text])
    return {
        "article_id": row.article_id,
        "source_id": row.source_id,
        "feed_id": row.feed_id,
        "canonical_url": row.canonical_url,
        "content": zlib.compress(content.encode()),
        "content_hash": row.content_hash,
        "revision": row.revision,
        "hash_only_revisions": row.hash_only_revisions,
        "published_at": row.published_at.isoformat(),
        "date_source": row.date_source,
        "is_backfill": int(row.is_backfill),
        "last_seen_at": row.last_seen_at.timestamp(),
    }


def to_item(row: Any) -> ItemRow:
    """Return an item from its row."""
    return ItemRow(
        article_id=row.article_id,
        source_id=row.source_id,
        feed_id=row.feed_id,
        canonical_url=row.canonical_url,
        content=Content(*json.loads(zlib.decompress(row.content))),
        content_hash=row.content_hash,
        revision=row.revision,
        hash_only_revisions=row.hash_only_revisions,
        published_at=datetime.fromisoformat(row.published_at),
        date_source=row.date_source,
        is_backfill=bool(row.is_backfill),
        last_seen_at=datetime.fromtimestamp(row.last_seen_at, tz=UTC),
    )


def from_article(article: Article, at: float) -> dict[str, object]:
    """Return a published article as its row; `at` is when, in seconds."""
    return {
        "article_id": article.article_id,
        "revision": article.revision,
        "sent_at": at,
        "article": zlib.compress(article.to_json()),
    }


def from_sighting(sighting: Sighting) -> dict[str, object]:
    """Return a sighting as its row."""
    return {
        "key": sighting.key,
        "article_id": sighting.article_id,
        "feed_id": sighting.feed_id,
        "seen_at": sighting.seen_at.timestamp(),
    }
