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
    "Deliveries of alerts, by writer and how they went",
    ["writer", "outcome"],
)
