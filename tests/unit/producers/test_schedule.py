"""When a feed is polled next (T8 to T12, T22 to T25, T27 to T29 of the table in README.md)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.schedule import (
    adapt,
    is_gone,
    is_overrun,
    make_limits,
    next_poll,
    next_try,
    phase_of,
    start_at,
    usual_gap_s,
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
    [
        pytest.param(0, 10, 603, id="T8 few known: sooner"),
        pytest.param(5, 10, 900, id="T10 half known: as before"),
        pytest.param(10, 10, 1350, id="T9 most known: later"),
        pytest.param(0, 0, 1350, id="T10 nothing there counts as all known"),
    ],
)
def test_the_interval_follows_the_share_of_known_items(
    known: int, total: int, expected: float
) -> None:
    assert adapt(900, known=known, total=total, limits=LIMITS) == pytest.approx(expected)


def test_t9_lengthening_ends_at_half_the_usual_gap_between_items() -> None:
    two_hours = 7200.0
    interval = 900.0
    for _ in range(20):
        interval = adapt(interval, known=20, total=20, limits=LIMITS, usual_gap_s=two_hours)
    assert interval == 3600
    assert adapt(900, known=20, total=20, limits=LIMITS, usual_gap_s=60) == 900


@pytest.mark.parametrize(
    ("known", "total", "before", "expected"),
    [(0, 20, 20, True), (1, 20, 20, False), (0, 20, 0, False), (0, 0, 20, False)],
)
def test_t11_two_windows_without_a_common_item_may_have_lost_some(
    known: int, total: int, before: int, expected: bool
) -> None:
    assert is_overrun(known=known, total=total, before=before) is expected


def test_the_usual_gap_is_the_time_for_one_item_and_moves_slowly() -> None:
    assert usual_gap_s(0.0, elapsed_s=7200, items=2) == 3600
    assert usual_gap_s(3600, elapsed_s=1000, items=10) == pytest.approx(2550)
    assert usual_gap_s(3600, elapsed_s=7200, items=0) == 3600
    assert usual_gap_s(0.0, elapsed_s=-5, items=3) == 0.0


def test_t27_every_feed_has_its_own_moment_of_the_interval_and_keeps_it() -> None:
    for name in ("a", "b", "c"):
        phase = phase_of(name)
        assert phase == phase_of(name)
        at = NOW
        for _ in range(50):
            at = next_poll(at, 900, phase=phase, limits=LIMITS, jitter=0)
        assert at.timestamp() % 900 == pytest.approx(phase * 900, abs=0.01)


def test_t27_a_feed_that_got_off_its_moment_comes_back_to_it() -> None:
    late = datetime.fromtimestamp(NOW.timestamp() + 250, UTC)
    due = next_poll(late, 900, phase=0.0, limits=LIMITS, jitter=0)
    assert due - late == timedelta(seconds=650)


@pytest.mark.parametrize(("jitter", "seconds"), [(-1, 810), (0, 900), (1, 990)])
def test_t28_chance_moves_a_poll_by_a_tenth_of_the_interval(jitter: float, seconds: int) -> None:
    due = next_poll(NOW, 900, phase=0.0, limits=LIMITS, jitter=jitter)
    assert due - NOW == timedelta(seconds=seconds)


@pytest.mark.parametrize("slept", [timedelta(0), timedelta(hours=8)])
def test_t29_a_thousand_feeds_are_spread_after_a_restart(slept: timedelta) -> None:
    names = [f"feed-{n}" for n in range(1000)]
    kept = {n: next_poll(NOW, 900, phase=phase_of(n), limits=LIMITS, jitter=0) for n in names}
    start = NOW + slept
    late = sum(due <= start for due in kept.values())
    due = [start_at(kept[n], start, phase=phase_of(n), overdue=late, limits=LIMITS) for n in names]
    if not slept:
        assert due == list(kept.values())
    span_s = max((at - start).total_seconds() for at in due)
    first_s = min((at - start).total_seconds() for at in due)
    assert span_s - first_s > 200
    buckets = Counter(int((at - start).total_seconds() - first_s) // 10 for at in due)
    assert max(buckets.values()) < 2 * len(due) / (int(span_s - first_s) // 10 + 1)


def test_t29_a_single_late_feed_is_polled_at_once() -> None:
    assert start_at(None, NOW, phase=0.9, overdue=1, limits=LIMITS) == NOW
    kept = NOW - timedelta(days=3)
    assert start_at(kept, NOW, phase=0.9, overdue=1, limits=LIMITS) == NOW


def test_t29_no_late_feed_waits_longer_than_an_interval() -> None:
    due = start_at(None, NOW, phase=0.999, overdue=100_000, limits=LIMITS)
    assert due - NOW < timedelta(seconds=900)


@pytest.mark.parametrize(("failures", "minutes"), [(0.25, 18.75), (0.5, 22.5), (1, 30), (10, 165)])
def test_t24_failures_back_off_linearly(failures: float, minutes: float) -> None:
    due = next_try(NOW, failures=failures, retry_after_s=None, limits=LIMITS, jitter=0)
    assert due - NOW == timedelta(minutes=minutes)


def test_t22_twenty_404s_back_off_but_never_stop() -> None:
    due = next_try(NOW, failures=20 * 0.5, retry_after_s=None, limits=LIMITS, jitter=0)
    assert due - NOW == timedelta(hours=2.75)


@pytest.mark.parametrize(
    ("asked_s", "expected"),
    [(120, timedelta(minutes=22.5)), (7200, timedelta(hours=2)), (86400, timedelta(hours=24))],
)
def test_t18_retry_after_is_a_lower_bound(asked_s: float, expected: timedelta) -> None:
    due = next_try(NOW, failures=0.5, retry_after_s=asked_s, limits=LIMITS, jitter=0)
    assert due - NOW == expected


def test_t21_those_told_to_come_back_together_come_back_minutes_apart() -> None:
    due = [
        next_try(NOW, failures=0.5, retry_after_s=7200, limits=LIMITS, jitter=jitter) - NOW
        for jitter in (0, 0.5, 1, -1)
    ]
    assert due == [timedelta(seconds=7200 + extra) for extra in (0, 150, 300, 300)]


def test_t25_gone_once_is_a_slip_and_a_day_later_is_meant() -> None:
    assert not is_gone(None, NOW)
    assert not is_gone(NOW - timedelta(hours=23), NOW)
    assert is_gone(NOW - timedelta(hours=24), NOW)


def test_t13_what_a_server_asks_for_is_a_lower_bound() -> None:
    due = next_poll(NOW, 900, phase=0.0, limits=LIMITS, jitter=0, least_s=7200)
    assert due - NOW == timedelta(hours=2)
    due = next_poll(NOW, 900, phase=0.0, limits=LIMITS, jitter=0, least_s=60)
    assert due - NOW == timedelta(minutes=15)


_LIMITS = st.builds(
    make_limits,
    interval_s=st.floats(0.01, 1e5),
    floor_s=st.floats(0.01, 1e5),
    is_adaptive=st.booleans(),
)
_JITTER = st.floats(-1, 1)
_PHASE = st.floats(0, 1, exclude_max=True)
_GAP = st.just(0.0) | st.floats(1, 1e7)


@given(st.floats(0, 1e9), st.integers(0, 100), st.integers(0, 100), _LIMITS, _JITTER, _PHASE, _GAP)
def test_t12_the_next_poll_is_always_within_floor_and_ceiling(
    interval_s: float, known: int, extra: int, limits, jitter: float, phase: float, gap_s: float
) -> None:
    interval = adapt(interval_s, known=known, total=known + extra, limits=limits, usual_gap_s=gap_s)
    delay = next_poll(NOW, interval, phase=phase, limits=limits, jitter=jitter) - NOW
    slack = timedelta(microseconds=1)
    assert timedelta(seconds=limits.floor_s) - slack <= delay
    assert delay <= timedelta(seconds=limits.ceiling_s) + slack


@given(st.floats(0, 1e6), st.none() | st.floats(0, 1e7), _LIMITS, _JITTER)
def test_t20_the_next_try_is_never_before_the_floor_nor_after_backoff_or_a_day(
    failures: float, asked_s: float | None, limits, jitter: float
) -> None:
    due = next_try(NOW, failures=failures, retry_after_s=asked_s, limits=limits, jitter=jitter)
    delay, slack = due - NOW, timedelta(microseconds=1)
    assert timedelta(seconds=limits.floor_s) - slack <= delay
    assert delay <= timedelta(seconds=max(limits.backoff_s, 86400)) + slack


@given(st.floats(0, 1e4), st.floats(0, 1e4), _LIMITS)
def test_t24_more_failures_never_come_back_sooner(first: float, second: float, limits) -> None:
    low, high = sorted((first, second))
    few = next_try(NOW, failures=low, retry_after_s=None, limits=limits, jitter=0)
    many = next_try(NOW, failures=high, retry_after_s=None, limits=limits, jitter=0)
    assert few <= many
