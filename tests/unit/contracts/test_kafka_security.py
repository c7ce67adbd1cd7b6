"""What the settings of TLS and SASL must be, and what is said of a server that nobody vouches for; no Kafka needed.

How a real one takes them is in tests/integration/test_kafka_security.py.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import BrokerError, BrokerRefusalError, ConfigError
from placewatch.kafka_security import require_entry, tls_context, user_and_password
from placewatch.redaction import redacted
from placewatch.settings import Settings, load_settings
from tests.certificates import Authority


def settings_of(**more: Any) -> Settings:
    values: dict[str, Any] = {"security_protocol": "SSL", "ssl_cafile": None}
    return load_settings(_env_file=None, **(values | more))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@contextmanager
def server(certificate: Path | None) -> Iterator[str]:
    """Give the address of somebody who shakes hands, over TLS if there is a certificate, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with suppress(OSError):
                each, _ = listening.accept()
                with each:
                    if certificate is not None:
                        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                        context.load_cert_chain(certificate)
                        context.wrap_socket(each, server_side=True).close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_in_the_clear_there_is_no_tls(protocol: str) -> None:
    assert tls_context(settings_of(security_protocol=protocol)) is None


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_tls_checks_certificate_and_host_name(protocol: str, authority: Authority) -> None:
    context = tls_context(settings_of(security_protocol=protocol, ssl_cafile=authority.cafile))
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_of_no_ca_names_its_setting(tmp_path: Path, is_there: bool) -> None:
    path = tmp_path / "ca.pem"
    if is_there:
        path.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"PLACEWATCH_SSL_CAFILE: .*ca\.pem"):
        tls_context(settings_of(ssl_cafile=path))


def test_our_certificate_may_have_its_key_elsewhere_and_locked(authority: Authority) -> None:
    both = authority.issue("ours", password="l0cked-key")
    settings = settings_of(ssl_certfile=both, ssl_keyfile=both, ssl_key_password="l0cked-key")
    assert tls_context(settings) is not None
    assert redacted("l0cked-key") == "***"


@pytest.mark.parametrize("password", [None, "wrong-one"])
def test_a_locked_key_names_its_settings_and_asks_nobody(
    authority: Authority, password: str | None
) -> None:
    locked = authority.issue("locked", password="l0cked-key")
    with pytest.raises(ConfigError, match="PLACEWATCH_SSL_KEY_PASSWORD"):
        tls_context(settings_of(ssl_certfile=locked, ssl_key_password=password))


def test_a_key_without_its_certificate_names_both(authority: Authority) -> None:
    with pytest.raises(ConfigError, match="PLACEWATCH_SSL_KEYFILE is set and PLACEWATCH_SSL_CERT"):
        tls_context(settings_of(ssl_keyfile=authority.issue("alone")))


@pytest.mark.parametrize(
    ("user", "password", "missing"),
    [(None, "hush-hush", "SASL_USERNAME"), ("reader", None, "SASL_PASSWORD")],
)
def test_a_user_without_a_password_names_what_is_missing(
    user: str | None, password: str | None, missing: str
) -> None:
    settings = settings_of(security_protocol="SASL_SSL", sasl_username=user, sasl_password=password)
    with pytest.raises(ConfigError, match=f"PLACEWATCH_{missing} is not set"):
        user_and_password(settings)


def test_a_password_that_was_used_is_masked_in_logs() -> None:
    user_and_password(settings_of(sasl_username="reader", sasl_password="s3cret-w0rd"))
    assert (
        redacted("auth_bytes=b'\\x00reader\\x00s3cret-w0rd'") == "auth_bytes=b'\\x00reader\\x00***'"
    )


def test_a_server_that_is_vouched_for_by_another_is_refused(
    authority: Authority, tmp_path: Path
) -> None:
    certificate = Authority(tmp_path, "stranger").issue("server", "127.0.0.1")
    with (
        server(certificate) as address,
        pytest.raises(BrokerRefusalError, match="PLACEWATCH_SSL_CAFILE"),
    ):
        require_entry(settings_of(bootstrap_servers=address, ssl_cafile=authority.cafile))


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    certificate = authority.issue("server", "kafka.example")
    with (
        server(certificate) as address,
        pytest.raises(BrokerRefusalError, match=r"another name.*PLACEWATCH_BOOTSTRAP_SERVERS"),
    ):
        require_entry(settings_of(bootstrap_servers=address, ssl_cafile=authority.cafile))


def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    certificate = authority.issue("server", "127.0.0.1", is_expired=True)
    with server(certificate) as address, pytest.raises(BrokerRefusalError, match="out of date"):
        require_entry(settings_of(bootstrap_servers=address, ssl_cafile=authority.cafile))


def test_who_hangs_up_may_speak_another_protocol() -> None:
    with server(None) as address, pytest.raises(BrokerError, match="SECURITY_PROTOCOL"):
        require_entry(settings_of(bootstrap_servers=address, security_protocol="PLAINTEXT"))
