"""Fixtures of the tests that run against the embedded broker, a real Kafka or a real PostgreSQL."""

from __future__ import annotations

import fcntl
import gc
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from placewatch.kafka import create_topics
from placewatch.local.broker import EmbeddedBroker
from placewatch.local.kafka_jars import POM
from placewatch.settings import Settings, load_settings
from tests.integration.kafka_cluster import RealKafka


@pytest.fixture
def broker_settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings that reach a broker of this test's own, with a state folder of its own."""
    base = load_settings(state_dir=tmp_path / "state", bootstrap_servers=None, ledger_url=None)
    base.state_dir.mkdir()
    with EmbeddedBroker(base) as settings:
        yield settings


@pytest.fixture
def real_kafka(kafka_jars: Path, tmp_path: Path) -> Iterator[RealKafka]:
    """A real Kafka that may be killed and started again; skips where there are no jars."""
    folder = tmp_path / "kafka"
    folder.mkdir()
    kafka = RealKafka(kafka_jars, folder)
    kafka.start()
    yield kafka
    kafka.kill()
    gc.collect()


@pytest.fixture(scope="session")
def kafka_jars(request: pytest.FixtureRequest) -> Path:
    """The jars of a real Apache Kafka: those that are named, else fetched once by Maven; skips where there is neither."""
    named = os.environ.get("PLACEWATCH_KAFKA_LIBS")
    if named and Path(named).is_dir():
        return Path(named)
    if not (shutil.which("mvn") and shutil.which("java")):
        pytest.skip("a real Kafka needs Java and Maven, or PLACEWATCH_KAFKA_LIBS naming its jars")
    return maven_jars(request, POM, "kafka-jars")


def maven_jars(request: pytest.FixtureRequest, pom: Path, name: str) -> Path:
    """Return a folder of the cache with the jars of a pom, fetched once by Maven; skips where that fails."""
    assert request.config.cache is not None
    folder = Path(request.config.cache.mkdir(name))
    # Two files of tests run at a time.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            words = ["-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
            fetched = subprocess.run(
                ["mvn", *words, f"-DoutputDirectory={folder}"],
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            if fetched.returncode != 0:
                pytest.skip(f"Maven could not fetch {name}: {fetched.stdout.strip()[-200:]}")
            (folder / "complete").touch()
    return folder


@pytest.fixture(scope="module")
def module_kafka(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings that reach a real Kafka of this module's own, with our topics."""
    folder = tmp_path_factory.mktemp("kafka")
    kafka = RealKafka(kafka_jars, folder)
    kafka.start()
    try:
        settings = load_settings(
            bootstrap_servers=kafka.servers, state_dir=folder, ledger_url=None, partitions=4
        )
        create_topics(settings)
        yield settings
    finally:
        kafka.kill()
        gc.collect()


def need_debian_tools(*names: str) -> None:
    """Have these programs, installing Debian's packages of their names where we are root; else skip."""
    missing = [name for name in names if shutil.which(name) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip(f"{', '.join(missing)} not on this machine: apt install {' '.join(missing)}")
    script = (
        f"apt-get update -q && apt-get install -q -y --no-install-recommends {' '.join(missing)}"
    )
    # Two files of tests run at a time: whoever comes second would find apt locked, and skip.
    lock = f"{tempfile.gettempdir()}/placewatch-tests-apt.lock"
    done = subprocess.run(
        ["flock", lock, "sh", "-c", script],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"apt could not install {', '.join(missing)}: {done.stderr.strip()[-200:]}")


@pytest.fixture(scope="session")
def kcat() -> str:
    """The path of kcat; with it comes jq."""
    need_debian_tools("kcat", "jq")
    return str(shutil.which("kcat"))


class PostgresCluster:
    """A PostgreSQL server in a folder of its own, without fsync, owned by a user that is not root."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._owner = "postgres" if os.geteuid() == 0 else None

    def url(self, database: str) -> str:
        return f"postgresql://placewatch@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        if self._owner is not None:
            user = pwd.getpwnam(self._owner)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        data = str(self.folder / "data")
        self._run(
            "initdb", "-D", data, "-U", "placewatch", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self.folder}"
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def execute(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415  # an extra

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, tool: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", self._owner, "--"] if self._owner else []
        # A file, not a pipe: the server keeps what it inherits open for ever.
        with (self.folder.parent / f"{self.folder.name}.out").open("ab") as output:
            subprocess.run(
                [*as_owner, str(postgres_tool(tool)), *arguments],
                cwd="/",
                stdout=output,
                stderr=output,
                timeout=60,
                check=True,
            )


@pytest.fixture(scope="session")
def cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL server of these tests' own; skips where there is none to start."""
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    if postgres_tool("initdb") is None or postgres_tool("pg_ctl") is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not on this machine")
    if os.geteuid() == 0:
        if not shutil.which("runuser"):
            pytest.skip("PostgreSQL refuses to run as root, and there is no runuser to be another")
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Not tmp_path: only its owner may enter that, and PostgreSQL's user is another.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "pg"
        folder.mkdir()
        running = PostgresCluster(folder, port)
        running.create()
        yield running
        running.stop()


@pytest.fixture
def postgres_url(cluster: PostgresCluster, request: pytest.FixtureRequest) -> str:
    """A new, empty database."""
    name = f"t{abs(hash(request.node.nodeid)):x}"
    cluster.execute(f"CREATE DATABASE {name}")
    return cluster.url(name)


def postgres_tool(name: str) -> str | None:
    """Return the path of a program of PostgreSQL's server; Debian keeps those off PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)
