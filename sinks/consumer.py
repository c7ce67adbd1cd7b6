"""The sink's story: poll, decode, write, tell, commit.

    poll     a batch of records from the topics alerts, statuses, events, heartbeats, feeds and dead
             letters
    decode   each record to what it should be by its topic; one that is not goes to the dead letters
    write    all of them into the ledger, by id, and what has gone quiet and which feeds fail
             into the operators' log;
             then each alert into the alert log, and into the ledger that it is there
    tell     whom the routes name (`sinks.dispatch`): what they are told and why not is written into the ledger here,
             and delivered by threads of their own
    commit   the offsets, after everything above

Killed at any point, the sink reads the uncommitted batch again, the ledger drops what it has, and every writer
gets what the ledger does not know as delivered to it: at least once for writers, exactly once for the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from kafka.errors import CommitFailedError, KafkaError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata, TopicPartition

from placewatch.errors import DeliveryError, RecordError
from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.log import get_logger
from placewatch.metrics import DROPPED, DURATION, ERRORS, RECEIVED, SENT, Service
from placewatch.record_base import Record
from placewatch.records import Alert
from placewatch.topics import ALERTS, DEADLETTERS, EVENTS, FEEDS, HEARTBEATS, STATUSES, Topic
from sinks.dead_letters import DeadLetters, Producer, lost
from sinks.decoding import Outcome, decode
from sinks.dispatch import Dispatcher
from sinks.ledger import Ledger
from sinks.metrics import DELIVERIES, RECORDS
from sinks.notification import notification_of
from sinks.operators import tell_of_feeds, tell_operators
from sinks.writers import Writer
from sinks.writers.ledger import LedgerWriter


# Statuses and events before alerts: whoever is told of an alert finds its reasons in the ledger.
TOPICS: tuple[Topic, ...] = (DEADLETTERS, FEEDS, HEARTBEATS, EVENTS, STATUSES, ALERTS)
POLL_TIMEOUT_MS = 500
MAX_BATCH = 500
COMMIT_TIMEOUT_MS = 15_000
# How long after a failed delivery everything undelivered is tried again.
RETRY_S = 30.0
# How it is named among what counts.
COMPONENT = "write"

_log = get_logger(__name__)


class Consumer(Protocol):
    """What the sink needs of a KafkaConsumer."""

    def poll(self, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Sequence[Any]]:
        """Return records by partition."""

    def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata], timeout_ms: int) -> None:
        """Commit the next offset to read of each partition."""


class Sink:
    """Carries records from the topics into the ledger and alerts to the writers."""

    def __init__(
        self,
        consumer: Consumer,
        producer: Producer,
        ledger: Ledger,
        *,
        store: LedgerWriter,
        writers: Sequence[Writer],
        dispatcher: Dispatcher | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Put it together.

        Args:
            consumer: reads the topics.
            producer: sends dead letters.
            ledger: remembers what `writers` delivered.
            store: writes into `ledger`.
            writers: get every alert at once and in order: the alert log.
            dispatcher: has alerts told to whom the routes name; None where nobody is to be told.
            now: the clock.
        """
        self._consumer = consumer
        self._buried = DeadLetters(producer, now)
        self._ledger = ledger
        self._store = store
        self._writers = writers
        self._dispatcher = dispatcher
        self._now = now
        # When everything undelivered is due, by writer. At the start it is: a killed sink may have left some.
        self._retry_at = {writer.name: time.monotonic() for writer in writers}

    def step(self) -> int:
        """Poll once and do everything with what came; return how many records that were.

        Raises:
            BrokerError: the broker refused or was lost; nothing is committed, so nothing is lost.
            LedgerError: the ledger stayed busy or cannot be used; likewise.
        """
        try:
            batch = self._consumer.poll(timeout_ms=POLL_TIMEOUT_MS, max_records=MAX_BATCH)
        except KafkaError as error:
            raise lost("reading", error) from error
        with DURATION.labels(Service.SINK, COMPONENT).time():
            self._carry(batch)
        return sum(len(part) for part in batch.values())

    def _carry(self, batch: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Do everything with what came, and with what is due."""
        alerts = self._write(self._decoded(message for part in batch.values() for message in part))
        for writer in self._writers:
            self._deliver_due(writer, [alert.alert_id for alert in alerts])
        if self._dispatcher is not None:
            self._dispatcher.step()
        self._commit(batch)

    def _decoded(self, messages: Iterable[Any]) -> dict[Topic, list[Record]]:
        """Return the records by topic; those that are none go to the dead letters with their reason."""
        routed: dict[Topic, list[Record]] = {topic: [] for topic in TOPICS}
        for message in messages:
            decoded = decode(message.topic, message.value)
            RECORDS.labels(message.topic, decoded.outcome.value).inc()
            RECEIVED.labels(Service.SINK, COMPONENT).inc()
            if decoded.record is None:
                DROPPED.labels(Service.SINK, COMPONENT, decoded.outcome).inc()
            if decoded.record is not None:
                routed[decoded.topic].append(decoded.record)
            elif decoded.outcome is Outcome.MALFORMED:
                self._bury(message, decoded.error)
            elif decoded.topic == FEEDS and message.key:
                self._forget(message.key.decode("utf-8", "replace"), routed)
        return routed

    def _forget(self, feed_id: str, routed: dict[Topic, list[Record]]) -> None:
        """Forget a feed that was taken out of the list, and what came before it was."""
        routed[FEEDS] = [
            each
            for each in routed[FEEDS]
            if not (isinstance(each, FeedHealth) and each.feed_id == feed_id)
        ]
        self._ledger.forget_feeds([feed_id])

    def _write(self, routed: dict[Topic, list[Record]]) -> list[Alert]:
        """Write everything into the ledger; return the alerts that are in it now."""
        alerts: list[Alert] = []
        heartbeats = [each for each in routed[HEARTBEATS] if isinstance(each, Heartbeat)]
        if heartbeats:
            # Before they are written: a sink killed in between tells again rather than not at all.
            tell_operators(self._ledger.heartbeats(), heartbeats)
        healths = [each for each in routed[FEEDS] if isinstance(each, FeedHealth)]
        if healths:
            tell_of_feeds(self._ledger.feed_health(), healths)
        for topic in TOPICS:
            held = self._write_held(routed[topic])
            alerts += [record for record in held if isinstance(record, Alert)]
        return alerts

    def _write_held(self, records: list[Record]) -> list[Record]:
        """Write one topic's records; one that the database cannot hold is buried, the others are written."""
        try:
            self._store.write_all(records)
        except RecordError:
            records = [record for record in records if self._write_one(record)]
        SENT.labels(Service.SINK, "ledger").inc(len(records))
        return records

    def _write_one(self, record: Record) -> bool:
        try:
            self._store.write_all([record])
        except RecordError as error:
            DROPPED.labels(Service.SINK, COMPONENT, Outcome.UNHOLDABLE).inc()
            self._buried.send(Outcome.UNHOLDABLE, str(error), "ledger", record.to_json(), None)
            return False
        return True

    def _deliver_due(self, writer: Writer, ids: Sequence[str]) -> None:
        """Deliver what is new; after a failure nothing until the retry is due, and then all, to keep the order."""
        retry_at = self._retry_at.get(writer.name)
        if retry_at is None:
            self._deliver(writer, ids)
        elif time.monotonic() >= retry_at:
            del self._retry_at[writer.name]
            self._deliver(writer, None)

    def _deliver(self, writer: Writer, ids: Sequence[str] | None) -> None:
        """Bring alerts, of `ids` or all, to a writer that has not taken them, and record how it went."""
        for alert in self._ledger.undelivered(writer.name, ids):
            try:
                writer.write(notification_of(writer.name, "", [alert]))
            except DeliveryError as error:
                self._failed(writer, alert, error)
                if error.is_recoverable:
                    return  # the next would fail the same way, and must not overtake
            else:
                DELIVERIES.labels(writer.name, "delivered").inc()
                SENT.labels(Service.SINK, writer.name).inc()
                self._ledger.record_delivery(alert.alert_id, writer.name, delivered_at=self._now())

    def _failed(self, writer: Writer, alert: Alert, error: DeliveryError) -> None:
        """Record a failed delivery: to be tried again later, or given up and sent to the dead letters."""
        outcome = Outcome.RETRIED if error.is_recoverable else Outcome.UNDELIVERABLE
        DELIVERIES.labels(writer.name, outcome.value).inc()
        ERRORS.labels(Service.SINK, writer.name, outcome).inc()
        self._ledger.record_delivery(
            alert.alert_id, writer.name, error=str(error), is_abandoned=not error.is_recoverable
        )
        if error.is_recoverable:
            self._retry_at[writer.name] = time.monotonic() + RETRY_S
            _log.warning(
                "delivery failed, trying again later",
                writer=writer.name,
                retry_s=RETRY_S,
                error=str(error),
            )
        else:
            self._buried.undeliverable(alert, writer.name, str(error))
            _log.error(
                "alert cannot be delivered",
                writer=writer.name,
                alert_id=alert.alert_id,
                error=str(error),
            )

    def _bury(self, message: Any, error: str) -> None:
        """Send a malformed record to the dead letters, unless it is itself from there: that would never end."""
        where = f"{message.topic}[{message.partition}]@{message.offset}"
        _log.warning("malformed record", where=where, reason=Outcome.MALFORMED.value, error=error)
        if message.topic != DEADLETTERS.name:
            self._buried.send(Outcome.MALFORMED, error, where, message.value, message.key)

    def _commit(self, batch: Mapping[TopicPartition, Sequence[Any]]) -> None:
        offsets = {
            partition: OffsetAndMetadata(messages[-1].offset + 1, "", -1)
            for partition, messages in batch.items()
            if messages
        }
        if not offsets:
            return
        try:
            self._consumer.commit(offsets, timeout_ms=COMMIT_TIMEOUT_MS)
        except (CommitFailedError, RebalanceInProgressError) as error:
            # The partitions are another sink's now: it reads the batch again, the ledger drops what it has.
            _log.warning(
                "commit refused after a rebalance, the batch is read again", error=str(error)
            )
        except KafkaError as error:
            raise lost("committing", error) from error
