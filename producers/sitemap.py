"""Google News sitemaps, for outlets that give no feed: address, headline and date of what is new. Pure."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from placewatch.errors import FeedParseError
from producers.dates import parse_moment
from producers.html_text import html_to_text
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.urls import absolute_url


# What Google asks of publishers: a News sitemap holds at most 1,000 addresses of the last two days.
MAX_URLS = 1000
MAX_AGE = timedelta(days=2)
# Of one that is far longer than it may be, the newest are at one end or the other.
_READ_AT_EACH_END = 2 * MAX_URLS
_ROOT_BYTES = 4096
_ROOT = re.compile(rb"<(?:\w+:)?(urlset|sitemapindex)[\s>]")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def is_sitemap(body: bytes) -> bool:
    """Return whether a body is a sitemap of any kind."""
    return _ROOT.search(body[:_ROOT_BYTES]) is not None


def parse_sitemap(body: bytes, url: str) -> ParsedFeed:
    """Return the articles of a News sitemap, the newest 1,000 of its last two days; `url` is the base of links.

    The last two days are counted from its newest article: a server's wrong clock hides nothing. The limits are
    the publishers' own; what lies beyond is counted as `overflow`.

    Raises:
        FeedParseError: it is a sitemap of another kind, or names no article.
    """
    root = _ROOT.search(body[:_ROOT_BYTES])
    if root is not None and root.group(1) == b"sitemapindex":
        raise FeedParseError(
            f"{url} is an index of sitemaps: give the address of its News sitemap instead",
            reason=ParseReason.NOT_A_FEED,
        )
    head: list[ParsedItem] = []
    tail: deque[ParsedItem] = deque(maxlen=_READ_AT_EACH_END)
    total = 0
    for parts in _elements(body):
        if item := _item(parts, url):
            total += 1
            (head if len(head) < _READ_AT_EACH_END else tail).append(item)
    if not head:
        raise FeedParseError(
            f"{url} is a sitemap without news in it: only News sitemaps say what is new",
            reason=ParseReason.NOT_A_FEED,
        )
    kept = _recent([*head, *tail])
    return ParsedFeed(
        version="newssitemap",
        overflow=total - len(kept),
        items=kept,
    )


def _elements(body: bytes) -> Iterator[dict[str, str]]:
    """Yield what each `url` element says, by the local name of its parts."""
    walk = etree.iterparse(
        io.BytesIO(body),
        tag="{*}url",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in walk:
        parts = (part for part in element.iter() if isinstance(part.tag, str) and part.text)
        yield {etree.QName(part).localname: str(part.text).strip() for part in parts}
        element.clear()
        while element.getprevious() is not None:  # what was read must not pile up
            del element.getparent()[0]


def _item(parts: dict[str, str], url: str) -> ParsedItem | None:
    """Return the article of one `url` element, or None when it is no news."""
    if "loc" not in parts or not ("title" in parts or "publication_date" in parts):
        return None
    return ParsedItem(
        link=absolute_url(url, parts["loc"]),
        title=html_to_text(parts.get("title", "")),
        published=parts.get("publication_date", ""),
        updated=parts.get("lastmod", ""),
        language=parts.get("language", "").lower() or None,
    )


def _recent(items: list[ParsedItem]) -> tuple[ParsedItem, ...]:
    """Return the newest items of the last two days, newest first; one without a date is taken for new."""
    now = datetime.now(UTC)
    moments = [parse_moment(item.published, now) for item in items]
    newest = max((m.at for m in moments if m), default=_LONG_AGO)
    dated = sorted(
        ((m.at if m else newest, item) for m, item in zip(moments, items, strict=True)),
        key=lambda pair: pair[0],
        reverse=True,
    )
    return tuple(item for at, item in dated if newest - at <= MAX_AGE)[:MAX_URLS]
