"""Looking for the feeds of a site: its page, then what that declares, links, and where feeds usually are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from placewatch.errors import FeedParseError, NotFoundError
from placewatch.settings import Settings
from producers.discovery import (
    Candidate,
    Found,
    declared_feeds,
    linked_feeds,
    usual_places,
)
from producers.fetch import Fetcher
from producers.fetched import Fetched, Outcome, Validators
from producers.parser_pool import ParserPool
from producers.urls import canonical_url, is_loopback, without_credentials


# Between two requests to the site: a person waits, and it may be twenty of them.
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class SiteFeed:
    """A feed that was found and read.

    Attributes:
        url: where it is, after redirects that lead to another address of it.
        title: what it calls itself, or what the site calls it.
        version: its format ("rss20").
        items: how many items it has now.
        found: how it was come by.
    """

    url: str
    title: str
    version: str
    items: int
    found: Found


async def discover(site: str, settings: Settings) -> tuple[SiteFeed, ...]:
    """Return the feeds of the site at `site`, those with the most items first; every one was fetched and read.

    What the site declares is asked first; links and usual places only when that gives no feed.

    Raises:
        NotFoundError: `site` is no web address, or gives no answer.
    """
    url = site if "://" in site else f"https://{site}"
    if not canonical_url(url):
        raise NotFoundError(f"{site!r} is no web address: give one such as https://example.org")
    async with (
        Fetcher(
            timeout_s=settings.fetch_timeout_s,
            max_body_bytes=settings.max_body_bytes,
            allow_private_networks=settings.allow_private_networks,
            contact=settings.contact,
        ) as fetcher,
        ParserPool(deadline_s=settings.parse_timeout_s, processes=1) as parser,
    ):
        return await _Search(fetcher, parser).run(url)


class _Search:
    """One search: what was asked already is not asked again."""

    def __init__(self, fetcher: Fetcher, parser: ParserPool) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._asked: set[str] = set()

    async def run(self, url: str) -> tuple[SiteFeed, ...]:
        """Return the feeds of the site."""
        page = await self._get(url)
        if page.outcome is not Outcome.FETCHED:
            raise NotFoundError(
                f"{without_credentials(url)} gave no page ({page.outcome}: {page.detail}): check the address in "
                "a browser; if it is blocked for programs, look for a feed's address there by hand"
            )
        itself = await self._read(Candidate(page.url, "", Found.ITSELF), page)
        if itself is not None:
            return (itself,)
        for stage in (declared_feeds, linked_feeds):
            if feeds := await self._try(stage(page.body, page.url)):
                return feeds
        return await self._try(usual_places(page.url))

    async def _try(self, candidates: Iterable[Candidate]) -> tuple[SiteFeed, ...]:
        """Return those candidates that are feeds, the fullest first."""
        feeds: dict[str, SiteFeed] = {}
        for candidate in candidates:
            if canonical_url(candidate.url) in self._asked:
                continue
            fetched = await self._get(candidate.url)
            if fetched.outcome is Outcome.FETCHED:
                feed = await self._read(candidate, fetched)
                if feed is not None:
                    feeds.setdefault(canonical_url(feed.url), feed)
        return tuple(sorted(feeds.values(), key=lambda feed: -feed.items))

    async def _get(self, url: str) -> Fetched:
        """Return what an address gives, in no hurry."""
        if self._asked and not is_loopback(url):
            await asyncio.sleep(PAUSE_S)
        self._asked.add(canonical_url(url))
        return await self._fetcher.fetch(url, Validators())

    async def _read(self, candidate: Candidate, fetched: Fetched) -> SiteFeed | None:
        """Return the feed in an answer, or None when there is none."""
        try:
            parsed = await self._parser.parse(
                fetched.body, fetched.headers, without_credentials(fetched.url)
            )
        except FeedParseError:
            return None
        return SiteFeed(
            url=fetched.url,
            title=parsed.title or candidate.title,
            version=parsed.version,
            items=len(parsed.items),
            found=candidate.found,
        )
