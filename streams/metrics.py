"""What only a worker knows of; what every service counts is in placewatch/metrics.py."""

from __future__ import annotations

from prometheus_client import Gauge


HEARTBEATS = Gauge(
    "placewatch_heartbeats",
    "Feeds, places and the stream, by how they are heard of",
    ["kind", "state"],
)
WATCHED = Gauge("placewatch_watched_places", "Places on the watchlist of this worker")
