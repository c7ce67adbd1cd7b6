from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sinks.time_intervals import Stretch, covered_until, is_never_free


def stretch(**fields: object) -> Stretch:
    return Stretch.model_validate(fields)


NIGHTS = stretch(**{"from": "22:00", "to": "07:00", "time_zone": "Asia/Beirut"})


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2024-12-06T19:59+00:00", None),
        ("2024-12-06T20:00+00:00", "2024-12-07T05:00+00:00"),
        ("2024-12-07T04:59+00:00", "2024-12-07T05:00+00:00"),
        ("2024-12-07T05:00+00:00", None),
        # In July Beirut is three hours ahead.
        ("2024-07-06T19:00+00:00", "2024-07-07T04:00+00:00"),
    ],
)
def test_a_night_lasts_over_midnight_in_its_own_zone(now: str, until: str | None) -> None:
    found = covered_until([NIGHTS], datetime.fromisoformat(now))
    assert found == (datetime.fromisoformat(until) if until else None)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    fridays = stretch(**{"from": "22:00", "to": "06:00", "days": ["fri"]})
    saturday_morning = datetime(2024, 12, 7, 5, tzinfo=UTC)
    assert covered_until([fridays], saturday_morning) == saturday_morning + timedelta(hours=1)
    assert covered_until([fridays], saturday_morning + timedelta(days=1)) is None


def test_stretches_that_touch_are_one() -> None:
    evening = stretch(**{"from": "20:00", "to": "00:00"})
    morning = stretch(**{"from": "00:00", "to": "08:00"})
    now = datetime(2024, 12, 6, 21, tzinfo=UTC)
    assert covered_until([evening, morning], now) == datetime(2024, 12, 7, 8, tzinfo=UTC)


def test_days_may_be_a_span_over_the_weekend() -> None:
    assert stretch(**{"from": "1:00", "to": "2:00", "days": "Sat-Monday"}).days == (
        "sat",
        "sun",
        "mon",
    )


def test_the_night_in_which_the_clocks_go_forward_has_an_end() -> None:
    # In Berlin 02:30 of 31 March 2024 does not exist.
    hole = stretch(**{"from": "23:00", "to": "02:30", "time_zone": "Europe/Berlin"})
    now = datetime(2024, 3, 30, 23, tzinfo=UTC)
    until = covered_until([hole], now)
    assert until == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"from": "22:00", "to": "07:00", "time_zone": "Asia/Berut"}, "no time zone"),
        ({"from": "22:00", "to": "07:00", "days": ["frei"]}, "is no day"),
        ({"from": "22:00", "to": "07:00", "days": []}, "are a list"),
        ({"from": "25:00", "to": "07:00"}, "from"),
        ({"from": "22:00"}, "to"),
        ({"from": "22:00+01:00", "to": "07:00"}, "local times"),
    ],
)
def test_a_faulty_stretch_is_refused(fields: dict[str, object], hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        stretch(**fields)


def test_a_week_without_a_free_moment_is_seen() -> None:
    day = stretch(**{"from": "06:00", "to": "06:00"})
    now = datetime(2024, 12, 6, 21, tzinfo=UTC)
    assert is_never_free([day], now)
    assert not is_never_free([stretch(**{"from": "06:00", "to": "05:59"})], now)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 47),
            st.integers(0, 47),
            st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1),
            st.sampled_from(["UTC", "Asia/Beirut", "America/New_York", "Asia/Kathmandu"]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 366 * 48),
)
def test_the_end_of_quiet_hours_is_the_first_moment_that_is_none(parts, half_hours: int) -> None:
    stretches = [
        stretch(
            **{
                "from": f"{start // 2:02}:{start % 2 * 30:02}",
                "to": f"{end // 2:02}:{end % 2 * 30:02}",
                "days": sorted(days),
                "time_zone": zone,
            }
        )
        for start, end, days, zone in parts
    ]
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * half_hours)
    until = covered_until(stretches, now)
    if until is None:
        assert all(each.covering(now) is None for each in stretches)
    else:
        assert until > now
        step = now
        while step < until:
            assert any(each.covering(step) is not None for each in stretches)
            step += timedelta(minutes=15)
        if not is_never_free(stretches, now):
            assert all(each.covering(until) is None for each in stretches)
