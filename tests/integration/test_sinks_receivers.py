"""`placewatch sink` with real receivers: a mail server, a web server that stalls, refuses and recovers, files for others.

The sink is killed while the web server fails. Every receiver gets every alert, repeats can be told by their ids, a
delivery is written down only after it succeeded, and no secret is in the log or the ledger.
"""

from __future__ import annotations

import base64
import email
import email.policy
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import feedparser
import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from lxml import etree
from standardwebhooks import Webhook

from placewatch.kafka import make_producer
from placewatch.local.broker import EmbeddedBroker
from placewatch.records import Alert, Status
from placewatch.settings import Settings
from placewatch.topics import ALERTS, STATUSES


pytestmark = pytest.mark.broker
COMMAND = str(Path(sys.executable).with_name("placewatch"))
NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
PATIENCE_S = 90.0
SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()
PASSWORD = "c0nvoy-passw0rd"
TOWNS = 10
ROUTES = {
    "receivers": [
        {
            "name": "hook",
            "webhook": {"url_env": "HOOK_URL", "secret_env": "HOOK_SECRET", "timeout_s": 3},
        },
        {"name": "mail", "apprise": {"url_file": "mail-url"}},
        {"name": "cap", "cap": {"folder": "public/cap", "sender": "watch@example.org"}},
        {"name": "feed", "atom": {"path": "public/alerts.atom"}},
        {"name": "map", "geojson": {"path": "public/map.geojson"}},
    ],
    "route": {
        "receiver": "nobody",
        "group_by": ["country"],
        "group_wait": "2s",
        "group_interval": "1s",
        "routes": [
            {"receiver": name, "continue": True} for name in ("hook", "mail", "cap", "feed", "map")
        ],
    },
}


def make_alert(number: int) -> Alert:
    place = f"Town {number}, Syria"
    return Alert(
        alert_id=f"alert-{number}", msg_type="Alert", place_id=f"town-{number}", place=place,
        at=NOON + timedelta(minutes=number), control="held", holder="Northern Front", certainty="claimed",
        reason="taken", headline=f"{place} is held by Northern Front.", cap_certainty="Possible",
        country="Syria", country_code="SY", latitude=34.0, longitude=36.0 + number / 10,
    )  # fmt: skip


class Hook:
    """A web server: what it answers next, and what came, each verified as a receiver does."""

    def __init__(self) -> None:
        self.answers: list[Callable[[], tuple[int, dict[str, str]]]] = []
        self.got: list[tuple[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                content = Webhook(SECRET).verify(body, dict(self.headers))
                hook.got.append((self.headers["webhook-id"], content))
                status, headers = hook.answers.pop(0)() if hook.answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/t0ken-of-the-hook"


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


class AnyPort(Controller):
    """A controller that takes a free port and knows it before it looks whether the server answers."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mails() -> Iterator[tuple[int, list[EmailMessage]]]:
    """The port of a mail server and what came to it."""
    got: list[EmailMessage] = []

    class Handler:
        async def handle_DATA(  # noqa: N802  # aiosmtpd's name
            self, _server: SMTP, _session: Session, envelope: Envelope
        ) -> str:
            mail = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            got.append(mail)
            return "250 OK"

    controller = AnyPort(Handler(), hostname="127.0.0.1", port=0)
    controller.start()
    yield controller.port, got
    controller.stop()


@pytest.fixture
def settings(tmp_path: Path, mails: tuple[int, list[EmailMessage]]) -> Iterator[Settings]:
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump(ROUTES))
    (tmp_path / "mail-url").write_text(
        f"mailto://example.org:{mails[0]}?smtp=127.0.0.1&from=watch@example.org&to=desk@example.org"
        f"&mode=insecure&name={PASSWORD}\n"
    )
    with EmbeddedBroker(Settings(_env_file=None, state_dir=tmp_path)) as running:
        yield running


@contextmanager
def running_sink(settings: Settings, hook: Hook) -> Iterator[subprocess.Popen[bytes]]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if "PLACEWATCH" not in name and "proxy" not in name.lower()
    }
    environment = clean | {
        "PLACEWATCH_STATE_DIR": str(settings.state_dir),
        "PLACEWATCH_BOOTSTRAP_SERVERS": str(settings.bootstrap_servers),
        "PLACEWATCH_IS_BROKER_EMBEDDED": "true",
        "PLACEWATCH_PARTITIONS": str(settings.partitions),
        "PLACEWATCH_ROUTES": "routes.yaml",
        "PLACEWATCH_LOG_LEVEL": "DEBUG",
        "HOOK_URL": hook.url,
        "HOOK_SECRET": SECRET,
    }
    with (settings.state_dir / "sink.log").open("ab") as log:
        process = subprocess.Popen(
            [COMMAND, "sink"],
            cwd=settings.state_dir,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def delivered_to(settings: Settings, receiver: str) -> int:
    file = settings.state_dir / "ledger.db"
    if not file.exists():
        return 0
    connection = sqlite3.connect(file)
    try:
        return connection.execute(
            "SELECT count(*) FROM deliveries WHERE delivered_at IS NOT NULL AND writer = ?",
            (receiver,),
        ).fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # its tables are not made yet
    finally:
        connection.close()


def wait_until(condition: Callable[[], bool], settings: Settings) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            tail = (settings.state_dir / "sink.log").read_text()[-3000:]
            pytest.fail(f"not within {PATIENCE_S} s; the sink says:\n{tail}")
        time.sleep(0.05)


def stalled() -> tuple[int, dict[str, str]]:
    time.sleep(6)  # longer than the sink waits
    return 204, {}


@pytest.mark.slow
def test_every_receiver_is_told_though_one_fails_and_the_sink_is_killed(
    settings: Settings, hook: Hook, mails: tuple[int, list[EmailMessage]]
) -> None:
    hook.answers = [stalled, lambda: (429, {"retry-after": "1"})]
    publish(settings)
    with running_sink(settings, hook) as sink:
        for receiver in ("mail", "cap", "feed", "map"):
            wait_until(lambda name=receiver: delivered_to(settings, name) == TOWNS, settings)
        wait_until(lambda: len(hook.got) >= 1, settings)
        assert delivered_to(settings, "hook") == 0
        sink.send_signal(signal.SIGKILL)
    with running_sink(settings, hook):
        wait_until(lambda: delivered_to(settings, "hook") == TOWNS, settings)
    check_hook(hook)
    check_mails(mails[1])
    check_files(settings.state_dir / "public")
    check_secrets(settings.state_dir, hook)


def publish(settings: Settings) -> None:
    producer = make_producer(settings)
    for number in range(TOWNS):
        status = Status(
            place_id=f"town-{number}",
            place=f"Town {number}, Syria",
            control="held",
            assessed_at=NOON,
        )
        producer.send(STATUSES.name, status.to_json(), key=status.place_id.encode())
    producer.flush()
    for number in range(TOWNS):
        alert = make_alert(number)
        producer.send(ALERTS.name, alert.to_json(), key=alert.place_id.encode())
    producer.flush()
    producer.close()


def check_hook(hook: Hook) -> None:
    """Tries of one batch under one id: it stalled, it was told to wait, it was taken."""
    assert len(hook.got) >= 3  # on a machine that is too slow to answer it tries again
    assert len({message_id for message_id, _ in hook.got}) == 1
    first, *others = (content for _, content in hook.got)
    assert all(content == first for content in others)
    assert {event["id"] for event in first} == {f"alert-{number}" for number in range(TOWNS)}


def check_mails(mails: list[EmailMessage]) -> None:
    """Ten towns are one mail."""
    (mail,) = mails
    assert mail["subject"] == "10 alerts: Town 0, Town 1, Town 2 and 7 more places"
    part = mail.get_body(("plain",))
    assert part is not None
    assert all(f"[alert-{number}]" in part.get_content() for number in range(TOWNS))


def check_files(public: Path) -> None:
    feed = feedparser.parse(io.BytesIO((public / "alerts.atom").read_bytes()))  # noqa: TID251  # our own
    index = feedparser.parse(io.BytesIO((public / "cap" / "index.atom").read_bytes()))  # noqa: TID251  # our own
    assert (len(feed.entries), len(index.entries)) == (TOWNS, TOWNS)
    for number in range(TOWNS):
        message = etree.parse(public / "cap" / f"alert-{number}.xml")
        assert message.findtext("{*}identifier") == f"alert-{number}"
    places = json.loads((public / "map.geojson").read_bytes())["features"]
    assert {place["id"] for place in places} == {f"town-{number}" for number in range(TOWNS)}


def check_secrets(folder: Path, hook: Hook) -> None:
    """Even at DEBUG, where libraries tell what they call."""
    secrets = (SECRET.removeprefix("whsec_"), hook.url, "t0ken-of-the-hook", PASSWORD)
    for file in (folder / "sink.log", *folder.glob("ledger.db*"), folder / "alerts.jsonl"):
        content = file.read_bytes()
        assert content
        for secret in secrets:
            assert secret.encode() not in content, f"{secret} in {file.name}"
