"""The transition table: what each kind of event does to a place's status, each move with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from placewatch.vocabulary import Certainty, Control, State
from streams.tracking.credibility import Verdict
from streams.tracking.events import Occurrence
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move


SURE = frozenset({Certainty.CONFIRMED, Certainty.SETTLED})
HARD_PRESSED = frozenset({Control.CONTESTED, Control.BESIEGED})


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds between two events.

    Attributes:
        control: the control status.
        holder: side that holds the place, or None.
        opponent: side that presses or takes, or None.
        certainty: how sure.
        since: date since which it holds, or None for what was given.
        moved_by: index of the event that brought it about, or None for what was given.
        supported_by: indexes of events that told the same again.
        calm_certainty: how sure the holder was before a threat came up.
        last_fight: date fighting inside was last told, or None.
        civil: what holds in civil matters (evacuated, closed, outage...), or None.
        reason: the move that brought it about.
    """

    control: Control = Control.UNKNOWN
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty = Certainty.CLAIMED
    since: date | None = None
    moved_by: int | None = None
    supported_by: tuple[int, ...] = ()
    calm_certainty: Certainty | None = None
    last_fight: date | None = None
    civil: Standing | None = None
    reason: Move = Move.ASSERTED


@dataclass(frozen=True, slots=True)
class Told:
    """An event in the fold: its place in the order, what happened, its verdict.

    `is_outsider` says that the side that acts is not known to fight in this country.
    """

    index: int
    occurrence: Occurrence
    verdict: Verdict
    is_outsider: bool = False

    @property
    def side(self) -> str | None:
        """The side that acts."""
        return self.occurrence.side

    @property
    def day(self) -> date:
        """The event's date."""
        return self.occurrence.day


Outcome = tuple[Move, Standing]
Rule = Callable[[Standing, Told, Policy], Outcome]


def apply(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Return what an event does to a status, and the status after it."""
    if not told.verdict.is_standing:
        return Move.UNSUPPORTED, standing
    if told.occurrence.kind in NEEDS_ACTOR and not _is_corroborated(told, policy):
        is_about_holder = standing.holder in told.occurrence.against
        if told.side is None and not is_about_holder:
            return Move.NO_ACTOR, standing
        if told.is_outsider:
            return Move.HELD_BACK_OUTSIDER, standing
    return _RULES[told.occurrence.kind](standing, told, policy)


# What one origin alone cannot tell without saying who, for "the battle of X" is as often a memory.
NEEDS_ACTOR = frozenset(
    {State.ENTERED, State.CONTESTED, State.BESIEGED, State.THREATENED, State.CAPTURED}
)


def _is_corroborated(told: Told, policy: Policy) -> bool:
    """Whether independent origins tell it, not one well-graded outlet alone."""
    is_enough = len(told.verdict.origins) >= policy.independent_origins
    return is_enough and told.verdict.certainty in SURE


def _moved(standing: Standing, told: Told, move: Move, **changes: object) -> Outcome:
    values: dict[str, object] = {
        "certainty": told.verdict.certainty,
        "since": told.day,
        "moved_by": told.index,
        "supported_by": (),
        "reason": move,
    }
    return move, replace(standing, **(values | changes))  # type: ignore[arg-type]  # names are checked by replace


def _surer(standing: Standing, told: Told, move: Move = Move.SUPPORTED) -> Outcome:
    """The same again: the status is at least as sure as the surest event that says so."""
    certainty = standing.certainty
    if _RANK[told.verdict.certainty] > _RANK[certainty]:
        certainty = told.verdict.certainty
    return move, replace(
        standing, certainty=certainty, supported_by=(*standing.supported_by, told.index)
    )


_RANK = {
    Certainty.DISPUTED: 0,
    Certainty.CLAIMED: 1,
    Certainty.CONFIRMED: 2,
    Certainty.SETTLED: 3,
}


def _is_fresh(standing: Standing, told: Told, policy: Policy) -> bool:
    """Whether the status was confirmed so lately that one uncorroborated report does not undo it.

    A side that lost the place not long ago is mostly named in retellings, so for it that time is longer.
    """
    if standing.since is None or standing.certainty not in SURE or standing.moved_by is None:
        return False
    days = policy.recap_days if told.side == standing.opponent else policy.min_dwell_days
    age = told.day - standing.since
    return age <= timedelta(days=days) and not _is_corroborated(told, policy)


def _captured(standing: Standing, told: Told, policy: Policy) -> Outcome:
    side = told.side
    if side is None:
        return _lost(standing, told)
    if standing.holder == side and standing.control is Control.HELD:
        return _surer(standing, told)
    if standing.holder == side:
        return _moved(standing, told, Move.CLEARED, control=Control.HELD, opponent=None)
    again = any(t.report.state is State.RECAPTURED for t in told.occurrence.told)
    if (
        standing.control is Control.HELD
        and _is_fresh(standing, told, policy)
        and not (again or told.occurrence.is_dated)
    ):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    move = Move.RETAKEN if again else Move.TAKEN
    if standing.control is Control.VACATED:
        return _moved(
            standing, told, move, control=Control.HELD, holder=side,
            certainty=_after_withdrawal(standing, told),
        )  # fmt: skip
    return _moved(standing, told, move, control=Control.HELD, holder=side, opponent=standing.holder)


def _after_withdrawal(standing: Standing, told: Told) -> Certainty:
    """Return how sure a taking is of a place its holder has left: a sure withdrawal confirms it."""
    certainty = told.verdict.certainty
    is_sure = standing.certainty in SURE and certainty not in SURE
    return Certainty.CONFIRMED if is_sure else certainty


def _lost(standing: Standing, told: Told) -> Outcome:
    """The place is told to be lost by many and nobody says to whom: to who presses it, if that is known."""
    if standing.control in HARD_PRESSED and standing.opponent is not None:
        return _moved(
            standing, told, Move.TAKEN, control=Control.HELD,
            holder=standing.opponent, opponent=standing.holder,
        )  # fmt: skip
    is_lost_by_holder = standing.holder is not None and standing.holder in told.occurrence.against
    if is_lost_by_holder and standing.control is Control.HELD:
        return _moved(
            standing, told, Move.LOST, control=Control.VACATED, holder=None,
            opponent=standing.opponent,
        )  # fmt: skip
    return Move.NO_ACTOR, standing


def _entered(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is None or told.side == standing.holder:
        return (Move.NO_ACTOR if told.side is None else Move.OWN_SIDE), standing
    if standing.control is Control.VACATED:
        return _moved(
            standing, told, Move.ENTERED_AFTER_WITHDRAWAL, control=Control.HELD,
            holder=told.side, certainty=_after_withdrawal(standing, told),
        )  # fmt: skip
    return _fought(standing, told, policy, Move.ENTERED)


def _contested(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if (
        told.side is not None
        and told.side == standing.holder
        and standing.control is not Control.CONTESTED
    ):
        return Move.OWN_SIDE, standing
    return _fought(standing, told, policy, Move.FIGHTING)


def _fought(standing: Standing, told: Told, policy: Policy, move: Move) -> Outcome:
    """Forces of two sides inside: contested, unless it was already, or a change is too fresh to be undone by it."""
    last = max(told.occurrence.last_day, standing.last_fight or told.day)
    if standing.control is Control.CONTESTED:
        _, surer = _surer(standing, told)
        opponent = standing.opponent or (told.side if told.side != standing.holder else None)
        return Move.SUPPORTED, replace(surer, opponent=opponent, last_fight=last)
    is_new_holder = standing.control is Control.HELD and standing.moved_by is not None
    if is_new_holder and standing.since is not None:
        is_recent = told.day - standing.since <= timedelta(days=policy.recap_days)
        if standing.certainty not in SURE and is_recent:
            return Move.FIGHTING_DISPUTES_CLAIM, replace(
                standing, certainty=Certainty.DISPUTED, last_fight=last
            )
        is_loser = told.side is not None and told.side == standing.opponent
        if (is_recent and not is_loser) or _is_fresh(standing, told, policy):
            return Move.HELD_BACK_FRESH_CHANGE, standing
    opponent = told.side if told.side != standing.holder else standing.opponent
    return _moved(
        standing, told, move, control=Control.CONTESTED, opponent=opponent, last_fight=last
    )


def _besieged(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is not None and told.side == standing.holder:
        return Move.OWN_SIDE, standing
    if standing.control is Control.BESIEGED:
        return _surer(standing, told)
    if standing.control is Control.CONTESTED:
        return Move.WEAKER, standing
    if standing.control is Control.HELD and _is_fresh(standing, told, policy):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    return _moved(standing, told, Move.BESIEGED, control=Control.BESIEGED, opponent=told.side)


def _threatened(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is not None and told.side == standing.holder:
        return Move.OWN_SIDE, standing
    if told.side is None and told.occurrence.against - {standing.holder}:
        return Move.NOT_THE_HOLDER, standing
    if standing.control is Control.THREATENED:
        _, surer = _surer(standing, told)
        return Move.SUPPORTED, replace(surer, opponent=standing.opponent or told.side)
    if standing.control in {Control.CONTESTED, Control.BESIEGED, Control.VACATED}:
        return Move.WEAKER, standing
    is_own_gain = standing.moved_by is not None and standing.since is not None
    if is_own_gain and told.day - (standing.since or told.day) <= timedelta(
        days=policy.min_dwell_days
    ):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    return _moved(
        standing, told, Move.THREATENED, control=Control.THREATENED, opponent=told.side,
        calm_certainty=standing.certainty,
    )  # fmt: skip


def _withdrawn(standing: Standing, told: Told, policy: Policy) -> Outcome:
    side = told.side
    if standing.control is Control.VACATED:
        return _surer(standing, told)
    if side is not None and side != standing.holder:
        if standing.control is Control.HELD and standing.opponent == side:
            return _admitted(standing, told)
        if standing.control in {*HARD_PRESSED, Control.THREATENED} and standing.opponent == side:
            return _moved(standing, told, Move.ATTACKERS_LEFT, control=Control.HELD, opponent=None)
        return Move.NOT_THE_HOLDER, standing
    return _left_by_holder(standing, told, policy)


def _left_by_holder(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is None or standing.holder is None:
        return Move.NO_ACTOR, standing
    if standing.control is Control.CONTESTED and told.verdict.certainty not in SURE:
        return Move.WEAKER, standing
    if standing.control is Control.HELD and _is_fresh(standing, told, policy):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    if standing.control is Control.CONTESTED and standing.opponent is not None:
        return _moved(
            standing, told, Move.ENTERED_AFTER_WITHDRAWAL, control=Control.HELD,
            holder=standing.opponent, opponent=standing.holder,
        )  # fmt: skip
    return _moved(
        standing, told, Move.VACATED, control=Control.VACATED, holder=None, opponent=standing.holder
    )


def _left_by_another(standing: Standing, told: Told) -> Outcome:
    """A side leaves that does not hold the place: it lost it before, or it was the one that pressed it."""
    if standing.opponent != told.side:
        return Move.NOT_THE_HOLDER, standing
    if standing.control is Control.HELD:
        return _admitted(standing, told)
    return _moved(standing, told, Move.ATTACKERS_LEFT, control=Control.HELD, opponent=None)


def _admitted(standing: Standing, told: Told) -> Outcome:
    """The side that lost the place is told to have left it: what its opponent claimed is so."""
    if standing.certainty in SURE:
        return _surer(standing, told)
    certainty = (
        Certainty.CONFIRMED
        if told.verdict.certainty is not Certainty.DISPUTED
        else standing.certainty
    )
    return Move.LOSER_ADMITS, replace(
        standing, certainty=certainty, supported_by=(*standing.supported_by, told.index)
    )


def _held(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Possession told in passing supports; it moves a status only where nothing is known or nearly all say so."""
    side = told.side
    if side is None:
        return Move.NO_ACTOR, standing
    if standing.control is Control.UNKNOWN:
        return _moved(
            standing, told, Move.ESTABLISHED, control=Control.HELD, holder=side, opponent=None
        )
    if standing.holder == side:
        return _still_held(standing, told, policy)
    return _held_by_another(standing, told, policy)


def _still_held(standing: Standing, told: Told, policy: Policy) -> Outcome:
    last = told.occurrence.last_day
    is_quiet = standing.last_fight is None or last - standing.last_fight > timedelta(
        days=policy.quiet_days
    )
    if standing.control is Control.CONTESTED and is_quiet and _is_told_by_many(told, policy):
        return _moved(standing, told, Move.HOLDS_OUT, control=Control.HELD, opponent=None)
    return Move.SUPPORTED, replace(standing, supported_by=(*standing.supported_by, told.index))


def _held_by_another(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if standing.control is Control.VACATED and told.verdict.certainty in SURE:
        return _moved(standing, told, Move.OVERRULED, control=Control.HELD, holder=told.side)
    dwell = timedelta(days=policy.min_dwell_days)
    is_old_change = standing.since is None or told.day - standing.since > dwell
    is_calm = standing.control in {Control.HELD, Control.THREATENED}
    if is_calm and is_old_change and _is_told_by_many(told, policy):
        return _moved(
            standing, told, Move.OVERRULED, control=Control.HELD, holder=told.side,
            opponent=standing.holder,
        )  # fmt: skip
    return Move.HELD_BACK_PASSING, standing


def _is_told_by_many(told: Told, policy: Policy) -> bool:
    return len(told.verdict.origins) >= policy.held_origins and told.verdict.certainty in SURE


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
        _, civil = _surer(standing.civil, told)
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
    _, civil = _moved(Standing(), told, move, control=control)
    return move, replace(standing, civil=civil)


_RULES: dict[State, Rule] = {
    State.CAPTURED: _captured,
    State.ENTERED: _entered,
    State.CONTESTED: _contested,
    State.BESIEGED: _besieged,
    State.THREATENED: _threatened,
    State.WITHDRAWN: _withdrawn,
    State.HELD: _held,
    **dict.fromkeys(_CIVIL, _civil_begins),
    **dict.fromkeys(_CIVIL_END, _civil_ends),
}
# Of one day, the graver and more final comes last: "the last makes the status".
RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            State.HELD,
            State.THREATENED,
            State.BESIEGED,
            State.ENTERED,
            State.CONTESTED,
            State.WITHDRAWN,
            State.CAPTURED,
            *_CIVIL,
            *_CIVIL_END,
        )
    )
}
