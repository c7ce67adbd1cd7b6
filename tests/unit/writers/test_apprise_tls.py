"""Mail over TLS: a server whose certificate nobody vouches for gets neither the mail nor the password."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from placewatch.errors import DeliveryError
from sinks.notification import notification_of
from sinks.writers.apprise import AppriseWriter


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key: one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


class MailServer:
    """Wants STARTTLS and a password, and remembers both."""

    def __init__(self) -> None:
        self.mails = 0
        self.passwords: list[bytes] = []
        self.url = ""

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        self.mails += 1
        return "250 OK"

    def authenticate(self, *arguments: object) -> AuthResult:
        self.passwords.append(getattr(arguments[-1], "password", b""))
        return AuthResult(success=True)


class AnyPort(Controller):
    """A controller that takes a free port and knows it before it looks whether the server answers."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mail_server(certificate: Path) -> Iterator[MailServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = MailServer()
    controller = AnyPort(
        server,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        authenticator=server.authenticate,
    )
    controller.start()
    server.url = (
        f"mailtos://watch:passw0rd@example.org:{controller.port}?smtp=127.0.0.1&mode=starttls"
        "&from=watch@example.org&to=desk@example.org"
    )
    yield server
    controller.stop()


def test_a_certificate_that_is_vouched_for_is_trusted(
    mail_server: MailServer, certificate: Path, make_alert, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    AppriseWriter("desk", mail_server.url).write(notification_of("desk", "", [make_alert()]))
    assert (mail_server.mails, mail_server.passwords) == (1, [b"passw0rd"])


def test_another_is_not_and_gets_nothing(mail_server: MailServer, make_alert) -> None:
    with pytest.raises(DeliveryError):
        AppriseWriter("desk", mail_server.url).write(notification_of("desk", "", [make_alert()]))
    assert (mail_server.mails, mail_server.passwords) == (0, [])
