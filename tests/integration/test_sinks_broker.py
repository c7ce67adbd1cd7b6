"""The sink as a service on the embedded broker: `placewatch sink` in its own process, killed and stopped."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from placewatch.kafka import make_producer
from placewatch.local.broker import EmbeddedBroker, free_port
from placewatch.records import Alert, DeadLetter, Event, Status
from placewatch.settings import Settings
from placewatch.topics import ALERTS, DEADLETTERS, EVENTS, STATUSES


pytestmark = pytest.mark.broker
COMMAND = str(Path(sys.executable).with_name("placewatch"))
NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
# On a machine that is busy with other tests.
PATIENCE_S = 60.0


def make_alert(number: int) -> Alert:
    return Alert(
        alert_id=f"alert-{number:04}",
        msg_type="Alert",
        place_id=f"place-{number % 5}",
        place=f"Place {number % 5}, Syria",
        at=NOON + timedelta(minutes=number),
        control="held",
        certainty="claimed",
        reason="taken",
        headline=f"Place {number % 5}, Syria is held.",
        cap_certainty="Possible",
    )


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with EmbeddedBroker(Settings(_env_file=None, state_dir=tmp_path)) as running:
        yield running


@pytest.fixture
def publish(settings: Settings) -> Iterator[Callable[..., None]]:
    producer = make_producer(settings)

    def send(topic: str, *values: bytes) -> None:
        for value in values:
            producer.send(topic, value, key=b"key")
        producer.flush()

    yield send
    producer.close()


def environment(settings: Settings) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "PLACEWATCH" not in name}
    return clean | {
        "PLACEWATCH_STATE_DIR": str(settings.state_dir),
        "PLACEWATCH_BOOTSTRAP_SERVERS": str(settings.bootstrap_servers),
        "PLACEWATCH_IS_BROKER_EMBEDDED": "true",
        "PLACEWATCH_PARTITIONS": str(settings.partitions),
    }


@contextmanager
def running_sink(settings: Settings, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    with (settings.state_dir / "sink.log").open("ab") as log:
        process = subprocess.Popen(
            [COMMAND, "sink"],
            cwd=settings.state_dir,
            env=environment(settings) | more,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def ledger_ids(settings: Settings) -> list[str]:
    return [row[0] for row in query(settings, "SELECT alert_id FROM alerts ORDER BY alert_id")]


def query(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    file = settings.state_dir / "ledger.db"
    if not file.exists():
        return []
    connection = sqlite3.connect(file)
    try:
        return connection.execute(statement).fetchall()
    except sqlite3.OperationalError:
        return []  # its tables are not made yet
    finally:
        connection.close()


def logged_ids(settings: Settings) -> list[str]:
    lines = settings.alert_log_path.read_bytes().splitlines()
    return [json.loads(line)["alert_id"] for line in lines]


def wait_until(condition: Callable[[], bool], settings: Settings) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            tail = (settings.state_dir / "sink.log").read_text()[-3000:]
            pytest.fail(f"not within {PATIENCE_S} s; the sink says:\n{tail}")
        time.sleep(0.05)


def test_alerts_statuses_and_events_reach_ledger_and_log(settings: Settings, publish) -> None:
    status = Status(place_id="p", place="P", control="held", assessed_at=NOON)
    event = Event(
        event_id="e",
        place_id="p",
        place="P",
        state="captured",
        event_date=NOON.date(),
        certainty="claimed",
        credibility="3",
        first_reported_at=NOON,
        last_reported_at=NOON,
        assessed_at=NOON,
    )
    publish(ALERTS.name, *(make_alert(n).to_json() for n in range(20)))
    publish(STATUSES.name, status.to_json())
    publish(EVENTS.name, event.to_json())
    with running_sink(settings) as sink:
        delivered = "SELECT 1 FROM deliveries WHERE delivered_at IS NOT NULL"
        wait_until(lambda: len(query(settings, delivered)) == 20, settings)
        wait_until(lambda: len(query(settings, "SELECT 1 FROM statuses")) == 1, settings)
        wait_until(lambda: len(query(settings, "SELECT 1 FROM events")) == 1, settings)
        sink.send_signal(signal.SIGTERM)
        assert sink.wait(timeout=20) == 0
    assert (
        sorted(logged_ids(settings)) == ledger_ids(settings) == [f"alert-{n:04}" for n in range(20)]
    )


def test_a_sink_tells_what_it_did_and_that_nothing_waits(settings: Settings, publish) -> None:
    port = free_port()

    def metrics() -> str:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        return ""

    def is_counted(*wanted: str) -> bool:
        lines = metrics().splitlines()
        return all(each in lines for each in wanted)

    publish(ALERTS.name, *(make_alert(n).to_json() for n in range(20)), b"no alert")
    with running_sink(settings, PLACEWATCH_SINK_PORT=str(port)):
        wait_until(
            lambda: is_counted(
                'placewatch_received_total{component="write",service="sink"} 22.0',
                'placewatch_sent_total{destination="ledger",service="sink"} 21.0',
                'placewatch_sent_total{destination="log",service="sink"} 20.0',
                'placewatch_sent_total{destination="placewatch.deadletters.v1",service="sink"} 1.0',
                'placewatch_dropped_total{component="write",reason="malformed",service="sink"} 1.0',
                f'placewatch_lag_records{{partition="0",service="sink",topic="{ALERTS.name}"}} 0.0',
                'placewatch_ready{service="sink"} 1.0',
            ),
            settings,
        )


def test_a_malformed_record_on_each_topic_is_a_dead_letter_and_everything_goes_on(
    settings: Settings, publish
) -> None:
    for topic in (ALERTS, STATUSES, EVENTS, DEADLETTERS):
        publish(topic.name, f"{{broken for {topic.name}".encode())
    publish(ALERTS.name, make_alert(1).to_json())
    with running_sink(settings):
        wait_until(lambda: ledger_ids(settings) == ["alert-0001"], settings)
        letters = 'SELECT raw, reason, "where" FROM dead_letters'
        wait_until(lambda: len(query(settings, letters)) == 3, settings)
    found = {base64.b64decode(raw).decode().split()[-1] for raw, _, _ in query(settings, letters)}
    assert found == {ALERTS.name, STATUSES.name, EVENTS.name}
    assert {reason for _, reason, _ in query(settings, letters)} == {"malformed"}


def test_dead_letters_of_others_are_kept_in_the_ledger(settings: Settings, publish) -> None:
    letter = DeadLetter(reason="malformed", error="no JSON", where="read: x", at=NOON, raw="e30=")
    publish(DEADLETTERS.name, letter.to_json(), letter.to_json())
    with running_sink(settings):
        wait_until(lambda: len(query(settings, "SELECT 1 FROM dead_letters")) >= 1, settings)
    assert query(settings, 'SELECT "where" FROM dead_letters') == [("read: x",)]


@pytest.mark.slow
def test_killed_while_alerts_come_none_is_missing_and_none_twice_in_the_ledger(
    settings: Settings, publish
) -> None:
    total, published = 600, 0
    for wanted in (150, 300, 450):
        with running_sink(settings) as sink:
            while len(ledger_ids(settings)) < wanted:
                if published < total:
                    publish(ALERTS.name, *(make_alert(published + n).to_json() for n in range(10)))
                    published += 10
                assert sink.poll() is None, (settings.state_dir / "sink.log").read_text()[-3000:]
                time.sleep(0.01)
            sink.send_signal(signal.SIGKILL)
    publish(ALERTS.name, *(make_alert(n).to_json() for n in range(published, total)))
    everything = [f"alert-{n:04}" for n in range(total)]
    with running_sink(settings):
        wait_until(lambda: ledger_ids(settings) == everything, settings)
        wait_until(lambda: set(logged_ids(settings)) == set(everything), settings)
    assert len(query(settings, "SELECT alert_id FROM alerts")) == total
    # At most the one alert under way at each kill is in the log twice.
    assert len(logged_ids(settings)) <= total + 3


@pytest.mark.slow
def test_a_broker_that_stays_away_ends_the_sink_with_a_clear_error(tmp_path: Path) -> None:
    broker = EmbeddedBroker(Settings(_env_file=None, state_dir=tmp_path))
    broker.start()
    try:
        with running_sink(broker.settings) as sink:
            letter = DeadLetter(reason="malformed", error="x", where="read: x", at=NOON)
            producer = make_producer(broker.settings)
            producer.send(DEADLETTERS.name, letter.to_json(), key=b"key")
            producer.close()
            is_working = "SELECT 1 FROM dead_letters"
            wait_until(lambda: len(query(broker.settings, is_working)) == 1, broker.settings)
            broker.stop()
            assert sink.wait(timeout=PATIENCE_S) == 69
    finally:
        broker.stop()
    said = (tmp_path / "sink.log").read_text()
    assert "nothing is lost" in said
    assert "Traceback" not in said


def test_tail_reads_from_the_broker(settings: Settings, publish) -> None:
    publish(ALERTS.name, *(make_alert(n).to_json() for n in range(30)), b"{broken")
    result = subprocess.run(
        [COMMAND, "tail", "--no-follow", "--json", "-n", "3"],
        cwd=settings.state_dir,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = [json.loads(line)["alert_id"] for line in result.stdout.splitlines()]
    assert found == ["alert-0027", "alert-0028", "alert-0029"]


@pytest.mark.slow
def test_a_sink_without_a_broker_says_so(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state_dir=tmp_path, bootstrap_servers="127.0.0.1:1")
    with running_sink(settings) as sink:
        assert sink.wait(timeout=PATIENCE_S) == 69
    assert "cannot be reached" in (tmp_path / "sink.log").read_text()
