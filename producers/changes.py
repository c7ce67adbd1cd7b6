"""What a poll brings: new items, edits, and what is left out and why. Pure.

Times come in as `fetched_at`; what was seen before comes in as rows; nothing here reads or writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from placewatch.records import Article
from producers.dates import DateSource, Dating, date_item
from producers.edits import Content, Edit, judge_edit
from producers.identity import Keys, Known, resolve
from producers.opml import Feed
from producers.parsed import ParsedFeed, ParsedItem
from producers.urls import canonical_url


# Older than this at a feed's very first poll is history: read for the state, not told as news.
BACKFILL_AGE = timedelta(hours=24)


class ItemOutcome(StrEnum):
    """What became of one item of a poll: the first two are published, the others are dropped for this reason."""

    NEW = "new"
    REVISION = "revision"
    KNOWN = "known"
    MINOR_EDIT = "minor_edit"
    REVISION_LIMIT = "revision_limit"
    OTHER_FEED = "known_from_other_feed"
    NO_IDENTITY = "no_identity"
    DUPLICATE = "duplicate_in_document"


_UNPUBLISHED_EDITS = {
    Edit.SAME: ItemOutcome.KNOWN,
    Edit.MINOR: ItemOutcome.MINOR_EDIT,
    Edit.LIMIT: ItemOutcome.REVISION_LIMIT,
}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What is remembered of one article: its identity and the last version that was published."""

    article_id: str
    source_id: str
    feed_id: str
    canonical_url: str
    content: Content
    content_hash: str
    revision: int
    hash_only_revisions: int
    published_at: datetime
    date_source: str
    is_backfill: bool
    last_seen_at: datetime

    @property
    def known(self) -> Known:
        """The part of it that identity is decided by."""
        return Known(self.article_id, self.canonical_url, self.content.title)


@dataclass(frozen=True, slots=True)
class Changes:
    """The result of one poll's items.

    Attributes:
        articles: to publish, oldest first.
        rows: to remember once those are acknowledged.
        seen_ids: known articles that are still in the feed.
        counts: how many items each outcome had.
    """

    articles: tuple[Article, ...]
    rows: tuple[ItemRow, ...]
    seen_ids: tuple[str, ...]
    counts: Mapping[ItemOutcome, int]


def find_changes(
    feed: Feed,
    parsed: ParsedFeed,
    keys: Sequence[Keys | None],
    rows: Mapping[str, ItemRow],
    *,
    fetched_at: datetime,
    is_backfilling: bool,
) -> Changes:
    """Return what of `parsed` is to be published, given the `rows` known under the items' keys and links.

    `is_backfilling` is true at a feed's first successful poll, and never when the clock is the news' own.
    """
    ids = resolve(parsed.items, keys, {key: row.known for key, row in rows.items()})
    found: list[tuple[Article, ItemRow]] = []
    counts: Counter[ItemOutcome] = Counter()
    done: set[str] = set()
    for item, article_id in zip(parsed.items, ids, strict=True):
        if article_id is None or article_id in done:
            counts[ItemOutcome.DUPLICATE if article_id else ItemOutcome.NO_IDENTITY] += 1
            continue
        done.add(article_id)
        row = rows.get(article_id)
        outcome, edit = _outcome(feed, item, row)
        counts[outcome] += 1
        if outcome is ItemOutcome.NEW:
            found.append(
                _new(feed, parsed, item, article_id, fetched_at, is_backfilling=is_backfilling)
            )
        elif outcome is ItemOutcome.REVISION and row is not None:
            found.append(_revision(feed, parsed, item, row, fetched_at, edit))
    found.sort(key=lambda pair: (pair[0].published_at, pair[0].article_id))
    return Changes(
        articles=tuple(article for article, _ in found),
        rows=tuple(row for _, row in found),
        seen_ids=tuple(sorted(done & rows.keys())),
        counts=counts,
    )


def _outcome(feed: Feed, item: ParsedItem, row: ItemRow | None) -> tuple[ItemOutcome, Edit]:
    """Return what an identified item is, and how it was edited."""
    if row is None:
        return ItemOutcome.NEW, Edit.SAME
    if row.feed_id != feed.feed_id:
        # Two feeds of one outlet cut the same text differently: only the first may edit it, or they take turns.
        return ItemOutcome.OTHER_FEED, Edit.SAME
    edit = judge_edit(
        row.content,
        _content(item),
        before_hash=row.content_hash,
        hash_only_revisions=row.hash_only_revisions,
    )
    return _UNPUBLISHED_EDITS.get(edit, ItemOutcome.REVISION), edit


def _new(
    feed: Feed,
    parsed: ParsedFeed,
    item: ParsedItem,
    article_id: str,
    fetched_at: datetime,
    *,
    is_backfilling: bool,
) -> tuple[Article, ItemRow]:
    """Return the first version of an article."""
    dating = date_item(item.published, item.updated, fetched_at)
    is_backfill = is_backfilling and fetched_at - dating.published_at > BACKFILL_AGE
    content = _content(item)
    row = ItemRow(
        article_id=article_id,
        source_id=feed.source_id,
        feed_id=feed.feed_id,
        canonical_url=canonical_url(item.link),
        content=content,
        content_hash=content.content_hash,
        revision=0,
        hash_only_revisions=0,
        published_at=dating.published_at,
        date_source=dating.source,
        is_backfill=is_backfill,
        last_seen_at=fetched_at,
    )
    return _article(feed, parsed, item, row, dating, fetched_at), row


def _revision(
    feed: Feed,
    parsed: ParsedFeed,
    item: ParsedItem,
    row: ItemRow,
    fetched_at: datetime,
    edit: Edit,
) -> tuple[Article, ItemRow]:
    """Return the next version of an article; it keeps the date it was first published at.

    Outlets move pubDate up with each edit. Believing that would make old news new again.
    """
    dating = date_item(item.published, item.updated, fetched_at)
    moved_to = dating.published_at if dating.source is DateSource.PUBLISHED else None
    updated_at = max((at for at in (dating.updated_at, moved_to) if at), default=fetched_at)
    dating = replace(
        dating,
        published_at=row.published_at,
        updated_at=updated_at if updated_at > row.published_at else fetched_at,
        source=DateSource(row.date_source),
    )
    content = _content(item)
    new_row = replace(
        row,
        canonical_url=canonical_url(item.link) or row.canonical_url,
        content=content,
        content_hash=content.content_hash,
        revision=row.revision + 1,
        hash_only_revisions=row.hash_only_revisions + (edit is Edit.TEXT),
        last_seen_at=fetched_at,
    )
    return _article(feed, parsed, item, new_row, dating, fetched_at), new_row


def _article(
    feed: Feed,
    parsed: ParsedFeed,
    item: ParsedItem,
    row: ItemRow,
    dating: Dating,
    fetched_at: datetime,
) -> Article:
    """Return the record of one version."""
    return Article(
        article_id=row.article_id,
        revision=row.revision,
        source_id=feed.source_id,
        feed_id=feed.feed_id,
        url=item.link,
        canonical_url=row.canonical_url,
        title=item.title,
        summary=item.summary,
        text=item.text,
        language=feed.language or parsed.language,
        authors=item.authors,
        published_at=dating.published_at,
        updated_at=dating.updated_at,
        fetched_at=fetched_at,
        date_source=dating.source,
        date_precision=dating.precision,
        content_hash=row.content_hash,
        is_backfill=row.is_backfill,
        parser=parsed.version or "unknown",
    )


def _content(item: ParsedItem) -> Content:
    return Content(item.title, item.summary, item.text)
