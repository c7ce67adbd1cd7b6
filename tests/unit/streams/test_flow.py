"""Nothing is delivered to the agents before Faust has found its place again: it would be emptied out of their queues."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.tables.recovery import Recovery

from streams.app import app


class FakeConsumer:
    """A consumer whose fetcher runs, as it does since the tables recover; notes when it could deliver."""

    def __init__(self) -> None:
        self.flow_active = True
        self.could_deliver: list[tuple[str, bool]] = []

    def assignment(self) -> set[Any]:
        return {("articles", 0)}

    def stop_flow(self) -> None:
        self.flow_active = False

    def resume_flow(self) -> None:
        self.flow_active = True

    def resume_partitions(self, _partitions: set[Any]) -> None:
        self.could_deliver.append(("partitions resumed", self.flow_active))

    async def perform_seek(self) -> None:
        self.could_deliver.append(("seeking", self.flow_active))


class FakeRecovery:
    """What Faust's own `_resume_streams` needs around it."""

    def __init__(self, consumer: FakeConsumer, signal: Any) -> None:
        self.app = SimpleNamespace(
            consumer=consumer,
            on_rebalance_complete=signal,
            consumer_generation_id=0,
            conf=SimpleNamespace(broker_request_timeout=5.0),
            flow_control=SimpleNamespace(
                resume=lambda: consumer.could_deliver.append(("emptied", consumer.flow_active))
            ),
            _fetcher=SimpleNamespace(maybe_start=self._nothing),
            on_rebalance_end=lambda: None,
        )
        self.tables = SimpleNamespace(on_actives_ready=lambda: None, on_standbys_ready=lambda: None)
        self.completed = asyncio.Event()
        self.log = SimpleNamespace(dev=lambda *_: None, info=lambda *_: None)

    async def _nothing(self) -> None:
        pass

    async def _wait(self, what: Any, **_: float) -> None:
        await what

    def _is_changelog_tp(self, _tp: Any) -> bool:
        return False


async def test_the_flow_is_held_until_faust_resumes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app.discover()
    consumer = FakeConsumer()
    monkeypatch.setattr(type(app), "consumer", consumer)
    await Recovery._resume_streams(FakeRecovery(consumer, app.on_rebalance_complete))
    assert consumer.could_deliver == [
        ("partitions resumed", False),
        ("seeking", False),
        ("emptied", False),
    ]
    assert consumer.flow_active
