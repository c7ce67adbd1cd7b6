"""Alerts as they come, for a person at a terminal: from the broker when one runs, else from the ledger."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from placewatch.errors import BrokerError, LedgerBusyError, RecordError
from placewatch.kafka import answers, make_consumer, require_rights
from placewatch.kafka_rights import Rights
from placewatch.log import get_logger
from placewatch.record_base import Record
from placewatch.records import Alert, Status
from placewatch.running import with_running_broker
from placewatch.settings import Settings
from placewatch.topics import ALERTS, STATUSES
from sinks.ledger import Ledger
from sinks.lookup import is_there


POLL_TIMEOUT_MS = 1_000
# While the past is read: a broker that has more sends it sooner than that.
PAST_POLL_TIMEOUT_MS = 250
LEDGER_POLL_S = 1.0
# About 5 MB with a few citations each.
LEDGER_PAGE = 1_000
AWAY_POLL_S = 0.5
# How long nothing may come before the broker is asked whether it is there, and how long it has to answer.
ALIVE_CHECK_S = 3.0
ALIVE_TIMEOUT_MS = 3_000

Item = Alert | Status | None

_log = get_logger(__name__)


def running_broker(settings: Settings, *, is_acted_on: bool = False) -> Settings | None:
    """Return the settings with a broker to follow: the one set, or that of services running here; else None.

    The demo's counts only for somebody who has no ledger of their own, and never for what is acted on.
    """
    if settings.bootstrap_servers:
        return settings
    folders = [settings.state_dir]
    if not is_acted_on and not is_there(settings.ledger):
        folders.append(settings.state_dir / "demo")
    for folder in folders:
        running = with_running_broker(settings, folder)
        if running is not None and answers(running.bootstrap_servers or ""):
            return running
    return None


class Follower:
    """Reads the alerts topic, and the statuses topic when asked, across a broker that goes away and comes back."""

    def __init__(
        self,
        find: Callable[[], Settings | None],
        *,
        offset: int = 0,
        most: int | None = None,
        with_statuses: bool = False,
        tell: Callable[[str], None] = lambda _said: None,
    ) -> None:
        """Prepare to follow.

        Args:
            find: gives the broker that runs, None while there is none.
            offset: alerts before it are left out, in each partition.
            most: how many of the past ones anybody wants, None for all; more may come.
            with_statuses: whether to give statuses too, the newest of each place.
            tell: takes what a person should know: that the broker is away, that it is back.
        """
        self._find = find
        self._offset = offset
        self._most = most
        self._topics = (ALERTS, STATUSES) if with_statuses else (ALERTS,)
        self._tell = tell
        self._positions: dict[TopicPartition, int] = {}
        self._passed: set[str] = set()

    def __iter__(self) -> Iterator[Item]:
        """Yield what is there, alerts oldest first, then what comes; None each time there is nothing for a moment.

        Kafka gives no order between partitions: those that were there are put in the order of their arrival.

        Raises:
            BrokerError: the broker cannot be reached at first, has no such topic, or does not let us read it.
        """
        settings = self._find()
        if settings is None:
            raise BrokerError("no broker runs any more: start the services, `placewatch up`")
        require_rights(settings, Rights(reads=self._topics))
        while True:
            try:
                yield from self._read(settings)
            except (KafkaError, BrokerError) as error:
                if not self._positions:
                    raise _unreadable(settings, error) from error
                _log.debug("broker lost", error=str(error))
            self._tell(f"the broker {settings.bootstrap_servers} is away: waiting for it")
            while (found := self._find()) is None or not answers(found.bootstrap_servers or ""):
                yield None
                time.sleep(AWAY_POLL_S)
            settings = found
            self._offset = 0  # whatever comes now is new, or seen before
            self._tell(f"the broker {settings.bootstrap_servers} is back")

    def _read(self, settings: Settings) -> Iterator[Item]:
        """Yield until the broker is lost."""
        consumer = make_consumer(settings)
        try:
            ends = self._assign(consumer, settings)
            yield from self._items(_past(consumer, ends))
            self._positions |= {part: consumer.position(part) for part in ends}
            yield None
            heard_at = time.monotonic()
            while True:
                batch = _poll(consumer)
                yield from self._items(batch)
                self._positions |= {
                    TopicPartition(each.topic, each.partition): each.offset + 1 for each in batch
                }
                if batch:
                    heard_at = time.monotonic()
                    continue
                yield None
                if time.monotonic() - heard_at >= ALIVE_CHECK_S:
                    # An empty poll looks the same whether nothing is told or nobody answers.
                    consumer.end_offsets(list(ends), timeout_ms=ALIVE_TIMEOUT_MS)
                    heard_at = time.monotonic()
        finally:
            consumer.close(timeout_ms=POLL_TIMEOUT_MS)

    def _assign(self, consumer: KafkaConsumer, settings: Settings) -> dict[TopicPartition, int]:
        """Take all partitions, from where it was before; return where each ends.

        The embedded broker begins anew when it starts again, so there everything is read again.
        """
        parts = []
        for topic in self._topics:
            numbers = consumer.partitions_for_topic(topic.name)
            if not numbers:
                raise BrokerError(
                    f"{settings.bootstrap_servers} has no topic {topic.name}: start the services first, "
                    "`placewatch up` or `placewatch work`"
                )
            parts += [TopicPartition(topic.name, number) for number in sorted(numbers)]
        consumer.assign(parts)
        consumer.seek_to_beginning()
        ends: dict[TopicPartition, int] = consumer.end_offsets(parts)
        if not settings.is_broker_embedded:
            for part, position in (self._positions or self._starts(consumer, ends)).items():
                consumer.seek(part, position)
        return ends

    def _starts(
        self, consumer: KafkaConsumer, ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Return from where to read the partitions of alerts, so that no more is read than may be wanted."""
        alerts = [part for part in ends if part.topic == ALERTS.name]
        begins = consumer.beginning_offsets(alerts)
        if self._most is None:
            return {part: max(begins[part], self._offset) for part in alerts}
        return {part: max(begins[part], self._offset, ends[part] - self._most) for part in alerts}

    def _items(self, records: Iterable[Any]) -> Iterator[Item]:
        """Yield the alerts in records, then the newest status of each place; what is neither is left out."""
        statuses: dict[str, Status] = {}
        for record in records:
            if record.topic == STATUSES.name:
                if (status := _decoded(Status, record.value)) is not None:
                    statuses[status.place_id] = status
            elif (alert := _decoded(Alert, record.value)) is not None:
                if record.offset < self._offset and alert.alert_id not in self._passed:
                    self._passed.add(alert.alert_id)
                elif alert.alert_id not in self._passed:
                    yield alert
        yield from statuses.values()


def _unreadable(settings: Settings, error: Exception) -> BrokerError:
    if isinstance(error, BrokerError):
        return error
    return BrokerError(
        f"alerts cannot be read from {settings.bootstrap_servers} ({error}): check that Kafka runs"
    )


def _past(consumer: KafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[Any]:
    """Return the records that are there, by when the broker has them from."""
    found: list[Any] = []
    # The embedded broker understates where a topic ends; an empty poll past that is the end.
    while (batch := _poll(consumer, PAST_POLL_TIMEOUT_MS)) or any(
        consumer.position(part) < end for part, end in ends.items()
    ):
        found += batch
    return sorted(found, key=lambda record: (record.timestamp, record.partition, record.offset))


def _poll(consumer: KafkaConsumer, timeout_ms: int = POLL_TIMEOUT_MS) -> list[Any]:
    """Return the next records, none when there are none for a moment."""
    polled = consumer.poll(timeout_ms=timeout_ms)
    return [record for records in polled.values() for record in records]


def from_ledger(
    ledger: Ledger,
    *,
    offset: int = 0,
    most: int | None = None,
    with_statuses: bool = False,
    tell: Callable[[str], None] = lambda _said: None,
) -> Iterator[Item]:
    """Yield what `Follower` does, from the ledger: alerts from number `offset` on, then all statuses each time.

    Raises:
        LedgerError: it cannot be read at first; later a busy one is told of and waited for.
    """
    seq = max(offset - 1, 0)
    if most is not None:
        seq = max(seq, ledger.seq_before_last(most))
    is_past, is_away = True, False
    while True:
        try:
            while page := ledger.alerts_after(seq, LEDGER_PAGE):
                seq = page[-1][0]
                yield from (alert for _, alert in page)
            if with_statuses:
                yield from ledger.statuses()
        except LedgerBusyError as error:
            if is_past:
                raise
            if not is_away:
                tell(f"{error}: waiting for it")
            is_away = True
        else:
            if is_away:
                tell("the ledger is back")
            is_past, is_away = False, False
        yield None
        time.sleep(LEDGER_POLL_S)


def tailed(
    items: Iterable[Item],
    is_wanted: Callable[[Alert], bool],
    *,
    last: int | None,
) -> Iterator[Item]:
    """Yield the wanted alerts, each once: the last so many of those there are (None: all), then new ones.

    Statuses go through, and so does the None that says there is nothing for a moment.

    Args:
        items: what `Follower` and `from_ledger` give; the first None ends what is there.
        is_wanted: which alerts to yield.
        last: how many of the past ones.
    """
    seen: set[str] = set()
    past: deque[Alert] | None = deque(maxlen=last)
    for item in items:
        if item is None:
            if past is not None:
                yield from past
                past = None
            yield None
        elif isinstance(item, Status):
            yield item
        elif item.alert_id not in seen and is_wanted(item):
            seen.add(item.alert_id)
            if past is None:
                yield item
            else:
                past.append(item)


_R = TypeVar("_R", bound=Record)


def _decoded(record: type[_R], value: bytes | None) -> _R | None:
    """Return the record, None for a tombstone and for what is none."""
    if value is None:
        return None
    try:
        return record.from_json(value)
    except RecordError as error:
        _log.warning("malformed record", record=record.__name__, error=str(error))
        return None
