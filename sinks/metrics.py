"""What the sink counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter


RECORDS = Counter(
    "placewatch_sink_records",
    "Records read, by topic and what became of them",
    ["topic", "outcome"],
)
DELIVERIES = Counter(
    "placewatch_sink_deliveries",
    "Attempts to deliver, by writer or receiver and how they went",
    ["writer", "outcome"],
)
DECISIONS = Counter(
    "placewatch_sink_decisions",
    "What became of alerts, by receiver and reason",
    ["receiver", "reason"],
)
