"""Publishing articles and dead letters: done means acknowledged by the broker."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from kafka.errors import KafkaError

from placewatch.errors import BrokerError
from placewatch.feed_health import FeedHealth
from placewatch.metrics import SENT, Service
from placewatch.records import Article, DeadLetter
from placewatch.topics import ARTICLES, DEADLETTERS, FEEDS
from placewatch.vocabulary import TextQuality


ACK_TIMEOUT_S = 60.0
# Everything is acknowledged before we close: waiting longer would only be for a broker that is gone.
CLOSE_TIMEOUT_S = 5.0
MAX_RAW_BYTES = 64 * 1024
# Kafka takes a mebibyte as it comes from a factory, and refuses the whole request beyond that.
MAX_RECORD_BYTES = 900 * 1024
# What a first poll brings may be many mebibytes: so much of it is made and sent before the next.
_BATCH_BYTES = 1024 * 1024


class Producer(Protocol):
    """The part of KafkaProducer that is used."""

    def send(
        self, topic: str, *, key: bytes, value: bytes | None, partition: int | None = None
    ) -> Any:
        """Queue a record; return its future."""

    def flush(self, timeout: float | None = None) -> None:
        """Send what is queued and wait."""

    def close(self, timeout: float | None = None) -> None:
        """Flush and give the connections up."""


class Publisher:
    """Sends records and waits for the broker's word on each. Its methods block: call them in a thread."""

    def __init__(self, producer: Producer, *, partition: int | None = None) -> None:
        """Send through `producer`; articles to one `partition` of their topic, unless their keys choose it."""
        self._producer = producer
        self._partition = partition

    def publish(self, articles: Sequence[Article]) -> None:
        """Publish articles in the order given; return when the broker has every one.

        What does not fit into a record goes without the end of its text.

        Raises:
            BrokerError: at least one was not acknowledged; none may be remembered as published.
        """
        batch: list[tuple[bytes, bytes | None]] = []
        batch_bytes = 0
        for article in articles:
            value = _fitting(article)
            batch.append((article.article_id.encode(), value))
            batch_bytes += len(value)
            if batch_bytes >= _BATCH_BYTES:
                self._send_all(ARTICLES.name, batch, partition=self._partition)
                batch, batch_bytes = [], 0
        if batch:
            self._send_all(ARTICLES.name, batch, partition=self._partition)

    def bury(self, body: bytes, *, reason: str, error: str, url: str, now: datetime) -> None:
        """Send a body that could not be used to the dead letters, up to its first 64 KiB.

        Raises:
            BrokerError: it was not acknowledged.
        """
        letter = DeadLetter(
            reason=reason,
            error=error,
            where=url,
            at=now,
            raw=base64.b64encode(body[:MAX_RAW_BYTES]).decode("ascii"),
        )
        self._send_all(DEADLETTERS.name, [(url.encode(), letter.to_json())])

    def tell_health(self, healths: Sequence[FeedHealth]) -> None:
        """Publish how feeds do; return when the broker has every word of it.

        Raises:
            BrokerError: it was not acknowledged.
        """
        self._send_all(FEEDS.name, [(h.feed_id.encode(), h.to_json()) for h in healths])

    def forget_health(self, feed_ids: Collection[str]) -> None:
        """Publish a tombstone for each feed, so that nothing is known of it any more.

        Raises:
            BrokerError: it was not acknowledged.
        """
        self._send_all(FEEDS.name, [(feed_id.encode(), None) for feed_id in feed_ids])

    def close(self) -> None:
        """Flush what is under way and give the connections up."""
        self._producer.close(timeout=CLOSE_TIMEOUT_S)

    def _send_all(
        self,
        topic: str,
        records: Sequence[tuple[bytes, bytes | None]],
        *,
        partition: int | None = None,
    ) -> None:
        try:
            futures = [
                self._producer.send(topic, key=key, value=value, partition=partition)
                for key, value in records
            ]
            self._producer.flush(timeout=ACK_TIMEOUT_S)
            for future in futures:
                future.get(timeout=ACK_TIMEOUT_S)
                SENT.labels(Service.PRODUCE, topic).inc()
        except KafkaError as error:
            raise BrokerError(
                f"the broker did not acknowledge {len(records)} record(s) for {topic} "
                f"({type(error).__name__}: {error}): they are published again after a restart; "
                "check the broker with `placewatch doctor`"
            ) from error


def _fitting(article: Article) -> bytes:
    """Return an article as it is sent: one that is too large without the end of its text, and then of its summary."""
    value = article.to_json()
    for name in ("text", "summary"):
        text = getattr(article, name)
        while len(value) > MAX_RECORD_BYTES and text:
            text = text[: len(text) // 2]
            changed = {name: text, "text_quality": TextQuality.PARTIAL}
            article = article.model_copy(update=changed)
            value = article.to_json()
    return value
