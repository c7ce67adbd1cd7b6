"""Whether everything that was published has gone all the way: read, tracked, and into the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

from placewatch.errors import RecordError
from placewatch.kafka import connection, make_consumer
from placewatch.records import Alert
from placewatch.settings import Settings
from placewatch.topics import ALERTS, ARTICLES, ASSERTIONS, EVENTS, READINGS, STATUSES, Topic


WORKER_GROUP = "placewatch"
SINK_GROUP = "placewatch-sink"
WORKER_INPUTS = (ARTICLES, READINGS, ASSERTIONS)
SINK_INPUTS = (ALERTS, STATUSES, EVENTS)
_POLL_MS = 50


class Progress:
    """Follows the topics from their beginning; gives new alerts and says when all is done.

    Attributes:
        seen: ids of the alerts that were returned; a new broker's alerts repeat some.
    """

    def __init__(self, settings: Settings, *, seen: Collection[str] = ()) -> None:
        self._admin = KafkaAdminClient(**connection(settings))
        self._consumer = make_consumer(settings)
        partitions = [
            TopicPartition(topic.name, number)
            for topic in (*WORKER_INPUTS, *SINK_INPUTS)
            for number in sorted(self._consumer.partitions_for_topic(topic.name) or ())
        ]
        self._consumer.assign(partitions)
        self._consumer.seek_to_beginning(*partitions)
        self._ends = dict.fromkeys(partitions, 0)
        self._is_at_end = False
        self.seen = set(seen)
        self._alerts: list[Alert] = []

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
        self._poll()
        alerts, self._alerts = self._alerts, []
        return alerts

    def is_done(self) -> bool:
        """Return whether worker and sinks have committed everything that is there.

        The worker commits an input after its outputs are acknowledged. So when it is through with its inputs,
        and nothing has come since, the sinks' inputs are complete too.
        """
        if not self._is_at_end:
            return False
        worker = self._committed(WORKER_GROUP)
        if not self._is_through(WORKER_INPUTS, worker):
            return False
        self._poll()
        return self._is_at_end and self._is_through(SINK_INPUTS, self._committed(SINK_GROUP))

    def _poll(self) -> None:
        """Take in what has come; an empty poll means that the end is reached."""
        polled = self._consumer.poll(_POLL_MS)
        self._is_at_end = not polled
        for partition, records in polled.items():
            self._ends[partition] = records[-1].offset + 1
            if partition.topic == ALERTS.name:
                self._alerts += self._unseen(record.value for record in records)

    def _unseen(self, values: Iterator[bytes]) -> Iterator[Alert]:
        """Yield the alerts in `values` whose ids are new; at least once delivery repeats them."""
        for value in values:
            try:
                alert = Alert.from_json(value)
            except RecordError:
                # The sinks bury it; here it only would have been shown.
                continue
            if alert.alert_id not in self.seen:
                self.seen.add(alert.alert_id)
                yield alert

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
