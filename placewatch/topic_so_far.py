"""What is on a topic by now, read once from some moment on to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError

from placewatch.errors import BrokerError
from placewatch.kafka import make_consumer
from placewatch.settings import Settings
from placewatch.topics import Topic


_POLL_TIMEOUT_MS = 1_000
_SILENT_POLLS = 30


class TopicSoFar:
    """The records of a topic that came in from a moment on, up to now.

    Attributes:
        count: how many that is at most; fewer where Kafka deletes some meanwhile, or compacts.
    """

    def __init__(self, settings: Settings, topic: Topic, since: datetime | None = None) -> None:
        """Look where it begins and ends; without `since` from its first record on.

        Raises:
            BrokerError: the broker cannot be reached, or the topic is not there.
        """
        self._name = topic.name
        self._consumer = make_consumer(settings)
        try:
            self._ends = self._seek(since)
            self.count = sum(
                end - self._consumer.position(partition) for partition, end in self._ends.items()
            )
        except KafkaError as error:
            self._consumer.close()
            raise BrokerError(f"{self._name} could not be read: {error}") from error
        except BrokerError:
            self._consumer.close()
            raise

    def records(self) -> Iterator[Any]:
        """Yield each of Kafka's records but tombstones, partition by partition in the order they came in.

        Raises:
            BrokerError: Kafka says nothing any more before the end.
        """
        silent = 0
        try:
            while unread := self._unread():
                batches = self._consumer.poll(_POLL_TIMEOUT_MS)
                silent = 0 if batches else silent + 1
                if silent == _SILENT_POLLS:
                    raise BrokerError(
                        f"Kafka sends nothing more of {self._name}, partitions {unread}: check that all brokers run, "
                        "and repeat the command"
                    )
                for partition, batch in batches.items():
                    yield from (r for r in batch if r.value and r.offset < self._ends[partition])
        except KafkaError as error:
            raise BrokerError(f"{self._name} could not be read: {error}") from error
        finally:
            self._consumer.close()

    def _unread(self) -> list[int]:
        """Return the partitions that have more."""
        ends = self._ends.items()
        return [p.partition for p, end in ends if self._consumer.position(p) < end]

    def _seek(self, since: datetime | None) -> dict[TopicPartition, int]:
        """Go to the first record that came in from `since` on; return where each partition ends.

        Raises:
            BrokerError: the topic is not there.
        """
        numbers = self._consumer.partitions_for_topic(self._name)
        if not numbers:
            raise BrokerError(
                f"there is no topic {self._name}: nothing was published there yet; check PLACEWATCH_BOOTSTRAP_SERVERS"
            )
        partitions = [TopicPartition(self._name, number) for number in sorted(numbers)]
        self._consumer.assign(partitions)
        ends: dict[TopicPartition, int] = self._consumer.end_offsets(partitions)
        if since is None:
            self._consumer.seek_to_beginning(*partitions)
            return ends
        moments = dict.fromkeys(partitions, int(since.timestamp() * 1000))
        for partition, first in self._consumer.offsets_for_times(moments).items():
            self._consumer.seek(partition, ends[partition] if first is None else first.offset)
        return ends
