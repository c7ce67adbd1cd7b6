"""Reads the watchlist and assertions topics whole, from their beginning and on, into what the worker knows.

Each worker reads every partition and belongs to no group. kafka-python polls in a thread, so that the connection
settings stay in one place.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from placewatch.errors import BrokerError, RecordError
from placewatch.kafka import make_consumer
from placewatch.log import get_logger
from placewatch.metrics import ERRORS, Service
from placewatch.records import Assertion, WatchedPlace
from placewatch.settings import Settings
from placewatch.topics import ASSERTIONS, WATCHLIST
from streams.givens import Givens
from streams.metrics import WATCHED
from streams.outputs import Publish
from streams.read_articles import bury
from streams.reasons import DeadLetterReason


AGENT = "follow"
_POLL_MS = 250
_RETRY_S = 2.0

log = get_logger(__name__)


@dataclass(slots=True)
class Incoming:
    """A record that kafka-python read, as the agents know messages."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: float


class Follower:
    """Keeps `givens` current; `ready` is set once all that was there at the start has been taken in."""

    def __init__(self, settings: Settings, givens: Givens, publish: Publish) -> None:
        self._settings = settings
        self._givens = givens
        self._publish = publish
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Follow until cancelled; a broker that is away is tried again."""
        while True:
            try:
                await self._follow()
            except (BrokerError, KafkaError) as error:
                ERRORS.labels(Service.WORK, AGENT, type(error).__name__).inc()
                log.warning("watchlist_unreachable", error=str(error), retry_in_s=_RETRY_S)
                await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        """Read both topics from their beginning for ever."""
        consumer = await asyncio.to_thread(_open, self._settings)
        try:
            ends = await asyncio.to_thread(consumer.end_offsets, list(consumer.assignment()))
            while True:
                polled = await asyncio.to_thread(consumer.poll, _POLL_MS)
                for record in (r for records in polled.values() for r in records):
                    await self._take(record)
                # The embedded broker understates where a topic ends; an empty poll past that is the end.
                if not polled and all(consumer.position(tp) >= end for tp, end in ends.items()):
                    self._announce()
        finally:
            await asyncio.shield(asyncio.to_thread(consumer.close))

    def _announce(self) -> None:
        """Let the agents begin, once."""
        if not self.ready.is_set():
            log.info("watchlist_known", places=len(self._givens.places))
            WATCHED.set(len(self._givens.places))
            self.ready.set()

    async def _take(self, record: Any) -> None:
        """Take in one record of either topic; a malformed place is buried, assertions are by `track`."""
        if record.value is None:
            return
        if record.topic == ASSERTIONS.name:
            with contextlib.suppress(RecordError):
                self._givens.put_assertion(Assertion.from_json(record.value))
            return
        try:
            place = WatchedPlace.from_json(record.value)
        except RecordError as error:
            message = Incoming(
                record.topic,
                record.partition,
                record.offset,
                record.key,
                record.value,
                record.timestamp / 1000,
            )
            letter = bury(message, DeadLetterReason.MALFORMED, str(error), agent=AGENT)
            await self._publish([letter])
            return
        if self._givens.put_place(place):
            WATCHED.set(len(self._givens.places))
            log.info("watchlist_changed", place=place.place, is_removed=place.is_removed)


def _open(settings: Settings) -> KafkaConsumer:
    """Return a consumer at the beginning of every partition of both topics."""
    consumer = make_consumer(settings)
    try:
        partitions = [
            TopicPartition(topic.name, number)
            for topic in (WATCHLIST, ASSERTIONS)
            for number in sorted(consumer.partitions_for_topic(topic.name) or ())
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
    except BaseException:
        consumer.close()
        raise
    return consumer
