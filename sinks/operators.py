"""What operators are told of: who goes quiet or speaks again, which feeds fail or work again.

Log lines, never alerts: those are about places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.log import get_logger
from placewatch.vocabulary import Pulse


_DAY = timedelta(days=1)

_log = get_logger(__name__)


def tell_operators(known: Mapping[str, Heartbeat], heartbeats: Iterable[Heartbeat]) -> None:
    """Log what has gone quiet, as a warning, and what is heard again, as information.

    Args:
        known: what was told before, by key: the same heartbeat again, or an older one, is no news.
        heartbeats: what came, in order.
    """
    newest = dict(known)
    for heartbeat in heartbeats:
        before = newest.get(heartbeat.key)
        if before is not None and heartbeat.assessed_at < before.assessed_at:
            continue
        newest[heartbeat.key] = heartbeat
        was_quiet = before is not None and before.state is Pulse.QUIET
        if (heartbeat.state is Pulse.QUIET) != was_quiet:
            _tell(heartbeat)


def tell_of_feeds(known: Mapping[str, FeedHealth], healths: Iterable[FeedHealth]) -> None:
    """Log which feeds are in trouble, as a warning whenever its state changes, and which are out of it.

    Args:
        known: what was told before, by the feed's id: the same again, or something older, is no news.
        healths: what came, in order.
    """
    newest = dict(known)
    for health in healths:
        before = newest.get(health.feed_id)
        if before is not None and health.since < before.since:
            continue
        newest[health.feed_id] = health
        if health.is_in_trouble and (before is None or before.state != health.state):
            _tell_health(_log.warning, "feed in trouble", health)
        elif before is not None and before.is_in_trouble and not health.is_in_trouble:
            _tell_health(_log.info, "feed no longer in trouble", health)


def silence_in_words(heartbeat: Heartbeat, now: datetime) -> str:
    """Return how long nothing was heard and what is usual: "no news for 9 days, usually every 6 h"."""
    words = f"no news for {_in_words(now - heartbeat.last_heard_at)}"
    if heartbeat.usual_gap_s is None:
        return words
    return f"{words}, usually every {_in_words(timedelta(seconds=heartbeat.usual_gap_s))}"


def _tell(heartbeat: Heartbeat) -> None:
    tell, event = (
        (_log.warning, "gone quiet")
        if heartbeat.state is Pulse.QUIET
        else (_log.info, "no longer quiet")
    )
    tell(
        event,
        kind=heartbeat.kind.value,
        subject=heartbeat.label,
        reason=heartbeat.reason,
        last_heard_at=heartbeat.last_heard_at.isoformat(timespec="minutes"),
        usual_gap_s=heartbeat.usual_gap_s,
    )


def _tell_health(tell: Callable[..., object], event: str, health: FeedHealth) -> None:
    tell(
        event,
        feed=health.title,
        url=health.url,
        health=health.state.value,
        reason=health.reason,
        since=health.since.isoformat(timespec="minutes"),
        advice=health.advice or None,
    )


def _in_words(span: timedelta) -> str:
    hours = max(1, round(span / timedelta(hours=1)))
    if hours < 2 * 24:  # up to two days people count hours
        return f"{hours} h"
    return f"{round(span / _DAY)} days"
