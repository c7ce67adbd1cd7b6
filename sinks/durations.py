"""Durations as a person writes them: 30s, 5m, 1h30m, 2d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator


_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def duration_of(value: object) -> timedelta:
    """Return the duration that a person wrote.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(
        r"(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?", value
    ):
        raise ValueError(f"{value!r} is no duration: write 30s, 5m, 1h30m or 2d")
    parts = re.findall(r"(\d+)([dhms])", value)
    if not parts:
        raise ValueError("a duration is empty: write 30s, 5m, 1h30m or 2d")
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in parts})


Duration = Annotated[timedelta, BeforeValidator(duration_of)]


def in_short(span: timedelta) -> str:
    """Return a duration as a person would write it: "1h30m"."""
    left = int(span.total_seconds())
    parts = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
