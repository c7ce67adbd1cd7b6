"""Apprise against a real mail server and a real web server on the loopback."""

from __future__ import annotations

import email
import email.policy
import json
import logging
import re
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from placewatch.errors import ConfigError, DeliveryError
from placewatch.redaction import redacted
from sinks.notification import notification_of
from sinks.rendering.message import message
from sinks.writers.apprise import AppriseWriter


PASSWORD = "c0nvoy-passw0rd"


class AnyPort(Controller):
    """A controller that takes a free port and knows it before it looks whether the server answers."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """What came, and what to answer instead of taking it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusal: str | None = None
        self.controller: Controller | None = None
        self.is_up = True

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        mail = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def stop(self) -> None:
        assert self.controller is not None
        self.is_up = False
        self.controller.stop()

    @property
    def url(self) -> str:
        assert self.controller is not None
        return (
            f"mailto://watch:{PASSWORD}@example.org:{self.controller.port}"
            "?smtp=127.0.0.1&from=watch@example.org&to=desk@example.org&mode=insecure"
        )


def authenticate(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and data.password.decode() == PASSWORD
    # Told at once: the server's own refusal keeps whoever guesses waiting for five seconds.
    return AuthResult(success=is_right, handled=False, message=None if is_right else "535 no")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.controller = AnyPort(
        server, hostname="127.0.0.1", port=0, authenticator=authenticate, auth_require_tls=False
    )
    server.controller.start()
    yield server
    if server.is_up:
        server.stop()


def body_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_an_alert_is_a_mail_with_its_evidence(mail_server, make_alert) -> None:
    AppriseWriter("desk", mail_server.url).write(notification_of("desk", "", [make_alert()]))
    (mail,) = mail_server.mails
    assert mail["subject"] == "Rastan, Syria is held by Hayat Tahrir al-Sham."
    assert "desk@example.org" in mail["to"]
    assert mail.get_content_type() == "text/plain"
    text = body_of(mail, "plain")
    for words in ("Alert, claimed, grade B3", "Before: contested, Syrian government.", "Fighters took Rastan",
                  "The Monitor", "https://wire.example/1", "[alert-1]"):  # fmt: skip
        assert words in text


def test_ten_towns_are_one_mail(mail_server, make_alert) -> None:
    alerts = [
        make_alert(number, place=f"Town {number}, Syria", headline=f"Town {number}, Syria is held by HTS.")
        for number in range(10)
    ]  # fmt: skip
    AppriseWriter("desk", mail_server.url).write(notification_of("desk", "country=Syria", alerts))
    (mail,) = mail_server.mails
    assert mail["subject"] == "10 alerts: Town 0, Town 1, Town 2 and 7 more places"
    text = body_of(mail, "plain")
    assert all(alert.headline in text and f"[{alert.alert_id}]" in text for alert in alerts)


def test_a_mail_server_that_refuses_and_recovers_gets_it_in_the_end(
    mail_server, make_alert
) -> None:
    notification = notification_of("desk", "", [make_alert()])
    mail_server.refusal = "451 try again later"
    with pytest.raises(DeliveryError, match="desk could not be told") as caught:
        AppriseWriter("desk", mail_server.url).write(notification)
    assert caught.value.is_recoverable
    mail_server.refusal = None
    # A writer anew, as after a restart: one and the same leaves 5.5 s between two mails.
    AppriseWriter("desk", mail_server.url).write(notification)
    assert len(mail_server.mails) == 1


def test_a_mail_server_that_is_not_there_is_an_error_that_keeps_the_secret(
    mail_server, make_alert, caplog
) -> None:
    url = mail_server.url
    mail_server.stop()
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        AppriseWriter("desk", url).write(notification_of("desk", "", [make_alert()]))
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in redacted(caplog.text)


def test_a_wrong_password_is_an_error_that_does_not_show_it(
    mail_server, make_alert, caplog
) -> None:
    url = mail_server.url.replace(PASSWORD, "wr0ng-password")
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        AppriseWriter("desk", url).write(notification_of("desk", "", [make_alert()]))
    assert "wr0ng" not in str(caught.value)
    assert "wr0ng" not in redacted(caplog.text)
    assert mail_server.mails == []


@settings(
    derandomize=True, max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
@given(st.data())
def test_no_markup_of_a_feed_reaches_a_mail(mail_server, hostile_alerts, data) -> None:
    mail_server.mails.clear()
    alerts = [data.draw(hostile_alerts) for _ in range(2)]
    AppriseWriter("desk", f"{mail_server.url}&format=html").write(
        notification_of("desk", "", alerts)
    )
    assert mail_server.mails
    for mail in mail_server.mails:
        assert [name for name in mail if name.lower() == "bcc"] == []
        assert mail["to"].count("@") == 1
        found = {element.tag for element in html.fromstring(body_of(mail, "html")).iter()}
        assert found <= {
            "html",
            "head",
            "meta",
            "title",
            "body",
            "p",
            "br",
            "div",
            "span",
            "pre",
            "style",
        }, found


def test_a_title_cannot_add_headers(mail_server, make_alert) -> None:
    headline = "Rastan, Syria fell\r\nBcc: everybody@example.org\r\n\r\n<b>body</b>"
    AppriseWriter("desk", mail_server.url).write(
        notification_of("desk", "", [make_alert(headline=headline)])
    )
    (mail,) = mail_server.mails
    assert mail["bcc"] is None
    assert mail["subject"].startswith("Rastan, Syria fell Bcc: everybody")


@pytest.fixture
def web_server() -> Iterator[tuple[int, list[tuple[str, dict[str, Any]]]]]:
    got: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port, got
    server.shutdown()
    thread.join()
    server.server_close()


def test_nobody_is_called_by_what_a_feed_wrote(web_server, make_alert) -> None:
    port, got = web_server
    writer = AppriseWriter("phone", f"json://127.0.0.1:{port}/")
    alert = make_alert(headline="Rastan, Syria: @everyone @here <@&12> look")
    writer.write(notification_of("phone", "", [alert]))
    ((_, sent),) = got
    for text in (sent["title"], sent["message"]):
        assert not re.search(r"@[\w&]", text)


def test_what_is_too_long_for_a_service_comes_in_parts(web_server, make_alert) -> None:
    port, got = web_server
    alerts = [make_alert(n, headline=f"Rastan, Syria: {'long ' * 1000}") for n in range(10)]
    writer = AppriseWriter("phone", f"json://127.0.0.1:{port}/")
    writer.write(notification_of("phone", "", alerts))
    assert len(got) > 1
    said = "".join(sent["message"] for _, sent in got)
    assert all(f"[{alert.alert_id}]" in said for alert in alerts)


@pytest.mark.parametrize("count", [11, 40, 1000])
def test_many_alerts_are_a_message_that_can_be_read(make_alert, count: int) -> None:
    body = message([make_alert(number) for number in range(count)]).body
    assert body.count("Rastan, Syria is held by Hayat Tahrir al-Sham. B3") == min(count, 40)
    assert ("960 more" in body) == (count == 1000)
    assert len(body) < 6_000


def test_what_is_taken_back_has_its_line_among_however_many(make_alert) -> None:
    alerts = [make_alert(number) for number in range(60)]
    alerts[55] = make_alert(55, msg_type="Cancel")
    body = message(alerts).body
    assert f"[{alerts[55].alert_id}]" in body
    assert body.count("Rastan, Syria is held") == 40
    assert "20 more" in body


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("gotify://127.0.0.1:1/AgxyzT0kenS3cret", "AgxyzT0kenS3cret"),
        ("ntfy://127.0.0.1:1/our-s3cret-topic", "our-s3cret-topic"),
        ("json://user:S3cretPass@127.0.0.1:1/hook?+X-Token=abcdS3cret1", "S3cret"),
        ("matrix://user:S3cretToken99@127.0.0.1:1/%23room", "S3cretToken99"),
    ],
)
def test_no_token_is_in_an_error_or_a_log(make_alert, caplog, url: str, secret: str) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        AppriseWriter("phone", url, timeout_s=20).write(
            notification_of("phone", "", [make_alert()])
        )
    assert secret not in str(caught.value)
    assert secret not in repr(caught.value)
    assert secret not in redacted(caplog.text)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "nosuch://S3cretToken99@x", "mailto://", "https://[S3cretToken99"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(url: str, caplog) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(ConfigError, match="receiver phone") as caught,
    ):
        AppriseWriter("phone", url)
    assert "S3cret" not in str(caught.value)
    assert "S3cretToken99" not in redacted(caplog.text)


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_a_message_says_what_became_of_it(make_alert, kind: str) -> None:
    told = message(
        [
            make_alert(
                2, msg_type=kind, headline="Earlier alert withdrawn: Rastan, Syria is contested."
            )
        ]
    )
    assert told.title == "Earlier alert withdrawn: Rastan, Syria is contested."
    assert f"{kind}, claimed, grade B3, 2024-12-06T14:00:00Z" in told.body


def test_what_did_not_count_is_no_evidence(make_alert, make_citation) -> None:
    citations = [
        make_citation(1, counted="historical", sentence="It fell in 1982."),
        make_citation(2),
    ]
    body = message([make_alert(citations=citations)]).body
    assert "1982" not in body
    assert "Fighters took Rastan" in body


def test_a_denial_and_what_a_cancel_takes_back_do_not_read_as_what_holds(
    make_alert, make_citation
) -> None:
    denial = make_citation(1, factuality="denied", sentence="The army denied that Rastan fell.")
    confirmed = message([make_alert(citations=[make_citation(2), denial])]).body
    assert "\n“Fighters took Rastan" in confirmed
    assert "\nDenied: “The army denied" in confirmed
    taken_back = message([make_alert(msg_type="Cancel", citations=[make_citation(2), denial])]).body
    assert "\nHad been read: “Fighters took Rastan" in taken_back


def test_what_was_before_is_said_where_it_was_something_else(make_alert) -> None:
    same = make_alert(
        msg_type="Update", previous_control="held", previous_holder="Hayat Tahrir al-Sham"
    )
    assert "Before" not in message([same]).body
    assert "Before: contested, Syrian government." in message([make_alert()]).body


CHATS = {
    "telegram": "tgram://123456789:AAFabcdefghijklmnopqrstuvwxyz012345/10012345",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23general",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "mattermost": "mmost://127.0.0.1/3ccdd113474722377935511fc85d3dd4",
}


@pytest.mark.parametrize("chat", CHATS)
def test_what_a_feed_wrote_is_no_markup_in_chats(chat: str, make_alert, monkeypatch) -> None:
    sent: list[str] = []

    def fake_request(_session: object, method: str, url: str, **content: Any) -> requests.Response:
        """Stand in for chats, which cannot run here."""
        sent.append(str(content.get("data") or content.get("json")))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"ok" if chat == "slack" else b'{"ok": true, "result": {}}'
        return answer

    monkeypatch.setattr(requests.sessions.Session, "request", fake_request)
    told = "Rastan, Syria <b>x</b> [Reuters](https://evil.example) <!channel> @everyone fell"
    alert = make_alert(headline=told)
    AppriseWriter("chat", CHATS[chat]).write(notification_of("chat", "", [alert]))
    (text,) = sent
    assert "Rastan, Syria" in text
    assert "](" not in text
    assert "@everyone" not in text
    assert "github" not in text, "a picture of a third party"
    if chat in {"telegram", "slack"}:  # these read markup in angle brackets
        assert "&lt;b&gt;" in text
        assert "&lt;!channel&gt;" in text
