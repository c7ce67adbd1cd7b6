"""Fetching the pages of articles whose feed gives no more than a summary: when it is worth it, and only as sites allow.

An alert must not wait for a page: all pages of one poll share a budget of time, and what it does not reach is published
with its summary. A page is asked for as politely as a feed: the same spacing by domain, robots.txt, Crawl-delay.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from placewatch.errors import FeedParseError
from placewatch.log import get_logger
from placewatch.records import Article
from placewatch.vocabulary import TextQuality
from producers import metrics
from producers.fetch import Fetcher
from producers.fetched import Fetched, Outcome, Validators
from producers.hosts import Hosts
from producers.named_places import FollowedNames
from producers.opml import Feed, FullText
from producers.page_pool import PagePool
from producers.robots import MAX_BYTES, Robots, robots_of, robots_url
from producers.text_quality import MIN_TEXT_CHARS, PageText
from producers.urls import canonical_url, without_credentials


# RFC 9309 asks that rules be read again after a day.
ROBOTS_AGE = timedelta(hours=24)
PAGE_AGE = timedelta(hours=24)
# What is kept of sites and pages, in bytes and characters: the rules of some hundred sites, and as many articles.
_KEPT_RULES = 16 * 1024**2
_KEPT_TEXT = 2 * 1024**2
# What Protego makes of one line.
_RULE_BYTES = 900
# Bodies of pages that are in memory at once: one is being read, the next comes.
_PAGES_AT_ONCE = 2
# What the smallest value costs.
_ENTRY_SIZE = 1024
_Value = TypeVar("_Value")
log = get_logger(__name__)


class PageOutcome(StrEnum):
    """What became of the wish for an article's page."""

    FULL = "full"
    PARTIAL = "partial"
    NO_ARTICLE = "no_article"
    DISALLOWED = "disallowed"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    NO_TIME = "no_time"


def wants_page(
    article: Article,
    asked: FullText,
    mode: Literal["off", "watched", "all"],
    names: Callable[[str], bool],
) -> bool:
    """Return whether an article's page is worth a request.

    Not when its feed gave the text, nor for the past; else when its feed asks for it, or title or summary name a
    watched place. `mode` is the setting: "off" leaves only what feeds ask for, "all" fetches every article's page.
    """
    if asked is FullText.NEVER or article.is_backfill or not canonical_url(article.url):
        return False
    if len(article.text) >= MIN_TEXT_CHARS and article.text_quality is TextQuality.FULL:
        return False
    if asked is FullText.ALWAYS or mode == "all":
        return True
    return mode == "watched" and names(f"{article.title}\n{article.summary}\n{article.text}")


@dataclass
class FullTexts:
    """Gives articles the text of their pages.

    Attributes:
        fetcher: fetches pages and robots.txt.
        pages: takes articles out of pages.
        hosts: the politeness that feeds and pages share.
        names: says whether a text names a watched place.
        mode: the setting.
        budget_s: seconds that all pages of one poll may take.
        now: the clock.
    """

    fetcher: Fetcher
    pages: PagePool
    hosts: Hosts
    names: FollowedNames
    mode: Literal["off", "watched", "all"]
    budget_s: float
    now: Callable[[], datetime]

    def __post_init__(self) -> None:
        self._robots: _Cache[Robots] = _Cache(_KEPT_RULES)
        self._known: _Cache[PageText] = _Cache(_KEPT_TEXT)
        self._reading = asyncio.Semaphore(_PAGES_AT_ONCE)

    async def enrich(self, feed: Feed, articles: Sequence[Article]) -> tuple[Article, ...]:
        """Return the articles, those whose pages are worth it and can be had with their text; never raises for a page."""
        wanted = await asyncio.to_thread(self._wanted, feed, articles)
        deadline = asyncio.get_running_loop().time() + self.budget_s
        enriched = []
        for article in articles:
            if article.article_id in wanted:
                outcome, page = await self._page(article, deadline)
                metrics.PAGES.labels(outcome=outcome).inc()
                enriched.append(_with_page(article, page))
            else:
                enriched.append(article)
        return tuple(enriched)

    def _wanted(self, feed: Feed, articles: Sequence[Article]) -> frozenset[str]:
        """Return the ids of the articles whose pages are worth a request."""
        return frozenset(
            article.article_id
            for article in articles
            if wants_page(article, feed.full_text, self.mode, self.names.named_in)
        )

    async def _page(self, article: Article, deadline: float) -> tuple[PageOutcome, PageText | None]:
        """Return what an article's page gives; an edited article's is fetched anew."""
        key = canonical_url(article.url)
        known = self._known.get(key, since=self.now() - PAGE_AGE)
        if known and not article.revision:
            return _outcome(known), known
        try:
            async with asyncio.timeout_at(deadline):
                outcome, page = await self._fetch(article.url)
        except TimeoutError:
            return PageOutcome.NO_TIME, None
        except FeedParseError as error:
            log.info("page cannot be read", url=article.url, reason=error.reason)
            return PageOutcome.UNREADABLE, None
        if page is not None:
            self._known.keep(key, page, at=self.now(), size=len(page.text))
        return outcome, page

    async def _fetch(self, url: str) -> tuple[PageOutcome, PageText | None]:
        """Return what the page at `url` gives, if the site lets us read it, wherever it leads.

        Raises:
            FeedParseError: the page cannot be read.
        """
        if not await self._is_allowed(url):
            return PageOutcome.DISALLOWED, None
        fetched = await self._get(url)
        with contextlib.closing(fetched):
            if fetched.outcome is not Outcome.FETCHED:
                return PageOutcome.FAILED, None
            if fetched.redirects and not await self._is_allowed(fetched.url):
                return PageOutcome.DISALLOWED, None
            async with self._reading:
                whole = await asyncio.to_thread(fetched.loaded)
                page = await self.pages.extract(whole.body, without_credentials(fetched.url))
            return _outcome(page), page

    async def _is_allowed(self, url: str) -> bool:
        """Return whether the site lets us read `url`; its rules are kept for a day."""
        site = robots_url(url)
        rules = self._robots.get(site, since=self.now() - ROBOTS_AGE)
        if rules is None:
            fetched = await self._get(site)
            with contextlib.closing(fetched):
                told, size = await asyncio.to_thread(_rules_of, fetched)
            self._robots.keep(site, told, at=self.now(), size=size)
            rules = told
        return await asyncio.to_thread(rules.allows, url)

    async def _get(self, url: str) -> Fetched:
        """Return what an address gives, asked for when its domain's turn has come."""
        now = self.now()
        rules = self._robots.get(robots_url(url), since=now - ROBOTS_AGE)
        delay = timedelta(seconds=rules.crawl_delay_s if rules else 0.0)
        at = self.hosts.reserve(url, now, pause=delay)
        await asyncio.sleep((at - now).total_seconds())
        return await self.fetcher.fetch(url, Validators())


def _outcome(page: PageText) -> PageOutcome:
    """Return how a page counts."""
    if not page.text:
        return PageOutcome.NO_ARTICLE
    return PageOutcome.FULL if page.quality is TextQuality.FULL else PageOutcome.PARTIAL


def _with_page(article: Article, page: PageText | None) -> Article:
    """Return an article with what its page gave, unless the feed gave more."""
    if page is None:
        return article
    changed: dict[str, object] = {
        "is_paywalled": page.is_paywalled,
        "canonical_url": page.canonical_url or article.canonical_url,
    }
    if len(page.text) > len(article.text):
        changed |= {"text": page.text, "text_quality": page.quality}
    return article.model_copy(update=changed)


def _rules_of(fetched: Fetched) -> tuple[Robots, int]:
    """Return the rules in an answer, and the bytes they take; some need a second to be read."""
    body = fetched.loaded(MAX_BYTES).body[:MAX_BYTES]
    return robots_of(fetched.status, body), body.count(b"\n") * _RULE_BYTES


class _Cache(Generic[_Value]):
    """Values by address, of limited size together; the oldest goes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._values: OrderedDict[str, tuple[datetime, int, _Value]] = OrderedDict()

    def get(self, key: str, *, since: datetime) -> _Value | None:
        """Return the value kept after `since`, None when there is none."""
        at, _, value = self._values.get(key, (None, 0, None))
        return value if at is not None and at > since else None

    def keep(self, key: str, value: _Value, *, at: datetime, size: int) -> None:
        """Keep a value unless it alone is too large; nothing is so small that it costs nothing."""
        self._size -= self._values.pop(key, (at, 0, value))[1]
        cost = size + _ENTRY_SIZE
        if cost > self._limit:
            return
        self._values[key] = (at, cost, value)
        self._size += cost
        while self._size > self._limit:
            self._size -= self._values.popitem(last=False)[1][1]
