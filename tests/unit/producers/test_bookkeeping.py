"""What a poll changes in what is remembered (T1 to T6, T11, T22 to T25 of the table in README.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from producers.bookkeeping import Found, note_failure, note_success
from producers.feed_state import FeedState
from producers.fetched import WEIGHT, ErrorClass, Fetched, Outcome, Validators
from producers.schedule import make_limits


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = make_limits(interval_s=900, floor_s=600, is_adaptive=True)
MINUTES = timedelta(minutes=15)
URL = "https://x.example/feed"
SAME = Validators('"1"', "", URL)


def succeed(state: FeedState, at: datetime, found: Found | None = None, **answer: object):
    outcome = answer.pop("outcome", Outcome.FETCHED)
    fetched = Fetched(outcome, URL, 200, validators=answer.pop("validators", SAME), **answer)
    return note_success(state, fetched, found or Found(), now=at, limits=LIMITS, jitter=0.0)


def fail(state: FeedState, at: datetime, reason: Outcome, **headers: str) -> None:
    note_failure(
        state,
        reason=reason,
        detail="",
        weight=WEIGHT[reason.error_class],
        headers=headers,
        now=at,
        limits=LIMITS,
        jitter=0.0,
    )


def liar(found_after: Found, **full: object):
    """Return what is noticed when a day of "not modified" ends with a whole document."""
    state = FeedState("f", URL)
    succeed(state, NOW, Found(total=9, new=9, published=9))
    for quarter in range(1, 96):
        assert not state.wants_full(NOW + quarter * MINUTES)
        succeed(state, NOW + quarter * MINUTES, outcome=Outcome.NOT_MODIFIED, is_conditional=True)
    day = NOW + timedelta(hours=24)
    assert state.wants_full(day)
    return state, succeed(state, day, found_after, **full)


NEWS = Found(total=9, known=7, new=2, published=2)


def test_t6_news_under_the_same_etag_shows_that_not_modified_was_false() -> None:
    state, noted = liar(NEWS)
    assert noted.is_false_304
    day = NOW + timedelta(hours=24)
    assert not state.wants_full(day + timedelta(minutes=59))
    assert state.wants_full(day + timedelta(hours=1))
    succeed(state, day + timedelta(days=8))
    assert not state.wants_full(day + timedelta(days=8, hours=2))


def test_t6_news_that_the_server_says_is_older_than_its_not_modified_shows_it_too() -> None:
    old = {"last-modified": format_datetime(NOW + timedelta(hours=12), usegmt=True)}
    _, noted = liar(NEWS, validators=Validators('"2"', "", URL), headers=old)
    assert noted.is_false_304


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        pytest.param(NEWS, {"validators": Validators('"2"', "", URL)}, id="a new etag is honest"),
        pytest.param(Found(), {}, id="nothing new"),
        pytest.param(Found(total=9, known=9), {}, id="another document, the same news"),
        pytest.param(NEWS, {"is_conditional": True}, id="an answer to a conditional question"),
        pytest.param(
            NEWS,
            {
                "validators": Validators('"2"', "", URL),
                "headers": {
                    "last-modified": format_datetime(
                        NOW + timedelta(hours=23, minutes=30), usegmt=True
                    )
                },
            },
            id="a cache on the way may be late",
        ),
    ],
)
def test_t6_honest_servers_are_not_accused(found: Found, answer: dict[str, object]) -> None:
    assert not liar(found, **answer)[1].is_false_304


def test_a_server_that_sends_whole_feeds_needs_no_daily_question() -> None:
    state = FeedState("f", URL)
    for hour in range(100):
        at = NOW + timedelta(hours=hour)
        assert hour == 0 or not state.wants_full(at)
        succeed(state, at)


def test_t11_an_overrun_is_noticed_and_brings_the_feed_to_the_floor() -> None:
    state = FeedState("f", URL)
    assert not succeed(state, NOW, Found(total=9, new=9, published=9)).is_overrun
    state.interval_s = 7200
    later = NOW + timedelta(hours=2)
    assert succeed(state, later, Found(total=9, new=9, published=9)).is_overrun
    assert state.interval_s == LIMITS.floor_s


def test_t16_what_the_document_asks_for_holds_for_not_modified_too() -> None:
    state = FeedState("f", URL, wish_s=7200)
    succeed(state, NOW)
    succeed(state, NOW + MINUTES, outcome=Outcome.NOT_MODIFIED, is_conditional=True)
    assert state.next_poll_at - (NOW + MINUTES) >= timedelta(hours=2)


def test_t17_a_poll_in_a_skipped_hour_waits_for_the_next() -> None:
    state = FeedState("f", URL, skip_hours=[12, 13])
    succeed(state, NOW)
    assert state.next_poll_at == NOW + timedelta(hours=2)


def test_the_pace_of_a_feed_is_first_what_its_dates_tell_then_what_is_seen() -> None:
    state = FeedState("f", URL)
    dates = {"newest_at": NOW - timedelta(hours=1), "oldest_at": NOW - timedelta(hours=11)}
    succeed(state, NOW, Found(total=11, new=11, published=11, **dates))
    assert state.usual_gap_s == 3600
    assert state.last_new_at == NOW - timedelta(hours=1)
    later = NOW + timedelta(hours=2)
    succeed(state, later, Found(total=11, known=10, new=1, published=1))
    assert state.usual_gap_s == pytest.approx(3600 + 0.3 * (3 * 3600 - 3600))
    assert state.last_new_at == later


@pytest.mark.parametrize(
    ("outcome", "weight"),
    [
        (Outcome.NOT_FOUND, 0.5),
        (Outcome.SERVER_ERROR, 0.5),
        (Outcome.TIMEOUT, 0.5),
        (Outcome.TLS, 0.5),
        (Outcome.UNKNOWN_HOST, 0.5),
        (Outcome.DNS, 0.25),
        (Outcome.BAD_URL, 1.0),
        (Outcome.GONE, 1.0),
        (Outcome.PRIVATE_ADDRESS, 1.0),
    ],
)
def test_t23_errors_weigh_by_their_class(outcome: Outcome, weight: float) -> None:
    state = FeedState("f", URL)
    fail(state, NOW, outcome)
    assert state.failures == weight


def test_t22_t24_a_thousand_failures_of_any_kind_but_gone_disable_nothing() -> None:
    state, at = FeedState("f", URL), NOW
    for number in range(1000):
        fail(state, at, tuple(o for o in Outcome if not o.is_success and o != "gone")[number % 18])
        assert state.next_poll_at - at <= timedelta(hours=24)
        at = state.next_poll_at
    assert not state.is_disabled


def test_t25_gone_twice_a_day_apart_disables_and_a_success_between_does_not() -> None:
    state = FeedState("f", URL)
    fail(state, NOW, Outcome.GONE)
    fail(state, NOW + timedelta(hours=23), Outcome.GONE)
    assert not state.is_disabled
    succeed(state, NOW + timedelta(hours=24))
    fail(state, NOW + timedelta(hours=25), Outcome.GONE)
    assert not state.is_disabled
    fail(state, NOW + timedelta(hours=50), Outcome.GONE)
    assert state.is_disabled


def test_t25_an_adopted_address_that_is_gone_sends_us_back_to_the_listed_one() -> None:
    state = FeedState("f", URL, adopted_url="https://new.example/")
    for hours in (0, 25, 50):
        fail(state, NOW + timedelta(hours=hours), Outcome.GONE)
    assert (state.is_disabled, state.poll_url) == (False, URL)


def test_t18_the_servers_word_is_kept_for_its_host() -> None:
    state = FeedState("f", URL)
    fail(state, NOW, Outcome.THROTTLED, **{"retry-after": "7200"})
    assert state.retry_after_until == NOW + timedelta(hours=2)
    assert state.next_poll_at == NOW + timedelta(hours=2)


def test_error_classes_weigh_as_media_clouds_do() -> None:
    assert [WEIGHT[c] for c in (ErrorClass.HARD, ErrorClass.SOFT, ErrorClass.TEMPORARY)] == [
        1.0,
        0.5,
        0.25,
    ]
