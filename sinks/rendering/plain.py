"""What feeds wrote, made safe to put anywhere: no character that steers a reader, a terminal or a parser."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime

from placewatch.records import Alert


# Joiners belong to the spelling of Persian, Kurdish and many Indian words; other format characters only steer.
_KEPT_FORMATS = frozenset("\u200c\u200d")
_SPACES = frozenset({"Cc", "Zl", "Zp"})
_DROPPED = frozenset({"Cf", "Cs"})
_NONCHARACTER = 0xFFFE
_NONCHARACTER_BLOCK = range(0xFDD0, 0xFDF0)
# Feeds give what they like as an address; only these are links.
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.IGNORECASE)
MAX_LATITUDE = 90.0
MAX_LONGITUDE = 180.0


def one_line(text: str, longest: int | None = None) -> str:
    """Return `text` on one line, cut to `longest` characters: no controls, no marks that turn the direction of text.

    What is left is allowed in XML 1.0, JSON and UTF-8. It may still be markup: who writes XML or HTML escapes it.
    """
    line = " ".join("".join(map(_harmless, text)).split())
    if longest is not None and len(line) > longest:
        return line[: longest - 1].rstrip() + "…"
    return line


def _harmless(char: str) -> str:
    category = unicodedata.category(char)
    if category in _SPACES:
        return " "
    if category in _DROPPED and char not in _KEPT_FORMATS:
        return ""
    code = ord(char)
    is_noncharacter = code & _NONCHARACTER == _NONCHARACTER or code in _NONCHARACTER_BLOCK
    return "" if is_noncharacter else char


def web_address(url: str) -> str | None:
    """Return `url` when it is an http or https address, else None: no `javascript:` becomes a link."""
    return url if url.isascii() and _WEB_ADDRESS.fullmatch(url) else None


def position(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, or None when they are no point on Earth."""
    if latitude is None or longitude is None:
        return None
    is_finite = math.isfinite(latitude) and math.isfinite(longitude)
    if not is_finite or abs(latitude) > MAX_LATITUDE or abs(longitude) > MAX_LONGITUDE:
        return None
    return latitude, longitude


def utc(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second: "2024-12-06T13:00:00Z"."""
    return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def told(alert: Alert) -> str:
    """Return what the alert says, with its place: one line."""
    has_place = alert.place in alert.headline
    return one_line(alert.headline if has_place else f"{alert.place}: {alert.headline}")
