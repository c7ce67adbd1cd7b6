"""What only the producers know of; what every service counts is in placewatch/metrics.py."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram


POLLS = Counter("placewatch_feed_polls_total", "Polls of feeds by outcome.", ["outcome"])
ARTICLES = Counter(
    "placewatch_articles_sent_total", "Articles acknowledged by the broker.", ["kind"]
)
PARSE_SECONDS = Histogram("placewatch_feed_parse_seconds", "Time one document took to parse.")
FALSE_304 = Counter(
    "placewatch_feed_false_304_total", "Servers found to say falsely that nothing was new."
)
WINDOW_OVERRUNS = Counter(
    "placewatch_feed_window_overrun_total", "Polls that shared no item with the one before."
)
ADOPTED = Counter("placewatch_feed_moves_total", "Feeds polled at a new address from then on.")
HOSTS_PAUSED = Counter(
    "placewatch_feed_host_pauses_total", "Throttled feeds that paused their whole host."
)
BY_HEALTH = Gauge("placewatch_feeds_by_health", "Feeds by how they do.", ["state"])
PAGES = Counter(
    "placewatch_article_pages_total", "Pages wanted for articles, by what they gave.", ["outcome"]
)
