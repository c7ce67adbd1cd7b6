"""The pages for machines: alive, ready while work comes round, metrics; and the containers' health check."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from placewatch.errors import ConfigError
from placewatch.health import Pulse, is_well, served
from placewatch.local.broker import free_port


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pulse(clock: Clock) -> Pulse:
    return Pulse(30.0, now=clock)


@pytest.fixture
def port(pulse: Pulse) -> Iterator[int]:
    number = free_port()
    with served("127.0.0.1", number, pulse, variable="PLACEWATCH_SINK_PORT"):
        yield number


def page(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_it_is_alive_and_not_ready_before_its_work_begins(port: int) -> None:
    assert page(port, "/healthz")[0] == 200
    status, body = page(port, "/readyz")
    assert (status, json.loads(body)) == (503, {"status": "waiting", "waits_for": ["start"]})


def test_it_is_ready_while_its_work_comes_round(port: int, pulse: Pulse, clock: Clock) -> None:
    pulse.beat()
    clock.now = 30.0
    status, body = page(port, "/readyz/")
    assert (status, json.loads(body)) == (200, {"status": "ready", "waits_for": []})


def test_a_turn_that_does_not_end_is_told(port: int, pulse: Pulse, clock: Clock) -> None:
    pulse.beat()
    clock.now = 30.1
    status, body = page(port, "/readyz")
    assert (status, json.loads(body)["waits_for"]) == (503, ["turn"])
    assert page(port, "/healthz")[0] == 200


def test_metrics_are_in_prometheus_format(port: int) -> None:
    status, body = page(port, "/metrics")
    assert status == 200
    assert b"# TYPE python_info gauge" in body


def test_another_page_is_not_found(port: int) -> None:
    assert page(port, "/etc/passwd")[0] == 404


def test_without_a_port_nothing_listens(pulse: Pulse) -> None:
    with served("127.0.0.1", None, pulse, variable="PLACEWATCH_SINK_PORT"):
        pass


def test_a_taken_port_names_the_setting(pulse: Pulse) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="PLACEWATCH_SINK_PORT"),
        served("127.0.0.1", taken.getsockname()[1], pulse, variable="PLACEWATCH_SINK_PORT"),
    ):
        pass


def test_the_health_check_sees_ready_waiting_and_dead(port: int, pulse: Pulse) -> None:
    assert not is_well(port)
    pulse.beat()
    assert is_well(port)
    assert not is_well(free_port())


@pytest.mark.parametrize(("path", "status"), [("/healthz", 0), ("/readyz", 1)])
def test_the_health_check_is_a_command(port: int, path: str, status: int) -> None:
    command = [sys.executable, "-m", "placewatch.health", str(port), path]
    assert subprocess.run(command, timeout=30, check=False).returncode == status
