"""The pages for machines: alive, ready while work comes round, metrics; the containers' health check."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import ConfigError
from placewatch.health import Pulse, served
from placewatch.local.broker import free_port
from placewatch.metrics import Service


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
    with served("127.0.0.1", number, pulse, service=Service.SINK, variable="PLACEWATCH_SINK_PORT"):
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


def test_whether_it_is_ready_is_a_metric_too(port: int, pulse: Pulse, clock: Clock) -> None:
    assert b'placewatch_ready{service="sink"} 0.0' in page(port, "/metrics")[1]
    pulse.beat()
    assert b'placewatch_ready{service="sink"} 1.0' in page(port, "/metrics")[1]
    clock.now = 31.0
    assert b'placewatch_ready{service="sink"} 0.0' in page(port, "/metrics")[1]


HANGS = """
import sys, time
from placewatch.health import Pulse, Watch
pulse = Pulse()
watch = Watch(pulse, after_s=0.5)
watch.start()
if "beats" in sys.argv:
    pulse.beat()
if "stops" in sys.argv:
    watch.stop()
until = time.monotonic() + 5
while time.monotonic() < until:
    time.sleep(0.05)
    if "goes-on" in sys.argv:
        pulse.beat()
print("came to its end")
"""


@pytest.mark.parametrize(
    ("does", "status"),
    [
        (["beats"], os.EX_SOFTWARE),
        (["beats", "stops"], 0),
        (["beats", "goes-on"], 0),
        ([], 0),
    ],
    ids=["hangs", "ends in its own time", "goes on", "has not begun"],
)
def test_a_process_whose_work_stands_still_is_ended(
    repo_root: Path, does: list[str], status: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS, *does],
        cwd=repo_root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert ("came to its end" in done.stdout) == (status == 0)
    assert ("turn_does_not_end" in done.stdout + done.stderr) == (status != 0)


def test_another_page_is_not_found(port: int) -> None:
    assert page(port, "/etc/passwd")[0] == 404


def test_without_a_port_nothing_listens(pulse: Pulse) -> None:
    with served("127.0.0.1", None, pulse, service=Service.SINK, variable="PLACEWATCH_SINK_PORT"):
        pass


def test_a_taken_port_names_the_setting(pulse: Pulse) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="PLACEWATCH_SINK_PORT"),
        served(
            "127.0.0.1",
            taken.getsockname()[1],
            pulse,
            service=Service.SINK,
            variable="PLACEWATCH_SINK_PORT",
        ),
    ):
        pass


def check_health(repo_root: Path, *arguments: str) -> int:
    script = repo_root / "deploy" / "compose" / "healthcheck.sh"
    done = subprocess.run(
        ["bash", str(script), *arguments], capture_output=True, timeout=30, check=False
    )
    return done.returncode


def test_the_containers_health_check_sees_ready_waiting_and_dead(
    port: int, pulse: Pulse, repo_root: Path
) -> None:
    assert check_health(repo_root, str(port)) != 0
    assert check_health(repo_root, str(port), "/healthz") == 0
    pulse.beat()
    assert check_health(repo_root, str(port)) == 0
    assert check_health(repo_root, str(free_port())) != 0


def test_who_hangs_up_leaves_no_trace_in_the_log(
    port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            caller.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
    assert page(port, "/healthz")[0] == 200
    assert "Traceback" not in capfd.readouterr().err
