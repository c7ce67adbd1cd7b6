"""`placewatch board`: the map, the alerts and their evidence in a browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from placewatch.cli.ledgers import LedgerOption
from placewatch.errors import ConfigError
from placewatch.log import configure_logging
from placewatch.settings import Settings, load_settings


if TYPE_CHECKING:
    from placewatch.local.supervisor import Service


_COMMAND = (sys.executable, "-m", "placewatch", "board")
_STOP_GRACE_S = 5.0
NOT_INSTALLED = (
    "the board needs FastAPI and uvicorn: install placewatch with its extra `board`, "
    "python -m pip install '.[board]'"
)


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
    is_quiet: Annotated[bool, typer.Option("--quiet", help="Do not print the address.")] = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Serve the board: a map, alerts as they come, each place's past and evidence, and the API behind it.

    Example: placewatch board --port 8080
    """
    check_installed()
    from placewatch.cli.services import ended_by_signals
    from sinks.board.service import address, run

    given = {"board_host": host, "board_port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_format, settings.log_level)
    if not is_quiet:
        Console(stderr=True, highlight=False).print(
            f"the board: {address(settings)}  (^C stops it)", soft_wrap=True
        )
    # uvicorn stops in good order on SIGTERM, and then would have the signal end the process all the same.
    with ended_by_signals():
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
        raise ConfigError(NOT_INSTALLED)


def services_with_board(*, is_embedded: bool) -> Sequence[Service]:
    """Return the services that `up` runs: the board among them where it is installed."""
    from placewatch.local.supervisor import Service, default_services

    services = default_services(is_embedded=is_embedded)
    return (*services, Service("board", _COMMAND, is_needed=False)) if is_installed() else services


@contextmanager
def board_beside(settings: Settings) -> Iterator[str]:
    """Run a board beside what happens; gives its address.

    Raises:
        ConfigError: it is not installed.
    """
    from placewatch.local.broker import free_port, is_taken
    from placewatch.local.processes import start_process, stop_process
    from placewatch.local.supervisor import environment_of

    check_installed()
    from sinks.board.service import address

    if is_taken(settings.board_port, settings.board_host):
        settings = settings.model_copy(update={"board_port": free_port()})
    quiet = settings.model_copy(update={"log_level": "WARNING"})
    process = start_process((*_COMMAND, "--quiet"), env=environment_of(quiet))
    try:
        yield address(settings)
    finally:
        stop_process(process, _STOP_GRACE_S)
