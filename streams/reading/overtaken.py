"""What the whole text adds to its reports: what it overtakes itself is history, and each thing is said once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from placewatch.records import Report
from placewatch.vocabulary import CURRENT, TAKING_STATES, WAR_STATES, Factuality, State
from streams.reading.unnamed import UNNAMED


ATTEMPT = "attempt under way"  # the reason of what is reported besides a plan


# What ends a closure, an outage, an order to leave.
_UNDONE_BY = {
    State.CLOSED: State.REOPENED,
    State.OUTAGE: State.RESTORED,
    State.EVACUATION_ORDERED: State.EVACUATION_LIFTED,
}


def kept_company(reports: Sequence[Report]) -> list[Report]:
    """The reports without those of an unnamed place of which the text says nothing else: it may mean another."""
    told = {r.place_id for r in reports if UNNAMED not in r.reasons and r.state in WAR_STATES}
    return [r for r in reports if UNNAMED not in r.reasons or r.place_id in told]


def superseded(reports: Sequence[Report]) -> list[Report]:
    """What the text itself overtakes is history: "held by A", and B's siege, once it tells that B took the place."""
    taken = {
        (r.place_id, r.actor)
        for r in reports
        if r.state in TAKING_STATES and r.factuality is Factuality.ASSERTED and r.actor
    }
    lost = {(r.place_id, loser) for r in reports if (loser := _loser(r)) is not None}
    struck = {r.place_id for r in reports if r.state is State.STRUCK and r.factuality in CURRENT}
    inside = {
        r.place_id
        for r in reports
        if r.state in {State.CONTESTED, State.ENTERED} and r.factuality in CURRENT
    }
    undone = {(r.place_id, r.state) for r in reports if r.factuality is Factuality.ASSERTED}
    undone |= {
        (r.place_id, r.state)
        for r in reports
        if r.state is State.RESTORED and r.factuality is Factuality.CLAIMED
    }
    out = []
    for report in reports:
        if report.state is State.THREATENED and _is_told_beside(report, struck, inside):
            continue
        if report.factuality in CURRENT and (
            _is_over(report, taken, lost)
            or _is_regained(report, reports)
            or ((report.place_id, _UNDONE_BY.get(report.state)) in undone and not _remains(report))
        ):
            reasons = (*report.reasons, "superseded")
            out.append(
                report.model_copy(update={"factuality": Factuality.HISTORICAL, "reasons": reasons})
            )
        else:
            out.append(report)
    return out


def _remains(report: Report) -> bool:
    """As in "water is back but power cuts remain"."""
    lasting = rf"\b{re.escape(report.trigger)} (?:still |will )?(?:remain|persist|continu)"
    return re.search(lasting, report.evidence.sentence, re.IGNORECASE) is not None


def _is_regained(report: Report, reports: Sequence[Report]) -> bool:
    """As in "taken by the rebels at dawn, it was back in the army's hands by night"."""
    return report.state is State.CAPTURED and any(
        r.state is State.RECAPTURED
        and r.factuality is Factuality.ASSERTED
        and r.place_id == report.place_id
        and r.actor not in {None, report.actor}
        and r.evidence.start >= report.evidence.start
        for r in reports
    )


def _is_told_beside(report: Report, struck: AbstractSet[str], inside: AbstractSet[str]) -> bool:
    """Whether "the attack on X" is the strike, "the campaign to liberate X" the fighting, that the text tells of."""
    is_attack = report.trigger.lower() in _ATTACKS and report.factuality in CURRENT
    if is_attack and _REPELLED.search(report.evidence.sentence) is not None:
        return False  # by men, not from the air
    return (is_attack and report.place_id in struck) or (
        ATTEMPT in report.reasons and report.place_id in inside
    )


_ATTACKS = frozenset({"attack", "attacks", "attacked", "attacking"})
_REPELLED = re.compile(r"\b(?:repel|repuls|rebuff|beat(?:en|ing)? back|f[io]ught off)")


def _loser(report: Report) -> str | None:
    """Who no longer holds the place once the text tells this, or None."""
    if report.factuality is not Factuality.ASSERTED:
        return None
    if report.state is State.WITHDRAWN:
        return report.actor
    return report.against if report.state in TAKING_STATES else None


def _is_over(
    report: Report, taken: AbstractSet[tuple[str, str]], lost: AbstractSet[tuple[str, str]]
) -> bool:
    others = {actor for place_id, actor in taken if place_id == report.place_id} - {report.actor}
    if report.state is State.HELD:
        return bool(others) or (report.place_id, report.actor) in lost
    if report.state in {State.BESIEGED, State.THREATENED}:
        by_taker = (report.place_id, report.actor) in taken
        return by_taker or (report.actor is None and bool(others))
    return False


def distinct(reports: Sequence[Report]) -> list[Report]:
    """Each report once: same place, state, factuality and actor say nothing new; nor does one without an actor."""
    kept: dict[tuple[object, ...], Report] = {}
    for report in reports:
        kept.setdefault((report.place_id, report.state, report.factuality, report.actor), report)
    named = {(r.place_id, r.state, r.factuality) for r in kept.values() if r.actor is not None}
    return [
        r
        for r in kept.values()
        if r.actor is not None or (r.place_id, r.state, r.factuality) not in named
    ]
