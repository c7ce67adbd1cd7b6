"""The same six for every service, for Prometheus: received, sent, dropped, errors, duration, lag; docs/metrics.md.

What is counted as dropped or as an error has a word of an enumeration or the name of a type as its label, never what
somebody wrote. A service's own metrics are in its `metrics.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram


class Service(StrEnum):
    """Who counts: the label `service`, as the command that runs it."""

    PRODUCE = "produce"
    WORK = "work"
    SINK = "sink"
    BOARD = "board"


RECEIVED = Counter(
    "placewatch_received", "What came in: items, records, requests", ["service", "component"]
)
SENT = Counter(
    "placewatch_sent",
    "What went out and was taken, by topic, writer or receiver",
    ["service", "destination"],
)
DROPPED = Counter(
    "placewatch_dropped",
    "What led to nothing, and why",
    ["service", "component", "reason"],
)
ERRORS = Counter("placewatch_errors", "Failures, by type", ["service", "component", "type"])
DURATION = Histogram(
    "placewatch_duration_seconds",
    "Time for one poll, batch, record or request",
    ["service", "component"],
)
LAG = Gauge(
    "placewatch_lag_records",
    "Records that are there and not yet done with",
    ["service", "topic", "partition"],
)
PROGRESS_AT = Gauge(
    "placewatch_progress_timestamp_seconds",
    "When a partition was last seen to move on or to have nothing to do, in seconds since 1970",
    ["service", "topic", "partition"],
)
READY = Gauge("placewatch_ready", "1 while the service does its work, as /readyz says", ["service"])

TopicPartition = tuple[str, int]


class LagMeter:
    """Sets lag and progress of the partitions that are a service's now, and forgets those that are not any more."""

    def __init__(self, service: Service, now: Callable[[], float] = time.time) -> None:
        self._service = service
        self._now = now
        self._done: dict[TopicPartition, int] = {}

    def measure(
        self, ends: Mapping[TopicPartition, int], done: Mapping[TopicPartition, int]
    ) -> None:
        """Take in where partitions end and up to where they are done with; both are the next offset."""
        for partition in self._done.keys() - ends.keys():
            for gauge in (LAG, PROGRESS_AT):
                gauge.remove(*self._labels(partition))
        for partition, end in ends.items():
            lag = max(0, end - done[partition])
            LAG.labels(*self._labels(partition)).set(lag)
            if not lag or self._done.get(partition) != done[partition]:
                PROGRESS_AT.labels(*self._labels(partition)).set(self._now())
        self._done = {partition: done[partition] for partition in ends}

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._service, partition[0], str(partition[1])
