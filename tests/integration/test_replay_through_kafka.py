"""`replay --through-kafka`: broker and worker say what a replay without them says, whatever dies on the way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from placewatch.local.newswire import load_newswire
from placewatch.settings import Settings, seeds_dir


pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.slow]

DEMO = seeds_dir() / "demo"


def recorded_newswire() -> list[dict[str, Any]]:
    """The demo's newswire as recorded articles, one a revision, in the order of the story."""
    rows: dict[str, dict[str, Any]] = {}
    versions = []
    for item in load_newswire(DEMO / "newswire.yaml").items:
        before = rows.get(item.revises or "")
        rows[item.id] = {
            "article_id": before["article_id"] if before else item.id,
            "revision": before["revision"] + 1 if before else 0,
            "source_id": item.outlet,
            "title": item.title,
            "text": item.summary,
            "published_at": before["published_at"] if before else item.published.isoformat(),
            "updated_at": item.published.isoformat() if before else None,
        }
        versions.append(rows[item.id])
    return versions


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def command(folder: Path, *words: str | Path) -> list[str]:
    return [
        *(sys.executable, "-m", "placewatch", "replay", "--quiet"),
        *("--watchlist", str(DEMO / "watchlist.yaml"), *map(str, words)),
        str(folder / "recorded.jsonl"),
    ]


def environment(folder: Path, **more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    own = {
        "PLACEWATCH_STATE_DIR": str(folder / "state"),
        "PLACEWATCH_SOURCES": str(DEMO / "sources.yaml"),
    }
    return inherited | own | more


def replayed(folder: Path, *words: str | Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(folder, *words),
        env=environment(folder, **more),
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The alerts and final statuses of the newswire without a broker."""
    folder = tmp_path_factory.mktemp("offline")
    write(folder / "recorded.jsonl", recorded_newswire())
    done = replayed(folder, "--statuses", folder / "statuses.jsonl")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 20
    return done.stdout, (folder / "statuses.jsonl").read_bytes()


def running_in(folder: Path) -> dict[int, str]:
    """Return the processes whose environment names the folder, with their command lines."""
    found = {}
    for process in Path("/proc").iterdir():
        try:
            if (
                process.name.isdigit()
                and str(folder).encode() in (process / "environ").read_bytes()
            ):
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return {pid: line for pid, line in found.items() if line}


def test_the_lines_of_each_hour_shuffled_give_the_same_bytes(
    tmp_path: Path, offline: tuple[bytes, bytes]
) -> None:
    rows = recorded_newswire()
    rng = random.Random(7)
    rows.sort(key=lambda row: ((row["updated_at"] or row["published_at"])[:13], rng.random()))
    assert rows != recorded_newswire()
    write(tmp_path / "recorded.jsonl", rows)
    done = replayed(tmp_path, "--statuses", tmp_path / "statuses.jsonl")
    assert (done.stdout, (tmp_path / "statuses.jsonl").read_bytes()) == offline


def test_broker_and_worker_say_the_same_bytes_though_the_worker_is_killed(
    tmp_path: Path, offline: tuple[bytes, bytes]
) -> None:
    errors = killed_on_the_way(tmp_path, {5: "placewatch.local.worker"}, offline)
    assert "service_died" in errors


@pytest.mark.faults
def test_they_say_the_same_bytes_though_both_are_killed(
    tmp_path: Path, offline: tuple[bytes, bytes]
) -> None:
    # The broker keeps nothing: everything is told again.
    victims = {1: "placewatch.local.worker", 5: "--storage-engine"}
    errors = killed_on_the_way(tmp_path, victims, offline)
    assert "broker_died" in errors


@pytest.mark.faults
def test_four_partitions_of_a_real_kafka_say_the_same_lines_and_are_left_as_found(
    tmp_path: Path, offline: tuple[bytes, bytes], real_kafka: Any
) -> None:
    environment = {
        "PLACEWATCH_BOOTSTRAP_SERVERS": real_kafka.servers,
        # Faust's own: a killed worker's partitions are free after 6 s instead of a minute.
        "BROKER_SESSION_TIMEOUT": "6",
        "BROKER_HEARTBEAT_INTERVAL": "1",
    }
    errors = killed_on_the_way(tmp_path, {5: "placewatch work"}, offline, **environment)
    assert "service_died" in errors
    admin = KafkaAdminClient(bootstrap_servers=real_kafka.servers)
    assert [name for name in admin.list_topics() if not name.startswith("__")] == []
    admin.close()


def killed_on_the_way(
    folder: Path, victims: dict[int, str], expected: tuple[bytes, bytes], **more: str
) -> str:
    """Replay; after so many alerts, kill the process whose command line has the word. Return what it said besides.

    On one partition the lines come in the same order, too.
    """
    write(folder / "recorded.jsonl", recorded_newswire())
    lines: list[bytes] = []
    with subprocess.Popen(
        command(folder, "--through-kafka", "--statuses", folder / "statuses.jsonl"),
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            lines.append(line)
            if len(lines) in victims:
                word = victims[len(lines)]
                (pid,) = [p for p, said in running_in(folder).items() if word in said]
                os.kill(pid, signal.SIGKILL)
        errors = process.stderr.read().decode()
    assert process.returncode == 0, errors
    alerts, statuses = expected
    if more:
        assert sorted(lines) == sorted(alerts.splitlines(keepends=True))
    else:
        assert b"".join(lines) == alerts
    assert (folder / "statuses.jsonl").read_bytes() == statuses
    assert running_in(folder) == {}
    return errors


def test_ctrl_c_ends_it_and_everything_it_started(tmp_path: Path) -> None:
    write(tmp_path / "recorded.jsonl", recorded_newswire())
    with subprocess.Popen(
        command(tmp_path, "--through-kafka"),
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        end = time.monotonic() + 30
        while not any("placewatch.local.worker" in s for s in running_in(tmp_path).values()):
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    wait_until(lambda: running_in(tmp_path) == {})


def wait_until(is_true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_a_broker_that_placewatch_uses_is_refused(
    tmp_path: Path, broker_settings: Settings
) -> None:
    write(tmp_path / "recorded.jsonl", recorded_newswire()[:1])
    servers = str(broker_settings.bootstrap_servers)
    done = replayed(tmp_path, "--through-kafka", PLACEWATCH_BOOTSTRAP_SERVERS=servers)
    assert done.returncode == 69
    said = " ".join(done.stderr.decode().split())
    assert "carries topics of placewatch" in said
    assert "unset PLACEWATCH_BOOTSTRAP_SERVERS" in said


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path / "recorded.jsonl", recorded_newswire()[:1])
    done = replayed(tmp_path, "--through-kafka", PLACEWATCH_BOOTSTRAP_SERVERS="127.0.0.1:9")
    assert done.returncode == 69
    assert b"127.0.0.1:9 cannot be reached" in done.stderr
