"""How a feed does, in a word (T94 to T98 of the table in README.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.feed_state import FeedState
from producers.health import HealthReason, HealthState, judge_health


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def feed(**known: object) -> FeedState:
    defaults = {"last_success_at": NOW - HOUR, "last_new_at": NOW - HOUR, "last_polled_at": NOW}
    return FeedState("f", "https://x.example/", **(defaults | known))


@pytest.mark.parametrize(
    ("state", "health", "reason"),
    [
        pytest.param(FeedState("f", "u"), HealthState.NEW, "never_polled", id="T94 new"),
        pytest.param(feed(), HealthState.OK, "works", id="T94 ok"),
        pytest.param(feed(usual_answer_s=12.0), HealthState.SLOW, "slow_answers", id="T94 slow"),
        pytest.param(
            feed(failures=0.5, failed_polls=1, last_reason="throttled"),
            HealthState.SLOW,
            "throttled",
            id="T94 throttled for an hour",
        ),
        pytest.param(
            feed(
                failures=5,
                failed_polls=10,
                last_reason="throttled",
                last_success_at=NOW - 2 * DAY,
            ),
            HealthState.FAILING,
            "throttled",
            id="T96 throttled for days",
        ),
        pytest.param(feed(last_new_at=NOW - 3 * DAY), HealthState.STALE, "silent", id="T95 silent"),
        pytest.param(
            feed(failures=0.5, failed_polls=1, last_reason="timeout"),
            HealthState.OK,
            "one_failure",
            id="T96 one blip",
        ),
        pytest.param(
            feed(failures=1.0, failed_polls=2, last_reason="timeout"),
            HealthState.FAILING,
            "timeout",
            id="T96 twice in a row",
        ),
        pytest.param(
            FeedState("f", "u", failures=0.5, failed_polls=1, last_reason="not_a_feed"),
            HealthState.FAILING,
            "not_a_feed",
            id="T96 never worked",
        ),
        pytest.param(
            feed(adopted_url="https://new.example/"),
            HealthState.MOVED,
            "permanent_redirect",
            id="T94 moved",
        ),
        pytest.param(
            feed(failures=2, failed_polls=2, last_reason="gone", is_disabled=True),
            HealthState.GONE,
            "said_gone_twice",
            id="T94 gone",
        ),
        pytest.param(
            feed(failures=0.5, failed_polls=1, last_reason="blocked"),
            HealthState.BLOCKED,
            "forbidden",
            id="T98 forbidden",
        ),
        pytest.param(
            feed(failures=0.5, failed_polls=1, last_reason="challenged"),
            HealthState.BLOCKED,
            "challenged",
            id="T98 challenged",
        ),
    ],
)
def test_health_and_its_reason(state: FeedState, health: HealthState, reason: str) -> None:
    judged = judge_health(state, NOW)
    assert (judged.state, judged.reason) == (health, reason)


@pytest.mark.parametrize(
    ("gap", "silence", "is_stale"),
    [
        pytest.param(HOUR, 1.9 * DAY, False, id="two days at least"),
        pytest.param(HOUR, 2.1 * DAY, True, id="an hourly feed after two days"),
        pytest.param(7 * DAY, 20 * DAY, False, id="a weekly feed after three weeks"),
        pytest.param(7 * DAY, 22 * DAY, True, id="a weekly feed after longer"),
    ],
)
def test_t95_a_feed_is_stale_by_its_own_pace(gap, silence, is_stale: bool) -> None:
    state = feed(usual_gap_s=gap.total_seconds(), last_new_at=NOW - silence)
    assert (judge_health(state, NOW).state is HealthState.STALE) is is_stale


def test_t95_a_feed_that_never_had_anything_is_stale_after_two_days() -> None:
    empty = feed(last_new_at=None, first_success_at=NOW - 3 * DAY)
    assert judge_health(empty, NOW).state is HealthState.STALE
    assert judge_health(feed(last_new_at=None, first_success_at=NOW - DAY), NOW).state == "ok"


def test_what_an_operator_can_do_is_said_where_something_can_be_done() -> None:
    assert "feeds poll" in judge_health(feed(is_disabled=True), NOW).advice
    assert (
        "https://new.example/" in judge_health(feed(adopted_url="https://new.example/"), NOW).advice
    )
    assert judge_health(feed(), NOW).advice == ""
    moved = feed(adopted_url="https://jo:secret@new.example/")
    assert "secret" not in judge_health(moved, NOW).advice


@given(
    st.floats(0, 50),
    st.integers(0, 50),
    st.sampled_from(["", "timeout", "throttled", "blocked", "gone", "challenged"]),
    st.booleans(),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=3000)),
    st.floats(0, 1e12),
)
def test_every_feed_has_a_health_and_a_reason(
    failures: float, polls: int, reason: str, gone: bool, silence: timedelta | None, gap_s: float
) -> None:
    state = feed(
        failures=failures,
        failed_polls=polls,
        last_reason=reason,
        is_disabled=gone,
        last_new_at=None if silence is None else NOW - silence,
        usual_gap_s=gap_s,
    )
    judged = judge_health(state, NOW)
    assert judged.state in HealthState
    assert judged.reason in set(HealthReason) | {reason}
