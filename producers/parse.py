"""Parsing: the only module that uses feedparser, and it gives it bytes only.

Call `parse` in a worker process (`producers/parser_pool.py`): on hostile input feedparser may run for minutes, and
a thread would hold the event loop up with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin

from placewatch.errors import FeedParseError
from producers.dates import parse_moment
from producers.html_text import html_to_text, tidy
from producers.json_feed import is_json, parse_json_feed
from producers.nested import without_nested
from producers.oversize import has_items, without_middle
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.prologue import with_possible_characters, without_entities
from producers.second_opinion import recover_items
from producers.sitemap import is_sitemap, parse_sitemap
from producers.urls import MAX_URL_CHARS, absolute_url
from producers.wide_text import narrowed
from producers.wishes import read_wishes


MAX_ITEMS = 2000
MAX_TITLE_CHARS = 1000
MAX_TEXT_CHARS = 200_000
MAX_AUTHORS = 20
_MAX_NAME_CHARS = 200
_ROOT_BYTES = 64 * 1024
_FEED_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_END_BYTES = 512
_FEED_END = re.compile(
    rb"</(?:\w+:)?(?:rss|feed|rdf)\s*(?:>\s*(?:<!--[^<]*-->\s*)?)?$", re.IGNORECASE
)
# Complaints about how a document was sent, not about what it says.
_HARMLESS = frozenset({"", "NonXMLContentType", "CharacterEncodingOverride"})
# feedparser resolves a GUID like a link against the address it came from: behind another host name the same
# item would be another article. Links are still resolved.
_FeedParserMixin.can_be_relative_uri = _FeedParserMixin.can_be_relative_uri - {"id"}


def parse(body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed:
    """Return the feed in `body`; `headers` (lower-case names) give the encoding, `url` the base of links.

    A complaint of the parser is only a label as long as there is a format and an item: most broken feeds can
    be read. Where feedparser finds no item, a recovering parser is asked too. Sanitising is off because it is
    quadratic on hostile input; all text is stripped to plain here.

    Raises:
        FeedParseError: there is no feed in it; `reason` is a ParseReason.
    """
    if not body.strip():
        raise FeedParseError(f"{url} gave an empty body", reason=ParseReason.EMPTY)
    try:
        body, headers = narrowed(body, headers)
        if is_json(body):
            return _limited(parse_json_feed(body, url, limit=MAX_ITEMS), must_say=True)
        if is_sitemap(body):
            return _limited(parse_sitemap(without_entities(body, url), url))
        return _parse_xml(with_possible_characters(without_entities(body, url)), headers, url)
    except FeedParseError:
        raise
    except MemoryError as error:
        raise FeedParseError(
            f"{url} needs more memory to parse than a feed may have", reason=ParseReason.MEMORY
        ) from error
    except Exception as error:  # what libraries raise on malformed input is not ours to list
        raise _raised(error, url) from error


def _parse_xml(body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed:
    """Return the RSS or Atom feed in `body`: feedparser's reading, or what can be recovered when it finds no item."""
    body, overflow = without_middle(without_nested(body), limit=MAX_ITEMS)
    is_whole = _FEED_END.search(body[-_END_BYTES:]) is not None
    has_root = _FEED_ROOT.search(body[:_ROOT_BYTES]) is not None
    feed, fault = _first_opinion(body, headers, url)
    must_say = fault is not None and not is_whole
    feed = _limited(feed, must_say=must_say)
    is_doubtful = fault is not None or not feed.version
    if is_doubtful and not feed.items and has_root:
        feed = _limited(_second_opinion(feed, body, url), must_say=must_say)
    if isinstance(fault, FeedParseError) and not feed.items:
        raise fault
    # A feed that was cut off before its first item must be asked for again, and so must one whose items cannot be
    # read; one that is empty need not. A namespace of feeds alone makes no document one.
    is_empty = has_root and not must_say and not (fault is not None and has_items(body))
    is_feed = bool(feed.version) and (bool(feed.items) or is_empty)
    if not is_feed and not (feed.items and fault is None):
        raise _no_feed(feed, fault, url)
    return feed.model_copy(update={"overflow": feed.overflow + overflow})


def _first_opinion(
    body: bytes, headers: Mapping[str, str], url: str
) -> tuple[ParsedFeed, object | None]:
    """Return what feedparser finds in a document, and its complaint about what that says if it has one."""
    try:
        document = feedparser.parse(  # noqa: TID251  # this is the module the rule names
            io.BytesIO(body),
            response_headers={"content-location": url, **_used(headers)},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        feed = _feed(document, body, url)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # it raises what it likes (its issue 599)
        return ParsedFeed(version="", bozo=type(error).__name__), _raised(error, url)
    return feed, None if feed.bozo in _HARMLESS else document.get("bozo_exception")


def _second_opinion(feed: ParsedFeed, body: bytes, url: str) -> ParsedFeed:
    """Return `feed` with the items that can be recovered from its document."""
    items = recover_items(body, url, limit=MAX_ITEMS)
    version = feed.version or ("recovered" if items else "")
    return feed.model_copy(update={"items": items, "version": version})


def _feed(document: Any, body: bytes, url: str) -> ParsedFeed:
    """Return everything feedparser found in a document."""
    bozo = type(document.get("bozo_exception")).__name__ if document.get("bozo") else ""
    return ParsedFeed(
        version=str(document.get("version") or ""),
        title=_plain(document.feed, "title"),
        language=str(document.feed.get("language") or "") or None,
        bozo=bozo,
        wishes=read_wishes(document.feed, body),
        items=tuple(_item(entry, url) for entry in document.entries),
    )


def _no_feed(feed: ParsedFeed, fault: object | None, url: str) -> FeedParseError:
    """Return the error for a document without a feed in it."""
    complaint = f" ({feed.bozo}: {fault})" if fault else ""
    if feed.version:
        message = f"{url} says it is {feed.version} but not one item can be read{complaint}"
    else:
        message = (
            f"{url} is not a feed{complaint}: no RSS, Atom or JSON Feed was found in it; "
            f"if it is a web page, `placewatch feeds discover {url}` looks for the feed's own address"
        )
    return FeedParseError(message, reason=ParseReason.NOT_A_FEED)


def _raised(error: Exception, url: str) -> FeedParseError:
    """Return our error for one that a library raised."""
    return FeedParseError(
        f"{url} cannot be parsed: the parser raised {type(error).__name__}: {error}",
        reason=ParseReason.PARSER_RAISED,
    )


def _limited(feed: ParsedFeed, *, must_say: bool = False) -> ParsedFeed:
    """Return `feed` without ghosts and within the limits; with `must_say` an item without text is a ghost too."""
    usable = tuple(_limited_item(item) for item in feed.items if _is_usable(item, must_say))
    kept = _newest(usable)
    return feed.model_copy(
        update={
            "title": feed.title[:MAX_TITLE_CHARS],
            "language": _language(feed.language),
            "ghosts": len(feed.items) - len(usable),
            "overflow": feed.overflow + len(usable) - len(kept),
            "items": kept,
        }
    )


def _limited_item(item: ParsedItem) -> ParsedItem:
    """Return `item` with no field longer than its limit; a summary that only repeats the text goes."""
    return ParsedItem(
        guid=item.guid[:MAX_URL_CHARS],
        link=item.link if len(item.link) <= MAX_URL_CHARS else "",
        title=item.title.replace("\n", " ")[:MAX_TITLE_CHARS],
        summary="" if item.summary == item.text else item.summary[:MAX_TEXT_CHARS],
        text=item.text[:MAX_TEXT_CHARS],
        authors=tuple(name[:_MAX_NAME_CHARS] for name in item.authors)[:MAX_AUTHORS],
        published=item.published[:MAX_TITLE_CHARS],
        updated=item.updated[:MAX_TITLE_CHARS],
        language=_language(item.language),
    )


def _item(entry: Any, url: str) -> ParsedItem:
    """Return one entry as plain text; `url` is the base of a GUID that is also the link.

    Dates are read past feedparser's key mapping: its `updated` silently means `published`.
    """
    link = _link(entry)
    names = (str(a.get("name") or "").strip() for a in entry.get("authors", ()))
    return ParsedItem(
        guid=str(entry.get("id") or "").strip(),
        link=absolute_url(url, link) if link.startswith("/") else link,
        title=_plain(entry, "title"),
        summary=_plain(entry, "summary"),
        text=max((_shown(c) for c in entry.get("content", ())), key=len, default=""),
        authors=tuple(name for name in names if name),
        published=str(dict.get(entry, "published") or "").strip(),
        updated=str(dict.get(entry, "updated") or "").strip(),
    )


def _link(entry: Any) -> str:
    """Return the address of an entry's page: the first it gives; feedparser takes the last, often another language's."""
    pages = (
        str(link.get("href") or "").strip()
        for link in entry.get("links", ())
        if link.get("rel") == "alternate" and "html" in link.get("type", "")
    )
    return next(filter(None, pages), str(entry.get("link") or "").strip())


def _plain(holder: Any, name: str) -> str:
    """Return a text of the feed or of an entry as a reader would see it."""
    detail = holder.get(f"{name}_detail") or {}
    return _shown({"type": detail.get("type"), "value": holder.get(name)})


def _shown(detail: Any) -> str:
    """Return the text of a construct; in what its feed calls plain text, `<` is a sign like any other.

    Plain text without one is often escaped twice ("It&#8217;s"): nobody means that to be read so.
    """
    value = str(detail.get("value") or "")
    if detail.get("type") != "text/plain":
        return html_to_text(value)
    return tidy(value if "<" in value else unescape(value))


def _is_usable(item: ParsedItem, must_say: bool) -> bool:  # noqa: FBT001
    """Return whether an item is one.

    A document that breaks off ends in a ghost: half a link, or a date without its news. In a whole one an item
    may say little, for others to judge.
    """
    if item.title or item.summary or item.text:
        return True
    return not must_say and item != ParsedItem()


def _newest(items: tuple[ParsedItem, ...]) -> tuple[ParsedItem, ...]:
    """Return at most the limit of items: the first ones, or the last of a feed that begins with its oldest."""
    if len(items) <= MAX_ITEMS:
        return items
    now = datetime.now(UTC)
    first = parse_moment(items[0].published, now)
    last = parse_moment(items[-1].published, now)
    is_oldest_first = first is not None and last is not None and first.at < last.at
    return items[-MAX_ITEMS:] if is_oldest_first else items[:MAX_ITEMS]


def _language(raw: object) -> str | None:
    """Return a language tag as BCP 47 writes it, or None."""
    tag = str(raw or "").strip().lower().replace("_", "-")
    return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) else None


def _used(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say how a document is encoded and in which language it is."""
    return {name: headers[name] for name in ("content-type", "content-language") if name in headers}
