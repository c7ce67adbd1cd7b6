"""What a worker sends: records on our topics, acknowledged before their cause is."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from placewatch.cloudevents import attributes_of
from placewatch.heartbeats import HEARD_KEY, Heard, Heartbeat
from placewatch.log import get_logger
from placewatch.metrics import ERRORS, SENT, Service
from placewatch.records import Alert, DeadLetter, Event, Reading, Status
from placewatch.topics import (
    ALERTS,
    DEADLETTERS,
    EVENTS,
    HEARD,
    HEARTBEATS,
    READINGS,
    STATUSES,
    Topic,
)
from streams.reasons import DeadLetterReason


_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 15.0
_KEPT_BYTES = 128 * 1024

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Output:
    """One record to send: where, under which key, and its bytes."""

    topic: Topic
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes] = field(default_factory=dict)


Send = Callable[[Output], Awaitable[Awaitable[object]]]
Publish = Callable[[Sequence[Output]], Awaitable[None]]


def reading_output(reading: Reading) -> Output:
    """Return what puts a reading on its topic."""
    return Output(READINGS, reading.place_id.encode(), reading.to_json())


def event_output(event: Event) -> Output:
    """Return what puts an event on its topic."""
    return Output(EVENTS, event.place_id.encode(), event.to_json())


def status_output(status: Status) -> Output:
    """Return what puts a status on its topic."""
    return Output(STATUSES, status.place_id.encode(), status.to_json())


def alert_output(alert: Alert) -> Output:
    """Return what puts an alert on its topic, a CloudEvent in the Kafka binding's binary mode."""
    attributes = {f"ce_{name}": value for name, value in attributes_of(alert).items()}
    attributes["content-type"] = "application/json"
    headers = {name: value.encode() for name, value in attributes.items()}
    return Output(ALERTS, alert.place_id.encode(), alert.to_json(), headers)


def heard_output(heard: Heard) -> Output:
    """Return what puts on its topic who was heard of."""
    return Output(HEARD, HEARD_KEY, heard.to_json())


def heartbeat_output(heartbeat: Heartbeat) -> Output:
    """Return what puts a heartbeat on its topic."""
    return Output(HEARTBEATS, heartbeat.key.encode(), heartbeat.to_json())


def forgotten_output(key: str) -> Output:
    """Return the tombstone of a heartbeat: the topic forgets the subject."""
    return Output(HEARTBEATS, key.encode(), None)


def dead_letter_output(
    reason: DeadLetterReason,
    error: str,
    *,
    where: str,
    at: datetime,
    key: bytes | None,
    value: bytes | None,
) -> Output:
    """Return what buries a record that could not be used, under its original key."""
    letter = DeadLetter(
        reason=reason,
        error=error,
        where=where,
        at=at,
        raw=base64.b64encode(value or b"").decode(),
    )
    return Output(DEADLETTERS, key, letter.to_json())


async def publish(outputs: Sequence[Output], send: Send) -> None:
    """Send in order; return when the broker has acknowledged all. A broker that is away is waited for.

    A record that the broker will never take, because it is too large, is buried in its place.
    """
    waiting = list(outputs)
    delay_s = _FIRST_RETRY_S
    while waiting:
        waiting, refused = await _send_once(waiting, send)
        waiting += [_too_large(output) for output in refused]
        if not waiting or refused:
            continue
        log.error("broker_refuses", records=len(waiting), retry_in_s=delay_s)
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, _LONGEST_RETRY_S)


async def _send_once(outputs: Sequence[Output], send: Send) -> tuple[list[Output], list[Output]]:
    """Send each once; return those to send again and those that are too large."""
    again: list[Output] = []
    refused: list[Output] = []

    def failed(output: Output, error: KafkaError) -> None:
        ERRORS.labels(Service.WORK, "publish", type(error).__name__).inc()
        (refused if isinstance(error, MessageSizeTooLargeError) else again).append(output)

    sent: list[tuple[Output, Awaitable[object]]] = []
    for output in outputs:
        try:
            sent.append((output, await send(output)))
        except KafkaError as error:
            failed(output, error)
    for output, acknowledgement in sent:
        try:
            await acknowledgement
        except KafkaError as error:
            failed(output, error)
        else:
            SENT.labels(Service.WORK, output.topic.name).inc()
    return again, refused


def _too_large(output: Output) -> Output:
    """Return the dead letter of a record that is too large: its beginning."""
    value = output.value or b""
    log.error("record_too_large", topic=output.topic.name, bytes=len(value))
    return dead_letter_output(
        DeadLetterReason.TOO_LARGE,
        f"{len(value)} bytes, of which the first {_KEPT_BYTES} are kept",
        where=f"to {output.topic.name}",
        at=datetime.now(UTC),
        key=output.key,
        value=value[:_KEPT_BYTES],
    )
