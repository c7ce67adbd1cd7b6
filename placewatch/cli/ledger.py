"""The ledger's own upkeep: ledger backup, copy, migrate, dead-letters, schema and datasette."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from placewatch.cli.ledgers import JsonOption, LedgerOption, opened, plain_text, when
from placewatch.errors import ConfigError
from placewatch.settings import load_settings


ledger_app = typer.Typer(
    help="The ledger: copy it, bring it to another version, describe it, look at it.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add this group of commands to `app`."""
    app.add_typer(ledger_app, name="ledger")


@ledger_app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The copy, a file that is not there yet.")],
    ledger_url: LedgerOption = None,
) -> None:
    """Copy the ledger as it is at one moment, while the services go on; PostgreSQL has pg_dump for it.

    Example: placewatch ledger backup ledger-2024-12-06.db
    """
    from sinks.backup import back_up

    size = back_up(_url(ledger_url), file)
    print(f"copied the ledger to {file}, {size / 1024:,.0f} KiB")


@ledger_app.command()
def copy(
    target: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="An empty database: postgresql://placewatch@db/placewatch."
        ),
    ],
    ledger_url: LedgerOption = None,
) -> None:
    """Copy the ledger into another database, with what waits to be told: from SQLite to PostgreSQL, or back.

    Stop the sink first, and start it with PLACEWATCH_LEDGER_URL naming the copy. A password may be in the URL or in
    PGPASSWORD.

    Example: placewatch ledger copy postgresql://placewatch@db/placewatch
    """
    from sinks.moving import copy_ledger, rows_in

    source = _url(ledger_url)
    total = rows_in(source)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("copying", total=total)
        copy_ledger(source, target, lambda rows: progress.advance(task, rows))
    print(f"copied {total:,} rows")


@ledger_app.command()
def migrate(
    version: Annotated[
        str, typer.Argument(help="A version such as 0004, or head for the newest.")
    ] = "head",
    ledger_url: LedgerOption = None,
) -> None:
    """Bring the ledger's schema up or down to a version; down loses what only the newer one holds.

    Going up happens by itself whenever a ledger is opened. Going down is for returning to an older placewatch: stop
    the services, make a backup, go down with this one, then install the older.

    Example: placewatch ledger migrate 0004
    """
    from sinks.database import head_revision, open_database, revisions
    from sinks.database import migrate as bring

    if version not in {"head", *revisions()}:
        raise ConfigError(
            f"there is no version {version} of the ledger: those are {', '.join(revisions())}"
        )
    engine = open_database(_url(ledger_url))
    try:
        bring(engine, version)
    finally:
        engine.dispose()
    print(f"the ledger has version {head_revision() if version == 'head' else version}")


@ledger_app.command("dead-letters")
def dead_letters(
    since: Annotated[
        str, typer.Option("--since", help="From then on: 2024-12-06, 2024-12-06T10:00, 36h or 7d.")
    ] = "7d",
    newest: Annotated[int, typer.Option("--newest", min=1, help="At most so many.")] = 50,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show what could not be used or delivered, and why, the newest last; --json also has the bytes, in base64.

    Example: placewatch ledger dead-letters --since 24h --json | jq -r '.raw | @base64d'
    """
    from sinks.tailing import parse_moment

    moment = parse_moment(since, "--since", datetime.now(UTC))
    with opened(ledger_url) as ledger:
        letters = ledger.dead_letters(moment, newest)
    if is_json:
        for letter in letters:
            print(letter.to_json().decode())
        return
    console = Console(highlight=False, soft_wrap=True)
    for letter in letters:
        console.print(plain_text(f"{when(letter.at)}  {letter.reason}  {letter.where}", "bold"))
        console.print(plain_text(f"    {letter.error}"))
    if not letters:
        console.print(f"no dead letters since {when(moment)} UTC")


@ledger_app.command()
def schema() -> None:
    """Print every table and view with its columns and what they mean, as Markdown.

    Example: placewatch ledger schema > ledger.md
    """
    from sinks.ledger_schema import schema_markdown

    print(schema_markdown(), end="")


@ledger_app.command()
def datasette() -> None:
    """Print where Datasette's metadata for the ledger is: descriptions, facets, ready queries.

    Example: datasette ledger.db -m "$(placewatch ledger datasette)"
    """
    from sinks.ledger_schema import datasette_file

    print(datasette_file())


def _url(ledger_url: str | None) -> str:
    from sinks.lookup import choose_ledger

    return choose_ledger(load_settings(), ledger_url).url
