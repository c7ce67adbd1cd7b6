"""Telling operators how feeds do: a metric of all; of each change a record and a log line, remembered over a restart."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from placewatch.feed_health import FeedHealth, HealthState
from placewatch.log import get_logger
from producers import metrics
from producers.feed_state import FeedState
from producers.health import NEEDS_ATTENTION, judge_health
from producers.opml import Feed
from producers.publisher import Publisher
from producers.state import State


log = get_logger(__name__)


class HealthWatch:
    """Looks at all feeds now and then and tells what has changed; one that left the list leaves the topic too.

    With `repeats` the first look tells of every feed: to a broker that keeps nothing over a restart.
    """

    def __init__(self, state: State, publisher: Publisher, *, repeats: bool = False) -> None:
        self._state = state
        self._publisher = publisher
        self._repeats = repeats

    def look(self, feeds: Iterable[Feed], now: datetime) -> list[FeedHealth]:
        """Set the metric, tell what has changed for better or worse, and return that.

        Raises:
            BrokerError: it was not acknowledged; it is told again at the next look.
            FeedStateError: the state cannot be used.
        """
        states, told = self._state.feeds(), self._state.told_health()
        healths = []
        feeds = tuple(feeds)
        self._forget(told.keys() - {feed.feed_id for feed in feeds})
        for feed in feeds:
            before, since = told.get(feed.feed_id, (None, now))
            state = states.get(feed.feed_id) or FeedState(feed.feed_id, feed.url)
            healths.append(_health(feed, state, before, since, now))
        counts = Counter(health.state for health in healths)
        for word in HealthState:
            metrics.BY_HEALTH.labels(state=word).set(counts[word])
        changes = [h for h in healths if h.state not in {h.before, HealthState.NEW}]
        again = [h for h in healths if self._repeats and h.state == h.before]
        self._repeats = False
        if changes or again:
            self._publisher.tell_health([*changes, *again])
        for change in changes:
            _log(change)
            self._state.tell_health(
                change.feed_id, state=change.state, reason=change.reason, since=change.since
            )
        return changes

    def _forget(self, removed: Collection[str]) -> None:
        """Take back what was told of feeds that are in the list no more: nobody polls them, nobody is to look at them."""
        if removed:
            self._publisher.forget_health(removed)
            self._state.forget_health(removed)


def _health(
    feed: Feed, state: FeedState, before: str | None, since: datetime, now: datetime
) -> FeedHealth:
    """Return how a feed does, and since when it has done so."""
    health = judge_health(state, now)
    return FeedHealth(
        feed_id=feed.feed_id,
        source_id=feed.source_id,
        title=feed.title,
        url=feed.shown_url,
        state=health.state,
        before=HealthState(before) if before else None,
        reason=health.reason,
        advice=health.advice,
        is_in_trouble=health.state in NEEDS_ATTENTION,
        last_error=state.last_error,
        last_success_at=state.last_success_at,
        last_new_at=state.last_new_at,
        since=since if health.state == before else now,
    )


def _log(change: FeedHealth) -> None:
    """Log a change that an operator would want to know of."""
    is_back = change.before in NEEDS_ATTENTION
    if not (change.is_in_trouble or is_back or change.state is HealthState.MOVED):
        return
    log.log(
        logging.WARNING if change.is_in_trouble else logging.INFO,
        "feed health",
        feed=change.title,
        url=change.url,
        health=change.state,
        before=change.before,
        reason=change.reason,
        advice=change.advice or None,
    )
