"""The application is put together right; Faust itself would go on without an agent that fails to import."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placewatch.settings import load_settings
from placewatch.topics import ARTICLES, ASSERTIONS, HEARD, READINGS
from streams.app import MODULES, app, build_app, security


@pytest.mark.parametrize("name", MODULES)
def test_each_module_of_the_app_can_be_imported(name: str) -> None:
    importlib.import_module(name)


def test_agent_names_are_pinned() -> None:
    app.discover()
    assert set(app.agents) == {"read", "track", "listen"}


def test_agents_read_the_topics_they_should() -> None:
    app.discover()
    topics = {name: set(agent.channel.topics) for name, agent in app.agents.items()}
    assert topics == {
        "read": {ARTICLES.name},
        "track": {READINGS.name, ASSERTIONS.name},
        "listen": {HEARD.name},
    }


def test_tables_are_pinned() -> None:
    app.discover()
    assert set(app.tables) == {"reported", "places", "place_readings", "subjects"}


def python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
        timeout=60,
    )
    return done.stdout.strip()


def test_against_real_kafka_nothing_of_the_embedded_set_up_is_loaded() -> None:
    loaded = python(
        "import sys, streams.app\n"
        "streams.app.app.discover()\n"
        "import streams.run\n"
        "print([m for m in sys.modules if m.startswith(('placewatch.local', 'calfkit'))])",
        PLACEWATCH_BOOTSTRAP_SERVERS="kafka:9092",
    )
    assert loaded == "[]"


def test_the_shim_replaces_fausts_consumer_and_nothing_else() -> None:
    found = python(
        "import aiokafka, faust.transport.drivers.aiokafka as driver\n"
        "from placewatch.local import shim\n"
        "shim.apply()\n"
        "print(driver.aiokafka.AIOKafkaConsumer.__name__, "
        "driver.aiokafka.AIOKafkaProducer is aiokafka.AIOKafkaProducer)"
    )
    assert found == "TansuConsumer True"


def test_importing_the_app_writes_nothing(tmp_path: Path) -> None:
    python("import streams.agents", PLACEWATCH_STATE_DIR=str(tmp_path / "state"))
    assert not (tmp_path / "state").exists()


def test_several_brokers_become_fausts_list_of_urls() -> None:
    built = build_app(load_settings(bootstrap_servers="one:9092, two:9093"))
    assert [str(url) for url in built.conf.broker] == ["kafka://one:9092", "kafka://two:9093"]


def test_plain_text_needs_no_credentials() -> None:
    assert security(load_settings(security_protocol="PLAINTEXT")) == {}


@pytest.mark.parametrize(
    ("protocol", "expected"), [("SASL_PLAINTEXT", "SASL_PLAINTEXT"), ("SASL_SSL", "SASL_SSL")]
)
def test_user_and_password_reach_faust(protocol: str, expected: str) -> None:
    settings = load_settings(
        security_protocol=protocol,
        sasl_username="reader",
        sasl_password="hush",
        sasl_mechanism="SCRAM-SHA-512",
    )
    credentials = security(settings)["broker_credentials"]
    assert (credentials.username, credentials.password) == ("reader", "hush")
    assert (credentials.mechanism.value, credentials.protocol.value) == ("SCRAM-SHA-512", expected)


def test_an_embedded_broker_gets_short_sessions_and_real_kafka_fausts_own() -> None:
    embedded = build_app(load_settings(bootstrap_servers="x:1", is_broker_embedded=True))
    real = build_app(load_settings(bootstrap_servers="x:1"))
    assert embedded.conf.broker_session_timeout == 6.0
    assert real.conf.broker_session_timeout > 6.0


def test_the_health_page_takes_a_free_port_when_told_any() -> None:
    assert build_app(load_settings(web_port=0)).conf.web_port > 0
