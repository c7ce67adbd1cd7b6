"""The programs of `examples/` as people run them: the present from the compacted topic, then what changes.

On the embedded broker and, where Java and Maven are, on a real Kafka of four partitions. kcat on the real one only:
that of Debian 12 does not understand the embedded broker (docs/topics.md).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from placewatch.kafka import make_producer
from placewatch.local.broker import EmbeddedBroker
from placewatch.records import Alert, Status
from placewatch.settings import Settings
from placewatch.topics import STATUSES
from streams.outputs import Output, alert_output, status_output


pytestmark = pytest.mark.broker
NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
# On a machine that is busy with other tests.
PATIENCE_S = 90.0
PYTHON = sys.executable
FAUST = str(Path(sys.executable).with_name("faust"))
PROGRAMS = {
    "kafka-python": lambda servers: [PYTHON, "places_kafka_python.py", servers],
    "confluent-kafka": lambda servers: [PYTHON, "places_confluent.py", servers],
    "faust": lambda _: [FAUST, "-A", "places_faust", "worker", "--without-web"],
    "kcat": lambda servers: ["sh", "places_kcat.sh", servers],
}


def status(place: str, hours: int, **changes: Any) -> Output:
    fields: dict[str, Any] = {
        "place_id": place.lower(),
        "place": f"{place}, Syria",
        "control": "held",
        "holder": "Syrian government",
        "certainty": "settled",
        "assessed_at": NOON + timedelta(hours=hours),
    }
    return status_output(Status.model_validate(fields | changes))


def alert(number: int) -> Output:
    return alert_output(
        Alert(
            alert_id=f"alert-{number}",
            msg_type="Alert",
            place_id="homs",
            place="Homs, Syria",
            at=NOON,
            control="contested",
            certainty="claimed",
            reason="entered",
            headline=f"Homs, Syria is contested ({number}).",
            cap_certainty="Possible",
        )
    )


@contextmanager
def publishing(settings: Settings) -> Iterator[Callable[..., None]]:
    producer = make_producer(settings)

    def publish(*outputs: Output) -> None:
        # One by one: the embedded broker understates where a topic ends by all but one record of its last batch.
        for output in outputs:
            headers = list(output.headers.items())
            producer.send(
                output.topic.name, key=output.key, value=output.value, headers=headers
            ).get(10)

    yield publish
    producer.close()


class Program:
    """A running example and what it prints."""

    def __init__(self, command: list[str], servers: str, folder: Path, log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | {"KAFKA": servers},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def lines(self, kind: str) -> list[str]:
        words = [line.split(maxsplit=1) for line in self.log.read_text("utf-8").splitlines()]
        return [each[1] for each in words if len(each) == 2 and each[0] == kind]

    def wait_for(self, kind: str, count: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while len(self.lines(kind)) < count:
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < end, self.log.read_text("utf-8")
            time.sleep(0.05)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def tell_the_past(publish: Callable[..., None]) -> None:
    publish(
        status("Homs", 0),
        status("Hama", 0),
        status("Idlib", 0),
        status("Hama", 1, holder="Syrian rebels", certainty="confirmed"),
        status("Aleppo", 0, control="contested"),
        Output(STATUSES, b"idlib", None),
        alert(0),
    )


def tell_changes(publish: Callable[..., None]) -> None:
    publish(
        status("Hama", 2, holder="Syrian rebels", certainty="confirmed"),
        status("Homs", 1, control="contested", certainty="claimed"),
        alert(1),
        alert(1),
        alert(2),
        Output(STATUSES, b"aleppo", None),
    )


def run_all(
    settings: Settings, names: list[str], folder: Path, logs: Path
) -> dict[str, dict[str, list[str]]]:
    """Run these examples at once; return the lines each printed, by their first word."""
    servers = str(settings.bootstrap_servers)
    with publishing(settings) as publish, ExitStack() as stack:
        tell_the_past(publish)
        programs = {}
        for name in names:
            command = PROGRAMS[name](servers)
            programs[name] = Program(command, servers, folder, logs / f"{name}.log")
            stack.callback(programs[name].stop)
        for program in programs.values():
            program.wait_for("now", 3)
        # kcat begins to follow after it told the present, a minute back.
        if "kcat" in programs:
            programs["kcat"].wait_for("alert", 1)
        tell_changes(publish)
        for program in programs.values():
            program.wait_for("gone", 1)
            program.wait_for("alert", 2)
        kinds = ("now", "changed", "gone", "alert")
        return {n: {kind: p.lines(kind) for kind in kinds} for n, p in programs.items()}


@pytest.fixture(scope="module")
def on_embedded(
    tmp_path_factory: pytest.TempPathFactory, repo_root: Path
) -> dict[str, dict[str, list[str]]]:
    logs = tmp_path_factory.mktemp("embedded")
    with EmbeddedBroker(Settings(_env_file=None, state_dir=logs)) as settings:
        names = ["kafka-python", "confluent-kafka", "faust"]
        return run_all(settings, names, repo_root / "examples", logs)


@pytest.fixture(scope="module")
def on_kafka(module_kafka: Settings, kcat: str, repo_root: Path) -> dict[str, dict[str, list[str]]]:
    assert kcat
    return run_all(module_kafka, list(PROGRAMS), repo_root / "examples", module_kafka.state_dir)


NOW = [
    "Aleppo, Syria: contested, held by Syrian government, settled",
    "Hama, Syria: held by Syrian rebels, confirmed",
    "Homs, Syria: held by Syrian government, settled",
]
CHANGED = "Homs, Syria: contested, held by Syrian government, claimed"
ALERTS = [
    "alert-1 Alert: Homs, Syria is contested (1).",
    "alert-2 Alert: Homs, Syria is contested (2).",
]


@pytest.mark.parametrize("broker", ["on_embedded", "on_kafka"])
@pytest.mark.parametrize("name", ["kafka-python", "confluent-kafka", "faust"])
def test_it_tells_the_present_then_each_change_once(
    name: str, broker: str, request: pytest.FixtureRequest
) -> None:
    told = request.getfixturevalue(broker)[name]
    assert told["now"] == NOW
    assert told["changed"] == [CHANGED]
    assert told["gone"] == ["Aleppo, Syria"]
    assert told["alert"] == ALERTS


def test_kcat_tells_the_present_then_changes_perhaps_twice(
    on_kafka: dict[str, dict[str, list[str]]],
) -> None:
    told = on_kafka["kcat"]
    assert told["now"] == NOW
    assert CHANGED in told["changed"]
    assert "aleppo" in told["gone"]
    assert ALERTS[0] in told["alert"]
