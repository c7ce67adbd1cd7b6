"""What holds now, and alerts as they come: status and tail."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from placewatch.cli.ledgers import (
    CERTAINTY_STYLES,
    JsonOption,
    LedgerOption,
    certainty_text,
    known_place,
    opened,
    plain_text,
    when,
)
from placewatch.cli.silences import news_of, print_silences, print_troubles, statuses_as_json
from placewatch.errors import ConfigError
from placewatch.heartbeats import Heartbeat
from placewatch.log import configure_logging
from placewatch.records import Alert, Status
from placewatch.settings import Settings, load_settings
from placewatch.vocabulary import Certainty


if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("status")(status)
    app.command("tail")(tail)


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


def tail(
    is_following: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Stay and print alerts as they come.")
    ] = True,
    place: Annotated[
        str | None,
        typer.Option("--place", help='Only this place: "Homs, Syria", "homs" or its id.'),
    ] = None,
    certainties: Annotated[
        list[Certainty] | None,
        typer.Option("--certainty", help="Only this certainty; give it several times for several."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="All from then on: 2024-12-06, 2024-12-06T12:00, 36h or 7d."),
    ] = None,
    last: Annotated[
        int, typer.Option("--last", "-n", min=0, help="How many past ones first, without --since.")
    ] = 10,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Print alerts, one line each, and stay for those to come; from the broker if one runs, else the ledger.

    Example: placewatch tail --place "Homs, Syria" --certainty confirmed --since 7d
    """
    from sinks.follow import tailed

    settings = load_settings()
    configure_logging(settings.log_format, "WARNING")
    start = None if since is None else _parse_since(since, datetime.now(UTC))
    is_wanted = _filter(place, certainties or [], start)
    with closing(_alerts(settings, ledger_url)) as alerts:
        _print_alerts(
            tailed(
                alerts,
                is_wanted,
                last=last if start is None else None,
                is_following=is_following,
            ),
            is_json,
        )


def _filter(
    place: str | None, certainties: Sequence[Certainty], start: datetime | None
) -> Callable[[Alert], bool]:
    """Return the condition an alert has to meet: place, one of the certainties, from a time on."""
    from sinks.lookup import is_place

    def is_wanted(alert: Alert) -> bool:
        """Return whether place, certainty and time all fit."""
        return (
            (place is None or is_place(place, alert.place_id, alert.place))
            and (not certainties or alert.certainty in certainties)
            and (start is None or alert.at >= start)
        )

    return is_wanted


def _alerts(settings: Settings, ledger_url: str | None) -> Generator[Alert | None]:
    """Yield alerts from the broker that runs, else from the ledger; see `sinks.follow`."""
    from sinks.follow import from_ledger, from_topic, running_broker

    running = None if ledger_url is not None else running_broker(settings)
    if running is not None:
        yield from from_topic(running)
        return
    with opened(ledger_url) as ledger:
        yield from from_ledger(ledger)


def _parse_since(text: str, now: datetime) -> datetime:
    """Return the time a person means: a date, a time (UTC unless it says otherwise), or so long ago.

    Raises:
        ConfigError: it is none of them.
    """
    if ago := re.fullmatch(r"(\d{1,5})([hd])", text):
        hours = int(ago[1]) * (24 if ago[2] == "d" else 1)
        return now - timedelta(hours=hours)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--since {text} is no time: write 2024-12-06, 2024-12-06T12:00, 36h or 7d"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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


def _print_alerts(alerts: Iterable[Alert], is_json: bool) -> None:
    from sinks.writers.log import readable

    console = Console(highlight=False, soft_wrap=True)
    for alert in alerts:
        if is_json:
            print(alert.to_json().decode(), flush=True)
        else:
            console.print(Text(readable(alert), style=CERTAINTY_STYLES[alert.certainty]))
