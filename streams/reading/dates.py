"""Dates in a sentence: own rules, since no library read more than two thirds of 36 news expressions right.

A weekday is the latest such day not after publication; a day and month without a year the latest such date.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from placewatch.vocabulary import DatePrecision


HISTORYDAYS = 14
_LATE_IN_MONTH = 12


class Dated(NamedTuple):
    """A time expression: where it stands, the day it means, how exactly; `is_since` for a bound ("since March")."""

    start: int
    end: int
    day: date
    precision: DatePrecision
    is_since: bool = False


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTHS = {name[:3]: number for number, name in enumerate(MONTHS, start=1)}
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "several": 3,
    "few": 3,
    "a few": 3,
    "a couple of": 2,
    "some": 3,
}
_UNITDAYS = {"day": 1, "week": 7, "weekend": 7, "month": 30, "year": 365, "decade": 3650}
_MONTH = r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
_PATTERNS = (
    (
        "month_day",
        re.compile(
            rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)(?:,? (?P<year>\d{{4}}))?"
        ),
    ),
    (
        "month_day",
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (?P<year>\d{{4}}))?(?![a-z])"
        ),
    ),
    ("month", re.compile(rf"\b{_MONTH},? (?P<year>\d{{4}})\b")),
    (
        "month",
        re.compile(rf"\b(?i:in|since|last|during|until|by|of|early|late|mid-?) ?{_MONTH}\b(?! \d)"),
    ),
    (
        "year",
        re.compile(
            r"\b(?i:in|since|from|of|until|by|during|early|late|spring|summer|autumn|winter|after|before|the) (?P<year>(?:19|20)\d\d)\b"
        ),
    ),
    (
        "ago",
        re.compile(
            r"\b(?P<number>\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|a few|few|a couple of|some) (?P<unit>day|week|month|year|decade)s? (?P<way>ago|earlier|before)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "last",
        re.compile(
            r"\b(?P<way>last|past|previous) (?P<unit>weekend|week|month|year|summer|autumn|winter|spring|decade)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "this",
        re.compile(r"\b(?P<way>earlier )?this (?P<unit>weekend|week|month|year)\b", re.IGNORECASE),
    ),
    (
        "war began",
        re.compile(
            r"\b(?:early (?:on )?in|(?:at|from|since) the (?:start|outset|beginning|onset) of"
            r"|in the (?:first|early|earliest|opening) (?:days|weeks|months|phase|stages?) of)"
            r" (?:the|its|this|their) (?:\w+ ){0,2}(?:war|invasion|conflict|uprising|campaign)\b",
            re.IGNORECASE,
        ),
    ),
    ("weekday", re.compile(r"\b(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")),
    (
        "yesterday",
        re.compile(
            r"\b(?:yesterday|the previous (?:day|evening|night)|overnight|last night|the day before)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "today",
        re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", re.IGNORECASE),
    ),
)


# How far back "early in the war" lies nobody says; nobody says it of the last weeks.
_WAR_BEGANDAYS = 90
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def find_dates(
    text: str, published: date, *, is_dated: bool = True, before: str = ""
) -> list[Dated]:
    """Return the time expressions of `text`, in order, none overlapping.

    Args:
        text: a sentence.
        published: the day of its article.
        is_dated: whether that day is known; a day and month then only count in a year named before.
        before: what stands before `text`.
    """
    years = [] if is_dated else _YEAR.findall(before)
    found: list[Dated] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < d.end and d.start < match.end() for d in found):
                continue
            year = None
            if (
                not is_dated
                and name in {"month_day", "month"}
                and match.groupdict().get("year") is None
            ):
                if not years:
                    continue
                year = int(years[-1])
            if year is None and name == "month_day" and _is_ahead(text[: match.start()]):
                year = _next_year(match, published)
            resolved = _resolve(name, match, published, year)
            if resolved is not None:
                before = text[max(0, match.start() - 6) : match.start()].lower()
                is_since = match.group().lower().startswith("since") or before.endswith("since ")
                is_since = is_since or (before.endswith("until ") and resolved[0] > published)
                found.append(Dated(match.start(), match.end(), *resolved, is_since))
    return sorted(found)


# "Will leave by 30 June": the next such day, not the last.
_AHEAD = re.compile(r"\b(?:will|shall|(?:is|are) to|due|scheduled|set to|plans? to|expects? to)\b")
_MONTHS_AHEAD = 200


def _is_ahead(before: str) -> bool:
    return _AHEAD.search(before) is not None


def _next_year(match: re.Match[str], published: date) -> int | None:
    """The year in which a day and month lie ahead within some months, or None when the last such day is meant."""
    if match["year"] is not None:
        return None
    for year in (published.year, published.year + 1):
        resolved = _absolute(match.groupdict(), published, year)
        if resolved is not None and 0 < (resolved[0] - published).days < _MONTHS_AHEAD:
            return year
    return None


def _resolve(
    name: str, match: re.Match[str], published: date, year: int | None
) -> tuple[date, DatePrecision] | None:
    if name in {"month_day", "month", "year"}:
        return _absolute(match.groupdict(), published, year)
    if name == "weekday":
        wanted = next(i for i, day in enumerate(DAYS) if day.startswith(match["weekday"].lower()))
        return published - timedelta((published.weekday() - wanted) % 7), DatePrecision.DAY
    if name == "yesterday":
        return published - timedelta(1), DatePrecision.DAY
    if name == "today":
        return published, DatePrecision.DAY
    if name == "war began":
        return published - timedelta(_WAR_BEGANDAYS), DatePrecision.MONTH
    return _relative(name, match, published)


def _relative(
    name: str, match: re.Match[str], published: date
) -> tuple[date, DatePrecision] | None:
    unit = match["unit"].lower()
    days = _UNITDAYS.get(unit, 180)
    precision = {
        "day": DatePrecision.DAY,
        "week": DatePrecision.WEEK,
        "weekend": DatePrecision.WEEK,
    }.get(unit, DatePrecision.MONTH)
    if name == "this" and match["way"] and unit == "year":
        return date(published.year, 1, 1), DatePrecision.MONTH
    if name == "this":
        return published, precision
    if name == "ago":
        if match["way"].lower() != "ago" and unit == "day":
            return None
        number = match["number"].lower()
        count = int(number) if number.isdigit() else NUMBERS.get(number, 3)
        if days * count > 365 * 500:
            return None
        return published - timedelta(days * count), precision
    if match["way"].lower() == "past":
        return published - timedelta(min(days, 7)), precision
    if unit == "month":
        # Said in the first days of a month, it may well be last week.
        return published.replace(day=1) - timedelta(_LATE_IN_MONTH), precision
    return published - timedelta(days), precision


def _absolute(
    parts: dict[str, str | None], published: date, year: int | None
) -> tuple[date, DatePrecision] | None:
    month = _MONTHS[name[:3].lower()] if (name := parts.get("month")) else None
    year = int(digits) if (digits := parts.get("year")) else year
    if year is not None and year > published.year + 1:
        return None
    try:
        if month is None:
            if year is None:
                return None
            day = (
                published
                if year == published.year
                else date(year, 12 if year < published.year else 1, 28)
            )
            return day, DatePrecision.UNKNOWN
        if parts.get("day"):
            number = int(parts["day"] or 1)
            exact = date(year or published.year, month, number)
            if year is None and exact > published + timedelta(7):
                exact = date(published.year - 1, month, number)
            return exact, DatePrecision.DAY
        rough = date(year or published.year, month, 28)
        if year is None and month > published.month:
            rough = date(published.year - 1, month, 28)
        return min(rough, published) if (rough.year, rough.month) == (
            published.year,
            published.month,
        ) else rough, DatePrecision.MONTH
    except ValueError:
        return None


def is_history(day: date, published: date) -> bool:
    """Return whether `day` is more than two weeks before publication: history, not news (labels of the field)."""
    return (published - day).days > HISTORYDAYS
