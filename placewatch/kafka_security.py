"""How we come into a Kafka: TLS, password and certificate from the settings, and whether it lets us in.

Its clients say nothing of a refused password but that they reached nobody, after half a minute or never. So before
they are made, one connection is made here, which says at once which setting is wrong.
"""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiokafka import errors as kafka_errors
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from placewatch.errors import BrokerError, BrokerRefusalError, ConfigError
from placewatch.log import get_logger
from placewatch.redaction import conceal
from placewatch.settings import Settings


ENTRY_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 0.25

# OpenSSL's words for what is wrong with a certificate: X509_V_ERR_ in its x509_vfy.h.
_NOT_YET_VALID = 9
_EXPIRED = 10
_OTHER_NAMES = frozenset({62, 64})
# TLS alerts of a Kafka that wants a certificate of ours and got none, or one it does not trust, have these in their names.
_ABOUT_OURS = ("_CERTIFICATE_", "BAD_CERTIFICATE", "HANDSHAKE_FAILURE", "UNKNOWN_CA")

log = get_logger(__name__)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Return with whom we speak TLS and as whom; None where the settings want none.

    Raises:
        ConfigError: a file of certificates cannot be used.
    """
    if not settings.security_protocol.endswith("SSL"):
        return None
    if settings.ssl_certfile is None and settings.ssl_keyfile is not None:
        raise ConfigError(
            "PLACEWATCH_SSL_KEYFILE is set and PLACEWATCH_SSL_CERTFILE is not: a key is of use with its certificate only"
        )
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
    except OSError as error:
        raise ConfigError(
            f"PLACEWATCH_SSL_CAFILE: {settings.ssl_cafile} cannot be used ({error}): name a PEM file with the "
            "certificate of the CA that signed Kafka's"
        ) from error
    if settings.ssl_certfile is not None:
        _show(settings, context)
    return context


def _show(settings: Settings, context: ssl.SSLContext) -> None:
    """Have our certificate shown to a Kafka that asks for it.

    Raises:
        ConfigError: certificate or key cannot be used.
    """
    secret = settings.ssl_key_password
    password = secret.get_secret_value() if secret else ""
    conceal(password)
    certfile = str(settings.ssl_certfile)
    try:
        # A function, for without any password OpenSSL would ask at the terminal.
        context.load_cert_chain(certfile, settings.ssl_keyfile, password=lambda: password)
    except OSError as error:
        raise ConfigError(
            f"PLACEWATCH_SSL_CERTFILE: {certfile} with the key in {settings.ssl_keyfile or 'the same file'} cannot be "
            f"used ({error}): name PEM files of a certificate and its key (PLACEWATCH_SSL_KEYFILE), and the key's "
            "password if it has one (PLACEWATCH_SSL_KEY_PASSWORD)"
        ) from error


def user_and_password(settings: Settings) -> tuple[str, str]:
    """Return the SASL user and password, which no log will show.

    Raises:
        ConfigError: one of them is not set.
    """
    if not settings.sasl_username or settings.sasl_password is None:
        missing = "PASSWORD" if settings.sasl_username else "USERNAME"
        raise ConfigError(
            f"PLACEWATCH_SASL_{missing} is not set, and {settings.security_protocol} needs user and password: set it, "
            "the password best as PLACEWATCH_SASL_PASSWORD_FILE"
        )
    password = settings.sasl_password.get_secret_value()
    conceal(password)
    return settings.sasl_username, password


def require_entry(settings: Settings) -> None:
    """Make one connection to see that Kafka lets us in, as one of its brokers that are set.

    Raises:
        BrokerRefusalError: one answers and refuses us, or we it; the message names the setting.
        BrokerError: none answers.
        ConfigError: the settings cannot be used.
    """
    options: dict[str, Any] = {
        "security_protocol": settings.security_protocol,
        "ssl_context": tls_context(settings),
    }
    if settings.security_protocol.startswith("SASL"):
        user, password = user_and_password(settings)
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    faults: list[BrokerError] = []
    for server in (settings.bootstrap_servers or "").split(","):
        try:
            # In a thread: some who ask have a loop of their own that runs.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _enter(server.strip(), options)).result()
        except (kafka_errors.KafkaError, OSError, ValueError) as error:
            faults.append(_fault(settings, server.strip(), error))
        else:
            for fault in faults:
                log.warning("broker_passed_over", error=str(fault))
            return
    refusals = [fault for fault in faults if isinstance(fault, BrokerRefusalError)]
    raise (refusals or faults)[0]


async def _enter(server: str, options: dict[str, Any]) -> None:
    """Connect, say who we are, and ask one thing: a broker that wants more of us says so only then."""
    host, _, port = server.rpartition(":")
    connection = AIOKafkaConnection(
        host.strip("[]"),
        int(port),
        client_id="placewatch-entry",
        request_timeout_ms=int(ENTRY_TIMEOUT_S * 1000),
        **options,
    )
    try:
        await connection.connect()
        await connection.send(MetadataRequest([]))
    finally:
        # One that was never made never ends.
        await asyncio.wait({connection.close()}, timeout=_CLOSE_TIMEOUT_S)


def _fault(settings: Settings, server: str, error: Exception) -> BrokerError:
    """Return the error that says why we did not get in, and what to do."""
    reason = _refusal(settings, error) or _refusal(settings, error.__cause__)
    if reason:
        return BrokerRefusalError(f"Kafka at {server} cannot be used: {reason}")
    if isinstance(error, (ConnectionError, kafka_errors.KafkaConnectionError)):
        return BrokerError(
            f"Kafka at {server} hangs up: it starts or ends just now, or it takes no {settings.security_protocol} there, "
            "which is what PLACEWATCH_SECURITY_PROTOCOL says"
        )
    return BrokerError(
        f"Kafka at {server} does not answer ({type(error).__name__}: {error}): check that it runs and that "
        "PLACEWATCH_BOOTSTRAP_SERVERS is right, or try `placewatch doctor`"
    )


def _refusal(settings: Settings, error: BaseException | None) -> str | None:
    """Return what it is that is refused, in words that name the setting; None for what is no refusal."""
    match error:
        case ssl.SSLError():
            return _untrusted(settings, error)
        case kafka_errors.SaslAuthenticationFailed() | kafka_errors.AuthenticationFailedError():
            return (
                f"it refuses user {settings.sasl_username} or their password: check PLACEWATCH_SASL_USERNAME and "
                f"PLACEWATCH_SASL_PASSWORD, and that this user has a {settings.sasl_mechanism} password there"
            )
        case kafka_errors.UnsupportedSaslMechanismError():
            return f"it knows no {settings.sasl_mechanism} there, which is what PLACEWATCH_SASL_MECHANISM says"
        case kafka_errors.IllegalSaslStateError():
            return (
                "it asks for no password there, and PLACEWATCH_SECURITY_PROTOCOL is "
                f"{settings.security_protocol}"
            )
    return None


def _untrusted(settings: Settings, error: ssl.SSLError) -> str:
    """Return which certificate is not trusted, and why."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        if any(word in f"{error.reason}_" for word in _ABOUT_OURS):
            return (
                f"it wants a certificate of ours that it trusts ({error.reason}), and PLACEWATCH_SSL_CERTFILE is "
                f"{settings.ssl_certfile or 'not set'}"
            )
        return (
            f"no TLS is spoken there ({error.reason}), and PLACEWATCH_SECURITY_PROTOCOL is "
            f"{settings.security_protocol}"
        )
    said = error.verify_message
    if error.verify_code in _OTHER_NAMES:
        return (
            f"its certificate is for another name ({said}): PLACEWATCH_BOOTSTRAP_SERVERS has to call it by a name that "
            "is in its certificate"
        )
    if error.verify_code in {_EXPIRED, _NOT_YET_VALID}:
        return f"its certificate is out of date ({said}): whoever runs it has to renew it; or this clock is wrong"
    return (
        f"nobody we trust vouches for its certificate ({said}): PLACEWATCH_SSL_CAFILE, which is "
        f"{settings.ssl_cafile or 'not set'}, has to name the certificate of the CA that signed it"
    )
