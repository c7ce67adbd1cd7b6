"""The topics: what is on each, what its key is, how long it is kept. Values are JSON; version in the name."""

from __future__ import annotations

from dataclasses import dataclass

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heard, Heartbeat
from placewatch.record_base import Record
from placewatch.records import (
    Alert,
    Article,
    Assertion,
    DeadLetter,
    Event,
    Reading,
    Status,
    WatchedPlace,
)


_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of ours.

    Attributes:
        name: as Kafka knows it.
        record: what its values are.
        key: the field of the record that is the key (the original key for dead letters).
        retention_ms: how long records are kept; None for compacted topics.
    """

    name: str
    record: type[Record]
    key: str
    retention_ms: int | None

    @property
    def is_compacted(self) -> bool:
        """Whether only the newest record of each key is kept."""
        return self.retention_ms is None


ARTICLES = Topic("placewatch.articles.v1", Article, "article_id", 14 * _DAY_MS)
READINGS = Topic("placewatch.readings.v1", Reading, "place_id", 30 * _DAY_MS)
EVENTS = Topic("placewatch.events.v1", Event, "place_id", 365 * _DAY_MS)
STATUSES = Topic("placewatch.statuses.v1", Status, "place_id", None)
ALERTS = Topic("placewatch.alerts.v1", Alert, "place_id", 365 * _DAY_MS)
ASSERTIONS = Topic("placewatch.assertions.v1", Assertion, "place_id", None)
WATCHLIST = Topic("placewatch.watchlist.v1", WatchedPlace, "place_id", None)
HEARD = Topic("placewatch.heard.v1", Heard, "stream, so that one judge hears all", 2 * _DAY_MS)
HEARTBEATS = Topic("placewatch.heartbeats.v1", Heartbeat, "kind:subject_id", None)
FEEDS = Topic("placewatch.feeds.v1", FeedHealth, "feed_id", None)
DEADLETTERS = Topic("placewatch.deadletters.v1", DeadLetter, "original key", 30 * _DAY_MS)

# Faust's name for all workers together: their consumer group, and what their tables' changelog topics begin with.
WORKERS = "placewatch"

ALL_TOPICS = (
    ARTICLES,
    READINGS,
    EVENTS,
    STATUSES,
    ALERTS,
    ASSERTIONS,
    WATCHLIST,
    HEARD,
    HEARTBEATS,
    FEEDS,
    DEADLETTERS,
)
