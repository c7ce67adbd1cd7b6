"""When a feed is polled next. Pure: `now` and the random part are arguments.

The interval adapts to the share of known items (Media Cloud's rule), errors back off linearly by their class,
and what a server asks for with Retry-After, Cache-Control or Expires is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from hashlib import sha256


# Below a third of known items in the window, poll sooner; above two thirds, later (Media Cloud rss-fetcher).
FEW_KNOWN = 0.33
MANY_KNOWN = 0.67
SHORTEN = 0.67
LENGTHEN = 1.5
JITTER = 0.1
# 6 hours and 24 hours for the usual interval of 15 minutes; in proportion for others.
CEILING_INTERVALS = 24
BACKOFF_INTERVALS = 96
MAX_RETRY_AFTER_S = 24 * 3600.0
MAX_FRESH_S = 24 * 3600.0
# A feed that says "gone" once may be a slip of its server; twice, a day apart, is meant.
GONE_CONFIRMED_AFTER = timedelta(hours=24)


class ErrorClass(StrEnum):
    """How much one failure weighs."""

    SOFT = "soft"
    TEMPORARY = "temporary"
    HARD = "hard"


WEIGHT = {ErrorClass.SOFT: 0.5, ErrorClass.TEMPORARY: 0.25, ErrorClass.HARD: 1.0}


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of an interval, in seconds: floor <= start <= ceiling <= backoff."""

    floor_s: float
    start_s: float
    ceiling_s: float
    backoff_s: float


def make_limits(*, interval_s: float, floor_s: float, is_adaptive: bool) -> Limits:
    """Return the bounds for a usual interval; `floor_s` wins over a shorter interval.

    Without adaption a feed keeps its interval: recorded news is served faster than it happened, and its quiet
    minutes say nothing of the next ones.
    """
    start_s = max(interval_s, floor_s)
    return Limits(
        floor_s=floor_s if is_adaptive else start_s,
        start_s=start_s,
        ceiling_s=start_s * (CEILING_INTERVALS if is_adaptive else 1),
        backoff_s=start_s * BACKOFF_INTERVALS,
    )


def adapt(interval_s: float, *, known: int, total: int, limits: Limits) -> float:
    """Return the next interval after a poll that found `known` of `total` items known already.

    A poll that found nothing (not modified, or an empty feed) counts as all known.
    """
    share = known / total if total else 1.0
    factor = SHORTEN if share < FEW_KNOWN else LENGTHEN if share > MANY_KNOWN else 1.0
    return _within(interval_s * factor, limits.floor_s, limits.ceiling_s)


def next_poll(
    now: datetime, interval_s: float, *, limits: Limits, jitter: float, fresh_s: float = 0.0
) -> datetime:
    """Return when to poll next after a success; `jitter` in [-1, 1] moves it by up to a tenth.

    `fresh_s` is how long the server says its answer stays fresh: asking sooner would only be a bother.
    """
    delay_s = _within(interval_s * (1 + JITTER * jitter), limits.floor_s, limits.ceiling_s)
    return now + timedelta(seconds=max(delay_s, fresh_s))


def freshness_s(headers: Mapping[str, str]) -> float:
    """Return the seconds an answer stays fresh by Cache-Control or Expires (RFC 9111), at most a day.

    0 when the server says nothing usable, or forbids keeping it. `headers` have lower-case names.
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
    return min(max(usable_s, 0.0), MAX_FRESH_S)


def first_repeat(now: datetime, feed_id: str, *, limits: Limits) -> datetime:
    """Return when to poll a second time: feeds first polled together are spread over one interval by their ids."""
    fraction = int.from_bytes(sha256(feed_id.encode()).digest()[:4], "big") / 2**32
    return now + timedelta(
        seconds=_within(limits.start_s * fraction, limits.floor_s, limits.ceiling_s)
    )


def next_try(
    now: datetime,
    *,
    failures: float,
    retry_after_s: float | None,
    limits: Limits,
    jitter: float,
) -> datetime:
    """Return when to poll next after failures of the summed weight `failures`.

    Linear, capped; never sooner than the server asked for (itself capped at 24 hours). `jitter` in [-1, 1].
    """
    delay_s = limits.start_s * (1 + failures) * (1 + JITTER * jitter)
    delay_s = _within(delay_s, limits.floor_s, limits.backoff_s)
    if retry_after_s is not None:
        asked_s = min(retry_after_s * (1 + JITTER * abs(jitter)), MAX_RETRY_AFTER_S)
        delay_s = max(delay_s, asked_s)
    return now + timedelta(seconds=delay_s)


def is_gone(first_gone_at: datetime | None, now: datetime) -> bool:
    """Return whether a feed that says 410 now, and first said it at `first_gone_at`, is to be left alone."""
    return first_gone_at is not None and now - first_gone_at >= GONE_CONFIRMED_AFTER


def _expires_s(headers: Mapping[str, str]) -> float:
    """Return the seconds between Date and Expires, 0 when either is missing or no date ("0" means expired)."""
    try:
        expires = parsedate_to_datetime(headers["expires"])
        return (expires - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError):
        return 0.0


def _within(value: float, low: float, high: float) -> float:
    """Return `value`, or the bound it exceeds."""
    return max(low, min(value, high))
