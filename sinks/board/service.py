"""The board as a service: says where it listens and who could reach it, then answers until it is told to stop."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from placewatch.errors import ConfigError
from placewatch.log import get_logger
from placewatch.settings import Settings
from sinks.board.access import is_loopback
from sinks.board.app import make_app
from sinks.board.arrivals import Arrivals


# For answers that are under way; readers of the stream are sent away at once and connect again by themselves.
_GRACE_S = 3

_log = get_logger(__name__)


class BoardServer(uvicorn.Server):
    """uvicorn, but for readers of the stream, who would never go by themselves."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._arrivals: Arrivals = app.state.board.arrivals

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        await self._arrivals.close()
        await super().shutdown(sockets)


def address(settings: Settings) -> str:
    """Return the board's address for a browser on this machine."""
    host = "127.0.0.1" if settings.board_host in {"0.0.0.0", "::"} else settings.board_host  # noqa: S104  # compared
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.board_port}/"


def run(settings: Settings, *, ledger_url: str | None = None) -> None:
    """Serve the board until SIGTERM or SIGINT.

    Raises:
        ConfigError: its port is taken, its host is none of this machine, or its token cannot be used.
    """
    app = make_app(settings, ledger_url)
    with _listening(settings) as listening:
        if not is_loopback(settings.board_host):
            _log.warning(
                "the board can be reached from other machines, by anybody who reaches this one",
                host=settings.board_host,
                advice="put it behind a reverse proxy that asks who people are: docs/board.md",
            )
        _log.info(
            "board started", address=address(settings), is_read_only=app.state.board.token is None
        )
        BoardServer(app).run(sockets=[listening])


def _listening(settings: Settings) -> socket.socket:
    """Return a socket that listens where the settings say."""
    family = socket.AF_INET6 if ":" in settings.board_host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.board_host, settings.board_port))
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"the board cannot listen at {settings.board_host} port {settings.board_port} ({error.strerror}): "
            "set PLACEWATCH_BOARD_PORT or PLACEWATCH_BOARD_HOST to another"
        ) from error
    return listening
