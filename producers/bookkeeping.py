"""What a poll changes in what is remembered of its feed: after a success, after a failure. Pure.

`now` and the random part of the schedule are arguments; the poller saves what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from producers.changes import Changes, ItemOutcome
from producers.feed_state import FeedState
from producers.fetched import Fetched, Outcome, is_same_answer
from producers.moves import Move, give_up_move, note_redirects
from producers.schedule import (
    Limits,
    adapt,
    is_gone,
    is_overrun,
    next_poll,
    next_try,
    phase_of,
    usual_gap_s,
)
from producers.wishes import MAX_WISH_S, after_skipped, http_date, least_delay_s, retry_after_s


# How much the newest answer's time counts in the usual one.
ANSWER_WEIGHT = 0.3
# A cache on the way may honestly be this old.
FALSE_304_SLACK = timedelta(hours=1)
_UNKNOWN = frozenset({ItemOutcome.NEW, ItemOutcome.NO_IDENTITY, ItemOutcome.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Found:
    """What a successful poll found in the document.

    Attributes:
        total: items; 0 when the document is the one of last time.
        known: items that were known, edited or not.
        published: articles published, new and edited.
        new: those that are new.
        newest_at: when the newest of the new ones was published, as the feed tells it.
        oldest_at: the same of the oldest.
    """

    total: int = 0
    known: int = 0
    published: int = 0
    new: int = 0
    newest_at: datetime | None = None
    oldest_at: datetime | None = None


def found_in(changes: Changes) -> Found:
    """Return what a poll's changes come to."""
    dates = [row.published_at for row in changes.rows if not row.revision]
    return Found(
        total=sum(changes.counts.values()),
        known=sum(count for outcome, count in changes.counts.items() if outcome not in _UNKNOWN),
        published=len(changes.articles),
        new=changes.counts.get(ItemOutcome.NEW, 0),
        newest_at=max(dates, default=None),
        oldest_at=min(dates, default=None),
    )


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noticed while a success was noted, for logs and metrics."""

    move: Move = Move.NONE
    is_overrun: bool = False
    is_false_304: bool = False


def note_success(
    state: FeedState,
    fetched: Fetched,
    found: Found,
    *,
    now: datetime,
    limits: Limits,
    jitter: float,
    obeys_wishes: bool = True,
) -> Noted:
    """Note in `state` that a poll gave the feed, and when to come back; return what was noticed.

    Keep the document's wishes in `state` before: they count from the poll that brought them. `jitter` is in [-1, 1].
    """
    is_first = state.last_success_at is None
    before = state.last_count
    lied = is_false_304(state, fetched, is_changed=found.published > 0)
    _note_answer(state, fetched, now, is_liar=lied)
    _note_news(state, found, now, is_first=is_first)
    move = note_redirects(state, fetched, now)
    state.last_success_at = now
    state.first_success_at = state.first_success_at or now
    state.failures, state.failed_polls, state.first_failure_at, state.gone_at = 0.0, 0, None, None
    state.last_error = state.last_reason = ""
    state.bad_body_hash = state.bad_reason = state.bad_error = ""
    overran = not is_first and is_overrun(known=found.known, total=found.total, before=before)
    state.interval_s = _interval_after(state, found, limits, is_first=is_first, overran=overran)
    least_s = least_delay_s(fetched.headers, state.wishes, now) if obeys_wishes else 0.0
    state.next_poll_at = next_poll(
        now,
        state.interval_s,
        phase=phase_of(state.feed_id),
        limits=limits,
        jitter=jitter,
        least_s=least_s,
    )
    if obeys_wishes:
        latest = max(now + timedelta(seconds=MAX_WISH_S), state.next_poll_at)
        state.next_poll_at = after_skipped(state.next_poll_at, state.wishes, latest=latest)
    return Noted(move=move, is_overrun=overran, is_false_304=lied)


def _interval_after(
    state: FeedState, found: Found, limits: Limits, *, is_first: bool, overran: bool
) -> float:
    """Return the seconds to wait by what the feed gave: less where much was new, the least where news may be lost."""
    if is_first or not state.interval_s:
        return limits.start_s
    if overran:
        return limits.floor_s
    return adapt(
        state.interval_s,
        known=found.total - found.published,
        total=found.total,
        limits=limits,
        usual_gap_s=state.usual_gap_s,
    )


def is_false_304(state: FeedState, fetched: Fetched, *, is_changed: bool) -> bool:
    """Return whether a whole document with other news shows that an earlier "not modified" was false.

    Certain only if the server still gives the validators that stood for the old document, or says itself that the
    new one is an hour older than its "not modified".
    """
    if fetched.outcome is not Outcome.FETCHED or fetched.is_conditional or not is_changed:
        return False
    if state.last_304_at is None or not state.validators:
        return False
    if state.last_full_at is not None and state.last_304_at <= state.last_full_at:
        return False
    modified_at = http_date(fetched.headers.get("last-modified", ""))
    is_older = modified_at is not None and modified_at < state.last_304_at - FALSE_304_SLACK
    return is_same_answer(state.validators, fetched.validators) or is_older


def note_failure(
    state: FeedState,
    *,
    reason: str,
    detail: str,
    weight: float,
    headers: Mapping[str, str],
    now: datetime,
    limits: Limits,
    jitter: float,
) -> None:
    """Note in `state` that a poll failed, and when to try again.

    Nothing disables a feed but 410 said twice, a day apart, by the address in the list.
    """
    state.failures += weight
    state.failed_polls += 1
    state.first_failure_at = state.first_failure_at or now
    state.last_error, state.last_reason = detail, reason
    if reason == Outcome.GONE and not state.adopted_url:
        state.is_disabled = is_gone(state.gone_at, now)
        state.gone_at = state.gone_at or now
    else:
        state.gone_at = None
    asked_s = retry_after_s(headers, now)
    state.next_poll_at = next_try(
        now, failures=state.failures, retry_after_s=asked_s, limits=limits, jitter=jitter
    )
    if reason == Outcome.THROTTLED:
        state.throttled_at = now
        state.retry_after_until = (
            state.next_poll_at if asked_s is None else now + timedelta(seconds=asked_s)
        )
    give_up_move(state)


def _note_answer(state: FeedState, fetched: Fetched, now: datetime, *, is_liar: bool) -> None:
    """Note what the answer says about the server."""
    if fetched.outcome is Outcome.NOT_MODIFIED:
        state.last_304_at = now
    else:
        state.last_full_at = now
    if is_liar:
        state.false_304_at = now
    state.keep_validators(fetched.validators)
    taken_s = fetched.took_s
    usual_s = state.usual_answer_s
    state.usual_answer_s = usual_s + ANSWER_WEIGHT * (taken_s - usual_s) if usual_s else taken_s


def _note_news(state: FeedState, found: Found, now: datetime, *, is_first: bool) -> None:
    """Note when there was news, and how often there usually is."""
    if is_first and found.newest_at and found.oldest_at:
        span_s = (found.newest_at - found.oldest_at).total_seconds()
        state.usual_gap_s = usual_gap_s(0.0, elapsed_s=span_s, items=found.new - 1)
        state.last_new_at = min(found.newest_at, now)
    elif found.published:
        if found.new and state.last_new_at:
            elapsed_s = (now - state.last_new_at).total_seconds()
            state.usual_gap_s = usual_gap_s(state.usual_gap_s, elapsed_s=elapsed_s, items=found.new)
        state.last_new_at = now
    if found.total:
        state.last_count = found.total
