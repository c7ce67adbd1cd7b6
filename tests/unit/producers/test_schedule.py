"""When a feed is polled next (T8 to T12, T18, T20, T22, T25, T27)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.schedule import (
    adapt,
    first_repeat,
    freshness_s,
    is_gone,
    make_limits,
    next_poll,
    next_try,
)


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = make_limits(interval_s=900, floor_s=600, is_adaptive=True)


def test_the_bounds_for_a_quarter_of_an_hour_are_ten_minutes_six_hours_and_a_day() -> None:
    assert (LIMITS.floor_s, LIMITS.start_s) == (600, 900)
    assert (LIMITS.ceiling_s, LIMITS.backoff_s) == (6 * 3600, 24 * 3600)


def test_a_short_interval_gives_way_to_the_floor() -> None:
    assert make_limits(interval_s=1, floor_s=600, is_adaptive=True).start_s == 600


def test_a_rehearsal_keeps_its_interval() -> None:
    limits = make_limits(interval_s=0.2, floor_s=0.1, is_adaptive=False)
    assert adapt(0.2, known=0, total=0, limits=limits) == 0.2
    assert adapt(0.2, known=0, total=9, limits=limits) == 0.2


@pytest.mark.parametrize(
    ("known", "total", "expected"),
    [(0, 10, 603), (5, 10, 900), (10, 10, 1350), (0, 0, 1350)],
)
def test_the_interval_follows_the_share_of_known_items(
    known: int, total: int, expected: float
) -> None:
    assert adapt(900, known=known, total=total, limits=LIMITS) == pytest.approx(expected)


def test_feeds_polled_first_together_are_spread_over_an_interval() -> None:
    due = [first_repeat(NOW, f"feed-{n}", limits=LIMITS) for n in range(1000)]
    late = [at for at in due if at > NOW + timedelta(seconds=600)]
    buckets = [
        sum(int((at - NOW).total_seconds()) // 60 == m for at in late) for m in range(10, 15)
    ]
    assert max(buckets) < 2 * sum(buckets) / len(buckets)
    assert first_repeat(NOW, "feed-1", limits=LIMITS) == due[1]


@pytest.mark.parametrize(("failures", "minutes"), [(0.25, 18.75), (0.5, 22.5), (1, 30), (10, 165)])
def test_failures_back_off_linearly(failures: float, minutes: float) -> None:
    due = next_try(NOW, failures=failures, retry_after_s=None, limits=LIMITS, jitter=0)
    assert due - NOW == timedelta(minutes=minutes)


def test_twenty_404s_back_off_but_never_stop() -> None:
    due = next_try(NOW, failures=20 * 0.5, retry_after_s=None, limits=LIMITS, jitter=0)
    assert due - NOW == timedelta(hours=2.75)


@pytest.mark.parametrize(
    ("asked_s", "expected"),
    [(120, timedelta(minutes=22.5)), (7200, timedelta(hours=2)), (86400, timedelta(hours=24))],
)
def test_retry_after_is_a_lower_bound(asked_s: float, expected: timedelta) -> None:
    due = next_try(NOW, failures=0.5, retry_after_s=asked_s, limits=LIMITS, jitter=0)
    assert due - NOW == expected


def test_gone_once_is_a_slip_and_a_day_later_is_meant() -> None:
    assert not is_gone(None, NOW)
    assert not is_gone(NOW - timedelta(hours=23), NOW)
    assert is_gone(NOW - timedelta(hours=24), NOW)


DATE = {"date": "Mon, 02 Mar 2026 10:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 0),
        ({"cache-control": "public, max-age=3600"}, 3600),
        ({"cache-control": "max-age=172800"}, 86400),
        ({"cache-control": "no-cache, max-age=3600"}, 0),
        ({"cache-control": "max-age=3600, no-store"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": 'Max-Age="60"'}, 60),
        (DATE | {"expires": "Mon, 02 Mar 2026 10:30:00 GMT"}, 1800),
        (DATE | {"expires": "Mon, 02 Mar 2026 10:30:00 GMT", "cache-control": "max-age=0"}, 0),
        (DATE | {"expires": "0"}, 0),
        (DATE | {"expires": "Sun, 01 Mar 2026 10:00:00 GMT"}, 0),
        ({"expires": "Mon, 02 Mar 2026 10:30:00 GMT"}, 0),
    ],
)
def test_how_long_an_answer_stays_fresh(headers: dict[str, str], expected: float) -> None:
    assert freshness_s(headers) == expected


def test_a_fresh_answer_is_not_asked_for_again() -> None:
    due = next_poll(NOW, 900, limits=LIMITS, jitter=0, fresh_s=7200)
    assert due - NOW == timedelta(hours=2)
    assert next_poll(NOW, 900, limits=LIMITS, jitter=0, fresh_s=60) - NOW == timedelta(minutes=15)


_LIMITS = st.builds(
    make_limits,
    interval_s=st.floats(0.01, 1e5),
    floor_s=st.floats(0.01, 1e5),
    is_adaptive=st.booleans(),
)
_JITTER = st.floats(-1, 1)


@given(st.floats(0, 1e9), st.integers(0, 100), st.integers(0, 100), _LIMITS, _JITTER)
def test_the_next_poll_is_always_within_floor_and_ceiling(
    interval_s: float, known: int, extra: int, limits, jitter: float
) -> None:
    interval = adapt(interval_s, known=known, total=known + extra, limits=limits)
    delay = next_poll(NOW, interval, limits=limits, jitter=jitter) - NOW
    slack = timedelta(microseconds=1)
    assert timedelta(seconds=limits.floor_s) - slack <= delay
    assert delay <= timedelta(seconds=limits.ceiling_s) + slack


@given(st.floats(0, 1e6), st.none() | st.floats(0, 1e7), _LIMITS, _JITTER)
def test_the_next_try_is_never_before_the_floor_nor_after_backoff_or_a_day(
    failures: float, asked_s: float | None, limits, jitter: float
) -> None:
    due = next_try(NOW, failures=failures, retry_after_s=asked_s, limits=limits, jitter=jitter)
    delay, slack = due - NOW, timedelta(microseconds=1)
    assert timedelta(seconds=limits.floor_s) - slack <= delay
    assert delay <= timedelta(seconds=max(limits.backoff_s, 86400)) + slack


@given(st.floats(0, 1e4), st.floats(0, 1e4), _LIMITS)
def test_more_failures_never_come_back_sooner(first: float, second: float, limits) -> None:
    low, high = sorted((first, second))
    few = next_try(NOW, failures=low, retry_after_s=None, limits=limits, jitter=0)
    many = next_try(NOW, failures=high, retry_after_s=None, limits=limits, jitter=0)
    assert few <= many
