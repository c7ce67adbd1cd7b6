"""When a feed is polled next. Pure: `now` and the random part are arguments.

The interval adapts to the share of known items (Media Cloud's rule) and to how often the feed has news, errors
back off linearly by their class. Each feed has its own phase of the interval, so that feeds stay spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from producers.wishes import MAX_WISH_S


# Below a third of known items in the window, poll sooner; above two thirds, later (Media Cloud rss-fetcher).
FEW_KNOWN = 0.33
MANY_KNOWN = 0.67
SHORTEN = 0.67
LENGTHEN = 1.5
# Media Cloud's rule alone lets a feed of twenty items with one new an hour drift to the ceiling, where news waits
# for hours. Two polls for each item it usually has keep the wait below a quarter of that time on average.
POLLS_PER_ITEM = 2
JITTER = 0.1
# 6 hours and 24 hours for the usual interval of 15 minutes; in proportion for others.
CEILING_INTERVALS = 24
BACKOFF_INTERVALS = 96
# Those who were told "in two minutes" together are not to come back together.
RETRY_SPREAD_S = 300.0
# After a stop everything may be overdue: four feeds a second at most, but none waits longer than an interval.
OVERDUE_SPREAD_S = 0.25
# How much the newest gap between items counts in the usual one.
GAP_WEIGHT = 0.3
# A feed that says "gone" once may be a slip of its server; twice, a day apart, is meant.
GONE_CONFIRMED_AFTER = timedelta(hours=24)


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


def adapt(
    interval_s: float, *, known: int, total: int, limits: Limits, usual_gap_s: float = 0.0
) -> float:
    """Return the next interval after a poll that found `known` of `total` items known already.

    A poll that found nothing (not modified, or an empty feed) counts as all known. Lengthening ends at half the
    time the feed usually takes for one item, if that is known.
    """
    share = known / total if total else 1.0
    factor = SHORTEN if share < FEW_KNOWN else LENGTHEN if share > MANY_KNOWN else 1.0
    ceiling_s = limits.ceiling_s
    if usual_gap_s:
        ceiling_s = min(ceiling_s, max(usual_gap_s / POLLS_PER_ITEM, limits.start_s))
    return _within(min(interval_s * factor, ceiling_s), limits.floor_s, limits.ceiling_s)


def is_overrun(*, known: int, total: int, before: int) -> bool:
    """Return whether items may have come and gone unseen: two windows, neither empty, that share no item."""
    return before > 0 and total > 0 and known == 0


def usual_gap_s(before_s: float, *, elapsed_s: float, items: int) -> float:
    """Return the usual time between two items, after `items` of them came in `elapsed_s`; 0 means not known."""
    if items == 0 or elapsed_s <= 0:
        return before_s
    newest_s = elapsed_s / items
    return newest_s if not before_s else before_s + GAP_WEIGHT * (newest_s - before_s)


def phase_of(feed_id: str) -> float:
    """Return where in every interval a feed has its place, in [0, 1): the same after every restart."""
    return int.from_bytes(sha256(feed_id.encode()).digest()[:4], "big") / 2**32


def next_poll(
    now: datetime,
    interval_s: float,
    *,
    phase: float,
    limits: Limits,
    jitter: float,
    least_s: float = 0.0,
) -> datetime:
    """Return when to poll next after a success: the feed's own moment nearest to one interval from now.

    `jitter` in [-1, 1] moves it by up to a tenth. `least_s` is what the server asks for: sooner would only be a
    bother.
    """
    offset_s = phase * interval_s
    turns = round((now.timestamp() + interval_s - offset_s) / interval_s)
    delay_s = turns * interval_s + offset_s - now.timestamp()
    if delay_s < limits.floor_s and delay_s < (1 - 2 * JITTER) * interval_s:
        delay_s += interval_s  # to hold all of these up to the floor would bring them together
    delay_s += JITTER * jitter * interval_s
    delay_s = _within(delay_s, limits.floor_s, limits.ceiling_s)
    return now + timedelta(seconds=max(delay_s, least_s))


def start_at(
    due: datetime | None, now: datetime, *, phase: float, overdue: int, limits: Limits
) -> datetime:
    """Return when to poll a feed first after a start: what was kept, or its place among `overdue` late feeds."""
    if due is not None and due > now:
        return due
    spread_s = min(limits.start_s, overdue * OVERDUE_SPREAD_S) if overdue > 1 else 0.0
    return now + timedelta(seconds=phase * spread_s)


def next_try(
    now: datetime,
    *,
    failures: float,
    retry_after_s: float | None,
    limits: Limits,
    jitter: float,
) -> datetime:
    """Return when to poll next after failures of the summed weight `failures`.

    Linear, capped; never sooner than the server asked for (itself capped at 24 hours), and up to five minutes
    later. `jitter` in [-1, 1].
    """
    delay_s = limits.start_s * (1 + failures) * (1 + JITTER * jitter)
    delay_s = _within(delay_s, limits.floor_s, limits.backoff_s)
    if retry_after_s is not None:
        asked_s = min(retry_after_s + RETRY_SPREAD_S * abs(jitter), MAX_WISH_S)
        delay_s = max(delay_s, asked_s)
    return now + timedelta(seconds=delay_s)


def is_gone(first_gone_at: datetime | None, now: datetime) -> bool:
    """Return whether a feed that says 410 now, and first said it at `first_gone_at`, is to be left alone."""
    return first_gone_at is not None and now - first_gone_at >= GONE_CONFIRMED_AFTER


def _within(value: float, low: float, high: float) -> float:
    """Return `value`, or the bound it exceeds."""
    return max(low, min(value, high))
