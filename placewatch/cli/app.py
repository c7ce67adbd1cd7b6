"""The `placewatch` command: puts the groups of commands together and turns our errors into exit codes."""

from __future__ import annotations

import importlib
import sys

import typer
from rich.console import Console
from rich.markup import escape

from placewatch import __version__
from placewatch.errors import PlacewatchError
from placewatch.redaction import redacted


# Each module has `register(app)`, which adds its commands.
COMMAND_MODULES = (
    "services",
    "deployment",
    "broker",
    "watch",
    "feeds",
    "status",
    "tail",
    "ledger",
    "why",
    "history",
    "export",
    "policy",
    "extract",
    "replay",
    "scenarios",
    "routes",
    "receivers",
    "silencing",
    "board",
    "doctor",
    "schemas",
)

app = typer.Typer(
    name="placewatch",
    help="Watches the news for the places you track and alerts when their status changes.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"placewatch {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        help="Print the version and exit.",
    ),
) -> None:
    """Watch the news for the places you track."""


for _name in COMMAND_MODULES:
    importlib.import_module(f"placewatch.cli.{_name}").register(app)


def main() -> None:
    """Run the command line; an error of ours becomes one clear line and its exit code."""
    try:
        app()
    except PlacewatchError as error:
        Console(stderr=True).print(
            f"[bold red]error[/]: {escape(redacted(str(error)))}", highlight=False, soft_wrap=True
        )
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
