"""What keeps Kafka from starting on this machine is said before Java runs."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from placewatch.errors import LocalBrokerError
from placewatch.local.broker import free_port
from placewatch.local.kafka_broker import LEAST_FREE_BYTES, LocalKafka, require_java
from placewatch.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    libs = tmp_path / "libs"
    libs.mkdir()
    (libs / "kafka_2.13-4.1.1.jar").touch()
    return Settings(_env_file=None, state_dir=tmp_path / "state", kafka_libs=libs)


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a `java` that prints a version, the only one there is."""

    def make(prints: str) -> Path:
        home = tmp_path / "jdk"
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "java"
        program.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
        program.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(home))
        return program

    return make


def test_no_jars(settings: Settings) -> None:
    shutil.rmtree(str(settings.kafka_libs))
    with pytest.raises(LocalBrokerError, match="placewatch broker install"):
        LocalKafka(settings).start()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25.0.1"])
def test_a_java_that_is_new_enough(java: Callable[[str], Path], version: str) -> None:
    program = java(f'openjdk version "{version}" 2025-04-15')
    assert require_java() == str(program)


@pytest.mark.parametrize("version", ["1.8.0_432", "11.0.2"])
def test_a_java_that_is_too_old(java: Callable[[str], Path], version: str) -> None:
    java(f'openjdk version "{version}"')
    with pytest.raises(LocalBrokerError, match=r"too old.*Java 17"):
        require_java()


def test_a_java_that_does_not_run_and_none_at_all(
    java: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java("error: cannot open shared object")
    with pytest.raises(LocalBrokerError, match=r"does not run.*cannot open shared object"):
        require_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(LocalBrokerError, match=r"no `java` in JAVA_HOME.*install Java 17"):
        require_java()


def test_a_port_that_is_taken(settings: Settings, java: Callable[[str], Path]) -> None:
    java('openjdk version "17"')
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalBrokerError, match=f"cannot listen on 127.0.0.1:{port}"):
            LocalKafka(settings, port=port).start()


def test_a_full_disk(
    settings: Settings, java: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    java('openjdk version "17"')
    full = SimpleNamespace(free=LEAST_FREE_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: full)
    with pytest.raises(LocalBrokerError, match=r"is full .255 MB free"):
        LocalKafka(settings, port=free_port()).start()


def test_a_storage_tool_that_refuses(settings: Settings, java: Callable[[str], Path]) -> None:
    program = java('openjdk version "17"')
    program.write_text(
        "#!/bin/sh\necho 'version \"17\"' >&2\ncase $* in *format*) echo Read-only; exit 1;; esac\n"
    )
    with pytest.raises(LocalBrokerError, match=r"could not format .*Read-only"):
        LocalKafka(settings, port=free_port()).start()


def test_one_that_dies_while_starting_says_its_last_words(
    settings: Settings, java: Callable[[str], Path]
) -> None:
    program = java('openjdk version "17"')
    program.write_text(
        "#!/bin/sh\necho 'version \"17\"' >&2\n"
        "case $* in *kafka.Kafka*) echo No space left on device; exit 3;; esac\n"
    )
    broker = LocalKafka(settings, port=free_port())
    for _ in range(2):  # the folder is given back
        with pytest.raises(LocalBrokerError, match=r"exit status 3.*No space left on device"):
            broker.start()
