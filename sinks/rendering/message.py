"""A notification in plain text: what a person reads in a mail, a chat or on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placewatch.records import Alert, Citation
from placewatch.vocabulary import Control, Factuality, MsgType
from sinks.rendering.plain import one_line, told, utc, web_address


# A title is a line on a phone's screen or a mail's subject; a sentence of evidence is rarely longer than this.
TITLE_LENGTH = 120
SENTENCE_LENGTH = 400
# Of one alert in a message of several, the evidence is one sentence; alone it has room for three.
_EVIDENCE_ALONE = 3
_EVIDENCE_IN_GROUP = 1
_NAMED_PLACES = 3
# More alerts than anybody reads with their evidence are a line each, and past that their number is what counts: a
# service that takes 2,000 characters a message and one every five seconds has to be done within half a minute.
_WITH_EVIDENCE = 10
_LISTED = 40


@dataclass(frozen=True, slots=True)
class Message:
    """A notification in words; both are plain text, never markup.

    Attributes:
        title: one line.
        body: lines, with the alerts' ids so that repeats can be told.
    """

    title: str
    body: str


def message(alerts: Sequence[Alert]) -> Message:
    """Return the message about these alerts, one at least."""
    if len(alerts) == 1:
        return Message(one_line(told(alerts[0]), TITLE_LENGTH), block(alerts[0], _EVIDENCE_ALONE))
    if len(alerts) <= _WITH_EVIDENCE:
        body = "\n\n".join(block(alert, _EVIDENCE_IN_GROUP) for alert in alerts)
    else:
        body = "\n".join(_line(alert) for alert in _listed(alerts))
        if len(alerts) > _LISTED:
            body += (
                f"\n... and {len(alerts) - _LISTED} more: `placewatch status` shows what holds now."
            )
    return Message(_title_of_several(alerts), body)


def block(alert: Alert, evidence: int = _EVIDENCE_ALONE) -> str:
    """Return one alert in lines: what it says, how sure that is, what was before, the first pieces of evidence."""
    lines = [told(alert), _how_sure(alert)]
    before = (alert.previous_control, alert.previous_holder)
    if alert.previous_control is not Control.UNKNOWN and before != (alert.control, alert.holder):
        holder = f", {alert.previous_holder}" if alert.previous_holder else ""
        lines.append(one_line(f"Before: {alert.previous_control.value.replace('_', ' ')}{holder}."))
    lines += [_role(citation, alert) + cited(citation) for citation in _evidence(alert)[:evidence]]
    lines.append(f"[{one_line(alert.alert_id)}]")
    return "\n".join(lines)


def _listed(alerts: Sequence[Alert]) -> list[Alert]:
    """Return those that have a line, in their order: what is taken back before others, for somebody acts on it."""
    by_need = sorted(alerts, key=lambda alert: alert.msg_type is not MsgType.CANCEL)
    chosen = {alert.alert_id for alert in by_need[:_LISTED]}
    return [alert for alert in alerts if alert.alert_id in chosen]


def _line(alert: Alert) -> str:
    return f"{told(alert)} {alert.admiralty} [{one_line(alert.alert_id)}]"


def cited(citation: Citation) -> str:
    """Return one piece of evidence: the sentence, whose word it is, where it was read."""
    where = web_address(citation.url) or one_line(citation.source_id)
    sentence = one_line(citation.sentence, SENTENCE_LENGTH)
    return f"“{sentence}” {one_line(citation.origin.name)}, {utc(citation.published_at)}: {where}"


def _role(citation: Citation, alert: Alert) -> str:
    """Return what keeps a sentence from being taken for what holds: read on a phone, it stands for itself."""
    if citation.factuality is Factuality.DENIED:
        return "Denied: "
    return "Had been read: " if alert.msg_type is MsgType.CANCEL else ""


def _how_sure(alert: Alert) -> str:
    sure = f"{alert.msg_type.value}, {alert.certainty.value}, grade {alert.admiralty}"
    return f"{sure}, {utc(alert.at)}"


def _evidence(alert: Alert) -> list[Citation]:
    """Return the citations that counted, or all where none did, as with what an edit took back."""
    counted = [citation for citation in alert.citations if citation.has_counted]
    return counted or list(alert.citations)


def _title_of_several(alerts: Sequence[Alert]) -> str:
    """Return how many alerts and which places: "12 alerts: Rastan, Homs, Hama and 4 more places"."""
    names = list(dict.fromkeys(one_line(a.place).split(",")[0] for a in alerts))
    listed = ", ".join(names[:_NAMED_PLACES])
    more = len(names) - _NAMED_PLACES
    rest = f" and {more} more place{'s' if more > 1 else ''}" if more > 0 else ""
    return one_line(f"{len(alerts)} alerts: {listed}{rest}", TITLE_LENGTH)
