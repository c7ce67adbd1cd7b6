"""Whether and when a dead service is started again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from placewatch.local.restarts import (
    LONGEST_DELAY_S,
    MAX_DEATHS,
    WINDOW_S,
    GiveUp,
    Restart,
    decide,
)


def test_one_death_costs_half_a_second() -> None:
    assert decide([100.0], 100.0) == Restart(0.5)


def test_the_delay_doubles_with_each_recent_death() -> None:
    deaths = [100.0, 101.0, 103.0]
    assert [decide(deaths[: n + 1], deaths[n]) for n in range(3)] == [
        Restart(0.5),
        Restart(1.0),
        Restart(2.0),
    ]


def test_five_deaths_within_a_minute_are_given_up() -> None:
    assert decide([0.0, 1.0, 2.0, 3.0, 59.0], 59.0) == GiveUp(5, WINDOW_S)


def test_deaths_long_ago_are_forgotten() -> None:
    assert decide([0.0, 1.0, 2.0, 3.0, 200.0], 200.0) == Restart(0.5)


@given(st.lists(st.floats(0, 1000), min_size=1).map(sorted))
def test_it_is_given_up_exactly_when_too_many_are_recent(deaths: list[float]) -> None:
    now = deaths[-1]
    recent = sum(now - at <= WINDOW_S for at in deaths)
    decision = decide(deaths, now)
    assert isinstance(decision, GiveUp) == (recent >= MAX_DEATHS)
    assert isinstance(decision, GiveUp) or 0 < decision.delay_s <= LONGEST_DELAY_S
