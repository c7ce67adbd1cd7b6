"""Who may do what: which names the board answers to, and the token for what changes anything. Pure."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from placewatch.errors import ConfigError
from placewatch.settings import Settings


# A secret that can be guessed is none; `openssl rand -hex 16` gives 32.
LEAST_TOKEN_CHARS = 16
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def token_of(settings: Settings) -> str | None:
    """Return the token that allows writing, None when the board only reads.

    Raises:
        ConfigError: it is too short.
    """
    if settings.board_token is None:
        return None
    token = settings.board_token.get_secret_value()
    if len(token) < LEAST_TOKEN_CHARS or not token.isascii() or not token.isprintable():
        raise ConfigError(
            f"PLACEWATCH_BOARD_TOKEN has to be {LEAST_TOKEN_CHARS} plain characters or more: "
            "`openssl rand -hex 16` makes one"
        )
    return token


def is_allowed(authorization: str | None, token: str) -> bool:
    """Return whether an Authorization header carries the token; takes the same time wherever they differ."""
    scheme, _, given = (authorization or "").partition(" ")
    is_same = hmac.compare_digest(given.strip().encode(), token.encode())
    return is_same and scheme.lower() == "bearer"


def answers_to(settings: Settings) -> frozenset[str]:
    """Return the host names under which the board may be asked for: those of this machine and those that are set."""
    named = (name.strip().lower() for name in settings.board_hosts.split(","))
    return _LOOPBACK | {settings.board_host.lower()} | {name for name in named if name}


def is_host_known(host_header: str | None, known: Iterable[str]) -> bool:
    """Return whether a Host header names one of the known hosts, with any port.

    A page of somebody else whose name was made to lead to this machine (DNS rebinding) is refused by this.
    """
    try:
        host = urlsplit(f"//{host_header or ''}").hostname
    except ValueError:
        return False
    return host is not None and host in set(known)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens at `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
