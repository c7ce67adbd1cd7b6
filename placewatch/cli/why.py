"""`placewatch why`: the whole chain from alert to sentence, for a person who must decide whether to believe it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

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
from placewatch.records import Alert, Citation, Event, Origin, Status
from placewatch.vocabulary import (
    CREDIBILITY_WORDS,
    RELIABILITY_WORDS,
    Credibility,
    MsgType,
    Reliability,
    State,
)


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sinks.explain import AlertLink, EventChain, Explanation, OriginChain
    from sinks.ledger import Ledger

_NOT_TOLD = (
    "none says this: what was given, told in passing, happened long ago or was read from before the watch "
    "began is recorded without an alert"
)
# Of a long past `why` shows the end; `history` has all of it.
_ALERTS_SHOWN = 6
_OTHERS_SHOWN = 8
_BRIEF_CHARS = 90


def register(app: typer.Typer) -> None:
    """Add `why` to `app`."""
    app.command("why")(why)


def why(
    subject: Annotated[
        str,
        typer.Argument(
            help="A place, or an alert's id or its beginning.", metavar="PLACE|ALERT_ID"
        ),
    ],
    is_full: Annotated[
        bool,
        typer.Option("--full", help="Every sentence, also of what did nothing and of long ago."),
    ] = False,
    is_json: JsonOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Show what holds, who says so, how sure that is and why; then every alert, event, origin and sentence behind it.

    Example: placewatch why "Rastan, Syria"
    """
    import json

    with opened(ledger_url) as ledger:
        explanation = _explanation(ledger, subject)
    if is_json:
        print(json.dumps(explanation.as_dict(), ensure_ascii=False))
    else:
        console = Console()
        for part in _parts(explanation, is_full=is_full):
            console.print(part)


def _explanation(ledger: Ledger, subject: str) -> Explanation:
    """Return the chain behind the alert with that id, or behind a place's status and the alert that told it.

    Raises:
        NotFoundError: there is no such alert or place.
    """
    from sinks.explanations import explanation_of_alert, explanation_of_place
    from sinks.lookup import find_alert, is_like_an_alert

    told = ledger.alert(subject)
    if told is None and is_like_an_alert(subject):
        told = ledger.alert(find_alert(ledger.alert_ids(), subject))
    if told is not None:
        return explanation_of_alert(ledger, told)
    return explanation_of_place(ledger, known_place(ledger, subject))


def _parts(explanation: Explanation, *, is_full: bool) -> Iterator[RenderableType]:
    """Yield what is printed, the most needed first."""
    yield plain_text(explanation.place, "bold")
    yield Padding(_summary(explanation), (0, 0, 1, 2))
    if explanation.alerts:
        yield _alerts(explanation, len(explanation.alerts) if is_full else _ALERTS_SHOWN)
    alert = explanation.alert
    is_cancelled = alert is not None and alert.msg_type is MsgType.CANCEL
    if explanation.events:
        yield _tree("what it rests on", explanation.events, is_cancelled=is_cancelled)
    if explanation.later:
        yield _tree("what came since", explanation.later)
    if explanation.others:
        yield _others(explanation, is_full=is_full)
    if explanation.set_aside:
        branch = Tree(Text("reports that did not count and belong to no event", style="bold"))
        for origin in explanation.set_aside:
            _add_origin(branch, origin, is_brief=not is_full)
        yield branch


def _summary(explanation: Explanation) -> Table:
    """Return the lines by which to decide whether to believe it: what, since when, how sure, who says so, why."""
    subject = explanation.subject
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    grid.add_row("what", _what(subject))
    grid.add_row("since", _since(subject))
    grid.add_row("how sure", _how_sure(explanation))
    if explanation.behind:
        grid.add_row("says so", _names(explanation.origins()))
    if denying := explanation.origins(deny=True):
        grid.add_row("denies it", _names(denying))
    if subject.reason:
        grid.add_row(
            "because",
            Text(plain_reason("move", subject.reason)).append(
                f" ({plain(subject.reason)})", style="dim"
            ),
        )
    if isinstance(subject, Alert):
        grid.add_row("alert", _alert_facts(explanation))
    elif not explanation.is_told:
        grid.add_row("alert", Text(_NOT_TOLD, style="dim"))
    return grid


def _what(subject: Alert | Status) -> Text:
    line = Text(style="bold").append_text(state_text(subject.control, subject.holder))
    if subject.opponent:
        word = "from" if subject.control.value == "held" else "against"
        line.append(f", {word} {plain(subject.opponent)}")
    if isinstance(subject, Alert) and subject.msg_type is MsgType.CANCEL:
        line.append(" (an earlier alert was withdrawn)")
    return line


def _since(subject: Alert | Status) -> Text:
    line = Text(f"{when(subject.since)} UTC" if subject.since else "not known")
    if isinstance(subject, Status):
        if subject.last_confirmed_at:
            line.append(f", last told {when(subject.last_confirmed_at)} UTC")
        if subject.is_stale:
            line.append("  stale: nobody has confirmed it for a long time", style="red")
    return line


def _how_sure(explanation: Explanation) -> Text:
    subject, alert = explanation.subject, explanation.alert
    line = certainty_text(subject.certainty)
    if subject.grounds:
        line.append(f": {plain_reason('grounds', subject.grounds)}", style="default")
    if alert is not None:
        line.append(f"  (grade {_grade(alert.admiralty)})", style="dim")
    return line


def _grade(admiralty: str) -> str:
    reliability, credibility = Reliability(admiralty[0]), Credibility(admiralty[1])
    return f"{admiralty}: {RELIABILITY_WORDS[reliability]}, {CREDIBILITY_WORDS[credibility]}"


def _names(origins: Iterable[Origin]) -> Text:
    return Text("; ").join(_origin_name(origin) for origin in origins) or Text("nobody", "red")


def _origin_name(origin: Origin) -> Text:
    side = f"side: {plain(origin.side)}" if origin.side else "neutral"
    line = plain_text(origin.name, "bold")
    return line.append(f" ({side}, reliability {origin.reliability.value})", style="not bold dim")


def _alert_facts(explanation: Explanation) -> Text:
    alert = explanation.alert
    link = next((each for each in explanation.alerts if each.alert == alert), None)
    if alert is None or link is None:
        return Text()
    return _fate(link)


def _alerts(explanation: Explanation, most: int) -> Tree:
    """Return the newest alerts about the place, oldest first, each with what became of it."""
    shown = explanation.alerts[-most:]
    hidden = len(explanation.alerts) - len(shown)
    title = Text("alerts", style="bold")
    if hidden:
        title.append(f"  {hidden} earlier: placewatch history", style="not bold dim")
    tree = Tree(title)
    for link in shown:
        tree.add(_alert_line(link, is_subject=link.alert == explanation.alert))
    return tree


def _alert_line(link: AlertLink, *, is_subject: bool = False) -> Text:
    """Return one line on an alert: when, what, how sure, its id and what became of it."""
    alert = link.alert
    line = Text(f"{when(alert.at)} UTC  ").append(f"{alert.msg_type.value}: ", style="bold")
    line.append_text(plain_text(alert.headline, "bold" if is_subject else ""))
    line.append("  ").append_text(certainty_text(alert.certainty))
    line.append(f", grade {alert.admiralty}  [{alert.alert_id}]  ", style="dim")
    return line.append_text(_fate(link))


def _fate(link: AlertLink) -> Text:
    if link.after is None:
        return Text("stands", style="green")
    style = "red" if link.fate == "cancelled" else "dim"
    return Text(f"{link.fate} {when(link.after.at)} UTC by {link.after.alert_id}", style=style)


def _others(explanation: Explanation, *, is_full: bool) -> Tree:
    """Return the other events that were weighed, the newest first, with what each did."""
    shown = explanation.others if is_full else explanation.others[:_OTHERS_SHOWN]
    tree = _tree("what else was weighed", shown, is_brief=not is_full)
    if hidden := len(explanation.others) - len(shown):
        tree.add(Text(f"and {hidden} earlier: --full", style="dim"))
    return tree


def _tree(
    title: str, chains: Iterable[EventChain], *, is_cancelled: bool = False, is_brief: bool = False
) -> Tree:
    tree = Tree(Text(title, style="bold"))
    for chain in chains:
        branch = tree.add(_event_line(chain.event, is_cancelled=is_cancelled))
        for origin in chain.origins:
            _add_origin(branch, origin, is_brief=is_brief)
    return tree


def _event_line(event: Event | None, *, is_cancelled: bool = False) -> Text:
    """Return one line on an event: what, when, how sure and why, what it did; its codes."""
    if event is None:
        words = "was told, and is no longer" if is_cancelled else "evidence outside these events"
        return Text(words, style="bold")
    line = Text.assemble(("event: ", "bold"), event.state.value)
    line.append(f" by {plain(event.actor)}" if event.actor else "")
    joint = "from" if event.state is State.CAPTURED else "against"
    line.append(f" {joint} {plain(event.against)}" if event.against else "")
    line.append(f", {event.event_date} ({event.date_precision.value}), ")
    line.append_text(certainty_text(event.certainty))
    line.append(f": {plain_reason('grounds', event.grounds)}" if event.grounds else "")
    if event.move:
        line.append(f"; {plain_reason('move', event.move)}").append(
            f" ({plain(event.move)})", style="dim"
        )
    codes = ", ".join(
        code for code in (event.acled, event.cameo and f"CAMEO {event.cameo}") if code
    )
    line.append(f", credibility {event.credibility.value}", style="dim")
    return line.append(f", {codes}" if codes else "", style="dim")


def _add_origin(branch: Tree, chain: OriginChain, *, is_brief: bool = False) -> None:
    """Add an origin with its articles and their sentences; in brief its last sentence on one line."""
    if chain.has_counted:
        mark = Text("denies  ", "magenta") if not chain.says_so else Text("counted  ", "green")
    else:
        mark = Text("did not count  ", "red")
    line = mark.append_text(_origin_name(chain.origin))
    if is_brief:
        branch.add(line.append(" ").append_text(_brief(chain.citations[-1])))
        return
    node = branch.add(line)
    articles: dict[str, Tree] = {}
    for citation in chain.citations:
        if citation.article_id not in articles:
            articles[citation.article_id] = node.add(_article_line(citation))
        articles[citation.article_id].add(_sentence_line(citation))


def _brief(citation: Citation) -> Text:
    """Return a report on one line: when, why it counted or not, the beginning of its sentence."""
    line = Text(f"{when(citation.published_at)} UTC, {citation.factuality.value}: ")
    style = "" if citation.has_counted else "red"
    line.append(plain_reason("counted", citation.counted), style=style)
    line.append(f" ({plain(citation.counted)})", style="dim")
    sentence = textwrap.shorten(plain(citation.sentence), _BRIEF_CHARS, placeholder="…")
    return line.append(f"  \u201c{sentence}\u201d", style="dim")


def _article_line(citation: Citation) -> Text:
    title = plain(citation.title or citation.article_id)
    line = Text(f"{plain(citation.source_id)}, {when(citation.published_at)} UTC: ")
    line.append(title, style="italic")
    line.append(f", revision {citation.revision}" if citation.revision else "", style="dim")
    return line.append(f"  {plain(citation.url)}" if citation.url else "", style="dim")


def _sentence_line(citation: Citation) -> Text:
    style = "green" if citation.has_counted else "red"
    line = Text(f"\u201c{plain(citation.sentence)}\u201d")
    line.append(f"  {citation.state.value}, {citation.factuality.value}: ", style="dim")
    line.append(plain_reason("counted", citation.counted), style=style)
    line.append(f" ({plain(citation.counted)})", style="dim")
    if citation.joined:
        line.append(f"; {plain_reason('joined', citation.joined)}", style="dim")
    return line
