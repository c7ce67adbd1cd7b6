"""The articles that came in, read from their topic: for a replay with another lexicon, policy or watchlist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from placewatch.errors import BrokerError
from placewatch.kafka import make_consumer
from placewatch.settings import Settings
from placewatch.topics import ARTICLES


_POLL_TIMEOUT_MS = 1_000
_SILENT_POLLS = 30


class Arrived:
    """The articles that came in from a moment on, up to now.

    Attributes:
        count: how many records that is at most; fewer where Kafka deletes some meanwhile.
    """

    def __init__(self, settings: Settings, since: datetime) -> None:
        self._consumer = make_consumer(settings)
        try:
            self._ends = _sought(self._consumer, since)
            self.count = sum(
                end - self._consumer.position(partition) for partition, end in self._ends.items()
            )
        except KafkaError as error:
            self._consumer.close()
            raise BrokerError(f"{ARTICLES.name} could not be read: {error}") from error

    def lines(self) -> Iterator[bytes]:
        """Yield each as a line of JSON, partition by partition in the order they came in.

        Raises:
            BrokerError: Kafka says nothing any more before the end.
        """
        silent = 0
        try:
            while unread := self._unread():
                batches = self._consumer.poll(_POLL_TIMEOUT_MS)
                silent = 0 if batches else silent + 1
                if silent == _SILENT_POLLS:
                    said = ", ".join(str(partition.partition) for partition in unread)
                    raise BrokerError(
                        f"Kafka sends nothing more of {ARTICLES.name}, partitions {said}: check that all brokers run, "
                        "and repeat the command"
                    )
                for partition, records in batches.items():
                    for record in records:
                        if record.value is not None and record.offset < self._ends[partition]:
                            yield record.value + b"\n"
        except KafkaError as error:
            raise BrokerError(f"{ARTICLES.name} could not be read: {error}") from error
        finally:
            self._consumer.close()

    def _unread(self) -> list[TopicPartition]:
        return [p for p, end in self._ends.items() if self._consumer.position(p) < end]


def _sought(consumer: KafkaConsumer, since: datetime) -> dict[TopicPartition, int]:
    """Go to the first article of each partition that came in from `since` on; return where each ends.

    Raises:
        BrokerError: the topic is not there.
    """
    numbers = consumer.partitions_for_topic(ARTICLES.name)
    if not numbers:
        raise BrokerError(
            f"there is no topic {ARTICLES.name}: nothing was published there yet; check PLACEWATCH_BOOTSTRAP_SERVERS"
        )
    partitions = [TopicPartition(ARTICLES.name, number) for number in sorted(numbers)]
    consumer.assign(partitions)
    ends: dict[TopicPartition, int] = consumer.end_offsets(partitions)
    moment = int(since.timestamp() * 1000)
    for partition, first in consumer.offsets_for_times(dict.fromkeys(partitions, moment)).items():
        consumer.seek(partition, ends[partition] if first is None else first.offset)
    return ends
