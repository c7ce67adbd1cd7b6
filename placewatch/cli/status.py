"""What holds now, what came, and why: status, tail, history and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from placewatch.errors import ConfigError
from placewatch.log import configure_logging
from placewatch.records import Alert, Citation, Event, Status
from placewatch.settings import Settings, load_settings
from placewatch.vocabulary import Certainty, Control, MsgType


if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from sinks.explain import EventChain, Explanation, OriginChain
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


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command("status")(status)
    app.command("tail")(tail)
    app.command("history")(history)
    app.command("why")(why)


def status(
    place: Annotated[
        str | None, typer.Argument(help='Only this place: "Homs, Syria", "homs" or its id.')
    ] = None,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show what holds now, everywhere or at one place.

    Example: placewatch status "Homs, Syria"
    """
    from sinks.lookup import find_place

    with _opened(ledger_url) as ledger:
        if place is None:
            statuses = ledger.statuses()
        else:
            found = ledger.status(find_place(ledger.places(), place))
            statuses = (found,) if found else ()
    if is_json:
        print(f"[{','.join(each.to_json().decode() for each in statuses)}]")
    elif statuses:
        _print_statuses(statuses)
    else:
        print("no status yet: no article has said anything about the places you watch")


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


def history(
    place: Annotated[str, typer.Argument(help='A place: "Homs, Syria", "homs" or its id.')],
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show every alert about a place, oldest first.

    Example: placewatch history "Homs, Syria"
    """
    from sinks.lookup import find_place

    with _opened(ledger_url) as ledger:
        places = ledger.places()
        place_id = find_place(places, place)
        alerts = ledger.alerts(place_id=place_id)
    if is_json:
        print(f"[{','.join(alert.to_json().decode() for alert in alerts)}]")
        return
    table = Table(
        "when (UTC)",
        "message",
        "from",
        "to",
        "certainty",
        "grade",
        "id",
        title=_plain(places[place_id]),
    )
    for alert in alerts:
        table.add_row(
            _when(alert.at),
            alert.msg_type.value,
            _state(alert.previous_control, alert.previous_holder),
            _state(alert.control, alert.holder),
            _certainty(alert.certainty),
            alert.admiralty,
            alert.alert_id,
        )
    Console().print(table)


def why(
    subject: Annotated[
        str,
        typer.Argument(
            help="A place, for its last alert, or an alert's id.", metavar="PLACE|ALERT_ID"
        ),
    ],
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show the whole chain: alert, events, origins, articles, sentences; what counted and what did not.

    Example: placewatch why "Rastan, Syria"
    """
    import json

    with _opened(ledger_url) as ledger:
        explanation = _explanation(ledger, subject)
    if is_json:
        print(json.dumps(explanation.as_dict(), ensure_ascii=False))
    else:
        Console().print(_tree(explanation))


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
    with _opened(ledger_url) as ledger:
        yield from from_ledger(ledger)


@contextmanager
def _opened(ledger_url: str | None) -> Iterator[Ledger]:
    """Open the ledger a person means, and say when it is only the demo's.

    Raises:
        NotFoundError: there is none.
    """
    from sinks.ledger import Ledger
    from sinks.lookup import choose_ledger

    choice = choose_ledger(load_settings(), ledger_url)
    if choice.is_demo:
        Console(stderr=True).print("no ledger of your own yet: showing the demo's", style="dim")
    with Ledger(choice.url) as ledger:
        yield ledger


def _explanation(ledger: Ledger, subject: str) -> Explanation:
    """Return the chain behind the alert with that id, or behind a place's status and the alert that told it."""
    from sinks.explain import explain
    from sinks.lookup import find_place

    told = ledger.alert(subject)
    if told is not None:
        return explain(None, told, ledger.events(told.event_ids))
    place_id = find_place(ledger.places(), subject)
    now = ledger.status(place_id)
    if now is not None and now.alert_id is not None:
        told = ledger.alert(now.alert_id)
    if told is None:
        told = next(iter(ledger.alerts(place_id=place_id, limit=1)), None)
    ids = {*(told.event_ids if told else ()), *(now.event_ids if now else ())}
    return explain(now, told, ledger.events(sorted(ids)))


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


def _print_statuses(statuses: Iterable[Status]) -> None:
    table = Table("place", "control", "holder", "certainty", "since (UTC)", "last confirmed", "")
    for each in statuses:
        table.add_row(
            _text(each.place),
            each.control.value,
            _text(each.holder or ""),
            _certainty(each.certainty),
            _when(each.since),
            _when(each.last_confirmed_at),
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


def _tree(explanation: Explanation) -> Tree:
    """Return the chain as a tree for a terminal."""
    tree = Tree(_text(explanation.place, "bold"))
    if (now := explanation.status) is not None:
        line = Text.assemble(
            "now ", _state(now.control, now.holder), ", ", _certainty(now.certainty)
        )
        line.append(f", since {_when(now.since)}" if now.since else "")
        line.append(", stale" if now.is_stale else "", style="red")
        line.append(f"  ({_plain(now.reason)})" if now.reason else "", style="dim")
        _add_events(tree.add(line), explanation.later)
    alert = explanation.alert
    _add_events(
        tree if alert is None else tree.add(_alert_line(alert)),
        explanation.events,
        is_cancelled=alert is not None and alert.msg_type is MsgType.CANCEL,
    )
    return tree


def _add_events(parent: Tree, chains: Iterable[EventChain], *, is_cancelled: bool = False) -> None:
    for chain in chains:
        branch = parent.add(_event_line(chain.event, is_cancelled=is_cancelled))
        for origin in chain.origins:
            _add_origin(branch, origin)


def _alert_line(alert: Alert) -> Text:
    line = Text.assemble((f"{alert.msg_type.value}: ", "bold"), _text(alert.headline), "  ")
    line.append_text(_certainty(alert.certainty))
    facts = f", grade {alert.admiralty}, {_when(alert.at)} UTC, {_plain(alert.reason)}"
    return line.append(f"{facts}  [{alert.alert_id}]", style="dim")


def _event_line(event: Event | None, *, is_cancelled: bool) -> Text:
    if event is None:
        words = "was told, and is no longer" if is_cancelled else "evidence outside these events"
        return Text(words, style="bold")
    line = Text.assemble(("event: ", "bold"), event.state.value)
    line.append(f" by {_plain(event.actor)}" if event.actor else "")
    line.append(f" from {_plain(event.against)}" if event.against else "")
    line.append(f", {event.event_date} ({event.date_precision.value}), ")
    line.append_text(_certainty(event.certainty))
    codes = ", ".join(
        code for code in (event.acled, event.cameo and f"CAMEO {event.cameo}") if code
    )
    line.append(f", credibility {event.credibility.value}", style="dim")
    return line.append(f", {codes}" if codes else "", style="dim")


def _add_origin(branch: Tree, chain: OriginChain) -> None:
    """Add an origin with its articles and their sentences, what counted first to be seen."""
    origin = chain.origin
    side = f"side: {_plain(origin.side)}" if origin.side else "neutral"
    mark = Text("counted  ", "green") if chain.has_counted else Text("did not count  ", "red")
    line = mark.append(_plain(origin.name), style="bold")
    node = branch.add(line.append(f"  {side}, reliability {origin.reliability.value}", style="dim"))
    articles: dict[str, Tree] = {}
    for citation in chain.citations:
        if citation.article_id not in articles:
            articles[citation.article_id] = node.add(_article_line(citation))
        articles[citation.article_id].add(_sentence_line(citation))


def _article_line(citation: Citation) -> Text:
    title = _plain(citation.title or citation.article_id)
    line = Text(f"{_plain(citation.source_id)}, {_when(citation.published_at)} UTC: ")
    line.append(title, style="italic")
    line.append(f", revision {citation.revision}" if citation.revision else "", style="dim")
    return line.append(f"  {_plain(citation.url)}" if citation.url else "", style="dim")


def _sentence_line(citation: Citation) -> Text:
    from sinks.explain import is_counted

    style = "green" if is_counted(citation) else "red"
    line = Text(f"\u201c{_plain(citation.sentence)}\u201d")
    line.append(f"  {citation.state.value}, {citation.factuality.value}: ", style="dim")
    return line.append(_plain(citation.counted), style=style)


def _state(control: Control, holder: str | None) -> Text:
    """Return what holds in words: "held by X"; whose it was, when it is fought over."""
    if holder is None:
        return Text(control.value)
    joint = " by" if control is Control.HELD else ", held by"
    return Text(f"{control.value}{joint} {_plain(holder)}")


def _certainty(certainty: Certainty) -> Text:
    return Text(certainty.value, style=CERTAINTY_STYLES[certainty])


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _text(text: str, style: str = "") -> Text:
    # Never markup: titles and sentences come from feeds.
    return Text(_plain(text), style=style)


def _plain(text: str) -> str:
    from sinks.writers.log import printable

    return printable(text)
