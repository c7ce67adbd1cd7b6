"""What every request passes: the host it asks for, the headers that keep a browser strict, the metrics."""

from __future__ import annotations

import time
from collections.abc import Collection
from http import HTTPStatus

from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from placewatch.metrics import DROPPED, DURATION, ERRORS, RECEIVED, SENT, Service
from sinks.board.access import is_host_known
from sinks.board.problems import problem


# How it is named among what counts.
COMPONENT = "request"
REQUESTS = Counter(
    "placewatch_board_requests", "Requests, by route and status", ["route", "method", "status"]
)
SECONDS = Histogram(
    "placewatch_board_request_seconds", "Time to the first byte, by route", ["route"]
)
READERS = Gauge("placewatch_board_readers", "Readers of the live stream")

# Everything comes from the board itself; nothing inline; nobody may frame it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}
# A label must not be whatever somebody sends.
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
# Probes ask by address; what these say is no secret.
_ASKED_BY_ADDRESS = frozenset({"/healthz", "/readyz"})


class Guard:
    """Wraps the app; refuses hosts it does not answer to."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def guarded(message: Message) -> None:
            """Send a message on, an answer's head with our headers, and count it."""
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                _count(scope, message["status"], time.perf_counter() - started)
            await send(message)

        host = Headers(scope=scope).get("host")
        if scope["path"] in _ASKED_BY_ADDRESS or is_host_known(host, self._hosts):
            await self._app(scope, receive, guarded)
            return
        refusal = problem(
            421,
            "the board does not answer to this host name: have the operator add it to PLACEWATCH_BOARD_HOSTS",
        )
        await refusal(scope, receive, guarded)


def _count(scope: Scope, status: int, seconds: float) -> None:
    """Count a request under its route, of which there are few, never under its path."""
    route = getattr(scope.get("route"), "path", "static or unknown")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(route, method, status).inc()
    SECONDS.labels(route).observe(seconds)
    RECEIVED.labels(Service.BOARD, COMPONENT).inc()
    DURATION.labels(Service.BOARD, COMPONENT).observe(seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        ERRORS.labels(Service.BOARD, COMPONENT, str(status)).inc()
    elif status >= HTTPStatus.BAD_REQUEST:
        DROPPED.labels(Service.BOARD, COMPONENT, str(status)).inc()
    else:
        SENT.labels(Service.BOARD, "reader").inc()
