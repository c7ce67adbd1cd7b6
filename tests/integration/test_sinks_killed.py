"""A sink killed at every point of its story and started again: nothing missing, nothing twice in the ledger.

Kafka is a file here, so that the kill hits exactly the point that is meant; tests/integration/test_sinks_broker.py
does it with a broker, at moments nobody chose.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


ALERTS = 7

# A sink on a Kafka made of files: `committed` holds the next offset; batches of three, then it ends.
SINK = """
import io, os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from kafka.structs import TopicPartition
from placewatch.records import Alert
from placewatch.topics import ALERTS
from sinks.consumer import Sink
from sinks.ledger import Ledger
from sinks.writers import log
from sinks.writers.ledger import LedgerWriter
from sinks.writers.log import LogWriter

folder, count = Path(sys.argv[1]), int(sys.argv[2])
point, when, number = (sys.argv[3:] + ["", "", "0"])[:3]
committed = folder / "committed"

def alert(n):
    return Alert(
        alert_id=f"alert-{n}", msg_type="Alert", place_id="rastan-syria", place="Rastan, Syria",
        at=datetime(2024, 12, 6, tzinfo=UTC) + timedelta(hours=n), control="held", certainty="claimed",
        reason="taken", headline="Rastan is held.", cap_certainty="Possible",
    )

class FileConsumer:
    def next(self):
        return int(committed.read_text()) if committed.exists() else 0
    def poll(self, timeout_ms, max_records):
        start = self.next()
        found = [
            SimpleNamespace(topic=ALERTS.name, partition=0, offset=n, key=None, value=alert(n).to_json())
            for n in range(start, min(start + 3, count))
        ]
        return {TopicPartition(ALERTS.name, 0): found} if found else {}
    def commit(self, offsets, timeout_ms):
        (position,) = offsets.values()
        committed.write_text(str(position.offset))

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def kill_at(owner, name, when, number):
    original, calls = getattr(owner, name), 0
    def wrapped(*arguments, **named):
        nonlocal calls
        calls += 1
        if when == "before" and calls == number:
            die()
        result = original(*arguments, **named)
        if when == "after" and calls == number:
            die()
        return result
    setattr(owner, name, wrapped)

def tear(number):
    # The kernel took half of the line when the process died.
    original, lines = LogWriter.write, 0
    def write(self, notification):
        nonlocal lines
        lines += 1
        if lines == number:
            (self._file or self._open()).write(notification.alerts[0].to_json()[:50])
            die()
        original(self, notification)
    LogWriter.write = write

owners = {"store": (LedgerWriter, "write_all"), "deliver": (LogWriter, "write"),
          "record": (Ledger, "record_delivery"), "commit": (FileConsumer, "commit"),
          "rotate": (LogWriter, "_rotate")}
if point == "tear":
    tear(int(number))
elif point:
    kill_at(*owners[point], when, int(number))

ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
writer = LogWriter(folder / "alerts.jsonl", max_bytes=700, out=io.StringIO(), tells_once=True)
sink = Sink(FileConsumer(), None, ledger, store=LedgerWriter(ledger), writers=[writer])
while sink.step():
    pass
writer.close()
ledger.close()
"""
POINTS = [
    *(
        (point, when, number)
        for point in ("store", "commit")
        for when in ("before", "after")
        for number in (1, 2)
    ),
    *((point, when, 2) for point in ("deliver", "record") for when in ("before", "after")),
    ("deliver", "after", 4),
    ("rotate", "before", 1),
    ("rotate", "after", 1),
    ("tear", "-", 1),
    ("tear", "-", 5),
]


def run_sink(folder: Path, *arguments: str) -> int:
    command = [sys.executable, "-c", SINK, str(folder), str(ALERTS), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode in {0, -9}, result.stderr
    return result.returncode


def logged_ids(folder: Path) -> list[str]:
    """The ids in all log files; every line has to be whole."""
    files = sorted(folder.glob("alerts.jsonl*"))
    return [
        json.loads(line)["alert_id"] for file in files for line in file.read_bytes().splitlines()
    ]


def ledger_rows(folder: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "ledger.db")
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize(("point", "when", "number"), POINTS)
def test_killed_and_started_again_no_alert_is_missing_or_twice(
    tmp_path: Path, point: str, when: str, number: int
) -> None:
    assert run_sink(tmp_path, point, when, str(number)) == -9
    assert run_sink(tmp_path) == 0
    wanted = [f"alert-{n}" for n in range(ALERTS)]
    assert [
        row[0] for row in ledger_rows(tmp_path, "SELECT alert_id FROM alerts ORDER BY at")
    ] == wanted
    assert ledger_rows(
        tmp_path, "SELECT count(*) FROM deliveries WHERE delivered_at IS NOT NULL"
    ) == [(ALERTS,)]
    assert sorted(logged_ids(tmp_path)) == wanted


def test_an_undisturbed_sink_logs_each_alert_once(tmp_path: Path) -> None:
    assert run_sink(tmp_path) == 0
    assert sorted(logged_ids(tmp_path)) == [f"alert-{n}" for n in range(ALERTS)]
    assert run_sink(tmp_path) == 0
    assert len(logged_ids(tmp_path)) == ALERTS
