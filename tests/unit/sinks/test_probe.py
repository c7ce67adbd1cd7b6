from __future__ import annotations

import socket

import pytest

from placewatch.errors import BrokerError
from placewatch.kafka import answers
from sinks import probe
from sinks.probe import BrokerProbe


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_one_broker_of_several_is_enough(closed_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert answers(f"127.0.0.1:{closed_port}, 127.0.0.1:{port}")
    assert not answers(f"127.0.0.1:{closed_port}")


def test_nonsense_does_not_answer() -> None:
    assert not answers("nonsense")


def test_a_broker_that_stays_away_is_an_error(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PROBE_EVERY_S", 0.0)
    monkeypatch.setattr(probe, "BROKER_LOSS_S", 0.0)
    with pytest.raises(BrokerError, match="nothing is lost"):
        BrokerProbe(f"127.0.0.1:{closed_port}").check()


def test_a_broker_that_is_away_for_a_moment_is_waited_for(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PROBE_EVERY_S", 0.0)
    BrokerProbe(f"127.0.0.1:{closed_port}").check()
