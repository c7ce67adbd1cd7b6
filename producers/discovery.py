"""Where a site's feeds may be: what its page declares, what it links, where feeds usually are. Pure."""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

import yaml
from lxml import etree, html

from producers.urls import absolute_url, canonical_url, registrable_host


MAX_CANDIDATES = 20
_FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
    }
)
# WordPress declares its interface as JSON beside its feeds; comments are no news.
_NO_FEEDS = re.compile(r"/wp-json\b|/oembed\b|/comments/feed\b|/xmlrpc")
_MAX_TITLE_CHARS = 200


class Found(StrEnum):
    """How an address was come by, the surest first."""

    ITSELF = "itself"
    DECLARED = "declared"
    LINKED = "linked"
    GUESSED = "guessed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address where a feed may be.

    Attributes:
        url: the address.
        title: what the page calls it, or "".
        found: how it was come by.
    """

    url: str
    title: str
    found: Found


def declared_feeds(body: bytes, url: str) -> tuple[Candidate, ...]:
    """Return what a page at `url` declares as its feeds: `link` elements that are alternates of a feed's type."""
    root, base = _page(body, url)
    if root is None:
        return ()
    found = []
    for link in root.iter("link"):
        words = set((link.get("rel") or "").lower().split())
        kind = (link.get("type") or "").lower().partition(";")[0].strip()
        if words & {"alternate", "feed"} and ("feed" in words or kind in _FEED_TYPES):
            found.append(_candidate(link.get("href"), link.get("title"), base, Found.DECLARED))
    return _distinct(found)


def linked_feeds(body: bytes, url: str) -> tuple[Candidate, ...]:
    """Return the links of a page that look as if they led to a feed of the same site, by address or by words."""
    root, base = _page(body, url)
    if root is None:
        return ()
    found = []
    for link in root.iter("a"):
        words = "".join(link.itertext()).strip()
        candidate = _candidate(link.get("href"), words, base, Found.LINKED)
        if candidate and _looks_like_a_feed(candidate, words) and _is_of_site(candidate.url, url):
            found.append(candidate)
    return _distinct(found)


def usual_places(url: str) -> tuple[Candidate, ...]:
    """Return where feeds of the site of `url` would be if it is like others."""
    paths, _ = _usual()
    return tuple(Candidate(urljoin(url, path), "", Found.GUESSED) for path in paths)


def _page(body: bytes, url: str) -> tuple[etree._Element | None, str]:
    """Return a page's root and the base of its links; None for what is no page."""
    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(remove_comments=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None, url
    base = next((element.get("href") for element in root.iter("base") if element.get("href")), "")
    return root, absolute_url(url, base or "") or url


def _candidate(href: str | None, title: str | None, base: str, found: Found) -> Candidate | None:
    """Return the candidate of one link, or None when it leads to no web address or to what is never a feed."""
    url = absolute_url(base, href or "")
    if not canonical_url(url) or _NO_FEEDS.search(urlsplit(url).path):
        return None
    return Candidate(
        url.partition("#")[0], " ".join((title or "").split())[:_MAX_TITLE_CHARS], found
    )


def _looks_like_a_feed(candidate: Candidate, words: str) -> bool:
    """Return whether a word of feeds stands in the address or in what the link says."""
    _, feed_words = _usual()
    parts = urlsplit(candidate.url)
    told = re.findall(r"[a-z]+", f"{parts.hostname} {parts.path} {parts.query} {words}".lower())
    return not feed_words.isdisjoint(told)


def _is_of_site(url: str, site: str) -> bool:
    """Return whether two addresses are of one registered domain."""
    return registrable_host(url) == registrable_host(site)


def _distinct(found: Iterable[Candidate | None]) -> tuple[Candidate, ...]:
    """Return the candidates, each address once, in order, at most `MAX_CANDIDATES`."""
    by_url: dict[str, Candidate] = {}
    for candidate in found:
        if candidate is not None:
            by_url.setdefault(canonical_url(candidate.url), candidate)
    return tuple(by_url.values())[:MAX_CANDIDATES]


@functools.cache
def _usual() -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the usual paths and the words of feeds."""
    data = yaml.safe_load(
        importlib.resources.files("producers").joinpath("discovery.yaml").read_text("utf-8")
    )
    return tuple(data["paths"]), frozenset(data["words"])
