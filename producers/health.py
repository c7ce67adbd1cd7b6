"""How a feed does, in one word with its reason: one pure function of what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from placewatch.feed_health import HealthState
from producers.feed_state import FeedState
from producers.fetched import Outcome
from producers.urls import without_credentials


# One failed poll is a blip; a feed that has worked before is failing from the second in a row.
FAILING_POLLS = 2
# A throttled feed is slow as long as it comes through once a day.
SLOW_FOR = timedelta(hours=24)
SLOW_ANSWER_S = 10.0
# Silent for three times its usual gap, and for two days at least.
STALE_GAPS = 3
STALE_AFTER = timedelta(days=2)


class HealthReason(StrEnum):
    """Why, unless it is failing: then the reason is the failure's own word."""

    NEVER_POLLED = "never_polled"
    WORKS = "works"
    ONE_FAILURE = "one_failure"
    SLOW_ANSWERS = "slow_answers"
    THROTTLED = "throttled"
    SILENT = "silent"
    PERMANENT_REDIRECT = "permanent_redirect"
    SAID_GONE_TWICE = "said_gone_twice"
    FORBIDDEN = "forbidden"
    CHALLENGED = "challenged"


# An operator has to look at these; the others are how feeds are.
NEEDS_ATTENTION = frozenset(
    {HealthState.STALE, HealthState.FAILING, HealthState.GONE, HealthState.BLOCKED}
)


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed does, why (an enumerated word), and what an operator can do about it ("" for nothing)."""

    state: HealthState
    reason: str
    advice: str = ""


def judge_health(feed: FeedState, now: datetime) -> Health:
    """Return how a feed does at `now`; trouble comes first.

    A feed that has moved is polled all the same, and one that is silent may only have nothing to say: neither is
    told before what keeps us from polling.
    """
    if feed.is_disabled:
        return Health(
            HealthState.GONE,
            HealthReason.SAID_GONE_TWICE,
            "remove it, or `placewatch feeds poll` it to try once more",
        )
    if feed.failed_polls or feed.failures:
        return _troubled(feed, now)
    if feed.last_success_at is None:
        return Health(HealthState.NEW, HealthReason.NEVER_POLLED)
    return _working(feed, now)


def is_silent(feed: FeedState, now: datetime) -> bool:
    """Return whether a feed has had nothing new for three times its usual gap, and for two days at least.

    One that never had anything counts from its first poll.
    """
    since = feed.last_new_at or feed.first_success_at
    if since is None:
        return False
    usual = timedelta(seconds=min(STALE_GAPS * feed.usual_gap_s, 10 * 365 * 86_400))
    return now - since > max(usual, STALE_AFTER)


def _working(feed: FeedState, now: datetime) -> Health:
    """Return the health of a feed whose last poll gave it."""
    if feed.adopted_url:
        advice = (
            f"it is polled at {without_credentials(feed.adopted_url)}: put that address in the list"
        )
        return Health(HealthState.MOVED, HealthReason.PERMANENT_REDIRECT, advice)
    if is_silent(feed, now):
        advice = "see whether the outlet still fills this feed"
        return Health(HealthState.STALE, HealthReason.SILENT, advice)
    if feed.usual_answer_s >= SLOW_ANSWER_S:
        return Health(HealthState.SLOW, HealthReason.SLOW_ANSWERS)
    return Health(HealthState.OK, HealthReason.WORKS)


def _troubled(feed: FeedState, now: datetime) -> Health:
    """Return the health of a feed whose last poll failed."""
    if feed.last_reason == Outcome.BLOCKED:
        advice = "the server refuses us: ask its owner, or list another address of the outlet"
        return Health(HealthState.BLOCKED, HealthReason.FORBIDDEN, advice)
    if feed.last_reason == Outcome.CHALLENGED:
        advice = "a gatekeeper wants a browser: ask the owner to let feeds through"
        return Health(HealthState.BLOCKED, HealthReason.CHALLENGED, advice)
    is_recent = feed.last_success_at is not None and now - feed.last_success_at < SLOW_FOR
    if feed.last_reason == Outcome.THROTTLED and is_recent:
        return Health(HealthState.SLOW, HealthReason.THROTTLED, "raise PLACEWATCH_POLL_INTERVAL_S")
    if is_recent and feed.failed_polls < FAILING_POLLS:
        return Health(HealthState.OK, HealthReason.ONE_FAILURE)
    return Health(
        HealthState.FAILING,
        feed.last_reason,
        "`placewatch feeds check` shows what its address gives now",
    )
