"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read. Pure."""

from __future__ import annotations

import json
from typing import Any

from placewatch.errors import FeedParseError
from producers.html_text import html_to_text, tidy
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.urls import absolute_url


_VERSION = "https://jsonfeed.org/version/"


def is_json(body: bytes) -> bool:
    """Return whether a body can only be JSON: no XML begins with a brace."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def parse_json_feed(body: bytes, url: str, *, limit: int) -> ParsedFeed:
    """Return the JSON Feed in `body`, its first and its last `limit` items; `url` is the base of relative links.

    Raises:
        FeedParseError: it is not JSON, or not a JSON Feed.
    """
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FeedParseError(
            f"{url} begins like JSON but is not: {error}", reason=ParseReason.NOT_A_FEED
        ) from error
    version = _text(data, "version") if isinstance(data, dict) else ""
    if not version.startswith(_VERSION) or not isinstance(data.get("items"), list):
        raise FeedParseError(
            f"{url} is JSON but not a JSON Feed: `version` and `items` are missing",
            reason=ParseReason.NOT_A_FEED,
        )
    told = [item for item in data["items"] if isinstance(item, dict)]
    kept = told if len(told) <= 2 * limit else told[:limit] + told[-limit:]
    return ParsedFeed(
        version="json" + version.removeprefix(_VERSION).replace(".", ""),
        title=html_to_text(_text(data, "title")),
        language=_text(data, "language").lower() or None,
        overflow=len(told) - len(kept),
        items=tuple(_item(item, data, url) for item in kept),
    )


def _item(item: dict[str, Any], feed: dict[str, Any], url: str) -> ParsedItem:
    """Return one item; its authors are the feed's when it names none (JSON Feed 1.1)."""
    text = html_to_text(_text(item, "content_html")) or _text(item, "content_text")
    link = _text(item, "url") or _text(item, "external_url")
    return ParsedItem(
        guid=_text(item, "id"),
        link=absolute_url(url, link),
        title=html_to_text(_text(item, "title")),
        summary=html_to_text(_text(item, "summary")),
        text=text,
        authors=_authors(item) or _authors(feed),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language").lower() or None,
    )


def _authors(holder: dict[str, Any]) -> tuple[str, ...]:
    """Return the names in `authors`, or in the `author` of version 1.0."""
    authors = holder.get("authors")
    found = authors if isinstance(authors, list) else [holder.get("author")]
    return tuple(_text(a, "name") for a in found if isinstance(a, dict) and _text(a, "name"))


def _text(holder: dict[str, Any], name: str) -> str:
    """Return a field as text; numbers are allowed where the specification tells readers to allow them.

    JSON can name characters that no text has: halves of a pair, and those that steer terminals.
    """
    value = holder.get(name)
    return tidy(str(value)) if isinstance(value, str | int | float) else ""
