"""Everything on a real Kafka with access lists, over SASL and TLS: each service as a user with its own rights only.

The rights are those that deploy/kafka/access.sh gives, by Kafka's own tools.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import BrokerRefusalError
from placewatch.local.broker import free_port
from placewatch.local.newswire import Newswire, NewswireServer
from placewatch.local.processes import start_process, stop_process
from placewatch.settings import seeds_dir
from placewatch.vocabulary import Control
from sinks.ledger import Ledger
from tests.certificates import Authority
from tests.integration.conftest import maven_jars
from tests.integration.kafka_cluster import ACCESS_LISTS, Listener, RealKafka


ADMIN_PASSWORD = "adm1n-w0rd"
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
TOOLS = {
    "kafka-acls.sh": "org.apache.kafka.tools.AclCommand",
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
}

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(600)]


class Guarded:
    """The Kafka, and our commands as its users."""

    def __init__(self, kafka: RealKafka, authority: Authority, folder: Path, feeds: Path) -> None:
        self.folder = folder
        self.log = folder / "services.log"
        own = {
            "BOOTSTRAP_SERVERS": kafka.servers_of("SECURE"),
            "SECURITY_PROTOCOL": "SASL_SSL",
            "SSL_CAFILE": authority.cafile,
            "PARTITIONS": 2,
            "STATE_DIR": folder / "state",
            "WATCHLIST": folder / "watchlist.yaml",
            "FEEDS": feeds,
            "SOURCES": seeds_dir() / "demo" / "sources.yaml",
            "CLOCK": "stream",
            "POLL_INTERVAL_S": "0.2",
            "POLL_FLOOR_S": "0.1",
            "ALLOW_PRIVATE_NETWORKS": "true",
            "READER_PROCESSES": 1,
            "SESSION_TIMEOUT_S": 6,
            "WEB_PORT": free_port(),
            "LOG_LEVEL": "DEBUG",
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
        self._environment = inherited | {f"PLACEWATCH_{k}": str(v) for k, v in own.items()}
        self._started: list[subprocess.Popen[bytes]] = []

    def _as(self, user: str) -> dict[str, str]:
        return self._environment | {
            "PLACEWATCH_SASL_USERNAME": user,
            "PLACEWATCH_SASL_PASSWORD_FILE": str(self.folder / "passwords" / user),
        }

    def run(self, user: str, *words: str, state: str = "state") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "placewatch", *words],
            env=self._as(user) | {"PLACEWATCH_STATE_DIR": str(self.folder / state)},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        with self.log.open("a") as log:
            log.write(done.stdout + done.stderr)
        return done

    def start(self, user: str, *words: str) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "placewatch", *words]
            self._started.append(start_process(command, env=self._as(user), output=log))

    def stop(self) -> None:
        for process in reversed(self._started):
            stop_process(process, 15)

    def errors(self) -> str:
        lines = self.log.read_text().splitlines()
        return "\n".join(line for line in lines if "debug" not in line)[-4000:]

    def wait(self, what: Callable[[], Any], seconds: float = 120) -> Any:
        end = time.monotonic() + seconds
        while not (found := what()):
            gone = [p.args for p in self._started if p.poll() is not None]
            assert not gone, f"{gone} ended:\n{self.errors()}"
            assert time.monotonic() < end, self.errors()
            time.sleep(0.3)
        return found


def give_access(
    kafka: RealKafka, authority: Authority, folder: Path, jars: Path, script: Path
) -> None:
    """Run the script with Kafka's own tools, as its shell wrappers do."""
    programs = folder / "bin"
    programs.mkdir()
    for name, main in TOOLS.items():
        (programs / name).write_text(
            f"#!/bin/sh\nexec java -Xmx128m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -XX:TieredStopAtLevel=1 -cp '{jars}/*' {main} \"$@\"\n"
        )
        (programs / name).chmod(0o755)
    (folder / "admin.properties").write_text(
        "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
        f'username="admin" password="{ADMIN_PASSWORD}";\n'
        f"ssl.truststore.type=PEM\nssl.truststore.location={authority.cafile}\n"
    )
    done = subprocess.run(
        [
            str(script),
            kafka.servers_of("SECURE"),
            str(folder / "admin.properties"),
            str(folder / "passwords"),
        ],
        env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def guarded(
    request: pytest.FixtureRequest,
    kafka_jars: Path,
    repo_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    tools = maven_jars(request, Path(__file__).with_name("kafka-tools.pom.xml"), "kafka-tools")
    folder = tmp_path_factory.mktemp("guarded")
    authority = Authority(folder)
    secure = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": authority.issue("broker", "127.0.0.1"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": authority.cafile,
    }
    kafka = RealKafka(
        kafka_jars,
        folder,
        listeners=[Listener("SECURE", "SASL_SSL", secure)],
        more=ACCESS_LISTS,
        users={"admin": ADMIN_PASSWORD},
    )
    (folder / "watchlist.yaml").write_text(WATCHLIST_YAML)
    try:
        kafka.start()
        give_access(kafka, authority, folder, tools, repo_root / "deploy" / "kafka" / "access.sh")
        with NewswireServer(Newswire.model_validate(WIRE)) as server:
            (folder / "feeds.opml").write_bytes(server.opml())
            running = Guarded(kafka, authority, folder, folder / "feeds.opml")
            yield running
            running.stop()
    finally:
        kafka.kill()


def refused(guarded: Guarded, user: str, *words: str) -> str:
    """Return what a command says that ends because it may not do what it has to."""
    began = time.monotonic()
    done = guarded.run(user, *words, state="refused")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == BrokerRefusalError.exit_code, said
    assert time.monotonic() - began < 30
    assert "Traceback" not in said
    return said


def test_topics_are_made_by_who_may(guarded: Guarded) -> None:
    assert "Create on topic placewatch." in refused(guarded, "producer", "produce", "--once")
    done = guarded.run("prepare", "prepare")
    assert done.returncode == 0, done.stderr
    assert "11 topics created, 1 places published" in done.stdout


def test_an_alert_goes_all_the_way(guarded: Guarded) -> None:
    guarded.start("sink", "sink")
    guarded.start("worker", "work")
    guarded.start("producer", "produce")

    def alerts() -> Any:
        path = guarded.folder / "state" / "ledger.db"
        if not path.exists():
            return ()
        with Ledger(f"sqlite:///{path}") as ledger:
            return ledger.alerts("hama-syria")

    (alert,) = guarded.wait(alerts)
    assert (alert.control, alert.holder) == (Control.HELD, "Syrian rebels")
    tailed = guarded.run("reader", "tail", "--no-follow", "--json")
    assert json.loads(tailed.stdout)["alert_id"] == alert.alert_id
    words = ("set", "Hama, Syria", "contested", "--by", "R. Haddad")
    assert guarded.run("analyst", *words).returncode == 0
    guarded.wait(lambda: len(alerts()) == 2)
    assert alerts()[-1].control is Control.CONTESTED


def test_doctor_finds_the_broker(guarded: Guarded) -> None:
    lines = guarded.run("sink", "doctor", "--json").stdout.splitlines()
    found = {each["check"]: each for each in map(json.loads, lines)}
    assert found["broker"]["state"] == "ok"


@pytest.mark.parametrize(
    ("user", "words", "lacks"),
    [
        ("analyst", ["produce", "--once"], ["Write on topic placewatch.articles.v1"]),
        (
            "producer",
            ["sink"],
            ["Read on topic placewatch.alerts.v1", "Read on group placewatch-s"],
        ),
        (
            "sink",
            ["work"],
            [
                "Read on topic placewatch.articles.v1",
                "Write on topic placewatch.alerts.v1",
                "Read on group placewatch,",
                "Create on topic placewatch-*",
            ],
        ),
        ("producer", ["tail"], ["Read on topic placewatch.alerts.v1"]),
        ("reader", ["set", "Hama, Syria", "contested"], ["Write on topic placewatch.assertions"]),
        ("sink", ["prepare"], ["Write on topic placewatch.watchlist.v1"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_who_lacks_a_right_is_told_which(
    guarded: Guarded, user: str, words: list[str], lacks: list[str]
) -> None:
    said = refused(guarded, user, *words)
    assert f"User:{user}" in said
    for each in lacks:
        assert each in said


def test_no_log_has_a_password(guarded: Guarded) -> None:
    said = guarded.log.read_text()
    assert "SaslAuthenticateRequest" in said, "the clients did not log at DEBUG"
    for path in (guarded.folder / "passwords").iterdir():
        assert path.read_text().strip() not in said
