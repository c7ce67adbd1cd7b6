"""Sends to the dead letters what cannot be used or delivered, acknowledged before anything else happens."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from kafka.errors import KafkaError

from placewatch.errors import BrokerError
from placewatch.metrics import SENT, Service
from placewatch.records import Alert, DeadLetter
from placewatch.topics import DEADLETTERS
from sinks.decoding import Outcome


SEND_TIMEOUT_S = 30.0
# A dead letter has to fit into Kafka's default limit of 1 MiB a message, in base64.
MAX_RAW_BYTES = 512 * 1024


class Producer(Protocol):
    """What burying needs of a KafkaProducer; several threads use it."""

    def send(self, topic: str, value: bytes, key: bytes | None) -> Any:
        """Send; return a future."""


class DeadLetters:
    """The topic of dead letters."""

    def __init__(self, producer: Producer, now: Callable[[], datetime]) -> None:
        """Send with `producer`, dated by `now`."""
        self._producer = producer
        self._now = now

    def send(self, reason: Outcome, error: str, where: str, raw: bytes, key: bytes | None) -> None:
        """Bury bytes with their reason; return when the broker has them.

        Raises:
            BrokerError: it does not take them.
        """
        letter = DeadLetter(
            reason=reason.value,
            error=error,
            where=f"sink: {where}",
            at=self._now(),
            raw=base64.b64encode(raw[:MAX_RAW_BYTES]).decode(),
        )
        try:
            self._producer.send(DEADLETTERS.name, value=letter.to_json(), key=key).get(
                SEND_TIMEOUT_S
            )
            SENT.labels(Service.SINK, DEADLETTERS.name).inc()
        except KafkaError as error_:
            raise lost("writing a dead letter", error_) from error_

    def undeliverable(self, alert: Alert, writer: str, error: str) -> None:
        """Bury an alert that a writer cannot deliver.

        Raises:
            BrokerError: the broker does not take it.
        """
        where, key = f"writer {writer}", alert.place_id.encode()
        self.send(Outcome.UNDELIVERABLE, error, where, alert.to_json(), key)


def lost(doing: str, error: KafkaError) -> BrokerError:
    """Return our error for one of Kafka's, as it came while `doing` something."""
    return BrokerError(
        f"Kafka failed while {doing} ({type(error).__name__}: {error}): nothing is lost; start the sink again "
        "once the broker is back"
    )
