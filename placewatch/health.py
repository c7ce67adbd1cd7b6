"""The pages for machines of a service that has none by itself: alive, ready, metrics.

    /healthz   200 while the process answers
    /readyz    200 while its work comes round, 503 while it starts, waits for another service or hangs
    /metrics   Prometheus' text format

Worker and board serve the same three (`streams/views.py`, `sinks/board/app.py`).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from placewatch.errors import ConfigError
from placewatch.log import get_logger
from placewatch.metrics import READY, Service


# Longer than a slow write or a rebalance takes, shorter than people should go without being told.
STALLED_AFTER_S = 30.0
# Far beyond the longest turn seen; what ends a service loses nothing, for nothing is committed before it is done with.
ENDED_AFTER_S = 300.0

log = get_logger(__name__)


class Pulse:
    """Whether a service's work comes round: it beats at each turn."""

    def __init__(
        self,
        stalled_after_s: float = STALLED_AFTER_S,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stalled_after_s = stalled_after_s
        self._now = now
        self._beat_at: float | None = None

    def beat(self) -> None:
        """Say that a turn begins."""
        self._beat_at = self._now()

    @property
    def stands_for_s(self) -> float:
        """For how many seconds the turn lasts; 0 before the first."""
        return 0.0 if self._beat_at is None else self._now() - self._beat_at

    @property
    def waits_for(self) -> list[str]:
        """What keeps the service from being ready: its start, or a turn that does not end."""
        if self._beat_at is None:
            return ["start"]
        return ["turn"] if self.stands_for_s > self._stalled_after_s else []


class Watch:
    """A thread that ends the process when its work stops coming round, so that whoever runs it starts it again.

    For what hangs where nothing else looks: a lock, a call that never returns, an event loop that does not turn.
    """

    def __init__(self, pulse: Pulse, *, after_s: float = ENDED_AFTER_S) -> None:
        self._pulse = pulse
        self._after_s = after_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look; nothing is ended before the first beat."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more: what ends in its own time may take it."""
        self._is_over.set()

    def _look(self) -> None:
        while not self._is_over.wait(self._after_s / 10):
            if self._pulse.stands_for_s > self._after_s:
                end_now("turn_does_not_end", seconds=round(self._pulse.stands_for_s))


def end_now(event: str, **details: Any) -> NoReturn:
    """End this process without committing, so that what was not read is read by the next one."""
    log.error(event, action="ends, to be started again from the last commit", **details)
    logging.shutdown()
    os._exit(os.EX_SOFTWARE)


@contextmanager
def served(
    host: str, port: int | None, pulse: Pulse, *, service: Service, variable: str
) -> Iterator[None]:
    """Serve the three pages while the block runs, if there is a port for them.

    Raises:
        ConfigError: the port, which `variable` sets, is taken.
    """
    if port is None:
        yield
        return
    READY.labels(service).set_function(lambda: float(not pulse.waits_for))
    try:
        server = _Server((host, port), _Handler, pulse)
    except OSError as error:
        raise ConfigError(
            f"metrics and health pages cannot have port {port} ({error.strerror}): set {variable} to another"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class QuietServer(ThreadingHTTPServer):
    """A server of pages that are asked for every few seconds, by whom may be gone before the answer."""

    daemon_threads = True

    def handle_error(self, _request: Any, _address: Any) -> None:
        """Log what went wrong, but for who hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            log.exception("page_failed")  # noqa: LOG004  # called while the error is handled


class _Server(QuietServer):
    """A server whose handlers know the pulse."""

    def __init__(self, address: tuple[str, int], handler: Any, pulse: Pulse) -> None:
        super().__init__(address, handler)
        self.pulse = pulse


class _Handler(BaseHTTPRequestHandler):
    """Answers GET for the three pages."""

    server: _Server

    def do_GET(self) -> None:  # the name http.server calls
        """Answer with the page asked for; a slash at its end makes no difference."""
        match self.path.partition("?")[0].rstrip("/"):
            case "/healthz":
                self._say(HTTPStatus.OK, {"status": "ok"})
            case "/readyz":
                waits_for = self.server.pulse.waits_for
                status = HTTPStatus.SERVICE_UNAVAILABLE if waits_for else HTTPStatus.OK
                said = {"status": "waiting" if waits_for else "ready", "waits_for": waits_for}
                self._say(status, said)
            case "/metrics":
                self._send(HTTPStatus.OK, generate_latest(), CONTENT_TYPE_LATEST)
            case _:
                self._say(HTTPStatus.NOT_FOUND, {"status": "no such page"})

    def log_message(self, *_: Any) -> None:
        """Say nothing: these pages are asked for every few seconds."""

    def _say(self, status: HTTPStatus, said: dict[str, Any]) -> None:
        self._send(status, json.dumps(said).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
