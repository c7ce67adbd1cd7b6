"""`placewatch board`: the map, the alerts and their evidence in a browser."""

from __future__ import annotations

import importlib.util
from typing import Annotated

import typer
from rich.console import Console

from placewatch.cli.ledgers import LedgerOption
from placewatch.errors import ConfigError
from placewatch.log import configure_logging
from placewatch.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add `board` to `app`."""
    app.command("board")(board)


def board(
    host: Annotated[
        str | None, typer.Option("--host", help="Where to listen; this machine only by default.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="The port, 6067 by default.")
    ] = None,
    ledger_url: LedgerOption = None,
) -> None:
    """Serve the board: a map, alerts as they come, each place's past and evidence, and the API behind it.

    Example: placewatch board --port 8080
    """
    check_installed()
    from sinks.board.service import address, run

    given = {"board_host": host, "board_port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_format, settings.log_level)
    Console(stderr=True, highlight=False).print(f"the board: {address(settings)}  (^C stops it)")
    run(settings, ledger_url=ledger_url)


def is_installed() -> bool:
    """Return whether what the board needs is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("fastapi", "uvicorn"))


def check_installed() -> None:
    """Check that the board can run.

    Raises:
        ConfigError: its extra is not installed.
    """
    if not is_installed():
        raise ConfigError(
            "the board needs FastAPI and uvicorn: install placewatch with its extra `board`, "
            "python -m pip install '.[board]'"
        )
