"""Fetching a feed over HTTP: conditional, bounded in time, size and redirects, never to a private address."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from placewatch import __version__
from producers.decoding import SUPPORTED, BoundedDecoder, BrokenEncodingError, TooLargeError
from producers.fetched import Fetched, Outcome, Validators
from producers.guard import BlockedAddressError, guarded_socket_factory
from producers.html_text import tidy
from producers.moves import HopFault, next_hop


MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 10.0
CHUNK_BYTES = 16 * 1024
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
ACCEPT_PAGES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What Cloudflare says when it wants a browser to solve something, whatever the status.
_CHALLENGE = ("cf-mitigated", "challenge")


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


class Fetcher:
    """Fetches feeds over one shared connection pool; use it as an asynchronous context manager."""

    def __init__(
        self,
        *,
        timeout_s: float,
        max_body_bytes: int,
        allow_private_networks: bool,
        contact: str = "",
        accept: str = ACCEPT,
        held_bytes: int | None = None,
    ) -> None:
        """Put it together; bodies of more than `held_bytes` come as files, which whoever fetches closes."""
        self._timeout_s = timeout_s
        self._max_body_bytes = max_body_bytes
        self._held_bytes = held_bytes
        self._allow_private = allow_private_networks
        self._headers = {
            "User-Agent": user_agent(contact),
            "Accept": accept,
            "Accept-Encoding": SUPPORTED,
        }
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        factory = guarded_socket_factory(allow_private=self._allow_private)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=factory, limit=0),
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

    async def fetch(self, url: str, validators: Validators, *, user_agent: str = "") -> Fetched:
        """Return what `url` gave; failures are outcomes, not exceptions. `user_agent` is said instead of our own."""
        names = {"User-Agent": user_agent} if user_agent else {}
        journey, began = _Journey(url, validators, names), time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                fetched = await self._follow(journey)
        except TimeoutError:
            detail = f"no complete answer within {self._timeout_s:g} s"
            fetched = journey.failed(Outcome.TIMEOUT, detail)
        except tuple(kind for kind, _ in _FAULTS) as error:
            fetched = journey.failed(_fault(error), str(error) or type(error).__name__)
        return replace(fetched, took_s=time.monotonic() - began)

    async def _follow(self, journey: _Journey) -> Fetched:
        """Follow at most five redirects, each to an http(s) URL; validators go only to whom they came from."""
        if (
            urlsplit(journey.url).scheme not in {"http", "https"}
            or not urlsplit(journey.url).hostname
        ):
            return journey.failed(Outcome.BAD_URL, f"{journey.url!r} is not http or https")
        while True:
            assert self._session is not None, "use Fetcher as a context manager"  # noqa: S101  # a slip of ours, not of a feed
            async with self._session.get(
                URL(journey.url, encoded=False),
                headers=_conditions(journey.conditions) | journey.names,
                allow_redirects=False,
            ) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    return await self._read(response, journey)
                journey.trail.append((response.status, journey.url))
            target, fault = next_hop(journey.url, location)
            if fault is not None:
                outcome = Outcome.BAD_URL
                if fault is HopFault.INSECURE:
                    outcome = Outcome.INSECURE_REDIRECT
                return journey.failed(outcome, f"it redirects to {target[:200]!r}: {fault}")
            journey.url = target
            if len(journey.trail) > MAX_REDIRECTS:
                detail = f"more than {MAX_REDIRECTS} redirects, the last to {target}"
                return journey.failed(Outcome.REDIRECTS, detail)

    async def _read(self, response: aiohttp.ClientResponse, journey: _Journey) -> Fetched:
        """Return the result of the last hop."""
        headers = {k.lower(): v for k, v in response.headers.items() if _is_text(v)}
        asked = journey.conditions
        outcome = _status_outcome(response.status)
        if headers.get(_CHALLENGE[0], "").lower() == _CHALLENGE[1]:
            outcome = Outcome.CHALLENGED
        if outcome is Outcome.NOT_MODIFIED and not asked:
            outcome = Outcome.UNASKED_304
        body: bytes | SpooledTemporaryFile[bytes] = b""
        if outcome is Outcome.FETCHED:
            body = await self._body(response, headers.get("content-encoding", ""))
        return Fetched(
            outcome=outcome,
            url=journey.url,
            status=response.status,
            headers=headers,
            body=body if isinstance(body, bytes) else b"",
            spooled=None if isinstance(body, bytes) else body,
            spooled_bytes=0 if isinstance(body, bytes) else body.tell(),
            validators=_new_validators(outcome, headers, journey),
            redirects=tuple(journey.trail),
            is_conditional=bool(asked),
            detail="" if outcome.is_success else tidy(f"HTTP {response.status} {response.reason}"),
        )

    async def _body(
        self, response: aiohttp.ClientResponse, encoding: str
    ) -> bytes | SpooledTemporaryFile[bytes]:
        """Return the decoded body, a large one as a file."""
        decoder = BoundedDecoder(
            encoding, max_bytes=self._max_body_bytes, held_bytes=self._held_bytes
        )
        try:
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                decoder.feed(chunk)
            return decoder.finish()
        except BaseException:
            decoder.close()
            raise


@dataclass(slots=True)
class _Journey:
    """Where a fetch has got to: the address asked now, and the redirects that led there."""

    url: str
    known: Validators
    names: dict[str, str]
    trail: list[tuple[int, str]] = field(default_factory=list)

    @property
    def conditions(self) -> Validators:
        """What the address asked now gave us earlier, if anything."""
        is_giver = self.known.url == self.url if self.known.url else not self.trail
        return self.known if is_giver else Validators()

    def failed(self, outcome: Outcome, detail: str) -> Fetched:
        """Return the failure this journey ends in."""
        return Fetched(
            outcome=outcome,
            url=self.url,
            detail=tidy(detail),
            validators=self.known,
            redirects=tuple(self.trail),
        )


def user_agent(contact: str) -> str:
    """Return how we name ourselves: project, version, and whom to write to."""
    return f"placewatch/{__version__}" + (f" (+{contact})" if contact else "")


def _conditions(validators: Validators) -> dict[str, str]:
    """Return the headers of a conditional GET."""
    pairs = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _is_text(value: str) -> bool:
    """Return whether a header's value is one: aiohttp keeps bytes that are none as characters that cannot be sent."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def _new_validators(outcome: Outcome, headers: Mapping[str, str], journey: _Journey) -> Validators:
    """Return the validators to keep: a 200 replaces or clears them, a 304 may refresh them."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    if outcome is Outcome.NOT_MODIFIED:
        old = journey.known
        return Validators(etag or old.etag, modified or old.last_modified, journey.url)
    if outcome is Outcome.FETCHED:
        return Validators(etag, modified, journey.url if etag or modified else "")
    return journey.known


def _fault(error: Exception) -> Outcome:
    """Return what went wrong; a name that may be known to the next resolver is told from one nobody knows."""
    outcome = next(outcome for kind, outcome in _FAULTS if isinstance(error, kind))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        is_unknown = error.os_error.errno == socket.EAI_NONAME
        return Outcome.UNKNOWN_HOST if is_unknown else Outcome.DNS
    return outcome


def _status_outcome(status: int) -> Outcome:
    """Return what a final status means."""
    exact = {
        200: Outcome.FETCHED,
        203: Outcome.FETCHED,  # as a proxy changed it
        304: Outcome.NOT_MODIFIED,
        401: Outcome.BLOCKED,
        403: Outcome.BLOCKED,
        404: Outcome.NOT_FOUND,
        410: Outcome.GONE,
        451: Outcome.BLOCKED,
        429: Outcome.THROTTLED,
        503: Outcome.THROTTLED,
    }
    server_errors = 500
    default = Outcome.SERVER_ERROR if status >= server_errors else Outcome.CLIENT_ERROR
    return exact.get(status, default)
