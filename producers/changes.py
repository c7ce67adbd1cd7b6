"""What a poll brings: new items, edits, and what is left out and why. Pure.

Times come in as `fetched_at`; what was seen before comes in as rows; nothing here reads or writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from placewatch.records import Article
from producers.dates import DateSource, Dating, date_item
from producers.edits import Content, Edit, judge_edit
from producers.identity import Keys, Known, resolve
from producers.opml import Feed
from producers.parsed import ParsedFeed, ParsedItem
from producers.sightings import Sighting, keys_of_sighting, likeness, sightings_of
from producers.text_quality import feed_quality


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
    NO_TEXT = "no_text"
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
        sightings: under which address and headline articles were told, to remember as well.
    """

    articles: tuple[Article, ...]
    rows: tuple[ItemRow, ...]
    seen_ids: tuple[str, ...]
    counts: Mapping[ItemOutcome, int]
    sightings: tuple[Sighting, ...] = ()


def find_changes(
    feed: Feed,
    parsed: ParsedFeed,
    keys: Sequence[Keys | None],
    rows: Mapping[str, ItemRow],
    *,
    fetched_at: datetime,
    is_backfilling: bool,
    sightings: Mapping[str, Sequence[Sighting]] = MappingProxyType({}),
) -> Changes:
    """Return what of `parsed` is to be published, given the `rows` known under the items' keys and links.

    `sightings` are the articles told before under the items' addresses and headlines, by key. `is_backfilling` is true at a feed's first successful poll, and never when the clock is the news' own.
    """
    poll = _Poll(feed, parsed, fetched_at, is_backfilling=is_backfilling, sightings=sightings)
    ids = resolve(parsed.items, keys, {key: row.known for key, row in rows.items()})
    found: list[tuple[Article, ItemRow]] = []
    counts: Counter[ItemOutcome] = Counter()
    done: set[str] = set()
    seen: list[Sighting] = []
    for item, key, article_id in zip(parsed.items, keys, ids, strict=True):
        if not (item.title or item.summary or item.text):
            counts[ItemOutcome.NO_TEXT] += 1
        elif key is None or article_id is None:
            counts[ItemOutcome.NO_IDENTITY] += 1
        elif article_id in done:
            counts[ItemOutcome.DUPLICATE] += 1
        else:
            done.add(article_id)
            outcome, row = poll.judge(item, key, article_id, rows.get(article_id))
            counts[outcome] += 1
            if row is not None:
                found.append((poll.article(item, row), row))
            if row is not None or outcome is ItemOutcome.OTHER_FEED:
                seen += poll.seen(item, key, article_id)
    found.sort(key=lambda pair: (pair[0].published_at, pair[0].article_id))
    return Changes(
        articles=tuple(article for article, _ in found),
        rows=tuple(row for _, row in found),
        seen_ids=tuple(sorted(done & rows.keys())),
        counts=counts,
        sightings=tuple(seen),
    )


@dataclass(frozen=True, slots=True)
class _Poll:
    """What all items of one poll have in common."""

    feed: Feed
    parsed: ParsedFeed
    fetched_at: datetime
    is_backfilling: bool
    sightings: Mapping[str, Sequence[Sighting]]

    def seen(self, item: ParsedItem, key: Keys, article_id: str) -> tuple[Sighting, ...]:
        """Return what is to be remembered of an item seen in this feed."""
        keys = keys_of_sighting(self.feed.source_id, key.canonical_url, item.title)
        return sightings_of(keys, article_id, self.feed.feed_id, self.fetched_at)

    def judge(
        self, item: ParsedItem, key: Keys, article_id: str, row: ItemRow | None
    ) -> tuple[ItemOutcome, ItemRow | None]:
        """Return what an identified item is, with the row of the version to publish if there is one."""
        if row is None:
            return ItemOutcome.NEW, self._new(item, key, article_id)
        if row.feed_id != self.feed.feed_id:
            # Two feeds of one outlet cut the same text differently: only the first may edit it, or they take turns.
            return ItemOutcome.OTHER_FEED, None
        edit = judge_edit(
            row.content,
            _content(item),
            before_hash=row.content_hash,
            hash_only_revisions=row.hash_only_revisions,
        )
        if edit in _UNPUBLISHED_EDITS:
            return _UNPUBLISHED_EDITS[edit], None
        return ItemOutcome.REVISION, self._revision(item, key, row, edit)

    def article(self, item: ParsedItem, row: ItemRow) -> Article:
        """Return the record of the version that `row` remembers."""
        dating = date_item(item.published, item.updated, self.fetched_at)
        like = likeness(
            keys_of_sighting(self.feed.source_id, row.canonical_url, item.title),
            self.sightings,
            article_id=row.article_id,
            feed_id=self.feed.feed_id,
            at=self.fetched_at,
        )
        return Article(
            article_id=row.article_id,
            revision=row.revision,
            source_id=self.feed.source_id,
            feed_id=self.feed.feed_id,
            url=item.link,
            canonical_url=row.canonical_url,
            title=item.title,
            summary=item.summary,
            text=item.text,
            language=self.feed.language or item.language or self.parsed.language,
            authors=item.authors,
            published_at=row.published_at,
            updated_at=self._updated_at(dating, row) if row.revision else dating.updated_at,
            fetched_at=self.fetched_at,
            date_source=row.date_source,
            date_precision=dating.precision,
            content_hash=row.content_hash,
            is_backfill=row.is_backfill,
            parser=self.parsed.version or "unknown",
            text_quality=feed_quality(item.text),
            seen_in=like.seen_in,
            duplicate_of=like.duplicate_of,
            sameness=like.sameness,
        )

    def _new(self, item: ParsedItem, key: Keys, article_id: str) -> ItemRow:
        """Return the row of an article's first version."""
        dating = date_item(item.published, item.updated, self.fetched_at)
        is_old = self.fetched_at - dating.published_at > BACKFILL_AGE
        content = _content(item)
        return ItemRow(
            article_id=article_id,
            source_id=self.feed.source_id,
            feed_id=self.feed.feed_id,
            canonical_url=key.canonical_url,
            content=content,
            content_hash=content.content_hash,
            revision=0,
            hash_only_revisions=0,
            published_at=dating.published_at,
            date_source=dating.source,
            is_backfill=self.is_backfilling and is_old,
            last_seen_at=self.fetched_at,
        )

    def _revision(self, item: ParsedItem, key: Keys, row: ItemRow, edit: Edit) -> ItemRow:
        """Return the row of an article's next version; it keeps the date it was first published at.

        Outlets move pubDate up with each edit. Believing that would make old news new again.
        """
        content = _content(item)
        return replace(
            row,
            canonical_url=key.canonical_url or row.canonical_url,
            content=content,
            content_hash=content.content_hash,
            revision=row.revision + 1,
            hash_only_revisions=row.hash_only_revisions + (edit is Edit.TEXT),
            last_seen_at=self.fetched_at,
        )

    def _updated_at(self, dating: Dating, row: ItemRow) -> datetime:
        """Return when a revision was made: what the feed says if that is after the first version, else now."""
        own = {DateSource.PUBLISHED, DateSource.PUBLISHED_ASSUMED_ZONE}
        moved_to = dating.published_at if dating.source in own else None
        told = max((at for at in (dating.updated_at, moved_to) if at), default=self.fetched_at)
        return told if told > row.published_at else self.fetched_at


def _content(item: ParsedItem) -> Content:
    return Content(item.title, item.summary, item.text)
