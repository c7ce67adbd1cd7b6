"""What holds now: status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from placewatch.cli.ledgers import (
    JsonOption,
    LedgerOption,
    certainty_text,
    known_place,
    opened,
    plain_text,
    when,
)
from placewatch.cli.silences import news_of, print_silences, print_troubles, statuses_as_json
from placewatch.heartbeats import Heartbeat
from placewatch.records import Status


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("status")(status)


def status(
    place: Annotated[
        str | None, typer.Argument(help='Only this place: "Homs, Syria", "homs" or its id.')
    ] = None,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show what holds now, everywhere or at one place; where there has been no news for unusually long; which feeds fail.

    Example: placewatch status "Homs, Syria"
    """
    with opened(ledger_url) as ledger:
        heartbeats = ledger.heartbeats()
        healths = ledger.feed_health().values()
        if place is None:
            statuses = ledger.statuses()
        else:
            found = ledger.status(known_place(ledger, place))
            statuses = (found,) if found else ()
    if is_json:
        print(statuses_as_json(statuses, heartbeats))
        return
    now = datetime.now(UTC)
    if statuses:
        _print_statuses(statuses, heartbeats, now)
    else:
        print("no status yet: no article has said anything about the places you watch")
    print_silences(heartbeats.values(), now)
    print_troubles(healths)


def _print_statuses(
    statuses: Iterable[Status], heartbeats: Mapping[str, Heartbeat], now: datetime
) -> None:
    columns = (
        "place",
        "control",
        "holder",
        "certainty",
        "since (UTC)",
        "last confirmed",
        "news",
        "",
    )
    table = Table(*columns)
    for each in statuses:
        table.add_row(
            plain_text(each.place),
            each.control.value,
            plain_text(each.holder or ""),
            certainty_text(each.certainty),
            when(each.since),
            when(each.last_confirmed_at),
            news_of(each, heartbeats, now),
            Text("stale", style="red") if each.is_stale else "",
        )
    Console().print(table)
