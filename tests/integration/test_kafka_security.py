"""Passwords, TLS and certificates on a real Kafka: who is let in, and what is said to whom is not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import BrokerError, BrokerRefusalError
from placewatch.kafka import make_consumer, make_producer, require_broker
from placewatch.settings import Settings, load_settings, seeds_dir
from tests.certificates import Authority
from tests.integration.kafka_cluster import Listener, RealKafka


PASSWORD = "corr3ct-h0rse"
PLAIN_PASSWORD = "pl4in-words"
QUICKLY_S = 10.0

pytestmark = [pytest.mark.broker, pytest.mark.slow]


def scram() -> dict[str, object]:
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "plain.sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
        f'user_worker="{PLAIN_PASSWORD}";',
    }


def tls(authority: Authority, certificate: Path) -> dict[str, object]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": certificate,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": authority.cafile,
    }


@dataclass
class Secured:
    """The Kafka, who vouches for it, and settings that are let in by each of its ways."""

    kafka: RealKafka
    authority: Authority
    folder: Path

    def settings(self, listener: str, **more: Any) -> Settings:
        """Return settings for a listener: by default those that are right for SASL_SSL and SCRAM."""
        values: dict[str, Any] = {
            "bootstrap_servers": self.kafka.servers_of(listener),
            "security_protocol": "SASL_SSL",
            "sasl_username": "worker",
            "sasl_password": PASSWORD,
            "ssl_cafile": self.authority.cafile,
            "state_dir": self.folder / "state",
            "ledger_url": None,
        }
        return load_settings(_env_file=None, **(values | more))


@pytest.fixture(scope="module")
def secured(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    authority = Authority(folder)
    good = authority.issue("broker", "127.0.0.1", "localhost")
    expired = authority.issue("expired", "127.0.0.1", is_expired=True)
    other = authority.issue("other", "kafka.example")
    listeners = [
        Listener("SECURE", "SASL_SSL", scram() | tls(authority, good)),
        Listener("OPEN", "SASL_PLAINTEXT", scram()),
        Listener("EXPIRED", "SASL_SSL", scram() | tls(authority, expired)),
        Listener("OTHER", "SASL_SSL", scram() | tls(authority, other)),
        Listener("MUTUAL", "SSL", tls(authority, good) | {"ssl.client.auth": "required"}),
        Listener("ONEWAY", "SSL", tls(authority, good)),
    ]
    kafka = RealKafka(kafka_jars, folder, listeners=listeners, users={"worker": PASSWORD})
    try:
        kafka.start()
        yield Secured(kafka, authority, folder)
    finally:
        kafka.kill()


RIGHT: dict[str, tuple[str, dict[str, Any]]] = {
    "SCRAM over TLS": ("SECURE", {}),
    "PLAIN over TLS": ("SECURE", {"sasl_mechanism": "PLAIN", "sasl_password": PLAIN_PASSWORD}),
    "SCRAM without TLS": ("OPEN", {"security_protocol": "SASL_PLAINTEXT"}),
    "TLS alone": ("ONEWAY", {"security_protocol": "SSL"}),
    "nothing": ("PLAINTEXT", {"security_protocol": "PLAINTEXT"}),
}


@pytest.mark.parametrize("how", RIGHT)
def test_who_has_the_right_word_is_let_in(secured: Secured, how: str) -> None:
    listener, more = RIGHT[how]
    settings = secured.settings(listener, **more)
    producer = make_producer(settings)
    told = producer.send("security-test", value=how.encode()).get(timeout=20)
    producer.close()
    consumer = make_consumer(settings, "security-test")
    consumer.poll(0)
    end = time.monotonic() + 20
    values: list[bytes] = []
    while how.encode() not in values:
        assert time.monotonic() < end
        values += [r.value for batch in consumer.poll(200).values() for r in batch]
    consumer.close()
    assert told.offset >= 0


def test_a_certificate_of_ours_is_shown_to_who_asks_for_one(secured: Secured) -> None:
    certificate = secured.authority.issue("client", password="l0cked-key")
    settings = secured.settings(
        "MUTUAL",
        security_protocol="SSL",
        ssl_certfile=certificate,
        ssl_keyfile=certificate,
        ssl_key_password="l0cked-key",
    )
    producer = make_producer(settings)
    assert producer.send("security-test", value=b"mutual").get(timeout=20).offset >= 0
    producer.close()


# What is wrong, the listener, the settings, and what the message must name.
WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("password", "SECURE", {"sasl_password": "wr0ng-w0rd"}, "PLACEWATCH_SASL_PASSWORD"),
    ("user", "SECURE", {"sasl_username": "nobody"}, "PLACEWATCH_SASL_USERNAME"),
    (
        "plain password",
        "SECURE",
        {"sasl_mechanism": "PLAIN", "sasl_password": "wr0ng-w0rd"},
        "PLACEWATCH_SASL_PASSWORD",
    ),
    (
        "mechanism",
        "SECURE",
        {"sasl_mechanism": "SCRAM-SHA-256"},
        "PLACEWATCH_SASL_MECHANISM",
    ),
    ("no CA", "SECURE", {"ssl_cafile": None}, "PLACEWATCH_SSL_CAFILE, which is not set"),
    ("expired", "EXPIRED", {}, "out of date"),
    ("host name", "OTHER", {}, "PLACEWATCH_BOOTSTRAP_SERVERS"),
    ("no SASL there", "ONEWAY", {}, "PLACEWATCH_SECURITY_PROTOCOL is SASL_SSL"),
    ("no certificate", "MUTUAL", {"security_protocol": "SSL"}, "PLACEWATCH_SSL_CERTFILE is not"),
    (
        "TLS forgotten",
        "SECURE",
        {"security_protocol": "SASL_PLAINTEXT"},
        "SASL_PLAINTEXT there, which is what PLACEWATCH_SECURITY_PROTOCOL says",
    ),
    (
        "SASL forgotten",
        "SECURE",
        {"security_protocol": "SSL"},
        "SSL there, which is what PLACEWATCH_SECURITY_PROTOCOL says",
    ),
    (
        "all forgotten",
        "OPEN",
        {"security_protocol": "PLAINTEXT"},
        "PLAINTEXT there, which is what PLACEWATCH_SECURITY_PROTOCOL says",
    ),
    (
        "TLS where there is none",
        "PLAINTEXT",
        {},
        "SASL_SSL there, which is what PLACEWATCH_SECURITY_PROTOCOL says",
    ),
]


@pytest.mark.parametrize(
    ("listener", "more", "named"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_who_is_not_let_in_is_told_why_at_once(
    secured: Secured, listener: str, more: dict[str, Any], named: str
) -> None:
    began = time.monotonic()
    with pytest.raises(BrokerError) as caught:
        require_broker(secured.settings(listener, **more))
    assert time.monotonic() - began < QUICKLY_S
    assert named in str(caught.value)
    assert "wr0ng-w0rd" not in str(caught.value)


def test_a_stranger_is_trusted_by_neither_side(secured: Secured, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    with pytest.raises(BrokerRefusalError, match=r"PLACEWATCH_SSL_CAFILE.*stranger-ca"):
        require_broker(secured.settings("SECURE", ssl_cafile=stranger.cafile))
    shown = secured.settings("MUTUAL", security_protocol="SSL", ssl_certfile=stranger.issue("me"))
    with pytest.raises(BrokerRefusalError, match=r"PLACEWATCH_SSL_CERTFILE is .*me\.pem"):
        require_broker(shown)


def test_one_broker_of_several_that_lets_us_in_is_enough(secured: Secured) -> None:
    servers = f"{secured.kafka.servers_of('EXPIRED')},{secured.kafka.servers_of('SECURE')}"
    require_broker(secured.settings("SECURE", bootstrap_servers=servers))


COMMANDS = {
    "produce": ["produce", "--once"],
    "work": ["work"],
    "sink": ["sink"],
    "prepare": ["prepare", "--wait", "60"],
    "tail": ["tail"],
    "doctor": ["doctor"],
    "set": ["set", "Homs, Syria", "contested"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_ends_with_what_is_wrong(
    secured: Secured, tmp_path: Path, command: str
) -> None:
    (tmp_path / "watchlist.yaml").write_text('places: ["Homs, Syria"]\n')
    (tmp_path / "password").write_text("wr0ng-w0rd\n")
    own = {
        "BOOTSTRAP_SERVERS": secured.kafka.servers_of("SECURE"),
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_USERNAME": "worker",
        "SASL_PASSWORD_FILE": tmp_path / "password",
        "SSL_CAFILE": secured.authority.cafile,
        "STATE_DIR": tmp_path / "state",
        "WATCHLIST": tmp_path / "watchlist.yaml",
        "FEEDS": seeds_dir() / "demo" / "feeds.opml",
        "WEB_PORT": 0,
        "LOG_LEVEL": "DEBUG",
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    done = subprocess.run(
        [sys.executable, "-m", "placewatch", *COMMANDS[command]],
        env=inherited | {f"PLACEWATCH_{k}": str(v) for k, v in own.items()},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    said = "".join((done.stdout + done.stderr).split())
    assert done.returncode == (1 if command == "doctor" else BrokerRefusalError.exit_code), said
    assert "PLACEWATCH_SASL_PASSWORD" in said
    assert "Traceback" not in said
    assert "wr0ng-w0rd" not in said
