"""Named stretches of the week in a place's own time: `nights`, from 22:00 to 07:00 in Beirut."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from sinks.strict import Strict


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
# After so many days everything about a week has been seen, wherever in it one begins and whatever the clocks do.
_WEEK = timedelta(days=9)


class Stretch(Strict):
    """A stretch of each of some days.

    `from` until before `to`; where `to` is not later it is on the next day, and the stretch belongs to the day on which
    it begins: `days: [fri]` from 22:00 to 07:00 ends on Saturday morning. From a time to itself it is a whole day.
    """

    start: time = Field(alias="from")
    end: time = Field(alias="to")
    days: tuple[str, ...] = _DAYS
    time_zone: str = "UTC"

    @field_validator("start", "end", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        # YAML reads an unquoted 22:00 as a number of minutes in base 60.
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
            return time(value // 60, value % 60)
        if value == "24:00":
            return time(0)
        return value.zfill(5) if isinstance(value, str) else value

    @field_validator("days", mode="before")
    @classmethod
    def _spelled_out(cls, value: object) -> object:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names:
            raise ValueError("days are a list as [mon-fri, sun]")
        return tuple(day for name in names for day in _days_of(str(name)))

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"there is no time zone {value!r}: use a name of the IANA list, as in Asia/Beirut"
            ) from error
        return value

    @model_validator(mode="after")
    def _is_local(self) -> Stretch:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError(
                "from and to are local times, as in 22:00: the zone stands in time_zone"
            )
        return self

    def covering(self, now: datetime) -> datetime | None:
        """Return when the stretch that `now` lies in ends, in UTC; None where it lies in none."""
        zone = ZoneInfo(self.time_zone)
        today = now.astimezone(zone).date()
        for day in (today - _DAY, today):
            begin, end = self._on(day, zone)
            if _DAYS[day.weekday()] in self.days and begin <= now < end:
                return end
        return None

    def _on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        last = day if self.end > self.start else day + _DAY
        begin = datetime.combine(day, self.start, zone)
        end = datetime.combine(last, self.end, zone)
        return begin.astimezone(UTC), end.astimezone(UTC)


def covered_until(stretches: Iterable[Stretch], now: datetime) -> datetime | None:
    """Return when the first moment after `now` comes that lies in no stretch; None when `now` itself is one.

    Stretches that cover the whole week have no such moment: then it is the end of the ninth day.
    """
    known = tuple(stretches)
    moment, last = now, now + _WEEK
    while moment < last:
        ends = [end for each in known if (end := each.covering(moment)) is not None]
        if not ends:
            return None if moment == now else moment
        moment = max(ends)
    return last


def is_never_free(stretches: Iterable[Stretch], now: datetime) -> bool:
    """Return whether the stretches leave no moment of the week."""
    until = covered_until(stretches, now)
    return until is not None and until >= now + _WEEK


def _days_of(name: str) -> tuple[str, ...]:
    """Return the days of "sat", "saturday" or "fri-mon"."""
    first, dash, last = (part.strip()[:3].lower() for part in name.partition("-"))
    if first not in _DAYS or (dash and last not in _DAYS) or not re.fullmatch(r"[A-Za-z -]+", name):
        raise ValueError(f"{name!r} is no day: use mon, tue, ..., sun, or mon-fri")
    if not dash:
        return (first,)
    count = (_DAYS.index(last) - _DAYS.index(first)) % 7 + 1
    return tuple(_DAYS[(_DAYS.index(first) + step) % 7] for step in range(count))
