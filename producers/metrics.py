"""What the producers count, for Prometheus. Labels are the enumerations' words."""

from __future__ import annotations

from prometheus_client import Counter, Histogram


POLLS = Counter("placewatch_feed_polls_total", "Polls of feeds by outcome.", ["outcome"])
RECEIVED = Counter("placewatch_feed_items_received_total", "Items read from feeds.")
SENT = Counter("placewatch_articles_sent_total", "Articles acknowledged by the broker.", ["kind"])
DROPPED = Counter(
    "placewatch_feed_items_dropped_total", "Items that were not published.", ["reason"]
)
ERRORS = Counter("placewatch_producer_errors_total", "Failures by reason.", ["type"])
DEAD_LETTERS = Counter("placewatch_feed_deadletters_total", "Bodies sent to the dead letters.")
PARSE_SECONDS = Histogram("placewatch_feed_parse_seconds", "Time one document took to parse.")
