"""The board as an ASGI app: the page's files, the API, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.resources
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware.gzip import GZipMiddleware

from placewatch import __version__
from placewatch.errors import PlacewatchError
from placewatch.metrics import READY, Service
from placewatch.settings import Settings
from sinks.board import feeds_api, live_api, reading_api, silences_api, writing_api
from sinks.board.access import answers_to, token_of
from sinks.board.arrivals import Arrivals
from sinks.board.desk import Desk
from sinks.board.guard import Guard
from sinks.board.problems import answer_with_problems, responses
from sinks.board.state import Board


STATIC = Path(str(importlib.resources.files("sinks.board") / "static"))
WORLD = STATIC / "vendor" / "countries-50m.json.gz"
_DESCRIPTION = (
    "What holds at the watched places, the alerts, and the evidence behind them. Times are UTC. "
    "Errors are problem details (RFC 9457)."
)


def make_app(settings: Settings, ledger_url: str | None = None) -> FastAPI:
    """Return the board over the ledger that is named, else the user's own, else the demo's.

    The ledger need not be there yet: until it is, the API answers 503 and the page says what to do.

    Raises:
        ConfigError: the token cannot be used.
    """
    desk = Desk(settings, ledger_url)
    board = Board(desk, Arrivals(desk.ledger), token_of(settings))
    app = FastAPI(
        title="placewatch board",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.board = board
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Guard, hosts=answers_to(settings))
    answer_with_problems(app)
    app.include_router(reading_api.router)
    app.include_router(live_api.router)
    app.include_router(writing_api.router)
    app.include_router(silences_api.router)
    app.include_router(feeds_api.router)
    _add_operations(app, board)
    _add_page(app)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    board: Board = app.state.board
    looking = asyncio.create_task(board.arrivals.look_for_ever())
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        board.desk.close()


def _add_operations(app: FastAPI, board: Board) -> None:
    """Add what operators and their machines ask."""

    @app.get("/healthz", tags=["operations"], response_class=PlainTextResponse)
    async def healthz() -> str:
        """Return ok while the process answers."""
        return "ok\n"

    @app.get(
        "/readyz",
        tags=["operations"],
        response_class=PlainTextResponse,
        responses=responses(),
    )
    def readyz() -> str:
        """Return ok when the ledger can be read."""
        board.desk.ledger().mark()
        return "ok\n"

    @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
    def metrics() -> Response:
        """Return what Prometheus scrapes."""
        try:
            board.desk.ledger().mark()
        except PlacewatchError:
            is_ready = False
        else:
            is_ready = True
        READY.labels(Service.BOARD).set(is_ready)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_page(app: FastAPI) -> None:
    """Add the page and its files; their names stay the same, so browsers ask each time whether they changed."""

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        """Return the page."""
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})

    @app.get("/static/vendor/countries-50m.json", include_in_schema=False)
    def world() -> FileResponse:
        """Return the shapes of the world as they are kept: compressed."""
        headers = {"content-encoding": "gzip", "cache-control": "max-age=86400"}
        return FileResponse(WORLD, media_type="application/json", headers=headers)

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
