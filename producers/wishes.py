"""What a server asks of those who poll it: in headers, and in the feed itself. Pure.

Headers are mappings with lower-case names. Whatever is asked for is kept up to a day: longer would be silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from placewatch.record_base import Record


MAX_WISH_S = 24 * 3600.0
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# RSS 1.0 syndication module: a period, divided by a frequency.
_PERIODS_S = {
    "hourly": 3600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
# feedparser keeps only the last hour and day of these lists; they stand in the first lines of a channel.
_HEAD_BYTES = 64 * 1024
_LIST_BYTES = 2048
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*([a-z]{6,9})\s*</day>", re.IGNORECASE)


class Wishes(Record):
    """What a feed's document asks for.

    `every_s` is the least time between two polls by `ttl` and `sy:update*` (0 when it asks for none),
    `skip_hours` (0-23) and `skip_days` (0 is Monday) are hours and days in UTC without news.
    """

    every_s: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


def read_wishes(channel: Mapping[str, object], body: bytes) -> Wishes:
    """Return what a document asks for, given feedparser's `feed` and the raw bytes."""
    hours = {int(hour) % 24 for hour in _listed(body, b"<skipHours", _HOUR) if int(hour) <= 24}  # noqa: PLR2004  # hours of a day; some write midnight as 24
    names = [day.decode("ascii").lower() for day in _listed(body, b"<skipDays", _DAY)]
    return Wishes(
        every_s=max(_minutes(channel.get("ttl")) * 60, _update_s(channel)),
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(sorted({_DAYS.index(name) for name in names if name in _DAYS})),
    )


def least_delay_s(headers: Mapping[str, str], document: Wishes, now: datetime) -> float:
    """Return the seconds until the server wants to be asked again after a success, at most a day."""
    asked = (retry_after_s(headers, now) or 0.0, freshness_s(headers), document.every_s)
    return min(max(asked), MAX_WISH_S)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for, at most a day; None when there is no usable one.

    A date is taken relative to the server's own `Date`, so that a wrong server clock does no harm.
    """
    raw = headers.get("retry-after", "").strip()
    if not raw:
        return None
    if raw.isascii() and raw.isdigit():
        return min(float(raw), MAX_WISH_S)
    asked, clock = http_date(raw), http_date(headers.get("date", "")) or now
    return None if asked is None else min(max((asked - clock).total_seconds(), 0.0), MAX_WISH_S)


def http_date(raw: str) -> datetime | None:
    """Return the moment of an HTTP date, or None when it is none; one without a zone is taken for UTC."""
    try:
        moment = parsedate_to_datetime(raw)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def freshness_s(headers: Mapping[str, str]) -> float:
    """Return the seconds an answer stays fresh by Cache-Control or Expires (RFC 9111), at most a day.

    0 when the server says nothing usable, or forbids keeping it.
    """
    directives = {
        name.strip().lower(): value.strip(' "')
        for name, _, value in (
            d.partition("=") for d in headers.get("cache-control", "").split(",")
        )
    }
    if "no-cache" in directives or "no-store" in directives:
        return 0.0
    if "max-age" in directives:
        asked = directives["max-age"]
        usable_s = float(asked) if asked.isascii() and asked.isdigit() else 0.0
    else:
        usable_s = _expires_s(headers)
    return min(max(usable_s, 0.0), MAX_WISH_S)


def after_skipped(due: datetime, document: Wishes, *, latest: datetime) -> datetime:
    """Return `due`, or the first full hour after it that the feed does not ask to skip, at most `latest`."""
    while due < latest and (due.hour in document.skip_hours or due.weekday() in document.skip_days):
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min(due, latest)


def _listed(body: bytes, opening: bytes, entry: re.Pattern[bytes]) -> list[bytes]:
    """Return the entries of a list element near the start of a document."""
    start = body[:_HEAD_BYTES].find(opening)
    return entry.findall(body, start, start + _LIST_BYTES) if start >= 0 else []


def _minutes(raw: object) -> float:
    text = str(raw or "").strip()
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _update_s(channel: Mapping[str, object]) -> float:
    """Return the seconds of sy:updatePeriod divided by sy:updateFrequency; 0 without a usable period."""
    period_s = _PERIODS_S.get(str(channel.get("sy_updateperiod") or "").strip().lower(), 0.0)
    return period_s / max(_minutes(channel.get("sy_updatefrequency")), 1.0)


def _expires_s(headers: Mapping[str, str]) -> float:
    """Return the seconds between Date and Expires, 0 when either is missing or no date ("0" means expired)."""
    expires, date = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    return (expires - date).total_seconds() if expires and date else 0.0
