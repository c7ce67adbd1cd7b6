"""Alerts as they come: tail, for people at a terminal and for scripts that wait for something to hold."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from placewatch.cli.ledgers import JsonOption, LedgerOption, opened, state_text, when
from placewatch.cli.tail_lines import AlertPrinter, is_reader_gone, ring
from placewatch.log import configure_logging
from placewatch.records import Alert, Status
from placewatch.settings import Settings, load_settings
from placewatch.vocabulary import Certainty, Control, MsgType


if TYPE_CHECKING:
    from sinks.follow import Item
    from sinks.tailing import SameHolder, Start, Until

# As timeout(1) has it, so that a script needs to know one number.
TIMED_OUT = 124
# What a shell says of a program whose reader went away.
READER_GONE = 128 + 13


def register(app: typer.Typer) -> None:
    """Add `tail` to `app`."""
    app.command("tail")(tail)


def tail(
    is_following: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Stay and print alerts as they come.")
    ] = True,
    start_text: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--since",
            metavar="WHERE",
            help="All from there on: beginning, end, an offset, 2024-12-06, 2024-12-06T10:00 (UTC), 2h or 7d.",
        ),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", "-n", min=0, help="How many past ones first; 10 without --from."),
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option("--place", help='Only this place: "Homs, Syria", "homs" or its id.'),
    ] = None,
    countries: Annotated[
        list[str] | None, typer.Option("--country", help="Only places of this country.")
    ] = None,
    controls: Annotated[
        list[Control] | None, typer.Option("--control", help="Only what makes a place so.")
    ] = None,
    holders: Annotated[
        list[str] | None,
        typer.Option("--holder", help='Only places in these hands: "HTS", "Syrian government".'),
    ] = None,
    certainties: Annotated[
        list[Certainty] | None, typer.Option("--certainty", help="Only what is so sure.")
    ] = None,
    msg_types: Annotated[
        list[MsgType] | None, typer.Option("--msg-type", help="Only this kind of message.")
    ] = None,
    grades: Annotated[
        list[str] | None,
        typer.Option("--grade", help="Only this Admiralty grade: B2, B (source) or 2 (content)."),
    ] = None,
    until_text: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="PLACE=STATUS",
            help='Exit when this holds, at once when it does already: "Homs, Syria=held by Syrian rebels confirmed".',
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option("--timeout", help="Give up after 90s, 10m or 2h: exit code 124.")
    ] = None,
    is_ringing: Annotated[
        bool,
        typer.Option("--bell", help="Notify of each new alert: notify-send, else the bell."),
    ] = False,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Print alerts, one line each, and stay for those to come; from the broker if one runs, else the ledger.

    Options given several times mean any of their values. Exit codes: 0 done, or --until holds; 1 --until does not
    hold, with --no-follow; 124 --timeout is over; 130 interrupted; 141 whoever read the output went away.

    Example: placewatch tail --country Syria --certainty confirmed --from 7d --bell

    Example: placewatch tail --until "Homs, Syria=held by Syrian rebels confirmed" --timeout 2h && ./act.sh
    """
    from sinks.tailing import Start, Wanted, check_grade, duration, parse_start, parse_until

    settings = load_settings()
    configure_logging(settings.log_format, "WARNING")
    logging.getLogger("kafka").setLevel("CRITICAL")  # a broker that is away is told in our words
    start = parse_start(start_text, datetime.now(UTC)) if start_text else Start(last=10)
    if last is not None:
        start = Start(last=last, since=start.since, offset=start.offset)
    is_same = _same_holder(settings, holders or (), until_text)
    wanted = Wanted(
        is_same_holder=is_same,
        places=tuple(places or ()),
        countries=tuple(countries or ()),
        controls=tuple(controls or ()),
        holders=tuple(holders or ()),
        certainties=tuple(certainties or ()),
        msg_types=tuple(msg_types or ()),
        grades=tuple(check_grade(grade) for grade in grades or ()),
        since=start.since,
    )
    until = None if until_text is None else parse_until(until_text, is_same)
    give_up_at = None
    if timeout is not None:
        give_up_at = time.monotonic() + duration(timeout, "--timeout").total_seconds()
    printer = AlertPrinter(is_json=is_json)
    most = start.last if wanted.is_everything or start.last == 0 else None
    source = _source(settings, ledger_url, start, most, with_statuses=until is not None)
    try:
        with closing(source) as items:
            _run(
                _tailed(items, wanted, start),
                printer,
                until=until,
                is_following=is_following,
                on_new=ring if is_ringing else None,
                check=_deadline(give_up_at, timeout),
            )
    except BrokenPipeError:
        # Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(READER_GONE) from None


def _run(
    items: Iterable[Item],
    printer: AlertPrinter,
    *,
    until: Until | None,
    is_following: bool,
    on_new: Callable[[Alert], None] | None,
    check: Callable[[], None],
) -> None:
    """Print alerts until a condition holds, the end of what is there (not following), or for ever."""
    is_past, is_known = True, False
    for item in items:
        if isinstance(item, Alert):
            printer(item)
            if on_new is not None and not is_past:
                on_new(item)
        elif isinstance(item, Status):
            if until is not None and until.is_about(item):
                is_known = True
                if until.holds(item):
                    _say(_what_holds(item))
                    return
        else:
            if not is_following:
                if until is not None:
                    _say("--until does not hold")
                    raise typer.Exit(1)
                return
            if is_past and until is not None and not is_known:
                _say(f"nothing is known of {until.place} yet: is it watched, and written so?")
            is_past = False
            check()


def _deadline(give_up_at: float | None, timeout: str | None) -> Callable[[], None]:
    """Return what ends the command when it is too late, or when nobody reads the output any more."""

    def check() -> None:
        if is_reader_gone():
            raise BrokenPipeError
        if give_up_at is not None and time.monotonic() >= give_up_at:
            _say(f"--timeout {timeout} is over")
            raise typer.Exit(TIMED_OUT)

    return check


def _tailed(items: Iterable[Item], wanted: Callable[[Alert], bool], start: Start) -> Iterable[Item]:
    from sinks.follow import tailed

    return tailed(items, wanted, last=start.last)


def _source(
    settings: Settings,
    ledger_url: str | None,
    start: Start,
    most: int | None,
    *,
    with_statuses: bool,
) -> Generator[Item]:
    """Yield alerts and statuses from the broker that runs, else from the ledger; see `sinks.follow`."""
    from sinks.follow import Follower, from_ledger, running_broker

    # Scripts wait for what --until says and act on it.
    find = partial(running_broker, settings, is_acted_on=with_statuses)
    if ledger_url is None and find() is not None:
        yield from Follower(
            find, offset=start.offset, most=most, with_statuses=with_statuses, tell=_say
        )
        return
    with opened(ledger_url, is_acted_on=with_statuses) as ledger:
        yield from from_ledger(ledger, offset=start.offset, most=most, with_statuses=with_statuses)


def _same_holder(settings: Settings, holders: Iterable[str], until_text: str | None) -> SameHolder:
    """Return what compares holders by all their names; the list of actors is read only when a holder is named."""
    from placewatch.actors import Actors, load_actors
    from sinks.tailing import same_holder

    is_needed = bool(holders) or " by " in f" {(until_text or '').rpartition('=')[2]}"
    return same_holder(load_actors(settings.actors) if is_needed else Actors(()))


def _what_holds(status: Status) -> str:
    """Return what holds at a place, since when, how sure and why, on one line."""
    from placewatch.plain_reasons import plain_reason

    said = state_text(status.control, status.holder)
    since = f" since {when(status.since)} UTC" if status.since else ""
    grounds = f": {plain_reason('grounds', status.grounds)}" if status.grounds else ""
    stale = "; stale, nobody has said so for long" if status.is_stale else ""
    return f"{status.place} is {said}{since}, {status.certainty.value}{grounds}{stale}"


def _say(text: str) -> None:
    """Tell the person, never the pipe."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="dim", markup=False)
