"""Whether everything that was published has gone all the way: read, tracked, and into the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

from placewatch.errors import RecordError
from placewatch.kafka import connection, make_consumer
from placewatch.kafka_rights import SINK_GROUP
from placewatch.records import Alert, Status
from placewatch.settings import Settings
from placewatch.topics import (
    ALERTS,
    ARTICLES,
    ASSERTIONS,
    EVENTS,
    READINGS,
    STATUSES,
    WORKERS,
    Topic,
)


WORKER_INPUTS = (ARTICLES, READINGS, ASSERTIONS)
SINK_INPUTS = (ALERTS, STATUSES, EVENTS)
_POLL_MS = 50
_ANSWER_MS = 5_000
_TOLD: dict[str, type[Alert | Status]] = {ALERTS.name: Alert, STATUSES.name: Status}


class Progress:
    """Follows the topics from their beginning; gives new alerts and statuses and says when all is done.

    Attributes:
        seen: ids of the alerts that were returned; a new broker's alerts repeat some.
    """

    def __init__(
        self, settings: Settings, *, seen: Collection[str] = (), with_sinks: bool = True
    ) -> None:
        """Connect; `with_sinks` says that there are some to wait for."""
        self._admin = KafkaAdminClient(**connection(settings), request_timeout_ms=_ANSWER_MS)
        self._consumer = make_consumer(settings)
        self._partitions = [
            TopicPartition(topic.name, number)
            for topic in (*WORKER_INPUTS, *SINK_INPUTS)
            for number in sorted(self._consumer.partitions_for_topic(topic.name) or ())
        ]
        self._consumer.assign(self._partitions)
        self._consumer.seek_to_beginning(*self._partitions)
        self._ends = dict.fromkeys(self._partitions, 0)
        groups = ((WORKERS, WORKER_INPUTS), (SINK_GROUP, SINK_INPUTS))
        self._groups = groups if with_sinks else groups[:1]
        self.seen = set(seen)
        self._told: list[Alert | Status] = []

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()
        self._admin.close()

    @property
    def records(self) -> int:
        """How many records were seen on all topics: grows while anything moves."""
        return sum(self._ends.values())

    def new_alerts(self) -> list[Alert]:
        """Return the alerts that were not returned before, as far as they are there."""
        return [record for record in self.new_records() if isinstance(record, Alert)]

    def new_records(self) -> list[Alert | Status]:
        """Return the alerts, each once, and the statuses that were not returned before, as they came."""
        self._poll()
        told, self._told = self._told, []
        return told

    def is_done(self) -> bool:
        """Return whether worker and sinks have committed everything that is there.

        The worker commits an input after its outputs are acknowledged. So when it is through with its inputs,
        and nothing has come since, the sinks' inputs are complete too.
        """
        for group, topics in self._groups:
            if not self._is_at_end() or not self._is_through(topics, self._committed(group)):
                return False
        return self._is_at_end()

    def read(self) -> int:
        """Return how many articles the worker is through with."""
        committed = self._committed(WORKERS)
        return sum(committed.get(tp, 0) for tp in self._partitions if tp.topic == ARTICLES.name)

    def _is_at_end(self) -> bool:
        """Return whether everything was seen.

        An empty poll alone may be a slow broker; and the embedded one understates where a topic ends, by no more
        than the rest of a batch, which no poll leaves behind.
        """
        if self._poll():
            return False
        try:
            ends = self._consumer.end_offsets(self._partitions, timeout_ms=_ANSWER_MS)
        except KafkaError:
            # Slow or gone: whoever watches the broker says so.
            return False
        return all(self._ends[partition] >= end for partition, end in ends.items())

    def _poll(self) -> bool:
        """Take in what has come; return whether anything has."""
        polled = self._consumer.poll(_POLL_MS)
        for partition, records in polled.items():
            self._ends[partition] = records[-1].offset + 1
            if partition.topic in _TOLD:
                self._told += self._unseen(partition.topic, (record.value for record in records))
        return bool(polled)

    def _unseen(self, topic: str, values: Iterator[bytes]) -> Iterator[Alert | Status]:
        """Yield the records in `values` but for alerts whose ids are known; at least once delivery repeats them."""
        for value in values:
            try:
                record = _TOLD[topic].from_json(value)
            except RecordError:
                # The sinks bury it; here it only would have been shown.
                continue
            if isinstance(record, Alert):
                if record.alert_id in self.seen:
                    continue
                self.seen.add(record.alert_id)
            yield record

    def _is_through(self, topics: tuple[Topic, ...], committed: Mapping[Any, int]) -> bool:
        """Return whether everything seen on `topics` is committed."""
        names = {topic.name for topic in topics}
        return all(
            committed.get(partition, 0) >= end
            for partition, end in self._ends.items()
            if partition.topic in names
        )

    def _committed(self, group: str) -> dict[Any, int]:
        """Return a consumer group's committed offsets."""
        try:
            offsets = self._admin.list_group_offsets(group).get(group, {})
        except KafkaError:
            # The group is not there yet, or the broker is gone: nothing is known to be done.
            return {}
        return {partition: offset.offset for partition, offset in offsets.items()}
