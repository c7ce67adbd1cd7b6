"""Kafka's jars from a release archive: only what its SHA-512 says, whole or not at all; and a Maven that is not there."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from placewatch.errors import BrokerError, ConfigError
from placewatch.local.kafka_jars import POM, install, version_in


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A release archive's shape, with a member that wants out of its folder."""
    path = tmp_path / "kafka_2.13-4.1.1.tgz"
    with tarfile.open(path, "w:gz") as packed:
        for name in (
            "kafka_2.13-4.1.1/libs/kafka_2.13-4.1.1.jar",
            "kafka_2.13-4.1.1/libs/kafka-clients-4.1.1.jar",
            "kafka_2.13-4.1.1/libs/../../../libs/evil.jar",
            "kafka_2.13-4.1.1/bin/kafka-topics.sh",
        ):
            member = tarfile.TarInfo(name)
            member.size = 3
            packed.addfile(member, io.BytesIO(b"jar"))
    return path


def digest(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


def test_an_archive_that_is_what_its_digest_says_is_installed(
    archive: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kafka" / "libs"
    # As Kafka publishes it: upper case, in groups.
    spaced = " ".join(digest(archive).upper()[i : i + 8] for i in range(0, 128, 8))
    assert install(folder, archive=str(archive), sha512=spaced) == "4.1.1"
    assert {path.name for path in folder.iterdir()} == {
        "kafka_2.13-4.1.1.jar",
        "kafka-clients-4.1.1.jar",
        "evil.jar",
    }
    assert not [path for path in tmp_path.rglob("evil.jar") if path.parent != folder]
    assert list(folder.parent.iterdir()) == [folder]


def test_another_archive_is_refused_and_what_was_there_stays(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "libs"
    install(folder, archive=str(archive), sha512=digest(archive))
    wrong = digest(archive)
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(BrokerError, match="is not what its SHA-512 says"):
        install(folder, archive=str(archive), sha512=wrong)
    assert version_in(folder) == "4.1.1"


@pytest.mark.parametrize(
    ("archive_name", "sha512", "error", "said"),
    [
        ("kafka.tgz", None, ConfigError, "belong together"),
        (None, "0" * 128, ConfigError, "belong together"),
        ("kafka.tgz", "abc", ConfigError, "128 hexadecimal digits"),
        ("/nowhere/kafka.tgz", "0" * 128, BrokerError, "cannot be read"),
        ("http://localhost/kafka.tgz", "0" * 128, ConfigError, "nor an https address"),
        ("https://127.0.0.1:1/kafka.tgz", "0" * 128, BrokerError, "check the network"),
    ],
)
def test_what_cannot_be_had_is_said(
    tmp_path: Path, archive_name: str | None, sha512: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        install(tmp_path / "libs", archive=archive_name, sha512=sha512)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    file = tmp_path / "kafka.tgz"
    file.write_bytes(b"<html>Not found</html>")
    with pytest.raises(BrokerError, match="no release archive"):
        install(tmp_path / "libs", archive=str(file), sha512=digest(file))


def test_no_maven_and_a_maven_that_fails_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(BrokerError, match=r"no `mvn`.*--archive FILE"):
        install(tmp_path / "libs")
    maven = programs / "mvn"
    maven.write_text("#!/bin/sh\necho '[ERROR] Unknown host'; exit 1\n")
    maven.chmod(0o755)
    with pytest.raises(BrokerError, match=r"exit status 1.*Unknown host"):
        install(tmp_path / "libs")
    assert not (tmp_path / "libs").exists()


def test_the_pom_is_shipped() -> None:
    assert "kafka_2.13" in POM.read_text()
