"""A sink with real receivers killed at random points of telling, and started again: each has every alert, none in vain.

Kafka is a file here, as in test_sinks_killed.py; the web server is a real one that refuses every third request. A point is
a call, of any thread, before or after which the process dies. `make faults` kills at 20 points of another seed each time.
"""

from __future__ import annotations

import base64
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from lxml import etree


ALERTS = 24
PLACES = 5
POINTS = int(os.environ.get("PLACEWATCH_FAULT_POINTS", "2"))
SEED = int(os.environ.get("PLACEWATCH_FAULT_SEED", "20241206"))
ROUTES = {
    "receivers": [
        {"name": "hook", "webhook": {"url_env": "HOOK_URL", "secret_env": "HOOK_SECRET"}},
        {"name": "file", "log": {"path": "told.jsonl"}},
        {"name": "feed", "atom": {"path": "alerts.atom"}},
    ],
    "route": {
        "receiver": "nobody",
        "group_wait": "0s",
        "group_interval": "0s",
        "routes": [
            {"receiver": "hook", "continue": True, "group_by": ["country"], "group_wait": "1s"},
            {"receiver": "file", "continue": True},
            {"receiver": "feed", "continue": True},
        ],
    },
}
SINK = """
import io, itertools, os, signal, sys, threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from kafka.structs import TopicPartition
from placewatch.records import Alert
from placewatch.settings import load_settings
from placewatch.topics import ALERTS
from sinks import courier, service
from sinks.consumer import Sink
from sinks.ledger import Ledger
from sinks.outbox import Outbox
from sinks.receivers import writer_for
from sinks.routes import load_routes
from sinks.writers.atom import AtomWriter
from sinks.writers.ledger import LedgerWriter
from sinks.writers.log import LogWriter
from sinks.writers.webhook import WebhookWriter

folder, count, places, point = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
committed, calls, lock = folder / "committed", itertools.count(1), threading.Lock()
courier.FIRST_RETRY = timedelta(milliseconds=50)

def alert(n):
    place = f"Town {n % places}, Syria"
    return Alert(
        alert_id=f"alert-{n}", msg_type="Alert", place_id=f"town-{n % places}", place=place, country="Syria",
        at=datetime(2024, 12, 6, tzinfo=UTC) + timedelta(minutes=n), control="held", certainty="claimed",
        reason="taken", headline=f"{place} is held.", cap_certainty="Possible",
    )

class FileConsumer:
    def poll(self, timeout_ms, max_records):
        start = int(committed.read_text()) if committed.exists() else 0
        found = [
            SimpleNamespace(topic=ALERTS.name, partition=0, offset=n, key=None, value=alert(n).to_json())
            for n in range(start, min(start + 4, count))
        ]
        return {TopicPartition(ALERTS.name, 0): found} if found else {}
    def commit(self, offsets, timeout_ms):
        (position,) = offsets.values()
        committed.write_text(str(position.offset))

def maybe_die():
    with lock:
        if next(calls) == point:
            os.kill(os.getpid(), signal.SIGKILL)

def points(owner, *names):
    for name in names:
        def wrapped(*arguments, original=getattr(owner, name), **named):
            maybe_die()
            result = original(*arguments, **named)
            maybe_die()
            return result
        setattr(owner, name, wrapped)

points(Outbox, "route", "carry_out", "delivered", "failed")
points(LedgerWriter, "write_all")
points(FileConsumer, "commit")
for writer in (AtomWriter, LogWriter, WebhookWriter):
    points(writer, "write")

settings = load_settings(state_dir=folder)
routes = load_routes(folder / "routes.yaml")
stop = threading.Event()
with ExitStack() as stack:
    ledger = stack.enter_context(Ledger(settings.ledger))
    writers = [writer_for(receiver, settings, ledger) for receiver in routes.receivers]
    dispatcher = service._dispatcher(routes, writers, ledger, None, stop, stack)
    log = LogWriter(folder / "alerts.jsonl", out=io.StringIO(), tells_once=True)
    sink = Sink(
        FileConsumer(), None, ledger, store=LedgerWriter(ledger), writers=[log], dispatcher=dispatcher
    )
    outbox = Outbox(ledger)
    while sink.step() or outbox.receivers_waiting() or outbox.receivers_open():
        stop.wait(0.01)
print(next(calls))
"""


class Hook:
    """A web server that refuses every third request, and knows what it took and what it refused."""

    def __init__(self) -> None:
        self.took: list[tuple[str, list[str]]] = []
        self.refused: list[str] = []
        self.requests = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                hook.requests += 1
                its_id = self.headers["webhook-id"]
                if hook.requests % 3 == 0:
                    hook.refused.append(its_id)
                    self.send_response(503)
                else:
                    events = body if isinstance(body, list) else [body]
                    hook.took.append((its_id, [event["id"] for event in events]))
                    self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def run_sink(folder: Path, hook: Hook, point: int = 0) -> str:
    """Run the sink until everybody is told, or until it dies at `point`; return how many points it passed."""
    environment = os.environ | {
        "HOOK_URL": f"http://127.0.0.1:{hook.server.server_port}/",
        "HOOK_SECRET": "whsec_" + base64.b64encode(b"k" * 32).decode(),
    }
    command = [sys.executable, "-c", SINK, str(folder), str(ALERTS), str(PLACES), str(point)]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert result.returncode == (-9 if point else 0), result.stderr
    return result.stdout.split()[-1] if result.stdout else ""


def rows(folder: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "ledger.db")
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def logged(path: Path) -> list[str]:
    return [json.loads(line)["alert_id"] for line in path.read_bytes().splitlines()]


# About how many points a run passes; more in a slower one, which tells in smaller messages.
PASSED = 150


@pytest.mark.parametrize(
    "point", random.Random(SEED).sample(range(1, PASSED), POINTS)
)  # not for secrets
def test_killed_and_started_again_each_receiver_has_every_alert(
    tmp_path: Path, hook: Hook, point: int
) -> None:
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump(ROUTES))
    run_sink(tmp_path, hook, point)
    delivered = rows(
        tmp_path, "SELECT notification_id FROM notifications WHERE delivered_at NOT NULL"
    )
    taken_by_then = [its_id for its_id, _ in hook.took]
    run_sink(tmp_path, hook)
    wanted = [f"alert-{n}" for n in range(ALERTS)]

    # The ledger has each exactly once, and of each delivery that it succeeded.
    assert [row[0] for row in rows(tmp_path, "SELECT alert_id FROM alerts ORDER BY seq")] == wanted
    query = "SELECT writer, count(*) FROM deliveries WHERE delivered_at NOT NULL GROUP BY writer"
    assert dict(rows(tmp_path, query)) == dict.fromkeys(("log", "hook", "file", "feed"), ALERTS)
    assert rows(tmp_path, "SELECT DISTINCT reason FROM deliveries WHERE writer != 'log'") == [
        ("notified",)
    ]
    # The alert log has each exactly once; a receiver's has no gap, and may have what was under way twice.
    assert sorted(set(logged(tmp_path / "told.jsonl"))) == sorted(wanted)
    assert logged(tmp_path / "alerts.jsonl") == wanted
    entries = etree.parse(tmp_path / "alerts.atom").findall("{*}entry/{*}id")
    assert len({entry.text for entry in entries}) == len(entries) == ALERTS

    # The web server has each, in the order of its place; a repeat has the id of what it repeats, and there is one at most.
    told = dict(hook.took)
    assert sorted(i for ids in told.values() for i in ids) == sorted(wanted)
    for place in range(PLACES):
        own = [i for ids in told.values() for i in ids if int(i.split("-")[1]) % PLACES == place]
        assert own == sorted(own, key=lambda i: int(i.split("-")[1]))
    repeats = Counter(its_id for its_id, _ in hook.took) - Counter(list(told))
    assert sum(repeats.values()) <= 1
    # What the ledger knew as delivered was not sent again.
    assert not {row[0] for row in delivered} & set(repeats)
    assert set(repeats) <= set(taken_by_then)


def test_an_undisturbed_sink_tells_each_once(tmp_path: Path, hook: Hook) -> None:
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump(ROUTES))
    assert int(run_sink(tmp_path, hook)) > PASSED
    told = [i for _, ids in hook.took for i in ids]
    assert sorted(told) == sorted(f"alert-{n}" for n in range(ALERTS))
    assert len(logged(tmp_path / "told.jsonl")) == ALERTS
    before = len(hook.took)
    run_sink(tmp_path, hook)
    assert len(hook.took) == before
