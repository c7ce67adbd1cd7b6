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

import feedparser

from placewatch.errors import FeedParseError
from producers.dates import parse_moment
from producers.html_text import html_to_text
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.urls import MAX_URL_CHARS


MAX_ITEMS = 2000
MAX_TITLE_CHARS = 1000
MAX_TEXT_CHARS = 200_000
MAX_AUTHORS = 20
_MAX_NAME_CHARS = 200
_PROLOGUE_BYTES = 64 * 1024
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


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
        document = feedparser.parse(  # noqa: TID251  # this is the module the rule names
            io.BytesIO(body),
            response_headers={"content-location": url, **_content_type(headers)},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        return _feed(document, url)
    except FeedParseError:
        raise
    except Exception as error:  # feedparser raises what it likes on malformed input (its issue 599)
        raise FeedParseError(
            f"{url} cannot be parsed: feedparser raised {type(error).__name__}: {error}",
            reason=ParseReason.PARSER_RAISED,
        ) from error


def _feed(document: Any, url: str) -> ParsedFeed:
    """Return the feed of feedparser's document, without ghosts and within the limits."""
    version = str(document.get("version") or "")
    items = tuple(_item(entry) for entry in document.entries)
    usable = tuple(item for item in items if _is_usable(item))
    bozo = type(document.get("bozo_exception")).__name__ if document.get("bozo") else ""
    if not version and not usable:
        complaint = f" ({bozo}: {document.get('bozo_exception')})" if bozo else ""
        raise FeedParseError(
            f"{url} is not a feed{complaint}: no RSS or Atom was found in it; if it is a web page, "
            "look there for the feed's own address",
            reason=ParseReason.NOT_A_FEED,
        )
    if bozo and not usable:
        raise FeedParseError(
            f"{url} says it is {version} but not one item can be read "
            f"({bozo}: {document.get('bozo_exception')})",
            reason=ParseReason.NOT_A_FEED,
        )
    kept = _newest(usable)
    return ParsedFeed(
        version=version,
        title=html_to_text(str(document.feed.get("title") or ""))[:MAX_TITLE_CHARS],
        language=_language(document.feed.get("language")),
        bozo=bozo,
        ghosts=len(items) - len(usable),
        overflow=len(usable) - len(kept),
        items=kept,
    )


def _item(entry: Any) -> ParsedItem:
    """Return one entry as plain text within the limits.

    `published` and `updated` are read past feedparser's key mapping: its `updated` silently means `published`.
    """
    contents = [c.get("value") or "" for c in entry.get("content", ())]
    text = max((html_to_text(c) for c in contents), key=len, default="")
    summary = html_to_text(str(entry.get("summary") or ""))
    names = (str(a.get("name") or "").strip() for a in entry.get("authors", ()))
    link = str(entry.get("link") or "").strip()
    return ParsedItem(
        guid=str(entry.get("id") or "").strip()[:MAX_URL_CHARS],
        link=link if len(link) <= MAX_URL_CHARS else "",
        title=html_to_text(str(entry.get("title") or "")).replace("\n", " ")[:MAX_TITLE_CHARS],
        summary="" if summary == text else summary[:MAX_TEXT_CHARS],
        text=text[:MAX_TEXT_CHARS],
        authors=tuple(name[:_MAX_NAME_CHARS] for name in names if name)[:MAX_AUTHORS],
        published=_raw(entry, "published"),
        updated=_raw(entry, "updated"),
    )


def _raw(entry: Any, name: str) -> str:
    """Return a raw date of an entry, or ""."""
    return str(dict.get(entry, name) or "").strip()[:MAX_TITLE_CHARS]


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
