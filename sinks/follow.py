"""Alerts as they come, for a person at a terminal: from the broker when one runs, else from the ledger."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from placewatch.errors import BrokerError, RecordError
from placewatch.kafka import answers, make_consumer
from placewatch.log import get_logger
from placewatch.records import Alert
from placewatch.running import with_running_broker
from placewatch.settings import Settings
from placewatch.topics import ALERTS
from sinks.ledger import Ledger
from sinks.lookup import is_there


POLL_TIMEOUT_MS = 1_000
LEDGER_POLL_S = 1.0

_log = get_logger(__name__)


def running_broker(settings: Settings) -> Settings | None:
    """Return the settings with a broker to follow: the one set, or that of services running here; else None.

    The demo's counts only for somebody who has no ledger of their own.
    """
    if settings.bootstrap_servers:
        return settings
    folders = [settings.state_dir]
    if not is_there(settings.ledger):
        folders.append(settings.state_dir / "demo")
    for folder in folders:
        running = with_running_broker(settings, folder)
        if running is not None and answers(running.bootstrap_servers or ""):
            return running
    return None


def from_topic(settings: Settings) -> Iterator[Alert | None]:
    """Yield every alert on the topic, oldest first, then new ones; None each time there is none for a moment.

    Kafka gives no order between partitions: those that were there are put in the order of their arrival.

    Raises:
        BrokerError: the broker cannot be reached, or has no alerts topic.
    """
    consumer = make_consumer(settings)
    try:
        partitions = consumer.partitions_for_topic(ALERTS.name)
        if not partitions:
            raise BrokerError(
                f"{settings.bootstrap_servers} has no topic {ALERTS.name}: start the services first, "
                "`placewatch up` or `placewatch work`"
            )
        consumer.assign([TopicPartition(ALERTS.name, number) for number in sorted(partitions)])
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(consumer.assignment())
        yield from _alerts(_past(consumer, ends))
        yield None
        while True:
            batch = _poll(consumer)
            yield from _alerts(batch)
            if not batch:
                yield None
    except KafkaError as error:
        raise BrokerError(
            f"alerts cannot be read from {settings.bootstrap_servers} ({error}): check that Kafka runs"
        ) from error
    finally:
        consumer.close(timeout_ms=POLL_TIMEOUT_MS)


def _past(consumer: KafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[Any]:
    """Return the records that are there, by when the broker has them from."""
    found: list[Any] = []
    # The embedded broker understates where a topic ends; an empty poll past that is the end.
    while (batch := _poll(consumer)) or any(consumer.position(p) < end for p, end in ends.items()):
        found += batch
    return sorted(found, key=lambda record: (record.timestamp, record.partition, record.offset))


def _poll(consumer: KafkaConsumer) -> list[Any]:
    """Return the next records, none when there are none for a moment."""
    polled = consumer.poll(timeout_ms=POLL_TIMEOUT_MS)
    return [record for records in polled.values() for record in records]


def _alerts(records: Iterable[Any]) -> Iterator[Alert]:
    """Yield the alerts in records; what is none is left out."""
    for record in records:
        if (alert := _alert(record.value)) is not None:
            yield alert


def from_ledger(ledger: Ledger) -> Iterator[Alert | None]:
    """Yield every alert in the ledger in order of arrival, then new ones; None when there is none for a moment."""
    seq = 0
    while True:
        for number, alert in ledger.alerts_after(seq):
            seq = number
            yield alert
        yield None
        time.sleep(LEDGER_POLL_S)


def tailed(
    alerts: Iterable[Alert | None],
    is_wanted: Callable[[Alert], bool],
    *,
    last: int | None,
    is_following: bool,
) -> Iterator[Alert]:
    """Yield the wanted alerts, each once: the last so many of those there are (None: all), then new ones.

    Args:
        alerts: what `from_topic` and `from_ledger` give; the first None ends those that there are.
        is_wanted: which to yield.
        last: how many of the past ones.
        is_following: whether to go on after them.
    """
    seen: set[str] = set()
    past: deque[Alert] | None = deque(maxlen=last)
    for alert in alerts:
        if alert is None:
            if past is not None:
                yield from past
                past = None
            if not is_following:
                return
        elif alert.alert_id not in seen and is_wanted(alert):
            seen.add(alert.alert_id)
            if past is None:
                yield alert
            else:
                past.append(alert)


def _alert(value: bytes | None) -> Alert | None:
    if value is None:
        return None
    try:
        return Alert.from_json(value)
    except RecordError as error:
        _log.warning("malformed record on the alerts topic", error=str(error))
        return None
