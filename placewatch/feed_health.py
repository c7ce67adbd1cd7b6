"""The record of how a feed does, as the producer that polls it knows."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from placewatch.record_base import Identifier, Record


class HealthState(StrEnum):
    """How a feed does."""

    NEW = "never polled"
    OK = "ok"
    SLOW = "slow"
    STALE = "stale"
    FAILING = "failing"
    MOVED = "moved"
    GONE = "gone"
    BLOCKED = "blocked"


class FeedHealth(Record):
    """How a feed does, told whenever that changes; `is_in_trouble` when an operator has to look at it.

    `reason` is an enumerated word, for a failing feed that of its failure; `advice` says what can be done. `url` is
    without credentials. Whether a feed is silent against its own hours is a heartbeat's business; this is about
    whether it can be had at all.
    """

    feed_id: Identifier
    source_id: Identifier
    title: str
    url: str
    state: HealthState
    before: HealthState | None = None
    reason: str
    advice: str = ""
    is_in_trouble: bool
    last_error: str = ""
    last_success_at: AwareDatetime | None = None
    last_new_at: AwareDatetime | None = None
    since: AwareDatetime
