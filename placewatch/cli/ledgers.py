"""What commands that read the ledger share: their options, the ledger itself, and how facts look in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from placewatch.errors import NotFoundError, WatchlistError
from placewatch.places import read_entries
from placewatch.settings import load_settings
from placewatch.vocabulary import Certainty, Control


if TYPE_CHECKING:
    from sinks.ledger import Ledger

LedgerOption = Annotated[
    str | None, typer.Option("--ledger", help="Another ledger, as a SQLAlchemy URL.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON, for pipes, instead of text.")]
CERTAINTY_STYLES = {
    Certainty.CLAIMED: "yellow",
    Certainty.CONFIRMED: "green",
    Certainty.SETTLED: "bold green",
    Certainty.DISPUTED: "magenta",
}


@contextmanager
def opened(ledger_url: str | None, *, is_acted_on: bool = False) -> Iterator[Ledger]:
    """Open the ledger a person means, and say when it is only the demo's.

    Raises:
        NotFoundError: there is none, or only the demo's, which nobody should act on.
    """
    from sinks.ledger import Ledger
    from sinks.lookup import choose_ledger

    choice = choose_ledger(load_settings(), ledger_url)
    if choice.is_demo and is_acted_on:
        raise NotFoundError(
            "there is no ledger of your own, only the demo's, whose news is invented: start `placewatch up`, check "
            f"PLACEWATCH_STATE_DIR, or name the demo's with --ledger {choice.url}"
        )
    if choice.is_demo:
        Console(stderr=True).print("no ledger of your own yet: showing the demo's", style="dim")
    with Ledger(choice.url) as ledger:
        yield ledger


def known_place(ledger: Ledger, wanted: str) -> str:
    """Return the id of the place a person means.

    Raises:
        NotFoundError: nothing is known of it; the message lists near ones, or says that it is watched without news.
    """
    from sinks.lookup import find_place

    return find_place(ledger.places(), wanted, _watched_labels())


def _watched_labels() -> tuple[str, ...]:
    try:
        return tuple(entry.place for entry in read_entries(load_settings().watchlist))
    except WatchlistError:  # the ledger is shown where there is no watchlist, or a faulty one
        return ()


def state_text(control: Control, holder: str | None) -> Text:
    """Return what holds in words: "held by X"; whose it was, when it is fought over."""
    if holder is None:
        return Text(control.value)
    joint = " by" if control is Control.HELD else ", held by"
    return Text(f"{control.value}{joint} {plain(holder)}")


def certainty_text(certainty: Certainty) -> Text:
    """Return a certainty in its colour."""
    return Text(certainty.value, style=CERTAINTY_STYLES[certainty])


def when(moment: datetime | None) -> str:
    """Return a time to the minute, in UTC; nothing for none."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def plain_text(text: str, style: str = "") -> Text:
    """Return what a feed wrote for a terminal, never as markup."""
    return Text(plain(text), style=style)


def plain(text: str) -> str:
    """Return what a feed wrote without what could steer a terminal."""
    from sinks.writers.log import printable

    return printable(text)
