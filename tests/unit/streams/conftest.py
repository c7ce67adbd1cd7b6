"""Builders and stand-ins for tests of the worker's own parts."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from placewatch.record_base import Record, place_id_of
from placewatch.records import (
    Article,
    Assertion,
    DeadLetter,
    Evidence,
    Reading,
    Report,
    WatchedPlace,
)
from placewatch.topics import ARTICLES
from placewatch.vocabulary import Certainty, Control, Factuality, State
from streams.outputs import Output
from streams.place_table import PlaceTable


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


@dataclass
class FakeMessage:
    """A Kafka message without Kafka."""

    value: bytes | None
    topic: str = ARTICLES.name
    partition: int = 0
    offset: int = 7
    key: bytes | None = b"key"
    timestamp: float = NOON.timestamp()


@dataclass
class FakePublish:
    """Notes what would be sent."""

    sent: list[Output] = field(default_factory=list)

    async def __call__(self, outputs: Sequence[Output]) -> None:
        self.sent += outputs

    def on(self, topic: Any) -> list[Any]:
        """Return the records sent to a topic, without its tombstones."""
        sent = [o.value for o in self.sent if o.topic == topic]
        return [topic.record.from_json(value) for value in sent if value is not None]

    def on_key(self, topic: Any, key: str) -> list[bytes | None]:
        """Return what was sent to a topic under a key."""
        return [o.value for o in self.sent if (o.topic, o.key) == (topic, key.encode())]


@dataclass
class FakeTable:
    """Faust's table as far as it is used: its data, and what goes to its changelog."""

    data: dict[bytes, bytes] = field(default_factory=dict)
    changelog: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)

    def send_changelog(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Note a change."""
        self.changelog.append((partition, key, value))

    @property
    def partitions(self) -> dict[str, int]:
        """The partition that each key was last written with."""
        return {key.decode(): partition for partition, key, _ in self.changelog}


@dataclass
class FakeStored:
    """A table without Faust, with the partitions it was written with."""

    rows: dict[str, Record] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.rows.get(key)

    def put(self, key: str, record: Record, partition: int) -> None:
        self.rows[key] = type(record).from_json(record.to_json())
        self.partitions[key] = partition

    def remove(self, key: str, partition: int) -> None:
        del self.rows[key]
        self.partitions[key] = partition

    def keys(self) -> list[str]:
        return list(self.rows)


@pytest.fixture
def message() -> type[FakeMessage]:
    return FakeMessage


@pytest.fixture
def publish() -> FakePublish:
    return FakePublish()


@pytest.fixture
def stored() -> FakeStored:
    return FakeStored()


@pytest.fixture
def make_table() -> type[FakeTable]:
    return FakeTable


@pytest.fixture
def tables() -> tuple[FakeTable, FakeTable]:
    """The tables of places and of their readings."""
    return FakeTable(), FakeTable()


@pytest.fixture
def places(tables: tuple[FakeTable, FakeTable]) -> PlaceTable:
    return PlaceTable(*tables)


@pytest.fixture
def make_place() -> Callable[..., WatchedPlace]:
    def build(label: str, *, holder: str | None = None, **more: Any) -> WatchedPlace:
        place_id = place_id_of(label)
        baseline = Assertion(
            assertion_id=f"baseline-{place_id}",
            place_id=place_id,
            place=label,
            control=Control.HELD,
            holder=holder,
            certainty=Certainty.SETTLED,
            as_of=datetime(2024, 11, 27, tzinfo=UTC),
        )
        return WatchedPlace(
            place_id=place_id,
            place=label,
            name=label.split(",", maxsplit=1)[0],
            country="Syria",
            baseline=baseline if holder else None,
            **more,
        )

    return build


@pytest.fixture
def make_article() -> Callable[..., Article]:
    def build(article_id: str, title: str = "Rebels captured Hama", **more: Any) -> Article:
        values: dict[str, Any] = {
            "article_id": article_id,
            "source_id": "wire.example",
            "title": title,
            "published_at": NOON,
            "fetched_at": NOON,
        }
        return Article(**(values | more))

    return build


@pytest.fixture
def make_reading() -> Callable[..., Reading]:
    def build(
        label: str, article_id: str, *, state: State | None = State.CAPTURED, **more: Any
    ) -> Reading:
        place_id = place_id_of(label)
        report = Report(
            place_id=place_id,
            place=label,
            state=state or State.HELD,
            factuality=Factuality.ASSERTED,
            actor="Syrian rebels",
            against="Syrian government",
            evidence=Evidence(sentence="Rebels captured the town.", start=0, end=25),
        )
        values: dict[str, Any] = {
            "place_id": place_id,
            "place": label,
            "article_id": article_id,
            "source_id": "wire.example",
            "published_at": NOON,
            "fetched_at": NOON,
            "reports": (report,) if state else (),
        }
        return Reading(**(values | more))

    return build


@pytest.fixture
def buried() -> Callable[[FakePublish], list[tuple[str, bytes]]]:
    """Reasons and bytes of the dead letters that were sent."""

    def reasons(publish: FakePublish) -> list[tuple[str, bytes]]:
        letters = [
            DeadLetter.from_json(o.value) for o in publish.sent if "deadletters" in o.topic.name
        ]
        return [(letter.reason, base64.b64decode(letter.raw)) for letter in letters]

    return reasons
