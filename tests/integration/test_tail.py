"""`placewatch tail` as a person and as a script use it: the installed command on the embedded broker."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from placewatch.kafka import create_topics, make_producer
from placewatch.local.broker import EmbeddedBroker
from placewatch.local.runfile import RunFile
from placewatch.records import Alert, Status
from placewatch.settings import Settings
from placewatch.topics import ALERTS, STATUSES


pytestmark = pytest.mark.broker
COMMAND = str(Path(sys.executable).with_name("placewatch"))
NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
# On a machine that is busy with other tests.
PATIENCE_S = 90.0


def make_alert(number: int, **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "alert_id": f"alert-{number}",
        "msg_type": "Alert",
        "place_id": "homs-syria",
        "place": "Homs, Syria",
        "at": NOON + timedelta(hours=number),
        "control": "contested",
        "holder": "Syrian government",
        "certainty": "claimed",
        "reason": "entered",
        "headline": "Homs, Syria is contested.",
        "cap_certainty": "Possible",
        "admiralty": "B3",
    }
    return Alert.model_validate(fields | changes)


def make_status(number: int, **changes: Any) -> Status:
    fields: dict[str, Any] = {
        "place_id": "homs-syria",
        "place": "Homs, Syria",
        "control": "contested",
        "holder": "Syrian government",
        "certainty": "claimed",
        "grounds": "one_origin",
        "since": NOON,
        "assessed_at": NOON + timedelta(hours=number),
    }
    return Status.model_validate(fields | changes)


TAKEN = {"control": "held", "holder": "Syrian rebels", "certainty": "confirmed"}


def publish(settings: Settings, *records: Alert | Status) -> None:
    producer = make_producer(settings)
    for record in records:
        topic = ALERTS if isinstance(record, Alert) else STATUSES
        producer.send(topic.name, record.to_json(), key=record.place_id.encode()).get(10)
    producer.close()


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "PLACEWATCH" not in name}
    if settings.bootstrap_servers:
        changes = {
            "PLACEWATCH_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "PLACEWATCH_IS_BROKER_EMBEDDED": "true",
        } | changes
    return clean | {"PLACEWATCH_STATE_DIR": str(settings.state_dir)} | changes


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A broker with four alerts and the statuses of two places."""
    folder = tmp_path_factory.mktemp("tail")
    with EmbeddedBroker(Settings(_env_file=None, state_dir=folder)) as settings:
        publish(
            settings,
            make_alert(0),
            make_alert(1, place_id="bukavu", place="Bukavu, DR Congo", control="threatened"),
            make_alert(2, msg_type="Update", admiralty="A2", **TAKEN),
            make_alert(3, msg_type="Cancel", holder="Syrian rebels"),
            make_status(0),
            make_status(1, place_id="bukavu", place="Bukavu, DR Congo", control="threatened"),
            make_status(2, **TAKEN),
            make_status(3, holder="Syrian rebels"),
        )
        yield settings


def run(settings: Settings, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "tail", *arguments],
        cwd=settings.state_dir,
        env=environment(settings, **changes),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


class Following:
    """A running `tail`; what it prints is read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        for stream, lines in ((process.stdout, self.out), (process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        while chunk := stream.readline():
            lines.append(chunk.rstrip("\n"))

    def wait_until(self, is_so: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, f"out {self.out}, err {self.err}"
            time.sleep(0.05)

    def ids(self) -> list[str]:
        return [json.loads(line)["alert_id"] for line in self.out]


@contextmanager
def following(settings: Settings, *arguments: str, **changes: str) -> Iterator[Following]:
    with subprocess.Popen(
        [COMMAND, "tail", *arguments],
        cwd=settings.state_dir,
        env=environment(settings, **changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Following(process)
        finally:
            process.kill()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A broker of this test's own."""
    with EmbeddedBroker(Settings(_env_file=None, state_dir=tmp_path)) as running:
        yield running


def test_filters_and_starts_from_the_topic(filled: Settings) -> None:
    def ids(*arguments: str) -> list[int]:
        result = run(filled, "--no-follow", "--json", *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        return [int(json.loads(line)["alert_id"][-1]) for line in result.stdout.splitlines()]

    assert ids("--from", "1", "--country", "Syria", "--holder", "Syrian opposition") == [2, 3]
    assert ids("--from", "2024-12-06T13:00", "--control", "threatened", "--grade", "B") == [1]
    assert ids("--from", "end") == []


def test_a_person_gets_a_line_an_alert_in_colour(filled: Settings) -> None:
    coloured = run(filled, "--no-follow", FORCE_COLOR="1", TERM="xterm-256color").stdout
    lines = re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()
    assert lines[0] == "2024-12-06 12:00Z  Alert   claimed    B3  Homs, Syria is contested."
    assert len(lines) == 4
    assert lines != coloured.splitlines()


def test_a_condition_that_holds_already_ends_it_at_once(filled: Settings) -> None:
    result = run(filled, "--until", "Bukavu=threatened", "--json")
    assert result.returncode == 0
    assert result.stderr.startswith("Bukavu, DR Congo is threatened")
    assert "since 2024-12-06 12:00 UTC, claimed" in result.stderr


def test_what_held_once_does_not_count(filled: Settings) -> None:
    result = run(filled, "--no-follow", "--until", "Homs, Syria=held by Syrian rebels")
    assert (result.returncode, result.stderr) == (1, "--until does not hold\n")


def test_a_timeout_has_its_own_exit_code_and_a_misspelt_place_is_told(filled: Settings) -> None:
    result = run(filled, "--until", "Hmos, Syria=held", "--timeout", "1s")
    assert result.returncode == 124
    assert "nothing is known of Hmos, Syria yet" in result.stderr
    assert result.stderr.endswith("--timeout 1s is over\n")


def test_mistakes_are_told_before_anything_is_read(filled: Settings) -> None:
    result = run(filled, "--until", "Homs")
    assert (result.returncode, result.stdout) == (78, "")
    assert "--until Homs is no condition" in result.stderr


def test_a_reader_that_goes_away_ends_it_quietly(filled: Settings) -> None:
    """Nothing more comes, so that only looking at the pipe can tell."""
    result = subprocess.run(
        ["bash", "-c", f'set -o pipefail; "{COMMAND}" tail | head -n 1'],
        cwd=filled.state_dir,
        env=environment(filled),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (result.returncode, result.stderr) == (141, "")
    assert len(result.stdout.splitlines()) == 1


def test_ctrl_c_ends_it_quietly(filled: Settings) -> None:
    with following(filled, "--json") as tail:
        tail.wait_until(lambda: len(tail.out) == 4)
        tail.process.send_signal(signal.SIGINT)
        assert tail.process.wait(PATIENCE_S) == 130
    assert tail.err == []


def test_it_ends_when_the_condition_comes_to_hold_after_telling_the_alert(
    settings: Settings,
) -> None:
    publish(settings, make_alert(0), make_status(0))
    condition = "Homs, Syria=held by Syrian rebels confirmed"
    with following(settings, "--json", "--until", condition) as tail:
        tail.wait_until(lambda: len(tail.out) == 1)
        claimed = TAKEN | {"certainty": "claimed"}
        publish(settings, make_alert(1, **claimed), make_status(1, **claimed))
        tail.wait_until(lambda: len(tail.out) == 2)
        assert tail.process.poll() is None
        publish(settings, make_alert(2, **TAKEN), make_status(2, **TAKEN))
        assert tail.process.wait(PATIENCE_S) == 0
        tail.wait_until(lambda: tail.err)
    assert tail.ids() == ["alert-0", "alert-1", "alert-2"]
    assert "Homs, Syria is held by Syrian rebels" in tail.err[0]


def test_a_broker_that_goes_and_comes_back_is_told_and_nothing_is_missed_or_twice(
    tmp_path: Path,
) -> None:
    alone = Settings(_env_file=None, state_dir=tmp_path)
    first, second = EmbeddedBroker(alone), EmbeddedBroker(alone)
    with RunFile(tmp_path) as noted:
        try:
            first.start()
            publish(first.settings, make_alert(0), make_alert(1))
            noted.note(str(first.settings.bootstrap_servers), is_embedded=True)
            with following(alone, "--json", "--from", "1") as tail:
                tail.wait_until(lambda: tail.ids() == ["alert-1"])
                first.stop()
                tail.wait_until(lambda: any("is away" in line for line in tail.err))
                second.start()
                # As after a restart of the services: told again, by new offsets, and one that is new.
                publish(second.settings, make_alert(1), make_alert(0), make_alert(2))
                noted.note(str(second.settings.bootstrap_servers), is_embedded=True)
                tail.wait_until(lambda: len(tail.out) == 2)
                publish(second.settings, make_alert(3))
                tail.wait_until(lambda: len(tail.out) == 3)
                assert tail.process.poll() is None
            assert tail.ids() == ["alert-1", "alert-2", "alert-3"]
            assert len(tail.err) == 2, tail.err
            assert f"{second.settings.bootstrap_servers} is back" in tail.err[1]
        finally:
            first.stop()
            second.stop()


@pytest.mark.faults
def test_a_real_kafka_killed_and_started_again_is_read_on_from_where_it_was(
    tmp_path: Path, real_kafka: Any
) -> None:
    settings = Settings(
        _env_file=None, state_dir=tmp_path, bootstrap_servers=real_kafka.servers, partitions=4
    )
    create_topics(settings)
    publish(settings, *(make_alert(n) for n in range(4)))
    on_kafka = {"PLACEWATCH_IS_BROKER_EMBEDDED": "false"}
    with following(settings, "--json", "-n", "2", **on_kafka) as tail:
        tail.wait_until(lambda: tail.ids() == ["alert-2", "alert-3"])
        real_kafka.kill()
        tail.wait_until(lambda: any("is away" in line for line in tail.err))
        real_kafka.start()
        publish(settings, make_alert(4), make_alert(5, place_id="hama", place="Hama, Syria"))
        tail.wait_until(lambda: len(tail.out) == 4)
        assert set(tail.ids()[2:]) == {"alert-4", "alert-5"}
        assert "is back" in tail.err[1]
        assert len(tail.err) == 2, tail.err


def fake_notify_send(folder: Path) -> Path:
    """A program in place of notify-send, which needs a desktop: it writes down what it is given."""
    program = folder / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >> "{folder}/notified"\n')
    program.chmod(0o755)
    return program.parent


def test_each_new_alert_is_notified_of_on_the_desktop(settings: Settings, tmp_path: Path) -> None:
    publish(settings, make_alert(0))
    desktop = {"PATH": f"{fake_notify_send(tmp_path)}:{os.environ['PATH']}", "DISPLAY": ":9"}
    with following(settings, "--bell", "--json", **desktop) as tail:
        tail.wait_until(lambda: len(tail.out) == 1)
        # The past is over once a poll found nothing; what comes then is notified of.
        numbers = iter(range(1, 100))

        def is_notified_of_one_more() -> bool:
            publish(settings, make_alert(next(numbers)))
            return (tmp_path / "notified").exists()

        tail.wait_until(is_notified_of_one_more)
    told = (tmp_path / "notified").read_text()
    assert "Homs, Syria|Homs, Syria is contested.|" in told
