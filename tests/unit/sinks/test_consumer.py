"""The sink's story with a fake Kafka: what is written, recorded, buried and committed, and in which order."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka.errors import CommitFailedError, KafkaConnectionError, KafkaTimeoutError
from kafka.structs import TopicPartition

from placewatch.errors import BrokerError, DeliveryError
from placewatch.records import DeadLetter
from placewatch.topics import ALERTS, DEADLETTERS, EVENTS, FEEDS, HEARTBEATS, STATUSES
from sinks import consumer as module
from sinks.consumer import Sink
from sinks.ledger import Ledger
from sinks.notification import Notification
from sinks.writers.ledger import LedgerWriter


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


@dataclass
class FakeMessage:
    topic: str
    value: bytes | None
    offset: int
    key: bytes | None = b"rastan-syria"
    partition: int = 0


@dataclass
class FakeConsumer:
    """Gives what is published until it is committed, as a consumer does that starts anew each time."""

    published: list[FakeMessage] = field(default_factory=list)
    committed: dict[str, int] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)

    def publish(self, topic: str, *values: bytes | None) -> None:
        for value in values:
            offset = sum(message.topic == topic for message in self.published)
            self.published.append(FakeMessage(topic, value, offset))

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[FakeMessage]]:
        batch: dict[TopicPartition, list[FakeMessage]] = {}
        for message in self.published:
            if message.offset >= self.committed.get(message.topic, 0):
                batch.setdefault(TopicPartition(message.topic, 0), []).append(message)
        return batch

    def commit(self, offsets: dict[TopicPartition, Any], timeout_ms: int) -> None:
        if self.errors:
            raise self.errors.pop()
        self.committed |= {part.topic: position.offset for part, position in offsets.items()}


@dataclass
class FakeProducer:
    sent: list[tuple[str, bytes, bytes | None]] = field(default_factory=list)
    error: Exception | None = None

    def send(self, topic: str, value: bytes, key: bytes | None) -> FakeProducer:
        self.sent.append((topic, value, key))
        return self

    def get(self, timeout: float) -> None:
        if self.error:
            raise self.error

    def letters(self) -> list[DeadLetter]:
        return [DeadLetter.from_json(value) for _, value, _ in self.sent]


@dataclass
class FakeWriter:
    name: str = "fake"
    written: list[str] = field(default_factory=list)
    errors: dict[str, DeliveryError] = field(default_factory=dict)

    def write(self, notification: Notification) -> None:
        (alert,) = notification.alerts
        if alert.alert_id in self.errors:
            raise self.errors[alert.alert_id]
        self.written.append(alert.alert_id)

    def close(self) -> None:
        pass


@dataclass
class FakeWorld:
    """A sink with a real ledger and everything else fake; `sink()` gives a newly started one."""

    ledger: Ledger
    consumer: FakeConsumer = field(default_factory=FakeConsumer)
    producer: FakeProducer = field(default_factory=FakeProducer)
    writer: FakeWriter = field(default_factory=FakeWriter)

    def sink(self) -> Sink:
        return Sink(
            self.consumer,
            self.producer,
            self.ledger,
            store=LedgerWriter(self.ledger),
            writers=[self.writer],
            now=lambda: NOON,
        )


@pytest.fixture
def world(ledger: Ledger) -> FakeWorld:
    return FakeWorld(ledger)


def test_each_record_reaches_its_table_and_the_offsets_are_committed(
    world: FakeWorld, make_alert, make_status, make_event
) -> None:
    letter = DeadLetter(reason="malformed", error="x", where="t", at=NOON)
    world.consumer.publish(ALERTS.name, make_alert(1).to_json(), make_alert(2).to_json())
    world.consumer.publish(STATUSES.name, make_status().to_json())
    world.consumer.publish(EVENTS.name, make_event().to_json())
    world.consumer.publish(DEADLETTERS.name, letter.to_json())
    assert world.sink().step() == 5
    counts = world.ledger.counts()
    tables = ("alerts", "statuses", "events", "dead_letters", "deliveries")
    assert [counts[table] for table in tables] == [2, 1, 1, 1, 2]
    assert world.writer.written == ["alert-1", "alert-2"]
    assert world.consumer.committed == {
        ALERTS.name: 2,
        STATUSES.name: 1,
        EVENTS.name: 1,
        DEADLETTERS.name: 1,
    }


def test_nothing_read_commits_nothing(world: FakeWorld) -> None:
    assert world.sink().step() == 0
    assert world.consumer.committed == {}


def test_a_batch_read_again_is_neither_written_nor_delivered_again(
    world: FakeWorld, make_alert
) -> None:
    world.consumer.publish(ALERTS.name, make_alert(1).to_json())
    sink = world.sink()
    sink.step()
    world.consumer.committed.clear()
    sink.step()
    assert world.writer.written == ["alert-1"]
    assert world.ledger.counts()["alerts"] == 1


def test_killed_before_the_commit_the_next_sink_delivers_only_what_was_not(
    world: FakeWorld, make_alert
) -> None:
    world.consumer.publish(ALERTS.name, make_alert(1).to_json(), make_alert(2).to_json())
    world.ledger.write_alerts([make_alert(1), make_alert(2)])
    world.ledger.record_delivery("alert-1", "fake", delivered_at=NOON)
    world.sink().step()
    assert world.writer.written == ["alert-2"]


def test_an_alert_left_undelivered_is_delivered_at_the_start_though_kafka_forgot_it(
    world: FakeWorld, make_alert
) -> None:
    world.ledger.write_alerts([make_alert(1)])
    world.sink().step()
    assert world.writer.written == ["alert-1"]


@pytest.mark.parametrize("topic", [ALERTS, STATUSES, EVENTS])
def test_a_malformed_record_goes_to_the_dead_letters_with_its_bytes_and_everything_goes_on(
    world: FakeWorld, make_alert, topic
) -> None:
    world.consumer.publish(topic.name, b"{broken")
    world.consumer.publish(ALERTS.name, make_alert(1).to_json())
    world.sink().step()
    (letter,) = world.producer.letters()
    assert (letter.reason, base64.b64decode(letter.raw)) == ("malformed", b"{broken")
    assert letter.where == f"sink: {topic.name}[0]@0"
    assert topic.record.__name__ in letter.error
    assert world.producer.sent[0][2] == b"rastan-syria"
    assert world.writer.written == ["alert-1"]


def test_a_malformed_dead_letter_is_not_buried_again(world: FakeWorld) -> None:
    world.consumer.publish(DEADLETTERS.name, b"{broken")
    world.sink().step()
    assert world.producer.sent == []
    assert world.consumer.committed == {DEADLETTERS.name: 1}


def test_a_record_with_a_wrong_field_names_it_in_the_dead_letter(
    world: FakeWorld, make_alert
) -> None:
    fields = json.loads(make_alert(1).to_json()) | {"control": "occupied"}
    world.consumer.publish(ALERTS.name, json.dumps(fields).encode())
    world.sink().step()
    assert "control" in world.producer.letters()[0].error


def test_a_record_of_a_newer_version_is_read_without_its_new_field(
    world: FakeWorld, make_alert
) -> None:
    fields = json.loads(make_alert(1).to_json()) | {"colour": "red"}
    world.consumer.publish(ALERTS.name, json.dumps(fields).encode())
    world.sink().step()
    assert world.writer.written == ["alert-1"]


def test_a_huge_malformed_record_is_cut_to_what_kafka_takes(world: FakeWorld) -> None:
    world.consumer.publish(ALERTS.name, b"x" * 2_000_000)
    world.sink().step()
    assert len(world.producer.sent[0][1]) < 1_000_000


def test_a_tombstone_leaves_the_status_in_the_ledger(world: FakeWorld, make_status) -> None:
    world.consumer.publish(STATUSES.name, make_status().to_json(), None)
    world.sink().step()
    assert world.ledger.status("rastan-syria") == make_status()
    assert world.producer.sent == []


def test_a_record_the_ledger_cannot_hold_is_buried_and_its_neighbours_are_written(
    world: FakeWorld, make_alert, make_citation
) -> None:
    bad = make_alert(2, citations=(make_citation(1, revision=2**70),))
    values = (alert.to_json() for alert in (make_alert(1), bad, make_alert(3)))
    world.consumer.publish(ALERTS.name, *values)
    world.sink().step()
    assert world.writer.written == ["alert-1", "alert-3"]
    assert [letter.reason for letter in world.producer.letters()] == ["unholdable"]
    assert world.consumer.committed == {ALERTS.name: 3}


def test_a_recoverable_failure_is_tried_again_later_in_order(
    world: FakeWorld, make_alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    world.writer.errors["alert-1"] = DeliveryError("disk full", is_recoverable=True)
    world.consumer.publish(ALERTS.name, make_alert(1).to_json(), make_alert(2).to_json())
    sink = world.sink()
    sink.step()
    assert world.writer.written == []
    assert world.consumer.committed == {ALERTS.name: 2}
    world.writer.errors.clear()
    sink.step()
    assert world.writer.written == ["alert-1", "alert-2"]


def test_after_a_failure_newer_alerts_do_not_overtake_older_ones(
    world: FakeWorld, make_alert
) -> None:
    world.writer.errors["alert-1"] = DeliveryError("disk full", is_recoverable=True)
    world.consumer.publish(ALERTS.name, make_alert(1).to_json())
    sink = world.sink()
    sink.step()
    world.writer.errors.clear()
    world.consumer.publish(ALERTS.name, make_alert(2).to_json())
    sink.step()
    assert world.writer.written == []
    world.sink().step()
    assert world.writer.written == ["alert-1", "alert-2"]


def test_a_failure_for_good_is_buried_and_the_next_alert_goes_on(
    world: FakeWorld, make_alert
) -> None:
    world.writer.errors["alert-1"] = DeliveryError("refused", is_recoverable=False)
    world.consumer.publish(ALERTS.name, make_alert(1).to_json(), make_alert(2).to_json())
    world.sink().step()
    assert world.writer.written == ["alert-2"]
    (letter,) = world.producer.letters()
    assert (letter.reason, letter.where) == ("undeliverable", "sink: writer fake")
    world.sink().step()
    assert len(world.producer.sent) == 1


def test_a_commit_refused_after_a_rebalance_is_no_failure(world: FakeWorld, make_alert) -> None:
    world.consumer.errors = [CommitFailedError()]
    world.consumer.publish(ALERTS.name, make_alert(1).to_json())
    sink = world.sink()
    sink.step()
    sink.step()
    assert world.writer.written == ["alert-1"]
    assert world.consumer.committed == {ALERTS.name: 1}


def test_a_broker_lost_while_committing_is_a_broker_error(world: FakeWorld, make_alert) -> None:
    world.consumer.errors = [KafkaTimeoutError("gone")]
    world.consumer.publish(ALERTS.name, make_alert(1).to_json())
    with pytest.raises(BrokerError, match="committing"):
        world.sink().step()
    assert world.ledger.counts()["alerts"] == 1


def test_a_dead_letter_that_is_not_acknowledged_keeps_its_record_uncommitted(
    world: FakeWorld,
) -> None:
    world.producer.error = KafkaConnectionError("gone")
    world.consumer.publish(ALERTS.name, b"{broken")
    with pytest.raises(BrokerError, match="dead letter"):
        world.sink().step()
    assert world.consumer.committed == {}


def test_the_reasons_are_in_the_ledger_before_the_alert_is_told(
    world: FakeWorld, make_alert, make_event
) -> None:
    known: list[int] = []

    class FakeAskingWriter(FakeWriter):
        def write(self, notification: Notification) -> None:
            (alert,) = notification.alerts
            known.append(len(world.ledger.events(alert.event_ids)))

    world.writer = FakeAskingWriter()
    world.consumer.publish(ALERTS.name, make_alert(1).to_json())
    world.consumer.publish(EVENTS.name, make_event(1).to_json())
    world.sink().step()
    assert known == [1]


def test_a_heartbeat_is_kept_and_told_to_operators_but_is_no_alert(
    world: FakeWorld, make_heartbeat, logged
) -> None:
    quiet = make_heartbeat(1)
    again = make_heartbeat(5, state="alive", reason="heard_again", quiet_since=None)
    world.consumer.publish(HEARTBEATS.name, quiet.to_json(), again.to_json(), None)
    world.sink().step()
    assert world.ledger.heartbeats() == {"place:rastan-syria": again}
    assert (world.writer.written, world.ledger.alerts()) == ([], ())
    assert [(line["log_level"], line["event"], line["reason"]) for line in logged] == [
        ("warning", "gone quiet", "silent_beyond_its_pace"),
        ("info", "no longer quiet", "heard_again"),
    ]


def test_a_heartbeat_delivered_again_is_told_once(world: FakeWorld, make_heartbeat, logged) -> None:
    world.consumer.publish(HEARTBEATS.name, make_heartbeat(1).to_json())
    world.sink().step()
    world.consumer.publish(
        HEARTBEATS.name, make_heartbeat(1).to_json(), make_heartbeat(0).to_json()
    )
    world.sink().step()
    assert [line["event"] for line in logged] == ["gone quiet"]


def test_how_a_feed_does_is_kept_and_its_troubles_told_once(
    world: FakeWorld, make_health, logged
) -> None:
    failing, blocked = make_health(1), make_health(2, state="blocked", reason="forbidden")
    well = make_health(5, state="ok", reason="works", is_in_trouble=False)
    sound = make_health(feed_id="agency", state="ok", reason="works", is_in_trouble=False)
    world.consumer.publish(FEEDS.name, sound.to_json(), failing.to_json(), blocked.to_json())
    world.sink().step()
    world.consumer.publish(FEEDS.name, blocked.to_json(), failing.to_json(), well.to_json())
    world.sink().step()
    assert world.ledger.feed_health() == {"agency": sound, "wire": well}
    assert (world.writer.written, world.ledger.alerts()) == ([], ())
    assert [(line["log_level"], line["event"], line["health"]) for line in logged] == [
        ("warning", "feed in trouble", "failing"),
        ("warning", "feed in trouble", "blocked"),
        ("info", "feed no longer in trouble", "ok"),
    ]


def test_a_feed_taken_out_of_the_list_is_forgotten_and_may_come_back(
    world: FakeWorld, make_health
) -> None:
    world.consumer.publish(FEEDS.name, make_health(1).to_json())
    world.sink().step()
    other = make_health(feed_id="agency")
    world.consumer.publish(FEEDS.name, make_health(2).to_json(), other.to_json(), None)
    world.consumer.published[-1].key = b"wire"
    world.sink().step()
    assert world.ledger.feed_health() == {"agency": other}
    world.consumer.publish(FEEDS.name, make_health(0).to_json())
    world.sink().step()
    assert set(world.ledger.feed_health()) == {"agency", "wire"}
