"""Paces: the hours something was heard in, what is usual of it, and from when on its silence is none of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.tracking.pace import Pace, heard, hour_of, silent_hours, usual
from streams.tracking.policy import load_policy


POLICY = load_policy()
WINDOW_H = POLICY.pace_window_days * 24
TERMS = {
    "history_days": POLICY.pace_min_history_days,
    "at_least_h": POLICY.silence_at_least_h,
}
WEEK_H = 7 * 24
START = hour_of(datetime(2026, 3, 2, tzinfo=UTC))  # a Monday

HOURS = st.lists(st.integers(START, START + 3 * WINDOW_H), min_size=1, max_size=60)


def pace_of(hours: list[int]) -> Pace:
    return heard(None, hours, WINDOW_H)


def always(hours: int) -> Pace:
    """The pace of a stream in which something arrives each hour."""
    return heard(None, range(START, START + hours), 4 * WINDOW_H)


def weekly(pattern: set[int], weeks: int) -> list[int]:
    """The hours of something that speaks in the same hours of each week."""
    return [START + week * WEEK_H + hour for week in range(weeks) for hour in sorted(pattern)]


def test_hours_are_counted_from_1970() -> None:
    assert hour_of(datetime(1970, 1, 2, 3, 59, 59, tzinfo=UTC)) == 27


@given(HOURS, HOURS, st.randoms(use_true_random=False))
def test_order_repeats_and_batches_make_no_difference(first, second, random) -> None:
    at_once = pace_of(first + second)
    shuffled = first + second + first
    random.shuffle(shuffled)
    one_by_one = None
    for hour in shuffled:
        one_by_one = heard(one_by_one, [hour], WINDOW_H)
    assert one_by_one == at_once


@given(HOURS)
def test_the_state_is_bounded_and_holds_the_window_exactly(hours) -> None:
    pace = pace_of(hours)
    assert len(pace.hours) <= WINDOW_H / 4
    kept = {pace.last - back for back in range(WINDOW_H) if pace.bits >> back & 1}
    assert kept == {hour for hour in hours if hour > max(hours) - WINDOW_H}


@given(HOURS, st.integers(0, 200))
def test_silence_is_what_of_it_the_stream_was_there_for(hours, later) -> None:
    pace, stream = pace_of([START]), heard(None, [START, *hours], 4 * WINDOW_H)
    now = START + later
    expected = sum(START < hour < now for hour in set(hours))
    assert silent_hours(pace, now, stream) == expected
    assert silent_hours(pace, now, None) == max(0, later - 1)


def test_nothing_is_usual_before_two_weekends_and_ten_hours() -> None:
    daily = [START + day * 24 for day in range(29)]
    assert usual(pace_of(daily[:14]), None, POLICY, **TERMS) is None
    assert usual(pace_of(daily[:15]), None, POLICY, **TERMS) is not None
    assert usual(pace_of(daily[::3]), None, POLICY, **TERMS) is not None
    assert usual(pace_of(daily[::4]), None, POLICY, **TERMS) is None


def test_the_usual_gap_is_the_mean_and_a_rhythm_is_trusted_more_than_chance() -> None:
    regular = usual(pace_of([START + day * 24 for day in range(28)]), None, POLICY, **TERMS)
    gaps = [1, 1, 1, 48, 48, 45] * 3
    chance = usual(pace_of([START + sum(gaps[:n]) for n in range(19)]), None, POLICY, **TERMS)
    assert regular is not None
    assert chance is not None
    assert (regular.gap_h, round(chance.gap_h, 1)) == (24, 22.6)
    assert regular.quiet_after_h < 3 * 24
    assert chance.quiet_after_h > 8 * 24


def test_one_outage_does_not_hide_the_next() -> None:
    hourly = list(range(START, START + 10 * 24))
    after = list(range(START + 16 * 24, START + 24 * 24))
    known = usual(pace_of(hourly + after), None, POLICY, **TERMS)
    assert known is not None
    assert known.quiet_after_h == POLICY.silence_at_least_h


def test_hours_in_which_nothing_arrived_are_no_gap() -> None:
    hours = [START + day * 24 for day in range(28)]
    nights = heard(None, (START + h for h in range(28 * 24) if h % 24 < 12), 4 * WINDOW_H)
    known = usual(pace_of(hours), nights, POLICY, **TERMS)
    assert known is not None
    assert known.gap_h == 12


@given(st.sets(st.integers(0, WEEK_H - 1), min_size=3, max_size=60), st.integers(0, WEEK_H * 3))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_who_keeps_the_same_week_is_never_beyond_its_pace(pattern, extra) -> None:
    hours = weekly(pattern, 8)
    stream = always(8 * WEEK_H)
    now = START + 4 * WEEK_H + extra
    so_far = pace_of([hour for hour in hours if hour <= now])
    known = usual(so_far, stream, POLICY, **TERMS)
    if known is not None:
        assert silent_hours(so_far, now, stream) < known.quiet_after_h


@given(st.sets(st.integers(0, WEEK_H - 1), min_size=3, max_size=60))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_who_is_dead_is_beyond_its_pace_within_the_window(pattern) -> None:
    pace = pace_of(weekly(pattern, 5))
    known = usual(pace, always(5 * WEEK_H + 2 * WINDOW_H), POLICY, **TERMS)
    assert known is not None
    stream = always(5 * WEEK_H + 2 * WINDOW_H)
    assert silent_hours(pace, pace.last + WINDOW_H + 1, stream) >= known.quiet_after_h
