"""The worker's counters: the same few names for every agent, reasons and types from enumerations."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram


RECEIVED = Counter("placewatch_received", "Records taken from a topic", ["agent"])
SENT = Counter("placewatch_sent", "Records acknowledged by the broker", ["topic"])
DROPPED = Counter("placewatch_dropped", "Records that led to nothing, and why", ["agent", "reason"])
ERRORS = Counter("placewatch_errors", "Failures, by type", ["agent", "type"])
DURATION = Histogram("placewatch_duration_seconds", "Time for one batch or record", ["agent"])
LAG = Gauge("placewatch_lag_records", "Records not yet read", ["topic", "partition"])
HEARTBEATS = Gauge(
    "placewatch_heartbeats",
    "Feeds, places and the stream, by how they are heard of",
    ["kind", "state"],
)
WATCHED = Gauge("placewatch_watched_places", "Places on the watchlist of this worker")
