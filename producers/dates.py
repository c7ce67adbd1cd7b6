"""When an item was published: read from the feed's raw strings, with where the date came from. Pure.

feedparser's own dates ignore zone names, turn `2026/03/02` into November and drop `24:00:00`, so the raw string
is parsed here (RFC 822, W3C-DTF, and what feeds write instead).
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import yaml

from placewatch.vocabulary import DatePrecision


FUTURE_TOLERANCE = timedelta(hours=24)
# RSS began in 1999: an earlier year is what software writes for "no date" (0001, 1900, 1970).
EARLIEST_YEAR = 1990
_MAX_RAW_CHARS = 80
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_ZONE = r"(?P<zone>[+-]\d{2}:?\d{2}|[+-]\d{1,2}|[a-z]{1,5}(?:[+-]\d{1,2}(?::?\d{2})?)?)"
_CLOCK = rf"(?:[t\s,]+{_TIME}\s*{_ZONE}?)?"
_WORD = r"[^\W\d_]+"
_SHAPES = tuple(
    re.compile(shape + r"\s*(?:\([^)]*\))?")
    for shape in (
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}}))?{_CLOCK}",
        rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}})(?:t?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?\s*{_ZONE}?)?",
        rf"(?:{_WORD}\.?,?\s*)?(?P<day>\d{{1,2}})\.?(?:st|nd|rd|th)?[\s-]*(?:de\s+)?(?P<name>{_WORD})\.?,?[\s-]*(?:de\s+)?(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
        rf"(?:{_WORD}\.?,?\s+)?(?P<name>{_WORD})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}",
        rf"{_WORD}\s+(?P<name>{_WORD})\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?:{_ZONE}\s+)?(?P<year>\d{{4}})",
    )
)
_NUMERIC = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second_>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){_CLOCK}"
)


class DateSource(StrEnum):
    """Where an article's `published_at` comes from; the last four mean the time it was fetched.

    The two of an assumed zone may be off by hours: the feed names no zone, one that means several, or one nobody knows.
    """

    PUBLISHED = "published"
    PUBLISHED_ASSUMED_ZONE = "published_assumed_zone"
    UPDATED = "updated"
    UPDATED_ASSUMED_ZONE = "updated_assumed_zone"
    MISSING = "fetched_missing"
    UNREADABLE = "fetched_unreadable"
    FUTURE = "fetched_future"
    PLACEHOLDER = "fetched_placeholder"


@dataclass(frozen=True, slots=True)
class Moment:
    """A raw date understood: UTC, how exactly the text names the day, and whether it says in which zone."""

    at: datetime
    precision: DatePrecision = DatePrecision.DAY
    is_zone_known: bool = True


@dataclass(frozen=True, slots=True)
class Dating:
    """The dates of one item."""

    published_at: datetime
    updated_at: datetime | None
    source: DateSource
    precision: DatePrecision


def date_item(published: str, updated: str, fetched_at: datetime) -> Dating:
    """Return the dates of an item whose feed wrote `published` and `updated`, fetched at `fetched_at`.

    A date more than 24 hours ahead, unreadable or missing gives `fetched_at` (NetNewsWire draws the same line);
    one far in the past is believed.
    """
    updated_moment, _ = _usable(updated, fetched_at)
    updated_at = updated_moment.at if updated_moment else None
    moment, fault = _usable(published, fetched_at)
    if moment is not None:
        sure, unsure = DateSource.PUBLISHED, DateSource.PUBLISHED_ASSUMED_ZONE
        source = sure if moment.is_zone_known else unsure
        return Dating(moment.at, updated_at, source, moment.precision)
    if updated_moment is not None:
        sure, unsure = DateSource.UPDATED, DateSource.UPDATED_ASSUMED_ZONE
        source = sure if updated_moment.is_zone_known else unsure
        return Dating(updated_moment.at, updated_at, source, updated_moment.precision)
    return Dating(fetched_at, None, fault, DatePrecision.UNKNOWN)


def parse_moment(raw: str, fetched_at: datetime) -> Moment | None:
    """Return the moment `raw` names, or None when it names none.

    A date without a zone is taken as UTC; one without a time as its noon, so that no zone moves it to another
    day; a month alone as its first. `03/02/2026` may be either order: of the two, the later one that is not in
    the future of `fetched_at` is taken and its precision is unknown.
    """
    text = " ".join(raw.split()).lower()
    if not text or len(text) > _MAX_RAW_CHARS:
        return None
    try:
        if _EPOCH.fullmatch(text):
            return Moment(datetime.fromtimestamp(int(text[:10]), tz=UTC))
        for shape in _SHAPES:
            match = shape.fullmatch(text)
            if match:
                return _moment(match)
        numeric = _NUMERIC.fullmatch(text)
        return _either_order(numeric, fetched_at) if numeric else None
    except (ValueError, OverflowError):
        return None


def _usable(raw: str, fetched_at: datetime) -> tuple[Moment | None, DateSource]:
    """Return the moment of `raw` if it can be believed, else None with the reason."""
    if not raw.strip():
        return None, DateSource.MISSING
    moment = parse_moment(raw, fetched_at)
    if moment is None:
        return None, DateSource.UNREADABLE
    if moment.at.year < EARLIEST_YEAR:
        return None, DateSource.PLACEHOLDER
    if moment.at > fetched_at + FUTURE_TOLERANCE:
        return None, DateSource.FUTURE
    return moment, DateSource.PUBLISHED


def _moment(match: re.Match[str]) -> Moment:
    """Return the moment of a shape's groups; ValueError when there is no such date."""
    groups = match.groupdict()
    month = int(groups["month"]) if groups.get("month") else _month(groups["name"])
    year = int(groups["year"])
    if len(groups["year"]) == 2:  # noqa: PLR2004  # RFC 822 years; POSIX splits them at 69
        year += 2000 if year < 69 else 1900  # noqa: PLR2004
    if not groups.get("day"):
        return Moment(datetime(year, month, 1, 12, tzinfo=UTC), DatePrecision.MONTH)
    return Moment(
        _at(year, month, int(groups["day"]), groups), is_zone_known=_is_zone_known(groups)
    )


def _either_order(match: re.Match[str], fetched_at: datetime) -> Moment | None:
    """Return the moment of `03/02/2026`: by the order that is possible, else the later past one, marked."""
    groups = match.groupdict()
    first, second = int(groups["first"]), int(groups["second_"])
    year = int(groups["year"])
    found = {
        _at(year, month, day, groups)
        for day, month in ((first, second), (second, first))
        if month <= 12  # noqa: PLR2004
    }
    if not found:
        return None
    precision = DatePrecision.DAY if len(found) == 1 else DatePrecision.UNKNOWN
    past = [at for at in found if at <= fetched_at + FUTURE_TOLERANCE]
    return Moment(max(past) if past else min(found), precision, _is_zone_known(groups))


def _at(year: int, month: int, day: int, groups: dict[str, str | None]) -> datetime:
    """Return the UTC time; hour 24 is the next day's 0, a leap second the one before it, no time is noon."""
    hour = groups.get("hour")
    if hour is None:
        return datetime(year, month, day, 12, tzinfo=UTC)
    is_next_day = int(hour) == 24  # noqa: PLR2004
    moment = datetime(
        year,
        month,
        day,
        0 if is_next_day else int(hour),
        int(groups["minute"] or 0),
        min(int(groups["second"] or 0), 59),
        tzinfo=timezone(timedelta(minutes=_offset_min(groups.get("zone") or ""))),
    )
    return moment.astimezone(UTC) + timedelta(days=is_next_day)


def _is_zone_known(groups: dict[str, str | None]) -> bool:
    """Return whether a date says when it was: a day alone needs no zone, a time needs one that means one thing."""
    zone = groups.get("zone") or ""
    if groups.get("hour") is None:
        return True
    name = re.split("[+-]", zone)[0]
    _, zones, ambiguous = _tables()
    return bool(zone) and name not in ambiguous and (not name or name in zones)


def _offset_min(zone: str) -> int:
    """Return the minutes east of UTC of `+0300`, `gmt+3`, `msk`; 0 for no zone or one nobody knows."""
    name, sign, digits = zone.partition("+") if "+" in zone else zone.partition("-")
    if not sign:
        return int(_tables()[1].get(name, 0))
    digits = digits.replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")  # noqa: PLR2004
    total = int(hours) * 60 + int(minutes)
    return total if sign == "+" else -total


def _month(name: str) -> int:
    """Return the number of a month's name in any known language; ValueError for other words."""
    months = _tables()[0]
    for length in range(len(name), 2, -1):
        if name[:length] in months:
            return months[name[:length]]
    raise ValueError(f"no month is called {name}")


@functools.cache
def _tables() -> tuple[dict[str, int], dict[str, int], frozenset[str]]:
    """Return months by name, zones' minutes by name, and the names that mean several zones."""
    data = yaml.safe_load(
        importlib.resources.files("producers").joinpath("dates.yaml").read_text("utf-8")
    )
    months = {name: number for number, names in data["months"].items() for name in names}
    return months, data["zones"], frozenset(data["ambiguous_zones"])
