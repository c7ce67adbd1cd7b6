"""`placewatch silence`: not to be told of some alerts for a while; what comes meanwhile is in the ledger with that reason."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from placewatch.cli.ledgers import JsonOption, LedgerOption, opened, plain_text, when
from placewatch.errors import ConfigError, WatchlistError
from placewatch.places import load_watchlist
from placewatch.settings import Settings, load_settings


if TYPE_CHECKING:
    from sinks.matchers import Matcher
    from sinks.silences import Silence

silence_app = typer.Typer(
    name="silence",
    no_args_is_help=True,
    help="Not to be told of some alerts for a while; they are in the ledger and the alert log all the same.",
)


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.add_typer(silence_app)


@silence_app.command("add")
def add(
    matchers: Annotated[
        list[str],
        typer.Argument(help='What to silence, all of it: "country = Syria" "control = besieged".'),
    ],
    duration: Annotated[
        str, typer.Option("--for", help="How long: 30m, 8h, 2d.", show_default=True)
    ] = "2h",
    starts_in: Annotated[
        str, typer.Option("--in", help="How long from now it begins; default: now.")
    ] = "0s",
    author: Annotated[
        str | None, typer.Option("--by", help="Your name; default: the one you are logged in with.")
    ] = None,
    comment: Annotated[str, typer.Option("--comment", help="Why.")] = "",
    ledger_url: LedgerOption = None,
) -> None:
    """Silence alerts: those that come meanwhile are told to nobody, but for corrections of what was told before.

    Example: placewatch silence add "place = Homs, Syria" --for 4h --comment "we are on the phone with the town"
    """
    from sinks.ledger import Ledger
    from sinks.matchers import parse_matcher
    from sinks.silence_book import SilenceBook
    from sinks.silences import new_silence

    now = datetime.now(UTC)
    starts_at = now + _duration(starts_in)
    parsed = tuple(parse_matcher(text) for text in matchers)
    _warn_of_slips(parsed, load_settings())
    silence = new_silence(
        parsed,
        starts_at=starts_at,
        ends_at=starts_at + _duration(duration),
        author=author or _login(),
        comment=comment,
        now=now,
    )
    # There may be no ledger yet: the sink that makes one finds the silence in it.
    with Ledger(ledger_url or load_settings().ledger) as ledger:
        SilenceBook(ledger).add(silence)
    print(f"silence {silence.silence_id} until {when(silence.ends_at)} UTC")


def _warn_of_slips(matchers: Sequence[Matcher], settings: Settings) -> None:
    """Say which matchers no watched place fulfils: a silence of "country = Siria" would silence nothing."""
    from sinks.matchers import fitting_no_place

    if not settings.watchlist.exists():
        return
    try:
        watched = load_watchlist(settings.watchlist, settings.state_dir / "cache").places
    except WatchlistError as error:
        print(f"not compared with the watchlist: {error}", file=sys.stderr)
        return
    for matcher, near in fitting_no_place(matchers, watched):
        hint = f"did you mean {near!r}?" if near else "is it watched?"
        print(f"{matcher} fits no place of the watchlist: {hint}", file=sys.stderr)


@silence_app.command("list")
def show(
    is_all: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """List the silences that are in force or to come.

    Example: placewatch silence list --all
    """
    from sinks.silence_book import SilenceBook

    now = datetime.now(UTC)
    with opened(ledger_url) as ledger:
        silences = [s for s in SilenceBook(ledger).all() if is_all or not s.is_over(now)]
    if is_json:
        print(json.dumps([_as_json(silence) for silence in silences], ensure_ascii=False))
        return
    table = Table("silence", "of", "from", "until", "by", "comment", box=None)
    for silence in silences:
        table.add_row(
            silence.silence_id,
            plain_text(" ".join(map(str, silence.matchers))),
            when(silence.starts_at),
            "over" if silence.is_over(now) else when(silence.ends_at),
            plain_text(silence.author),
            plain_text(silence.comment),
        )
    Console(highlight=False).print(table if silences else "no silence is in force")


@silence_app.command("expire")
def expire(
    silence_id: Annotated[str, typer.Argument(help="Its id, as `silence list` shows it.")],
    ledger_url: LedgerOption = None,
) -> None:
    """End a silence now. What came under it stays untold; what comes from now on is told.

    Example: placewatch silence expire 3f2a91c0
    """
    from sinks.silence_book import SilenceBook

    with opened(ledger_url) as ledger:
        silence = SilenceBook(ledger).expire(silence_id, datetime.now(UTC))
    print(f"silence {silence.silence_id} ended {when(silence.ends_at)} UTC")


def _duration(text: str) -> timedelta:
    """Return a duration.

    Raises:
        ConfigError: it is none.
    """
    from sinks.durations import duration_of

    try:
        return duration_of(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "somebody"


def _as_json(silence: Silence) -> dict[str, Any]:
    return {
        "silence_id": silence.silence_id,
        "matchers": [str(matcher) for matcher in silence.matchers],
        "starts_at": silence.starts_at.isoformat(),
        "ends_at": silence.ends_at.isoformat(),
        "author": silence.author,
        "comment": silence.comment,
    }
