"""Civil changes (evacuations, closures, outages): kept beside who holds the place, for the one does not undo the other."""

from __future__ import annotations

from dataclasses import replace

from placewatch.vocabulary import Control, State
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move
from streams.tracking.standing import Outcome, Rule, Standing, Told, moved, surer


_CIVIL = {
    State.EVACUATION_ORDERED: Control.EVACUATED,
    State.CLOSED: Control.CLOSED,
    State.OUTAGE: Control.OUTAGE,
}
CIVIL_ENDED = frozenset({Control.NORMAL, Control.OPEN})
_CIVIL_END = {
    State.EVACUATION_LIFTED: (Control.EVACUATED, Control.NORMAL),
    State.REOPENED: (Control.CLOSED, Control.OPEN),
    State.RESTORED: (Control.OUTAGE, Control.NORMAL),
}


def _civil_begins(standing: Standing, told: Told, _policy: Policy) -> Outcome:
    control = _CIVIL[told.occurrence.kind]
    if standing.civil is not None and standing.civil.control is control:
        _, civil = surer(standing.civil, told)
        return Move.SUPPORTED, replace(standing, civil=civil)
    return _with_civil(standing, told, control, Move.CIVIL)


def _civil_ends(standing: Standing, told: Told, _policy: Policy) -> Outcome:
    begun, ended = _CIVIL_END[told.occurrence.kind]
    if standing.civil is not None and standing.civil.control is ended:
        return Move.ALREADY, standing
    if standing.civil is not None and standing.civil.control not in {begun, *CIVIL_ENDED}:
        return Move.WEAKER, standing
    return _with_civil(standing, told, ended, Move.CIVIL_ENDED)


def _with_civil(standing: Standing, told: Told, control: Control, move: Move) -> Outcome:
    """A civil change is kept beside who holds the place: the one does not undo the other."""
    _, civil = moved(Standing(), told, move, control=control)
    return move, replace(standing, civil=civil)


CIVIL_RULES: dict[State, Rule] = {
    **dict.fromkeys(_CIVIL, _civil_begins),
    **dict.fromkeys(_CIVIL_END, _civil_ends),
}
