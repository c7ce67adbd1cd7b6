"""Civil changes (evacuations, closures, outages, and what states.yaml declares): kept beside who holds the place, for the one does not undo the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from placewatch.records import Report
from placewatch.states import states
from placewatch.vocabulary import CURRENT, Control, State
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move
from streams.tracking.standing import Outcome, Rule, Standing, Told, moved, surer


CIVIL_ENDED = frozenset({Control.NORMAL, Control.OPEN})


def control_after(state: State) -> Control | None:
    """Return the status that a state brings by itself, or None: those of war depend on what was before."""
    brought = states().entries[state.value].brings
    return Control(brought) if brought else None


def is_said_to_remain(report: Report, reports: Sequence[Report]) -> bool:
    """Whether a report tells the end of what another of its text says goes on: "water is back, blackouts remain".

    One of the supplies is back, the outage is not over; of what there is only one, as of an order to leave, one
    sentence tells the end. Of two sentences the later tells how it is.
    """
    ended = states().entries[report.state.value].ends
    has_several = ended == Control.OUTAGE
    return ended is not None and any(
        states().entries[other.state.value].begins == ended
        and other.factuality in CURRENT
        and (has_several or other.evidence.start > report.evidence.start)
        and other.evidence.start >= report.evidence.start
        and other.event_date == report.event_date
        for other in reports
    )


def civil_rule(state: State) -> Rule | None:
    """Return what a civil state does to a status, or None where it does nothing."""
    entry = states().entries[state.value]
    if entry.begins:
        return partial(_begins, Control(entry.begins))
    return partial(_ends, Control(entry.ends), Control(entry.leaves)) if entry.ends else None


def _begins(control: Control, standing: Standing, told: Told, policy: Policy) -> Outcome:
    is_of_power = _names(told, policy.power_words)
    if standing.civil is not None and standing.civil.control is control:
        _, civil = surer(standing.civil, told)
        civil = replace(civil, is_of_power=civil.is_of_power or is_of_power)
        return Move.SUPPORTED, replace(standing, civil=civil)
    move, after = _with_civil(standing, told, control, Move.CIVIL)
    begun = replace(after.civil or Standing(), is_of_power=is_of_power)
    return move, replace(after, civil=begun)


def _names(told: Told, words: frozenset[str]) -> bool:
    """Whether a report names one of these supplies."""
    return any(
        word in t.report.evidence.sentence.lower() for t in told.occurrence.told for word in words
    )


def _is_another_supply(standing: Standing, told: Told, policy: Policy) -> bool:
    """Whether the power is gone and what is back is water, say."""
    is_power_gone = standing.civil is not None and standing.civil.is_of_power
    is_other_back = _names(told, policy.other_supplies) and not _names(told, policy.power_words)
    return is_power_gone and is_other_back


def _ends(
    begun: Control, ended: Control, standing: Standing, told: Told, policy: Policy
) -> Outcome:
    if standing.civil is not None and standing.civil.control is ended:
        return Move.ALREADY, standing
    if standing.civil is not None and standing.civil.control not in {begun, *CIVIL_ENDED}:
        return Move.WEAKER, standing
    if _is_another_supply(standing, told, policy):
        return Move.WEAKER, standing
    return _with_civil(standing, told, ended, Move.CIVIL_ENDED)


def _with_civil(standing: Standing, told: Told, control: Control, move: Move) -> Outcome:
    """A civil change is kept beside who holds the place: the one does not undo the other."""
    _, civil = moved(Standing(), told, move, control=control)
    return move, replace(standing, civil=civil)
