"""Alerts as they come: tail, for people at a terminal and for scripts that wait for something to hold."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from placewatch.cli.ledgers import JsonOption, LedgerOption, opened, state_text, when
from placewatch.cli.tail_lines import AlertPrinter, is_reader_gone, ring
from placewatch.cli.tail_options import (
    BellOption,
    CertaintyOption,
    ControlOption,
    CountryOption,
    FollowOption,
    FromOption,
    GradeOption,
    HolderOption,
    LastOption,
    MsgTypeOption,
    PlaceOption,
    TimeoutOption,
    UntilOption,
)
from placewatch.log import configure_logging
from placewatch.records import Alert, Status
from placewatch.settings import Settings, load_settings


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
    is_following: FollowOption = True,
    start_text: FromOption = None,
    last: LastOption = None,
    places: PlaceOption = None,
    countries: CountryOption = None,
    controls: ControlOption = None,
    holders: HolderOption = None,
    certainties: CertaintyOption = None,
    msg_types: MsgTypeOption = None,
    grades: GradeOption = None,
    until_text: UntilOption = None,
    timeout: TimeoutOption = None,
    is_ringing: BellOption = False,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Print alerts, one line each, and stay for those to come; from the broker if one runs, else the ledger.

    Options given several times mean any of their values. Exit codes: 0 done, or --until holds; 1 --until does not
    hold, with --no-follow; 124 --timeout is over; 130 interrupted; 141 whoever read the output went away.

    Example: placewatch tail --country Syria --certainty confirmed --from 7d --bell

    Example: placewatch tail --until "Homs, Syria=held by Syrian rebels confirmed" --timeout 2h && ./act.sh
    """
    from sinks.tailing import Wanted, check_grade, parse_until

    settings = _settings()
    start = _start(start_text, last)
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
    run = partial(
        _run,
        printer=AlertPrinter(is_json=is_json),
        until=until,
        is_following=is_following,
        on_new=ring if is_ringing else None,
        check=_deadline(timeout),
    )
    most = start.last if wanted.is_everything or start.last == 0 else None
    source = _source(settings, ledger_url, start, most, with_statuses=until is not None)
    with _ended_without_readers(), closing(source) as items:
        run(_tailed(items, wanted, start))


def _settings() -> Settings:
    settings = load_settings()
    configure_logging(settings.log_format, "WARNING")
    logging.getLogger("kafka").setLevel("CRITICAL")  # a broker that is away is told in our words
    return settings


def _start(text: str | None, last: int | None) -> Start:
    from sinks.tailing import Start, parse_start

    start = parse_start(text, datetime.now(UTC)) if text else Start(last=10)
    return start if last is None else replace(start, last=last)


@contextmanager
def _ended_without_readers() -> Iterator[None]:
    """End with a shell's exit code when whoever read the output went away."""
    try:
        yield
    except BrokenPipeError:
        # Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(READER_GONE) from None


def _run(
    items: Iterable[Item],
    *,
    printer: AlertPrinter,
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
                if item.is_stale:
                    _say(f"{_what_holds(item)}: --until waits for newer word of it")
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


def _deadline(timeout: str | None) -> Callable[[], None]:
    """Return what ends the command when it is too late, or when nobody reads the output any more."""
    from sinks.tailing import duration

    give_up_at = None
    if timeout is not None:
        give_up_at = time.monotonic() + duration(timeout, "--timeout").total_seconds()

    def check() -> None:
        """End the command where nobody reads any more, or its time is over."""
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
