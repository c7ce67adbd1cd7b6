"""`placewatch broker`: a real Apache Kafka that keeps its data through kill -9, by itself and under `up`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from structlog.testing import capture_logs

from placewatch.errors import ConfigError
from placewatch.kafka import connection, create_topics, make_consumer, make_producer
from placewatch.local.broker import free_port
from placewatch.local.kafka_broker import LocalKafka
from placewatch.local.newswire import Newswire, NewswireServer
from placewatch.settings import Settings, load_settings, seeds_dir
from placewatch.topics import ALERTS, ARTICLES
from sinks.ledger import Ledger


WATCHLIST_YAML = """
places:
  - {place: "Hama, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
"""
WIRE = {
    "outlets": [{"source": "levant-wire", "title": "Levant Wire", "domain": "levant-wire.example"}],
    "items": [
        {
            "id": "hama-1",
            "outlet": "levant-wire",
            "published": "2024-12-05T12:00:00Z",
            "title": "Syrian rebels capture Hama",
            "summary": "Syrian rebels captured the city of Hama on Thursday.",
        }
    ],
}

pytestmark = [pytest.mark.broker, pytest.mark.slow]


class Commands:
    """The command line in a state folder of its own; what it starts ends with the test."""

    def __init__(self, folder: Path, jars: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._started: list[subprocess.Popen[bytes]] = []
        own = {
            "STATE_DIR": folder / "state",
            "KAFKA_LIBS": jars,
            "PARTITIONS": 2,
            "WATCHLIST": folder / "watchlist.yaml",
            "FEEDS": folder / "feeds.opml",
            "SOURCES": seeds_dir() / "demo" / "sources.yaml",
            "CLOCK": "stream",
            "POLL_INTERVAL_S": "0.2",
            "POLL_FLOOR_S": "0.1",
            "ALLOW_PRIVATE_NETWORKS": "true",
            "READER_PROCESSES": 1,
            "WEB_PORT": 0,
            "LOG_FORMAT": "json",
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
        self._environment = inherited | {f"PLACEWATCH_{k}": str(v) for k, v in own.items()}
        self.settings: Settings = load_settings(
            state_dir=folder / "state",
            kafka_libs=jars,
            bootstrap_servers=f"127.0.0.1:{self.port}",
            partitions=2,
            ledger_url=None,
        )

    @property
    def said(self) -> str:
        path = self.folder / "said.log"
        return path.read_text() if path.exists() else ""

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "said.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "placewatch", *words],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
        self._started.append(process)
        return process

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "placewatch", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
        )

    def wait(self, what: Callable[[], Any], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while not (found := what()):
            if time.monotonic() > end:
                pytest.fail(f"it did not happen in {seconds} s; it said:\n{self.said[-3000:]}")
            time.sleep(0.1)
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def stop(self) -> None:
        for process in self._started:
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture
def commands(tmp_path: Path, kafka_jars: Path) -> Iterator[Commands]:
    commands = Commands(tmp_path, kafka_jars)
    try:
        yield commands
    finally:
        commands.stop()


def test_what_a_kafka_killed_with_9_held_is_there_when_it_runs_again(commands: Commands) -> None:
    first = commands.run("broker", "status", "--json")
    assert (first.returncode, json.loads(first.stdout)["cluster_id"]) == (1, None)
    port = str(commands.port)
    process = commands.start("broker", "run", "--port", port)
    commands.wait(lambda: "Kafka listens" in commands.said)
    producer = make_producer(commands.settings)
    sent = [producer.send(ARTICLES.name, value=str(n).encode()) for n in range(500)]
    for future in sent:
        future.get(timeout=10)
    producer.close()
    running = json.loads(commands.run("broker", "status", "--json").stdout)
    assert running["bootstrap_servers"] == commands.settings.bootstrap_servers

    refused = commands.run("broker", "run", "--port", str(free_port()))
    assert refused.returncode == 78
    assert "already runs" in refused.stderr

    (started,) = commands.events("broker_started")
    os.kill(started["pid"], signal.SIGKILL)
    assert process.wait(timeout=20) == 69
    assert "died (exit status -9)" in commands.said
    assert commands.run("broker", "status").returncode == 1

    again = commands.start("broker", "run", "--port", port)
    commands.wait(lambda: commands.said.count("Kafka listens") == 2)
    assert json.loads(commands.run("broker", "status", "--json").stdout) == running
    consumer = make_consumer(commands.settings, ARTICLES.name)
    found: set[bytes] = set()

    def all_found() -> bool:
        found.update(r.value for batch in consumer.poll(200).values() for r in batch)
        return len(found) == 500

    commands.wait(all_found)
    consumer.close()
    again.terminate()
    assert again.wait(timeout=40) == 0


def test_a_topic_that_is_kept_otherwise_is_told(module_kafka: Settings) -> None:
    with capture_logs() as logged:
        assert create_topics(module_kafka) == []
    assert not [line for line in logged if line["event"] == "topic_kept_otherwise"]
    admin = KafkaAdminClient(**connection(module_kafka))
    admin.delete_topics([ALERTS.name])
    short = NewTopic(
        ALERTS.name, module_kafka.partitions, 1, topic_configs={"retention.ms": "60000"}
    )

    def wait_until_listed(is_listed: bool) -> None:
        end = time.monotonic() + 20
        while (ALERTS.name in admin.list_topics()) is not is_listed:
            assert time.monotonic() < end
            time.sleep(0.1)

    wait_until_listed(False)
    admin.create_topics([short])
    wait_until_listed(True)  # it is there before every list of topics says so
    admin.close()
    wanted = module_kafka.model_copy(update={"replication_factor": 3, "min_insync_replicas": 2})
    with capture_logs() as logged:
        assert create_topics(wanted) == []
    told = {
        (line["setting"], line["has"], line["wanted"])
        for line in logged
        if line["event"] == "topic_kept_otherwise" and line["topic"] == ALERTS.name
    }
    assert told == {
        ("retention.ms", "60000", str(ALERTS.retention_ms)),
        ("min.insync.replicas", "1", "2"),
        ("replication factor", "1", "3"),
    }


def test_more_replicas_asked_for_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match="nothing would ever be acknowledged"):
        load_settings(replication_factor=1, min_insync_replicas=2)


@pytest.mark.faults
@pytest.mark.model
def test_up_on_a_local_broker_goes_on_after_kill_9_and_needs_no_restore(commands: Commands) -> None:
    (commands.folder / "watchlist.yaml").write_text(WATCHLIST_YAML)
    words = ("up", "--broker", "local", "--broker-port", str(commands.port), "--no-board")
    with NewswireServer(Newswire.model_validate(WIRE)) as server:
        (commands.folder / "feeds.opml").write_bytes(server.opml())
        process = commands.start(*words)

        def alerts() -> tuple[Any, ...]:
            with Ledger(commands.settings.ledger) as ledger:
                return ledger.alerts("hama-syria")

        commands.wait(lambda: commands.events("service_started"))
        (alert,) = commands.wait(alerts)
        os.kill(commands.events("broker_started")[0]["pid"], signal.SIGKILL)
        commands.wait(lambda: len(commands.events("broker_started")) == 2)
        # Only the broker: what it held is there, so that no service needs a new beginning.
        assert [e["action"] for e in commands.events("broker_died")] == ["it is started again"]
        said = commands.run("set", "Hama, Syria", "contested", "--by", "R. Haddad")
        assert said.returncode == 0, said.stderr
        commands.wait(lambda: len(alerts()) == 2)
        process.terminate()
        assert process.wait(timeout=60) == 0
    on_topic: set[str] = set()
    with LocalKafka(commands.settings, port=commands.port) as settings:
        consumer = make_consumer(settings, ALERTS.name)

        def all_found() -> bool:
            polled = consumer.poll(200).values()
            on_topic.update(json.loads(r.value)["alert_id"] for batch in polled for r in batch)
            return len(on_topic) >= 2

        commands.wait(all_found)
        consumer.close()
    assert on_topic == {told.alert_id for told in alerts()} >= {alert.alert_id}
    assert "Traceback" not in commands.said


def test_up_takes_no_two_brokers(commands: Commands) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "placewatch", "up", "--broker", "local"],
        env=os.environ
        | {
            "PLACEWATCH_STATE_DIR": str(commands.folder),
            "PLACEWATCH_BOOTSTRAP_SERVERS": "kafka.example:9092",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=commands.folder,
    )
    assert done.returncode == 78
    assert "unset one of them" in done.stderr
