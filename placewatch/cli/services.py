"""The services: demo, up, and each service alone; and an analyst's word to the tracker."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from placewatch.errors import ConfigError, NotFoundError
from placewatch.log import configure_logging
from placewatch.records import Alert, WatchedPlace
from placewatch.settings import Settings, load_settings
from placewatch.states import states
from placewatch.vocabulary import Certainty, Control


if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from placewatch.records import Status

FAST_POLL_INTERVAL_S = 0.1
_CERTAINTY_STYLES = {
    Certainty.CLAIMED: "yellow",
    Certainty.CONFIRMED: "green",
    Certainty.SETTLED: "bold green",
    Certainty.DISPUTED: "magenta",
}


class BrokerChoice(StrEnum):
    """Which broker `up` starts where none is set."""

    EMBEDDED = "embedded"
    LOCAL = "local"


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("demo")(demo)
    app.command("up")(up)
    app.command("produce")(produce)
    app.command("work")(work)
    app.command("sink")(sink)
    app.command("set")(set_status)


def demo(
    is_json: Annotated[
        bool, typer.Option("--json", help="Alerts as JSON lines, and nothing else.")
    ] = False,
    is_fast: Annotated[
        bool, typer.Option("--fast", help="Poll the feeds twice as often: done sooner, more work.")
    ] = False,
    is_on_board: Annotated[
        bool, typer.Option("--board", help="Show it on the board too, and stay until ^C.")
    ] = False,
) -> None:
    """Watch alerts come out of a newswire: everything at once, on this machine, with no network.

    Example: placewatch demo --json | jq -r .headline
    """
    from placewatch.cli.board import board_beside
    from placewatch.local.demo import POLL_INTERVAL_S, demo_settings, run_demo

    if is_json and is_on_board:
        raise ConfigError("--json and --board exclude each other: --json is for pipes, which end")
    settings = load_settings()
    configure_logging(settings.log_format, "WARNING")
    interval_s = FAST_POLL_INTERVAL_S if is_fast else POLL_INTERVAL_S
    settings = demo_settings(settings, poll_interval_s=interval_s)
    with ended_by_signals():
        if is_json:
            run_demo(settings, on_alert=lambda alert: print(alert.to_json().decode(), flush=True))
        elif is_on_board:
            with board_beside(settings) as address:
                Console(highlight=False).print(f"Watch it on the board: {address}\n")
                _show_demo(settings)
                print("\nThe board stays until ^C.", flush=True)
                threading.Event().wait()
        else:
            _show_demo(settings)


def up(
    broker_port: Annotated[
        int | None,
        typer.Option("--broker-port", min=1, max=65535, help="Port of the broker that is started."),
    ] = None,
    broker: Annotated[
        BrokerChoice | None,
        typer.Option(
            help="The broker to start: embedded forgets on exit, local is Kafka with its data on disk."
        ),
    ] = None,
    has_board: Annotated[
        bool, typer.Option("--board/--no-board", help="Run the board too, where it is installed.")
    ] = True,
) -> None:
    """Run everything, supervised: broker (unless one is set), producer, worker, sinks, board.

    Example: PLACEWATCH_FEEDS=feeds.opml PLACEWATCH_WATCHLIST=watchlist.yaml placewatch up
    """
    from placewatch.cli.board import services_with_board
    from placewatch.local.kafka_broker import LocalKafka
    from placewatch.local.supervisor import CHECK_INTERVAL_S, Supervisor, default_services
    from placewatch.places import load_watchlist
    from sinks.routes import load_routes

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    # What is wrong is said now and once, not by a service that dies and is started again.
    _check_broker(settings, broker)
    _check_feeds(settings)
    _check_web_port(settings)
    load_routes(settings.routes)
    watchlist = load_watchlist(settings.watchlist, settings.state_dir / "cache")
    with (
        ended_by_signals(),
        Supervisor(
            settings,
            watchlist,
            broker_port=broker_port,
            local_broker=LocalKafka(settings, port=broker_port)
            if broker is BrokerChoice.LOCAL
            else None,
            services=services_with_board if has_board else default_services,
        ) as supervisor,
    ):
        while True:
            supervisor.check()
            time.sleep(CHECK_INTERVAL_S)


def produce(
    is_once: Annotated[
        bool, typer.Option("--once", help="Poll every feed one time and end.")
    ] = False,
) -> None:
    """Run the producer in the foreground: feeds in, articles out.

    Example: PLACEWATCH_BOOTSTRAP_SERVERS=kafka:9092 placewatch produce --once
    """
    from producers.service import run

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    run(settings, once=is_once)


def work() -> None:
    """Run a stream worker in the foreground: articles in; events, statuses and alerts out.

    The same as `faust -A streams.app worker`. Start several to share the partitions.

    Example: PLACEWATCH_BOOTSTRAP_SERVERS=kafka:9092 placewatch work
    """
    from placewatch.kafka import create_topics, require_rights
    from placewatch.kafka_rights import WORK

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    # Faust would make missing topics with partitions of its own choosing, and wait for ever for no broker.
    create_topics(settings)
    require_rights(settings, WORK)
    from streams.run import run_worker

    run_worker()


def sink() -> None:
    """Run the sinks in the foreground: alerts into the ledger and the alert log.

    Example: PLACEWATCH_BOOTSTRAP_SERVERS=kafka:9092 placewatch sink
    """
    from sinks.service import run

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    run(settings)


def _control(word: str) -> Control:
    """Return the status that an analyst names; the user's lexicon may declare more than ours."""
    load_settings()
    known = dict.fromkeys([*(c.value for c in Control), *states().controls])
    if word not in known:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(known)}")
    return Control(word)


def set_status(
    place: Annotated[str, typer.Argument(help='A watched place: "Homs, Syria" or its id.')],
    control: Annotated[
        Control | None,
        typer.Argument(
            parser=_control,
            metavar="STATUS",
            help="What holds there, as in `held`, `contested`; not with --revoke.",
        ),
    ] = None,
    holder: Annotated[str | None, typer.Option("--holder", help="Who holds it.")] = None,
    note: Annotated[str, typer.Option("--note", help="Why you say so.")] = "",
    by: Annotated[str, typer.Option("--by", help="Your name, shown with it.")] = "analyst",
    is_revoked: Annotated[bool, typer.Option("--revoke", help="Take back what was set.")] = False,
) -> None:
    """Say what holds at a place, with your name: it counts in full until news comes or you revoke it.

    Example: placewatch set "Homs, Syria" contested --by "R. Haddad" --note "two correspondents on the phone"
    """
    from placewatch.analysts import analyst_assertion, tell_tracker
    from placewatch.places import load_watchlist

    settings = load_settings()
    configure_logging(settings.log_format, "WARNING")
    if control is None and not is_revoked:
        raise ConfigError(
            'say what holds: `placewatch set "Homs, Syria" contested`, or --revoke to take back what was set'
        )
    watched = _find(place, load_watchlist(settings.watchlist, settings.state_dir / "cache"))
    assertion = analyst_assertion(
        watched.place_id,
        watched.place,
        None if is_revoked else control,
        now=datetime.now(UTC),
        holder=holder,
        note=note,
        by=by,
    )
    tell_tracker(assertion, settings)
    print(f"{watched.place}: {'revoked' if is_revoked else control}, said by {by}")


def _show_demo(settings: Settings) -> None:
    """Run the demo for people: alerts as lines, then what holds at the end and what to type next."""
    from placewatch.local.demo import run_demo
    from sinks.ledger import Ledger

    console = Console(highlight=False)
    console.print(
        "[bold]placewatch demo[/]: a newswire of invented outlets tells 27 November to 8 December 2024 in "
        "Syria.\nFeeds, broker, producer, worker and sinks run on this machine; the times are the story's.\n"
    )
    with console.status("starting broker and services, loading the language model") as spinner:

        def on_progress(told: int, total: int) -> None:
            if told:
                spinner.update(f"{told} of {total} items told")

        run_demo(
            settings,
            on_alert=lambda a: console.print(alert_line(a), soft_wrap=True),
            on_progress=on_progress,
        )
    with Ledger(settings.ledger) as ledger:
        console.print(_statuses_table(ledger.statuses()))
    console.print(
        "\nNext:\n"
        '  placewatch why "Rastan, Syria"       from the alert down to the sentences\n'
        '  placewatch history "Homs, Syria"     how it came to this\n'
        f"  placewatch board                     map, alerts and evidence at {_board_address(settings)}\n"
        '  placewatch watch add "Rastan, Syria" places of your own, then feeds add, then up',
        soft_wrap=True,
    )


def _board_address(settings: Settings) -> str:
    """Return where a board would be, without loading what it needs."""
    return f"http://{settings.board_host}:{settings.board_port}/"


def alert_line(alert: Alert) -> Text:
    """Return an alert as one line for people."""
    style = _CERTAINTY_STYLES[alert.certainty]
    line = Text.assemble(
        (f"{alert.at:%d %b %H:%M}  ", "dim"),
        (f"{_held_by(alert):<38} ", style),
        (f"{alert.certainty:<9}  ", style),
        alert.headline,
    )
    line.highlight_words([alert.place], "bold")
    return line


def _held_by(said: Alert | Status) -> str:
    """Return control and holder: "held by X", "contested, held by X"."""
    if said.holder is None:
        return str(said.control)
    joint = " by" if said.control is Control.HELD else ", held by"
    return f"{said.control}{joint} {said.holder}"


def _statuses_table(statuses: tuple[Status, ...]) -> Table:
    """Return what holds at the end."""
    table = Table(
        "place", "status", "certainty", "since", title="What holds now", title_justify="left"
    )
    for status in statuses:
        since = f"{status.since:%d %b %Y}" if status.since else ""
        style = _CERTAINTY_STYLES[status.certainty]
        table.add_row(status.place, _held_by(status), Text(status.certainty, style), since)
    return table


def _check_broker(settings: Settings, broker: BrokerChoice | None) -> None:
    if broker is not None and settings.bootstrap_servers:
        raise ConfigError(
            f"--broker {broker} starts a broker, and PLACEWATCH_BOOTSTRAP_SERVERS names one: unset one of them"
        )


def _check_feeds(settings: Settings) -> None:
    """Read the list of feeds.

    Raises:
        FeedListError: it cannot be used.
    """
    from producers.opml import load_feeds

    load_feeds(settings.feeds)


def _check_web_port(settings: Settings) -> None:
    """See whether the worker's health page can have its port.

    Raises:
        ConfigError: something else has it.
    """
    from placewatch.local.broker import is_taken

    if settings.web_port and is_taken(settings.web_port, settings.web_host):
        raise ConfigError(
            f"the worker's health page cannot have port {settings.web_port}, something listens there: set "
            "PLACEWATCH_WEB_PORT to another, or to 0 for a free one"
        )


def _find(wanted: str, places: Iterable[WatchedPlace]) -> WatchedPlace:
    """Return the watched place a person means."""
    from sinks.lookup import is_place

    for place in places:
        if is_place(wanted, place.place_id, place.place):
            return place
    raise NotFoundError(f"{wanted} is not on the watchlist: `placewatch watch list` shows what is")


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Turn SIGTERM into the same orderly end as Ctrl-C; a second one does not disturb the first's stopping."""
    ending: list[SystemExit] = []

    def end(number: int, _frame: object) -> None:
        """End once, however often the signal comes."""
        if not ending:
            ending.append(SystemExit(128 + number if number != signal.SIGTERM else 0))
            raise ending[0]

    def say_again(lost: sys.UnraisableHookArgs) -> None:
        """Python drops what is raised while it tidies up an object: the signal comes again a moment later."""
        if not ending or lost.exc_value is not ending[0]:
            unraisable(lost)
            return
        number = ending.pop().code or 128 + signal.SIGTERM
        threading.Timer(0.05, os.kill, (os.getpid(), int(number) - 128)).start()

    unraisable, sys.unraisablehook = sys.unraisablehook, say_again
    previous = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for number, handler in previous.items():
            signal.signal(number, handler)
        sys.stdout.flush()
