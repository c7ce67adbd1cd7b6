"""The webhook against a real HTTP server that refuses, stalls and recovers, and verifies what it takes."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator, FormatChecker
from standardwebhooks import Webhook, WebhookVerificationError

from placewatch.errors import DeliveryError
from placewatch.records import Alert
from sinks.notification import notification_of
from sinks.rendering.cloudevents import body_of
from sinks.rendering.signing import keys_of, signature_headers
from sinks.writers.webhook import LONGEST_WAIT_S, WebhookWriter, refusal_of, wait_of


SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Receiver:
    """What a server is to answer next, and what it got."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    stall: threading.Event | None = None


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if state.stall is not None:
                state.stall.wait(20)
            status, headers = state.answers.pop(0) if state.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/hook/s3cret-path"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    if state.stall is not None:
        state.stall.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def writer(receiver: Receiver) -> WebhookWriter:
    return WebhookWriter("ours", receiver.url, keys_of(SECRET), timeout_s=5)


def test_a_receiver_verifies_it_and_finds_the_event(writer, receiver, make_alert) -> None:
    alert = make_alert(1, holder="Ḥayat — HTS \u202e")
    notification = notification_of("ours", "", [alert])
    writer.write(notification)
    ((path, headers, body),) = receiver.got
    assert path == "/hook/s3cret-path"
    assert headers["webhook-id"] == notification.notification_id
    event = Webhook(SECRET).verify(body, headers)
    assert (event["id"], event["type"]) == ("alert-1", "placewatch.alert.v1")
    assert Alert.model_validate(event["data"]) == alert
    read = from_http_event(HTTPMessage(headers=headers, body=body))
    assert (read.get_id(), read.get_source()) == ("alert-1", "/placewatch/streams/track")
    assert (read.get_subject(), read.get_time()) == ("Rastan, Syria", alert.at)


def test_a_changed_body_or_another_secret_is_not_ours(writer, receiver, make_alert) -> None:
    writer.write(notification_of("ours", "", [make_alert(1)]))
    ((_, headers, body),) = receiver.got
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"held", b"open"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers | {"webhook-id": "another"})
    with pytest.raises(WebhookVerificationError):
        Webhook(base64.b64encode(os.urandom(32)).decode()).verify(body, headers)


def test_several_alerts_are_one_batch(writer, receiver, make_alert) -> None:
    alerts = [make_alert(number) for number in range(10)]
    writer.write(notification_of("ours", "country=Syria", alerts))
    ((_, headers, body),) = receiver.got
    assert headers["content-type"] == "application/cloudevents-batch+json"
    assert [event["id"] for event in json.loads(body)] == [alert.alert_id for alert in alerts]


def test_a_repeat_has_the_same_ids(writer, receiver, make_alert) -> None:
    receiver.answers = [(503, {})]
    notification = notification_of("ours", "", [make_alert(1), make_alert(2)])
    with pytest.raises(DeliveryError):
        writer.write(notification)
    writer.write(notification)
    first, second = receiver.got
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[2] == second[2]


def test_while_secrets_change_either_one_verifies(receiver, make_alert) -> None:
    new = base64.b64encode(os.urandom(32)).decode()
    keys = keys_of(f"{new} {SECRET}")
    WebhookWriter("ours", receiver.url, keys).write(notification_of("ours", "", [make_alert()]))
    ((_, headers, body),) = receiver.got
    for secret in (new, SECRET):
        Webhook(secret).verify(body, headers)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451, 301, 308]
)
def test_a_refusal_for_good_is_not_repeated(writer, receiver, make_alert, status: int) -> None:
    receiver.answers = [(status, {"location": "http://127.0.0.1:1/elsewhere"})]
    with pytest.raises(DeliveryError, match=str(status)) as caught:
        writer.write(notification_of("ours", "", [make_alert()]))
    assert not caught.value.is_recoverable
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 302, 307])
def test_a_passing_refusal_is(writer, receiver, make_alert, status: int) -> None:
    receiver.answers = [(status, {"retry-after": "120", "location": receiver.url})]
    with pytest.raises(DeliveryError, match=str(status)) as caught:
        writer.write(notification_of("ours", "", [make_alert()]))
    assert caught.value.is_recoverable
    assert caught.value.retry_after_s == 120
    assert len(receiver.got) == 1, "a redirect was followed"


def test_a_receiver_that_stalls_is_left_in_time(receiver, make_alert) -> None:
    receiver.stall = threading.Event()
    writer = WebhookWriter("ours", receiver.url, keys_of(SECRET), timeout_s=0.3)
    began = time.monotonic()
    with pytest.raises(DeliveryError, match="did not answer") as caught:
        writer.write(notification_of("ours", "", [make_alert()]))
    assert caught.value.is_recoverable
    assert time.monotonic() - began < 15, "the server would have answered after 20 s"


def test_a_receiver_that_is_not_there_is_tried_again_and_its_address_kept(
    receiver, make_alert
) -> None:
    writer = WebhookWriter("ours", "http://127.0.0.1:1/s3cret-path", keys_of(SECRET))
    with pytest.raises(DeliveryError) as caught:
        writer.write(notification_of("ours", "", [make_alert()]))
    assert caught.value.is_recoverable
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 12:01:30 -0000", 90.0),
        ("99999999", LONGEST_WAIT_S),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("²", None),
    ],
)
def test_retry_after_is_understood(header: str | None, seconds: float | None) -> None:
    assert wait_of(header, NOW) == seconds


def test_success_is_no_refusal() -> None:
    assert [refusal_of("x", status, None, NOW) for status in (200, 201, 202, 204)] == [None] * 4


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64!", "c2hvcnQ=", "A" * 100])
def test_a_weak_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        keys_of(secret)
    assert not secret or secret not in str(caught.value)


def test_an_old_signature_is_not_taken_for_a_new_one(make_alert) -> None:
    _, body = body_of([make_alert()])
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    headers = signature_headers("id", long_ago, body, keys_of(SECRET))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRET).verify(body, headers)


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_sent_keeps_the_schema_of_cloudevents(make_alert, count: int, event_errors: Callable[[Any], list[str]]) -> None:  # fmt: skip
    _, body = body_of([make_alert(number) for number in range(count)])
    content = json.loads(body)
    for event in content if count > 1 else [content]:
        assert event_errors(event) == []
        assert event_errors(event | {"id": ""}) != []
        assert JSONFormat().read(None, json.dumps(event)).get_id() == event["id"]


@pytest.fixture
def event_errors() -> Callable[[Any], list[str]]:
    """Return the breaks of CloudEvents 1.0, "Required Attributes" and the JSON event format, in a JSON Schema of ours."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        # Section "Naming Conventions": lower-case letters and digits; `data` holds the event itself.
        "propertyNames": {"pattern": "^[a-z0-9]+$"},
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text | {"format": "uri-reference"},
            "type": text,
            "subject": text,
            "time": text | {"format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        },
    }
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return lambda event: [error.message for error in validator.iter_errors(event)]
