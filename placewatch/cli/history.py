"""`placewatch history`: a place's past, every alert with what became of it and every event with what it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from placewatch.cli.ledgers import (
    JsonOption,
    LedgerOption,
    certainty_text,
    known_place,
    opened,
    plain,
    plain_text,
    state_text,
    when,
)
from placewatch.plain_reasons import plain_reason


if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinks.explain import AlertLink, EventChain


def register(app: typer.Typer) -> None:
    """Add `history` to `app`."""
    app.command("history")(history)


def history(
    place: Annotated[str, typer.Argument(help='A place: "Homs, Syria", "homs" or its id.')],
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw it too, as FILE.png or FILE.svg."),
    ] = None,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show every alert about a place and every event that was told of it, oldest first.

    Example: placewatch history "Homs, Syria" --plot homs.png
    """
    import json

    from placewatch.cli.timeline_plot import check_drawable, save
    from sinks.explain import chain_of, event_as_dict, link_as_dict, linked
    from sinks.timeline import timeline

    if plot is not None:
        check_drawable(plot)
    with opened(ledger_url) as ledger:
        place_id = known_place(ledger, place)
        label = ledger.places()[place_id]
        alerts, events = ledger.alerts(place_id=place_id), ledger.events(place_id=place_id)
        now = ledger.status(place_id)
    links, chains = linked(alerts), [chain_of(event) for event in events]
    if plot is not None:
        save(timeline(label, alerts, events, now), plot)
        Console(stderr=True, highlight=False).print(f"drawn: {escape(str(plot))}", soft_wrap=True)
    if is_json:
        found = {
            "place_id": place_id,
            "place": label,
            "alerts": [link_as_dict(link) for link in links],
            "events": [event_as_dict(chain) for chain in chains],
        }
        print(json.dumps(found, ensure_ascii=False))
        return
    console = Console()
    console.print(plain_text(label, "bold"))
    console.print(_alerts(links))
    if chains:
        console.print(_events(chains))


def _alerts(links: Iterable[AlertLink]) -> Table:
    table = Table(
        "when (UTC)", "message", "from", "to", "how sure", "grade", "because", "id", "what became of it",
        title="alerts", title_justify="left",
    )  # fmt: skip
    for link in links:
        alert = link.alert
        sure = certainty_text(alert.certainty)
        if alert.grounds:
            sure.append(f": {plain_reason('grounds', alert.grounds)}", style="default")
        fate = link.fate
        if link.after is not None:
            fate += f" {when(link.after.at)}"
        table.add_row(
            when(alert.at),
            alert.msg_type.value,
            state_text(alert.previous_control, alert.previous_holder),
            state_text(alert.control, alert.holder),
            sure,
            alert.admiralty,
            plain_reason("move", alert.reason),
            alert.alert_id,
            fate,
        )
    return table


def _events(chains: Iterable[EventChain]) -> Table:
    """Return the events, each with its origins: who says so, who denies it, whose report did not count."""
    table = Table(
        "date", "what was told", "how sure", "says so", "denies, or did not count", "what it did",
        title="events", title_justify="left",
    )  # fmt: skip
    for chain in chains:
        event = chain.event
        if event is None:
            continue
        sure = certainty_text(event.certainty)
        if event.grounds:
            sure.append(f": {plain_reason('grounds', event.grounds)}", style="default")
        by = f" by {plain(event.actor)}" if event.actor else ""
        table.add_row(
            event.event_date.isoformat(),
            f"{event.state.value}{by}",
            sure,
            _told_by(chain),
            _not_told_by(chain),
            plain_reason("move", event.move) if event.move else "",
        )
    return table


def _told_by(chain: EventChain) -> Text:
    return Text("; ").join(
        plain_text(f"{o.origin.name} ({o.origin.side or 'neutral'}, {o.origin.reliability.value})")
        for o in chain.origins
        if o.says_so
    )


def _not_told_by(chain: EventChain) -> Text:
    return Text("; ").join(
        plain_text(f"{o.origin.name}: {plain_reason('counted', citation.counted)}")
        for o in chain.origins
        for citation in o.citations
        if not citation.is_evidence_for
    )
