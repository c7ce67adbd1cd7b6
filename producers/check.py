"""A dry run of one poll: what would be asked, what came, and which articles it would make. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from placewatch.errors import FeedParseError
from placewatch.records import Article
from placewatch.settings import Settings
from producers.changes import ItemOutcome, find_changes
from producers.fetch import Fetcher
from producers.fetched import Fetched, Validators
from producers.identity import keys_of, resolve
from producers.language_pool import LanguagePool
from producers.opml import Feed
from producers.parsed import ParsedFeed
from producers.parser_pool import ParserPool
from producers.urls import without_credentials


@dataclass(frozen=True, slots=True)
class Check:
    """What a poll of a feed would do.

    Attributes:
        feed: what was asked for.
        request_headers: what was sent.
        fetched: what came.
        parsed: the feed in it, or None.
        articles: what would be published, oldest first.
        told: for each article's id, what identifies it and the date as the feed writes it.
        dropped: how many items would not be, by reason.
        reason: why it is no feed, an enumerated word; "" when it is one.
        problem: the same for people, and what to do.
    """

    feed: Feed
    request_headers: Mapping[str, str]
    fetched: Fetched
    parsed: ParsedFeed | None = None
    articles: tuple[Article, ...] = ()
    told: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dropped: Mapping[str, int] | None = None
    reason: str = ""
    problem: str = ""


async def check_feed(feed: Feed, settings: Settings, *, now: datetime) -> Check:
    """Return what the first poll of `feed` would do now; failures are in it, not raised."""
    async with (
        Fetcher(
            timeout_s=settings.fetch_timeout_s,
            max_body_bytes=settings.max_body_bytes,
            allow_private_networks=settings.allow_private_networks,
            contact=settings.contact,
        ) as fetcher,
        ParserPool(deadline_s=settings.parse_timeout_s, processes=1) as parser,
    ):
        fetched = await fetcher.fetch(feed.url, Validators(), user_agent=feed.user_agent)
        own = {"User-Agent": feed.user_agent} if feed.user_agent else {}
        sent = {**fetcher.request_headers, **own}
        if not fetched.outcome.is_success:
            return Check(feed, sent, fetched, reason=fetched.outcome, problem=fetched.detail)
        try:
            parsed = await parser.parse(
                fetched.body, fetched.headers, without_credentials(fetched.url)
            )
        except FeedParseError as error:
            return Check(feed, sent, fetched, reason=error.reason, problem=str(error))
    keys = keys_of(
        parsed.items, source_id=feed.source_id, feed_url=feed.shown_url, by=feed.identity_by
    )
    changes = find_changes(
        feed, parsed, keys, {}, fetched_at=now, is_backfilling=settings.clock == "wall"
    )
    async with LanguagePool(deadline_s=settings.parse_timeout_s) as languages:
        articles = await languages.name(feed, changes.articles)
    told = {
        article_id: (key.kind, item.published or item.updated)
        for item, key, article_id in zip(
            parsed.items, keys, resolve(parsed.items, keys, {}), strict=True
        )
        if key and article_id
    }
    dropped = {str(o): n for o, n in changes.counts.items() if o is not ItemOutcome.NEW}
    dropped |= {"ghost": parsed.ghosts, "beyond_limit": parsed.overflow}
    dropped = {reason: count for reason, count in dropped.items() if count}
    return Check(feed, sent, fetched, parsed, articles, told, dropped)
