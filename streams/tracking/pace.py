"""The pace at which something is heard of, from the hours it was heard in: a bit an hour, four weeks of them.

A set of hours is joined with another whatever the order and however often, so late articles, redelivery and
several partitions need no care. A gap counts only the hours in which anything at all arrived: an outage of ours
is no silence of theirs.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from statistics import fmean, pvariance

from placewatch.record_base import Record
from streams.tracking.policy import Policy


HOURS_A_DAY = 24


class Pace(Record):
    """The hours something was heard in.

    Attributes:
        last: the latest one, counted from 1970.
        hours: those of the window, hexadecimal: the lowest bit is `last`, each higher bit one hour earlier.
    """

    last: int
    hours: str = "1"

    @cached_property
    def bits(self) -> int:
        """The hours as a number."""
        return int(self.hours, 16)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of something; all in hours in which anything arrived.

    Attributes:
        gap_h: the usual time from one hearing to the next.
        quiet_after_h: from how many silent hours on its own pace no longer explains the silence.
    """

    gap_h: float
    quiet_after_h: int


def hour_of(moment: datetime) -> int:
    """Return the hour a moment lies in, counted from 1970."""
    return int(moment.timestamp()) // 3600


def heard(pace: Pace | None, hours: Iterable[int], window_h: int) -> Pace:
    """Return the pace with more hours in it; those `window_h` or more before the latest are forgotten."""
    known = sorted(set(hours))
    last = max(known[-1], pace.last) if pace else known[-1]
    bits = pace.bits << (last - pace.last) if pace else 0
    for hour in known:
        if last - hour < window_h:
            bits |= 1 << (last - hour)
    return Pace(last=last, hours=f"{bits & _ones(window_h):x}")


def hours_of(pace: Pace) -> list[int]:
    """Return the hours of the window, oldest first."""
    bits = pace.bits
    return [pace.last - back for back in reversed(range(bits.bit_length())) if bits >> back & 1]


def silent_hours(pace: Pace, now: int, stream: Pace | None) -> int:
    """Return how many whole hours have passed since the last hearing, of those in which anything arrived.

    Without `stream` every hour counts: so the stream itself is judged.
    """
    return _between(pace.last, now, stream)


def usual(
    pace: Pace, stream: Pace | None, policy: Policy, *, history_days: int, at_least_h: int
) -> Usual | None:
    """Return what is usual of something, None while the window has less than `history_days` or too few hours.

    The gaps are taken for those of an Erlang process with their mean and spread (shape 1 is Poisson: no rhythm),
    and the silence must besides exceed every gap that was shown twice. The longest gap is left out of both, so
    that one outage does not hide the next.
    """
    window_h = policy.pace_window_days * HOURS_A_DAY
    if (
        pace.bits.bit_length() <= history_days * HOURS_A_DAY
        or pace.bits.bit_count() < policy.pace_min_heard_hours
    ):
        return None
    hours = hours_of(pace)
    gaps = sorted(1 + _between(a, b, stream) for a, b in itertools.pairwise(hours))[:-1]
    mean = fmean(gaps)
    shape = _shape(mean, pvariance(gaps), policy.pace_most_regular)
    unlikely = bisect.bisect_left(
        range(window_h),
        True,  # noqa: FBT003  # the first hour for which the key is true
        key=lambda hour: _tail(shape, shape * hour / mean) < policy.silence_probability,
    )
    beyond = math.ceil(gaps[-1] * policy.silence_beyond_gap)
    return Usual(mean, min(window_h, max(unlikely, beyond, at_least_h)))


def _between(after: int, before: int, stream: Pace | None) -> int:
    """Return how many hours lie between two, of those in which anything arrived."""
    if before - after <= 1:
        return 0
    if stream is None:
        return before - after - 1
    newest_back = max(0, stream.last - before + 1)
    oldest_back = stream.last - after - 1
    if oldest_back < newest_back:
        return 0
    return (stream.bits >> newest_back & _ones(oldest_back - newest_back + 1)).bit_count()


def _shape(mean: float, variance: float, most: int) -> int:
    """Return the Erlang shape of gaps with this mean and variance, at least 1 and at most `most`."""
    return max(1, int(min(most, mean * mean / variance))) if variance else most


def _tail(shape: int, x: float) -> float:
    """Return the probability that an Erlang gap of this shape and rate 1 is longer than `x`."""
    term = total = 1.0
    for k in range(1, shape):
        term *= x / k
        total += term
    return math.exp(-x) * total


def _ones(count: int) -> int:
    return (1 << count) - 1
