"""Telling the operator how feeds do: a metric of all, a log line of each change, remembered over a restart."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from placewatch.log import get_logger
from producers import metrics
from producers.feed_state import FeedState
from producers.health import NEEDS_ATTENTION, Health, HealthState, judge_health
from producers.opml import Feed
from producers.state import State


log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A feed that does otherwise than last told; `before` is None for one never told of."""

    feed: Feed
    before: HealthState | None
    health: Health
    since: datetime


class HealthWatch:
    """Looks at all feeds now and then and tells what has changed."""

    def __init__(self, state: State) -> None:
        self._state = state

    def look(self, feeds: Iterable[Feed], now: datetime) -> list[HealthChange]:
        """Set the metric, log what has changed for better or worse, and return it."""
        states, told = self._state.feeds(), self._state.told_health()
        counts: Counter[HealthState] = Counter()
        changes = []
        for feed in feeds:
            state = states.get(feed.feed_id) or FeedState(feed.feed_id, feed.url)
            health = judge_health(state, now)
            counts[health.state] += 1
            before = HealthState(told[feed.feed_id][0]) if feed.feed_id in told else None
            if health.state not in {before, HealthState.NEW}:
                changes.append(HealthChange(feed, before, health, now))
        for word in HealthState:
            metrics.BY_HEALTH.labels(state=word).set(counts[word])
        for change in changes:
            self._tell(change)
        return changes

    def _tell(self, change: HealthChange) -> None:
        health = change.health
        is_worse = health.state in NEEDS_ATTENTION
        is_back = change.before in NEEDS_ATTENTION
        if is_worse or is_back or health.state is HealthState.MOVED:
            log.log(
                logging.WARNING if is_worse else logging.INFO,
                "feed health",
                feed=change.feed.title,
                url=change.feed.shown_url,
                health=health.state,
                before=change.before,
                reason=health.reason,
                advice=health.advice or None,
            )
        self._state.tell_health(
            change.feed.feed_id, state=health.state, reason=health.reason, since=change.since
        )
