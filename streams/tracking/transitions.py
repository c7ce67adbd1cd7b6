"""The transition table: what each kind of event does to a place's status, each move with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from placewatch.states import states
from placewatch.vocabulary import Certainty, Control, State
from streams.tracking.civil import civil_rule
from streams.tracking.departures import bears_out, withdrawn, would_bear_out
from streams.tracking.events import is_of_another
from streams.tracking.policy import Policy
from streams.tracking.possession import held
from streams.tracking.reasons import Move
from streams.tracking.standing import (
    SURE,
    Outcome,
    Rule,
    Standing,
    Told,
    is_fresh,
    moved,
    surer,
)


HARD_PRESSED = frozenset({Control.CONTESTED, Control.BESIEGED})


def apply(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Return what an event does to a status, and the status after it."""
    move, after = _applied(standing, told, policy)
    if told.by_rules is None or _said_of(after) == _said_of(standing):
        return move, after
    if after.holder == standing.holder and told.by_rules.verdict.is_standing:
        return move, after
    _, by_rules = _applied(standing, told.by_rules, policy)
    if _said_of(by_rules) != _said_of(standing):
        return move, after
    return Move.HELD_BACK_SECOND_OPINION, standing


def _said_of(standing: Standing) -> tuple[object, ...]:
    """What people are told of a place, which a second opinion alone must not change.

    Nor may it make a place change hands where others tell too little of it.
    """
    return standing.control, standing.holder, standing.civil and standing.civil.control


def _applied(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if not told.verdict.is_standing:
        return Move.UNSUPPORTED, standing
    if not told.is_corroborated and _is_opinion(told):
        return Move.HELD_BACK_OPINION, standing
    if told.occurrence.kind in NEEDS_ACTOR and not told.is_corroborated:
        is_about_holder = standing.holder in told.occurrence.against
        if told.side is None and not is_about_holder:
            return Move.NO_ACTOR, standing
        if told.is_outsider:
            return Move.HELD_BACK_OUTSIDER, standing
        if told.side is None and told.is_part_of_side:
            return Move.PART_OF_SIDE, standing
    kind = told.occurrence.kind
    rule = _RULES.get(kind) or civil_rule(kind)
    return rule(standing, told, policy) if rule is not None else (Move.UNSUPPORTED, standing)


def _is_opinion(told: Told) -> bool:
    """Whether a change of war is only put in the mouth of people who saw nothing."""
    is_war = told.occurrence.kind in NEEDS_ACTOR | {State.WITHDRAWN}
    return is_war and all(t.attributed.is_opinion for t in told.occurrence.told)


# What one origin alone cannot tell without saying who, for "the battle of X" is as often a memory.
NEEDS_ACTOR = frozenset(
    {State.ENTERED, State.CONTESTED, State.BESIEGED, State.THREATENED, State.CAPTURED}
)


def _captured(standing: Standing, told: Told, policy: Policy) -> Outcome:
    side = told.side
    if side is None:
        return _lost(standing, told)
    if standing.holder == side and standing.control in {Control.HELD, Control.THREATENED}:
        return surer(standing, told)
    is_again = any(t.report.state is State.RECAPTURED for t in told.occurrence.told)
    if not (is_again or told.occurrence.is_dated) and _is_retelling(standing, told, policy):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    if standing.holder == side:
        return moved(
            standing, told, Move.CLEARED, control=Control.HELD, opponent=None,
            repelled=standing.opponent,
        )  # fmt: skip
    move = Move.RETAKEN if is_again else Move.TAKEN
    if standing.control is Control.VACATED:
        return moved(
            standing, told, move, control=Control.HELD, holder=side,
            **_after_withdrawal(standing, told),
        )  # fmt: skip
    return moved(
        standing, told, move, control=Control.HELD, holder=side, opponent=standing.holder,
        **_with_departure(standing, told, policy),
    )  # fmt: skip


def _is_retelling(standing: Standing, told: Told, policy: Policy) -> bool:
    """Whether an undated taking is more likely an old one told again.

    By who holds the place though it is fought over; by who has just left it; or against a fresh change.
    """
    if standing.holder == told.side:
        return not told.is_corroborated
    if standing.control in {Control.VACATED, Control.THREATENED}:
        return standing.former == told.side and is_fresh(standing, told, policy)
    return standing.control is Control.HELD and is_fresh(standing, told, policy)


def _after_withdrawal(standing: Standing, told: Told) -> Mapping[str, object]:
    """Return how sure a taking is of a place its holder has left: a sure withdrawal confirms it."""
    is_firm = standing.is_firm or told.verdict.is_firm
    if standing.certainty not in SURE or told.verdict.certainty in SURE:
        return {"is_firm": is_firm}
    return {
        "certainty": Certainty.CONFIRMED,
        "borne_out_by": standing.moved_by,
        "is_firm": is_firm,
    }


def _with_departure(standing: Standing, told: Told, policy: Policy) -> Mapping[str, object]:
    """Return how sure a taking is where somebody told shortly before that the holder had left."""
    certainty, leaving = told.verdict.certainty, standing.leaving
    if leaving is None or certainty in SURE or leaving.side != standing.holder:
        return {}
    is_near = told.day - leaving.day <= timedelta(days=policy.merge_days)
    taken = replace(standing, holder=told.side, certainty=certainty, told_by=told.origins)
    is_firm = told.verdict.is_firm or (is_near and would_bear_out(leaving, taken, policy))
    if not (is_near and bears_out(leaving, taken, policy)):
        return {"is_firm": is_firm}
    return {"certainty": Certainty.CONFIRMED, "borne_out_by": leaving.index, "is_firm": is_firm}


def _lost(standing: Standing, told: Told) -> Outcome:
    """The place is told to be lost by many and nobody says to whom: to who presses it, if that is known."""
    if standing.control in HARD_PRESSED and standing.opponent is not None:
        return moved(
            standing, told, Move.TAKEN, control=Control.HELD,
            holder=standing.opponent, opponent=standing.holder,
        )  # fmt: skip
    is_lost_by_holder = standing.holder is not None and standing.holder in told.occurrence.against
    if is_lost_by_holder and standing.control in {Control.HELD, Control.THREATENED}:
        return moved(
            standing, told, Move.LOST, control=Control.VACATED, holder=None,
            opponent=standing.opponent,
        )  # fmt: skip
    return Move.NO_ACTOR, standing


def _entered(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is None or told.side == standing.holder:
        return (Move.NO_ACTOR if told.side is None else Move.OWN_SIDE), standing
    if standing.control is Control.VACATED:
        if told.side == standing.former and is_fresh(standing, told, policy):
            return Move.HELD_BACK_FRESH_CHANGE, standing  # the last of them are still leaving
        if not (standing.is_backed or told.is_backed):
            return Move.SINGLE_SOURCE, standing
        return moved(
            standing, told, Move.ENTERED_AFTER_WITHDRAWAL, control=Control.HELD,
            holder=told.side, **_after_withdrawal(standing, told),
        )  # fmt: skip
    return _fought(standing, told, policy, Move.ENTERED)


def _contested(standing: Standing, told: Told, policy: Policy) -> Outcome:
    is_own = told.side is not None and told.side == standing.holder
    is_in_doubt = not standing.is_backed and told.is_corroborated
    if is_own and not is_in_doubt and standing.control is not Control.CONTESTED:
        return Move.OWN_SIDE, standing
    is_just_left = (
        standing.control is Control.VACATED
        and standing.since is not None
        and told.day - standing.since <= timedelta(days=policy.min_dwell_days)
    )
    if is_just_left:
        return Move.HELD_BACK_FRESH_CHANGE, standing  # what made them leave is told on
    return _fought(standing, told, policy, Move.FIGHTING)


def _fought(standing: Standing, told: Told, policy: Policy, move: Move) -> Outcome:
    """Forces of two sides inside: contested, unless it was already, or a change is too fresh to be undone by it."""
    last = max(told.occurrence.last_day, standing.last_fight or told.day)
    entered_on = _entered_on(standing, told)
    if standing.control is Control.CONTESTED:
        _, after = surer(standing, told)
        opponent = standing.opponent or (told.side if told.side != standing.holder else None)
        return Move.SUPPORTED, replace(
            after, opponent=opponent, last_fight=last, entered_on=entered_on
        )
    if _is_refuted(standing, told, policy):
        return moved(
            standing, told, Move.FIGHTING_REFUTES_CLAIM, control=Control.CONTESTED,
            holder=standing.former, opponent=standing.holder, last_fight=last,
        )  # fmt: skip
    is_new_holder = standing.control is Control.HELD and standing.moved_by is not None
    if is_new_holder and standing.since is not None:
        age = told.day - standing.since
        is_recent = age <= timedelta(days=policy.recap_days)
        is_loser = told.side is not None and told.side == standing.former
        is_doubt = not standing.is_firm and is_recent
        is_fought_back = is_loser and age <= timedelta(days=policy.min_dwell_days)
        if is_doubt or is_fought_back:
            return Move.FIGHTING_DISPUTES_CLAIM, replace(
                standing,
                certainty=Certainty.DISPUTED,
                is_firm=standing.is_firm and (standing.is_backed or not is_fought_back),
                last_fight=last,
            )
        if (is_recent and not is_loser) or is_fresh(standing, told, policy):
            return Move.HELD_BACK_FRESH_CHANGE, standing
    if move is Move.FIGHTING and not (told.is_backed or _is_placed(told)):
        return Move.SINGLE_SOURCE, standing
    opponent = told.side if told.side != standing.holder else standing.opponent
    return moved(
        standing, told, move, control=Control.CONTESTED, opponent=opponent, last_fight=last,
        entered_on=entered_on,
    )  # fmt: skip


def _is_refuted(standing: Standing, told: Told, policy: Policy) -> bool:
    """Whether many tell of fighting for what one origin lately told to be taken; that others threaten it since is no matter."""
    taken_on = standing.since if standing.control is Control.HELD else standing.lost_on
    is_calm = standing.control in {Control.HELD, Control.THREATENED}
    if not is_calm or standing.moved_by is None or taken_on is None:
        return False
    is_recent = told.day - taken_on <= timedelta(days=policy.recap_days)
    return is_recent and not standing.is_backed and told.is_corroborated


def _entered_on(standing: Standing, told: Told) -> date | None:
    """Return when who presses the holder was last told to be inside; "the battle for X" does not say so."""
    if told.occurrence.kind is not State.ENTERED and not _is_placed(told):
        return standing.entered_on
    return max(told.occurrence.last_day, standing.entered_on or told.day)


def _is_placed(told: Told) -> bool:
    """Whether a part of the place is named in which it happens."""
    return any(t.report.is_told_of_part for t in told.occurrence.told)


def _besieged(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is not None and told.side == standing.holder:
        return Move.OWN_SIDE, standing
    if standing.control is Control.BESIEGED:
        return surer(standing, told)
    if standing.control is Control.CONTESTED:
        return Move.WEAKER, standing
    if standing.control is Control.HELD and is_fresh(standing, told, policy):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    return moved(standing, told, Move.BESIEGED, control=Control.BESIEGED, opponent=told.side)


def _threatened(standing: Standing, told: Told, policy: Policy) -> Outcome:
    held_back = _is_no_threat(standing, told, policy)
    if held_back is not None:
        return held_back, standing
    if standing.control is Control.THREATENED:
        _, after = surer(standing, told)
        return Move.SUPPORTED, replace(after, opponent=standing.opponent or told.side)
    return moved(
        standing, told, Move.THREATENED, control=Control.THREATENED, opponent=told.side,
        calm_certainty=standing.certainty,
    )  # fmt: skip


def _is_no_threat(standing: Standing, told: Told, policy: Policy) -> Move | None:
    """Return why a threat that is told threatens nobody here, or None where it does."""
    if told.side is not None and told.side == standing.holder:
        return Move.OWN_SIDE
    if told.side is None and is_of_another(told.occurrence, standing.holder):
        return Move.NOT_THE_HOLDER
    if standing.control in {Control.CONTESTED, Control.BESIEGED, Control.VACATED}:
        return Move.WEAKER
    if standing.control is Control.THREATENED:
        return None
    if not told.is_backed and _may_be_strikes(told, policy):
        return Move.SINGLE_SOURCE
    dwell = timedelta(days=policy.min_dwell_days)
    is_own_gain = standing.moved_by is not None and standing.since is not None
    is_fresh_gain = is_own_gain and told.day - (standing.since or told.day) <= dwell
    return Move.HELD_BACK_FRESH_CHANGE if is_fresh_gain else None


def _may_be_strikes(told: Told, policy: Policy) -> bool:
    """Whether "attacks on X" is all that is told: shells and drones are called so as often as men."""
    return all(t.report.trigger.lower() in policy.strike_like_words for t in told.occurrence.told)


_RULES: dict[State, Rule] = {
    State.CAPTURED: _captured,
    State.ENTERED: _entered,
    State.CONTESTED: _contested,
    State.BESIEGED: _besieged,
    State.THREATENED: _threatened,
    State.WITHDRAWN: withdrawn,
    State.HELD: held,
}
_RANKED = (
    State.HELD,
    State.THREATENED,
    State.BESIEGED,
    State.ENTERED,
    State.CONTESTED,
    State.WITHDRAWN,
    State.CAPTURED,
)


def rank(kind: State) -> int:
    """Return the place of a kind among events of one day: the graver and more final last, "the last makes the status"."""
    if kind in _RANKED:
        return _RANKED.index(kind)
    civil = [name for name, entry in states().entries.items() if entry.brings]
    return len(_RANKED) + civil.index(kind.value)
