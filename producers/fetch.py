"""Fetching a feed over HTTP: conditional, bounded in time, size and redirects, never to a private address."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from placewatch import __version__
from producers.decoding import SUPPORTED, BoundedDecoder, BrokenEncodingError, TooLargeError
from producers.guard import BlockedAddressError, guarded_socket_factory
from producers.schedule import MAX_RETRY_AFTER_S, ErrorClass


MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 10.0
CHUNK_BYTES = 16 * 1024
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Outcome(StrEnum):
    """What became of a fetch: the first two are successes."""

    FETCHED = "fetched"
    NOT_MODIFIED = "not_modified"
    BAD_URL = "bad_url"
    PRIVATE_ADDRESS = "private_address"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    BROKEN_BODY = "broken_body"
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    NOT_FOUND = "not_found"
    GONE = "gone"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"

    @property
    def is_success(self) -> bool:
        """Whether the server gave the feed, or said that it has not changed."""
        return self in {Outcome.FETCHED, Outcome.NOT_MODIFIED}

    @property
    def error_class(self) -> ErrorClass:
        """How much it weighs as a failure (Media Cloud's three classes)."""
        if self in {Outcome.BAD_URL, Outcome.PRIVATE_ADDRESS, Outcome.GONE}:
            return ErrorClass.HARD
        return ErrorClass.TEMPORARY if self is Outcome.DNS else ErrorClass.SOFT


# What went wrong, by the first class that fits: several of these are subclasses of later ones.
_FAULTS: tuple[tuple[type[Exception], Outcome], ...] = (
    (BlockedAddressError, Outcome.PRIVATE_ADDRESS),
    (TooLargeError, Outcome.TOO_LARGE),
    (BrokenEncodingError, Outcome.BROKEN_BODY),
    (aiohttp.ClientPayloadError, Outcome.BROKEN_BODY),
    (aiohttp.ClientSSLError, Outcome.TLS),
    (aiohttp.ClientConnectorDNSError, Outcome.DNS),
    (aiohttp.InvalidURL, Outcome.BAD_URL),
    (aiohttp.ClientError, Outcome.CONNECTION),
    (OSError, Outcome.CONNECTION),
    (ValueError, Outcome.BAD_URL),
)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask by next time, byte for byte."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of one fetch; `body` is decoded, `url` the one after redirects, `detail` for people."""

    outcome: Outcome
    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    validators: Validators = field(default_factory=Validators)
    retry_after_s: float | None = None
    redirects: tuple[tuple[int, str], ...] = ()
    detail: str = ""


class Fetcher:
    """Fetches feeds over one shared connection pool; use it as an asynchronous context manager."""

    def __init__(
        self,
        *,
        timeout_s: float,
        max_body_bytes: int,
        allow_private_networks: bool,
        contact: str = "",
    ) -> None:
        self._timeout_s = timeout_s
        self._max_body_bytes = max_body_bytes
        self._allow_private = allow_private_networks
        self._headers = {
            "User-Agent": user_agent(contact),
            "Accept": ACCEPT,
            "Accept-Encoding": SUPPORTED,
        }
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        factory = guarded_socket_factory(allow_private=self._allow_private)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=factory, limit=0, limit_per_host=4),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    @property
    def request_headers(self) -> Mapping[str, str]:
        """The headers every request carries."""
        return self._headers

    async def fetch(self, url: str, validators: Validators) -> Fetched:
        """Return what `url` gave; failures are outcomes, not exceptions."""
        trail: list[tuple[int, str]] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(url, validators, trail)
        except TimeoutError:
            detail = f"no complete answer within {self._timeout_s:g} s"
            return _failed(Outcome.TIMEOUT, url, detail, trail)
        except tuple(kind for kind, _ in _FAULTS) as error:
            outcome = next(outcome for kind, outcome in _FAULTS if isinstance(error, kind))
            return _failed(outcome, url, str(error) or type(error).__name__, trail)

    async def _follow(
        self, url: str, validators: Validators, trail: list[tuple[int, str]]
    ) -> Fetched:
        """Follow at most five redirects, each to an http(s) URL; validators go to the first URL only."""
        target = url
        while True:
            scheme, host = urlsplit(target).scheme, urlsplit(target).hostname
            if scheme not in {"http", "https"} or not host:
                return _failed(Outcome.BAD_URL, target, f"{target!r} is not http or https", trail)
            conditions = {} if trail else _conditions(validators)
            assert self._session is not None, "use Fetcher as a context manager"  # noqa: S101
            async with self._session.get(
                URL(target, encoded=False), headers=conditions, allow_redirects=False
            ) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    return await self._read(response, target, validators, trail)
                trail.append((response.status, target))
                target = urljoin(target, location.strip())
            if len(trail) > MAX_REDIRECTS:
                detail = f"more than {MAX_REDIRECTS} redirects, the last to {target}"
                return _failed(Outcome.REDIRECTS, url, detail, trail)

    async def _read(
        self,
        response: aiohttp.ClientResponse,
        url: str,
        validators: Validators,
        trail: list[tuple[int, str]],
    ) -> Fetched:
        """Return the result of the last hop."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        outcome = _status_outcome(response.status)
        body = b""
        if outcome is Outcome.FETCHED:
            decoder = BoundedDecoder(
                headers.get("content-encoding", ""), max_bytes=self._max_body_bytes
            )
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                decoder.feed(chunk)
            body = decoder.finish()
        return Fetched(
            outcome=outcome,
            url=url,
            status=response.status,
            headers=headers,
            body=body,
            validators=_new_validators(outcome, headers, validators),
            retry_after_s=retry_after_s(headers, datetime.now(UTC)),
            redirects=tuple(trail),
            detail="" if outcome.is_success else f"HTTP {response.status} {response.reason}",
        )


def user_agent(contact: str) -> str:
    """Return how we name ourselves: project, version, and whom to write to."""
    return f"placewatch/{__version__}" + (f" (+{contact})" if contact else "")


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for, at most a day; None when there is no usable one.

    A date is taken relative to the server's own `Date`, so that a wrong server clock does no harm.
    """
    raw = headers.get("retry-after", "").strip()
    if not raw:
        return None
    if raw.isascii() and raw.isdigit():
        return min(float(raw), MAX_RETRY_AFTER_S)
    try:
        asked = parsedate_to_datetime(raw)
        clock = parsedate_to_datetime(headers["date"]) if "date" in headers else now
        return min(max((asked - clock).total_seconds(), 0.0), MAX_RETRY_AFTER_S)
    except (ValueError, TypeError):
        return None


def _conditions(validators: Validators) -> dict[str, str]:
    """Return the headers of a conditional GET."""
    pairs = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _new_validators(outcome: Outcome, headers: Mapping[str, str], old: Validators) -> Validators:
    """Return the validators to keep: a 200 replaces or clears them, a 304 may refresh them."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    if outcome is Outcome.NOT_MODIFIED:
        return Validators(etag or old.etag, modified or old.last_modified)
    return Validators(etag, modified) if outcome is Outcome.FETCHED else old


def _status_outcome(status: int) -> Outcome:
    """Return what a final status means."""
    exact = {
        200: Outcome.FETCHED,
        304: Outcome.NOT_MODIFIED,
        401: Outcome.BLOCKED,
        403: Outcome.BLOCKED,
        404: Outcome.NOT_FOUND,
        410: Outcome.GONE,
        429: Outcome.THROTTLED,
        503: Outcome.THROTTLED,
    }
    server_errors = 500
    default = Outcome.SERVER_ERROR if status >= server_errors else Outcome.CLIENT_ERROR
    return exact.get(status, default)


def _failed(outcome: Outcome, url: str, detail: str, trail: list[tuple[int, str]]) -> Fetched:
    return Fetched(outcome=outcome, url=url, detail=detail, redirects=tuple(trail))
