"""Parsing: the only module that uses feedparser, and it gives it bytes only.

Call `parse` in a worker process (`producers/parser_pool.py`): on hostile input feedparser may run for minutes, and
a thread would hold the event loop up with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser
from feedparser.mixin import _FeedParserMixin

from placewatch.errors import FeedParseError
from producers.dates import parse_moment
from producers.html_text import html_to_text
from producers.json_feed import is_json, parse_json_feed
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.urls import MAX_URL_CHARS
from producers.wishes import read_wishes


MAX_ITEMS = 2000
MAX_TITLE_CHARS = 1000
MAX_TEXT_CHARS = 200_000
MAX_AUTHORS = 20
_MAX_NAME_CHARS = 200
_PROLOGUE_BYTES = 64 * 1024
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
# Complaints about how a document was sent, not about what it says.
_HARMLESS = frozenset({"NonXMLContentType", "CharacterEncodingOverride"})
# feedparser resolves a GUID like a link against the address it came from: behind another host name the same
# item would be another article. Links are still resolved.
_FeedParserMixin.can_be_relative_uri = _FeedParserMixin.can_be_relative_uri - {"id"}


def parse(body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed:
    """Return the feed in `body`; `headers` (lower-case names) give the encoding, `url` the base of links.

    A complaint of the parser is only a label as long as there is a format and an item: most broken feeds can
    be read. Sanitising is off because it is quadratic on hostile input; all text is stripped to plain here.

    Raises:
        FeedParseError: there is no feed in it; `reason` is a ParseReason.
    """
    if not body.strip():
        raise FeedParseError(f"{url} gave an empty body", reason=ParseReason.EMPTY)
    if _ENTITY.search(body[:_PROLOGUE_BYTES].replace(b"\0", b"")):
        raise FeedParseError(
            f"{url} declares XML entities of its own, which no feed needs: refused",
            reason=ParseReason.ENTITIES,
        )
    try:
        if is_json(body):
            return _limited(parse_json_feed(body, url))
        document = feedparser.parse(  # noqa: TID251  # this is the module the rule names
            io.BytesIO(body),
            response_headers={"content-location": url, **_content_type(headers)},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        return _checked(document, _limited(_feed(document, body, url)), url)
    except FeedParseError:
        raise
    except Exception as error:  # feedparser raises what it likes on malformed input (its issue 599)
        raise FeedParseError(
            f"{url} cannot be parsed: the parser raised {type(error).__name__}: {error}",
            reason=ParseReason.PARSER_RAISED,
        ) from error


def _feed(document: Any, body: bytes, url: str) -> ParsedFeed:
    """Return everything feedparser found in a document."""
    return ParsedFeed(
        version=str(document.get("version") or ""),
        title=html_to_text(str(document.feed.get("title") or "")),
        language=_language(document.feed.get("language")),
        bozo=type(document.get("bozo_exception")).__name__ if document.get("bozo") else "",
        wishes=read_wishes(document.feed, body),
        items=tuple(_item(entry, url) for entry in document.entries),
    )


def _checked(document: Any, feed: ParsedFeed, url: str) -> ParsedFeed:
    """Return `feed` if it is one.

    A complaint is only a label as long as there is an item; without a complaint an empty feed is a feed.
    """
    is_faulty = bool(feed.bozo) and feed.bozo not in _HARMLESS
    if feed.items or (feed.version and not is_faulty):
        return feed
    complaint = f" ({feed.bozo}: {document.get('bozo_exception')})" if is_faulty else ""
    if feed.version:
        message = f"{url} says it is {feed.version} but not one item can be read{complaint}"
    else:
        message = (
            f"{url} is not a feed{complaint}: no RSS, Atom or JSON Feed was found in it; "
            "if it is a web page, look there for the feed's own address"
        )
    raise FeedParseError(message, reason=ParseReason.NOT_A_FEED)


def _limited(feed: ParsedFeed) -> ParsedFeed:
    """Return `feed` without ghosts and within the limits."""
    usable = tuple(_limited_item(item) for item in feed.items if _is_usable(item))
    kept = _newest(usable)
    return feed.model_copy(
        update={
            "title": feed.title[:MAX_TITLE_CHARS],
            "ghosts": len(feed.items) - len(usable),
            "overflow": len(usable) - len(kept),
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
    )


def _item(entry: Any, url: str) -> ParsedItem:
    """Return one entry as plain text; `url` is the base of a GUID that is also the link.

    Dates are read past feedparser's key mapping: its `updated` silently means `published`.
    """
    link = str(entry.get("link") or "").strip()
    contents = [c.get("value") or "" for c in entry.get("content", ())]
    names = (str(a.get("name") or "").strip() for a in entry.get("authors", ()))
    return ParsedItem(
        guid=str(entry.get("id") or "").strip(),
        link=urljoin(url, link) if link.startswith("/") else link,
        title=html_to_text(str(entry.get("title") or "")),
        summary=html_to_text(str(entry.get("summary") or "")),
        text=max((html_to_text(c) for c in contents), key=len, default=""),
        authors=tuple(name for name in names if name),
        published=str(dict.get(entry, "published") or "").strip(),
        updated=str(dict.get(entry, "updated") or "").strip(),
    )


def _is_usable(item: ParsedItem) -> bool:
    """Return whether an item says anything and can be told from others; a truncated file ends in one that does not."""
    return bool(item.title or item.summary or item.text) and bool(
        item.guid or item.link or item.title
    )


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


def _content_type(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the header feedparser finds the encoding by."""
    content_type = headers.get("content-type", "")
    return {"content-type": content_type} if content_type else {}
