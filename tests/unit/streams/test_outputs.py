"""What is sent, and how it is sent until the broker has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from placewatch.records import Alert, DeadLetter
from placewatch.topics import READINGS
from placewatch.vocabulary import CapCertainty, Certainty, Control, MsgType
from streams import outputs
from streams.outputs import Output, alert_output, publish


class FakeProducer:
    """Fails as told, first when handed a record, then when acknowledging; notes what it took."""

    def __init__(self, on_send: list[bool], on_ack: list[bool]) -> None:
        self.on_send, self.on_ack = on_send, on_ack
        self.acknowledged: list[bytes] = []

    async def send(self, output: Output) -> Awaitable[object]:
        if self.on_send and self.on_send.pop(0):
            raise KafkaConnectionError
        return asyncio.ensure_future(self.acknowledge(output))

    async def acknowledge(self, output: Output) -> None:
        if self.on_ack and self.on_ack.pop(0):
            raise KafkaConnectionError
        self.acknowledged.append(output.value)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_FIRST_RETRY_S", 0.001)


def records(*values: bytes) -> list[Output]:
    return [Output(READINGS, b"k", value) for value in values]


async def test_records_are_sent_in_order() -> None:
    producer = FakeProducer([], [])
    await publish(records(b"1", b"2", b"3"), producer.send)
    assert producer.acknowledged == [b"1", b"2", b"3"]


@pytest.mark.parametrize(("on_send", "on_ack"), [([True, True], []), ([], [True, True])])
async def test_a_broker_that_is_away_is_waited_for(on_send: list[bool], on_ack: list[bool]) -> None:
    producer = FakeProducer(on_send, on_ack)
    await publish(records(b"1"), producer.send)
    assert producer.acknowledged == [b"1"]


async def test_only_what_was_not_acknowledged_is_sent_again() -> None:
    producer = FakeProducer([], [False, True, False])
    await publish(records(b"1", b"2", b"3"), producer.send)
    assert producer.acknowledged == [b"1", b"3", b"2"]


async def test_a_record_too_large_is_buried_and_the_others_are_sent() -> None:
    producer = FakeProducer([], [])

    async def refuse_large(output: Output) -> Awaitable[object]:
        if output.value == b"large":
            raise MessageSizeTooLargeError
        return await producer.send(output)

    await publish(records(b"1", b"large", b"2"), refuse_large)
    first, second, letter = producer.acknowledged
    assert (first, second) == (b"1", b"2")
    assert DeadLetter.from_json(letter).reason == "too_large"


def test_an_alert_is_a_cloudevent_in_binary_mode() -> None:
    alert = Alert(
        alert_id="a1",
        msg_type=MsgType.ALERT,
        place_id="homs-syria",
        place="Homs, Syria",
        at=datetime(2024, 12, 7, 18, 40, tzinfo=UTC),
        control=Control.HELD,
        certainty=Certainty.CLAIMED,
        reason="taken",
        headline="Homs",
        cap_certainty=CapCertainty.POSSIBLE,
    )
    output = alert_output(alert)
    assert output.headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"a1",
        "ce_type": b"placewatch.alert.v1",
        "ce_source": b"/placewatch/streams/track",
        "ce_time": b"2024-12-07T18:40:00+00:00",
        "ce_subject": b"Homs, Syria",
        "content-type": b"application/json",
    }
    assert Alert.from_json(output.value) == alert
