"""What a record from a topic is, and what becomes of it: decided here, done in `sinks.consumer`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from placewatch.errors import RecordError
from placewatch.record_base import Record
from placewatch.topics import ALL_TOPICS, Topic


class Outcome(StrEnum):
    """What became of a record or a delivery: the word in logs, metrics and dead letters."""

    ROUTED = "routed"
    TOMBSTONE = "tombstone"
    MALFORMED = "malformed"
    UNHOLDABLE = "unholdable"
    RETRIED = "retried"
    UNDELIVERABLE = "undeliverable"


_BY_NAME = {topic.name: topic for topic in ALL_TOPICS}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record from a topic.

    Attributes:
        topic: where it came from.
        outcome: routed, tombstone or malformed.
        record: the record when it is routed.
        error: what is wrong with it when it is malformed.
    """

    topic: Topic
    outcome: Outcome
    record: Record | None = None
    error: str = ""


def decode(topic_name: str, value: bytes | None) -> Decoded:
    """Return what `value` is. A tombstone only lets Kafka forget a key: the ledger keeps what was of places."""
    topic = _BY_NAME[topic_name]
    if value is None:
        return Decoded(topic, Outcome.TOMBSTONE)
    try:
        return Decoded(topic, Outcome.ROUTED, topic.record.from_json(value))
    except RecordError as error:
        return Decoded(topic, Outcome.MALFORMED, error=str(error))
