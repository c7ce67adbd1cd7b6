"""Fixtures of the tests that run against the embedded broker."""

from __future__ import annotations

import gc
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from placewatch.kafka import answers
from placewatch.local.broker import HOST, EmbeddedBroker, free_port
from placewatch.local.processes import start_process
from placewatch.settings import Settings, load_settings


@pytest.fixture
def broker_settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings that reach a broker of this test's own, with a state folder of its own."""
    base = load_settings(state_dir=tmp_path / "state", bootstrap_servers=None, ledger_url=None)
    base.state_dir.mkdir()
    with EmbeddedBroker(base) as settings:
        yield settings


class RealKafka:
    """An Apache Kafka of one node on loopback, with a folder that outlives its process."""

    def __init__(self, jars: Path, folder: Path) -> None:
        self._folder = folder
        self._java = ("java", "-Xmx384m", "-cp", f"{jars}/*")
        self._process: subprocess.Popen[bytes] | None = None
        port, controller = free_port(), free_port()
        self.servers = f"{HOST}:{port}"
        self._properties = folder / "server.properties"
        values = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.bootstrap.servers": f"{HOST}:{controller}",
            "listeners": f"PLAINTEXT://{self.servers},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.servers},CONTROLLER://{HOST}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": folder / "data",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
        }
        self._properties.write_text("".join(f"{k}={v}\n" for k, v in values.items()))
        self._run(
            "kafka.tools.StorageTool", "format", "-t", str(uuid.uuid4()), "--standalone", "-c"
        )

    def _run(self, *words: str) -> None:
        subprocess.run(
            [*self._java, *words, str(self._properties)],
            check=True,
            capture_output=True,
            timeout=60,
        )

    def start(self) -> None:
        with (self._folder / "kafka.log").open("ab") as log:
            self._process = start_process(
                [*self._java, "kafka.Kafka", str(self._properties)], output=log
            )
        end = time.monotonic() + 60
        while not answers(self.servers):
            assert time.monotonic() < end, (self._folder / "kafka.log").read_text()[-2000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """End it with -9; what it held stays on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def real_kafka(tmp_path: Path) -> Iterator[RealKafka]:
    """A real Kafka that may be killed and started again; skips where there are no jars."""
    jars = os.environ.get("PLACEWATCH_KAFKA_LIBS")
    if not jars or not Path(jars).is_dir():
        pytest.skip("PLACEWATCH_KAFKA_LIBS names no folder with the jars of Apache Kafka")
    folder = tmp_path / "kafka"
    folder.mkdir()
    kafka = RealKafka(Path(jars), folder)
    kafka.start()
    yield kafka
    kafka.kill()
    gc.collect()
