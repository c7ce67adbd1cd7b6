"""The transition table: what each kind of event does to a place's status, each move with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from placewatch.states import states
from placewatch.vocabulary import Certainty, Control, State
from streams.tracking.civil import civil_rule
from streams.tracking.credibility import is_enough
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move
from streams.tracking.standing import (
    SURE,
    Outcome,
    Rule,
    Standing,
    Told,
    calm,
    is_fresh,
    moved,
    surer,
)


HARD_PRESSED = frozenset({Control.CONTESTED, Control.BESIEGED})


def apply(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Return what an event does to a status, and the status after it."""
    move, after = _applied(standing, told, policy)
    if told.by_rules is None or not _changes_hands(standing, after):
        return move, after
    _, by_rules = _applied(standing, told.by_rules, policy)
    if _changes_hands(standing, by_rules):
        return move, after
    return Move.HELD_BACK_SECOND_OPINION, standing


def _changes_hands(before: Standing, after: Standing) -> bool:
    """Whether a place is taken, left or given to somebody: what a second opinion alone must not bring about."""
    return before.holder != after.holder


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
    if standing.control is Control.VACATED:
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
    is_firm = told.verdict.is_firm or (is_near and _would_bear_out(leaving, taken, policy))
    if not (is_near and _bears_out(leaving, taken, policy)):
        return {"is_firm": is_firm}
    return {"certainty": Certainty.CONFIRMED, "borne_out_by": leaving.index, "is_firm": is_firm}


def _bears_out(departure: Told, taken: Standing, policy: Policy) -> bool:
    """Whether a departure of who held the place confirms that another has it.

    Its own word does, and a departure that is sure. Else both are told by origins that are enough together and not
    of one side: the taker's "they have fled" adds nothing to its claim.
    """
    if departure.verdict.is_admitted or departure.verdict.certainty in SURE:
        return True
    is_denied = Certainty.DISPUTED in {taken.certainty, departure.verdict.certainty}
    together = {**taken.told_by, **departure.origins}
    return is_enough(together, taken.holder, is_denied=is_denied, policy=policy)


def _would_bear_out(departure: Told, taken: Standing, policy: Policy) -> bool:
    """Whether a departure would confirm that another has it if nobody denied either."""
    together = {**taken.told_by, **departure.origins}
    is_told = is_enough(together, taken.holder, is_denied=False, policy=policy)
    return departure.verdict.is_firm or is_told


def _lost(standing: Standing, told: Told) -> Outcome:
    """The place is told to be lost by many and nobody says to whom: to who presses it, if that is known."""
    if standing.control in HARD_PRESSED and standing.opponent is not None:
        return moved(
            standing, told, Move.TAKEN, control=Control.HELD,
            holder=standing.opponent, opponent=standing.holder,
        )  # fmt: skip
    is_lost_by_holder = standing.holder is not None and standing.holder in told.occurrence.against
    if is_lost_by_holder and standing.control is Control.HELD:
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
    is_new_holder = standing.control is Control.HELD and standing.moved_by is not None
    if is_new_holder and standing.since is not None:
        age = told.day - standing.since
        is_recent = age <= timedelta(days=policy.recap_days)
        if is_recent and not standing.is_backed and told.is_corroborated:
            return moved(
                standing, told, Move.FIGHTING_REFUTES_CLAIM, control=Control.CONTESTED,
                holder=standing.former, opponent=standing.holder, last_fight=last,
            )  # fmt: skip
        is_loser = told.side is not None and told.side == standing.former
        is_doubt = standing.certainty not in SURE and is_recent
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
    if told.side is not None and told.side == standing.holder:
        return Move.OWN_SIDE, standing
    if told.side is None and told.occurrence.against - {standing.holder}:
        return Move.NOT_THE_HOLDER, standing
    if standing.control is Control.THREATENED:
        _, after = surer(standing, told)
        return Move.SUPPORTED, replace(after, opponent=standing.opponent or told.side)
    if standing.control in {Control.CONTESTED, Control.BESIEGED, Control.VACATED}:
        return Move.WEAKER, standing
    is_own_gain = standing.moved_by is not None and standing.since is not None
    if is_own_gain and told.day - (standing.since or told.day) <= timedelta(
        days=policy.min_dwell_days
    ):
        return Move.HELD_BACK_FRESH_CHANGE, standing
    return moved(
        standing, told, Move.THREATENED, control=Control.THREATENED, opponent=told.side,
        calm_certainty=standing.certainty,
    )  # fmt: skip


def _withdrawn(standing: Standing, told: Told, policy: Policy) -> Outcome:
    side = told.side
    if standing.control is Control.VACATED:
        return surer(standing, told)
    if side is not None and side != standing.holder:
        return _left_by_another(standing, told, policy)
    return _left_by_holder(standing, told, policy)


def _left_by_holder(standing: Standing, told: Told, policy: Policy) -> Outcome:
    if told.side is None or standing.holder is None:
        return Move.NO_ACTOR, standing
    if told.is_part_of_side:
        return Move.PART_OF_SIDE, standing
    if standing.control is Control.CONTESTED and not told.is_backed:
        return Move.WEAKER, standing
    if standing.control in {Control.HELD, Control.THREATENED} and not told.is_backed:
        return Move.SINGLE_SOURCE, replace(standing, leaving=told)
    seen = standing.entered_on
    is_inside = seen is not None and told.day - seen <= timedelta(days=policy.merge_days)
    if standing.control is Control.CONTESTED and standing.opponent is not None and is_inside:
        return moved(
            standing, told, Move.ENTERED_AFTER_WITHDRAWAL, control=Control.HELD,
            holder=standing.opponent, opponent=standing.holder,
        )  # fmt: skip
    return moved(
        standing, told, Move.VACATED, control=Control.VACATED, holder=None, opponent=standing.holder
    )


def _left_by_another(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """A side leaves that does not hold the place: it lost it before, or it was the one that pressed it."""
    if told.side not in {standing.opponent, standing.repelled}:
        return Move.NOT_THE_HOLDER, standing
    if standing.control is Control.HELD:
        return _admitted(standing, told, policy)
    if told.is_part_of_side:
        return Move.PART_OF_SIDE, standing
    if not told.is_backed:
        return Move.WEAKER, standing
    return moved(standing, told, Move.ATTACKERS_LEFT, control=calm(standing), opponent=None)


def _admitted(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """The side that lost the place is told to have left it: what its opponent claimed is so, if both are borne out."""
    if standing.certainty in SURE:
        return surer(standing, told)
    is_borne_out = _bears_out(told, standing, policy)
    return Move.LOSER_ADMITS if is_borne_out else Move.SUPPORTED, replace(
        standing,
        certainty=Certainty.CONFIRMED if is_borne_out else standing.certainty,
        borne_out_by=told.index if is_borne_out else None,
        is_backed=standing.is_backed or is_borne_out,
        is_firm=standing.is_firm or _would_bear_out(told, standing, policy),
        told_by={**standing.told_by, **told.origins},
        supported_by=(*standing.supported_by, told.index),
    )


def _held(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Possession told in passing supports; it moves a status only where nothing is known or nearly all say so."""
    side = told.side
    if side is None:
        return Move.NO_ACTOR, standing
    if standing.control is Control.UNKNOWN:
        return moved(
            standing, told, Move.ESTABLISHED, control=Control.HELD, holder=side, opponent=None
        )
    if standing.holder == side:
        return _still_held(standing, told, policy)
    return _held_by_another(standing, told, policy)


def _still_held(standing: Standing, told: Told, policy: Policy) -> Outcome:
    pressed_on = max(filter(None, (standing.last_fight, told.pressed_on)), default=None)
    is_quiet = pressed_on is None or told.occurrence.last_day - pressed_on > timedelta(
        days=policy.quiet_days
    )
    if standing.control is Control.CONTESTED and is_quiet and _is_told_by_many(told, policy):
        return moved(standing, told, Move.HOLDS_OUT, control=Control.HELD, opponent=None)
    return Move.SUPPORTED, replace(standing, supported_by=(*standing.supported_by, told.index))


def _held_by_another(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """What many say in passing ends a doubt about who holds a place; it does not undo what is sure."""
    is_stated = len(_stated_by(told, policy)) >= policy.independent_origins
    if standing.control is Control.VACATED and is_stated and told.is_corroborated:
        return moved(standing, told, Move.OVERRULED, control=Control.HELD, holder=told.side)
    is_calm = standing.control in {Control.HELD, Control.THREATENED}
    is_doubtful = is_calm and not standing.is_backed
    if is_doubtful and _is_told_by_many(told, policy):
        return moved(
            standing, told, Move.OVERRULED, control=Control.HELD, holder=told.side,
            opponent=standing.holder,
        )  # fmt: skip
    return Move.HELD_BACK_PASSING, standing


def _is_told_by_many(told: Told, policy: Policy) -> bool:
    return len(_stated_by(told, policy)) >= policy.held_origins and told.is_corroborated


def _stated_by(told: Told, policy: Policy) -> set[str]:
    """Return the origins that say who holds it; "the occupied city" goes on being said while it is fought over or left."""
    standing = {origin.origin_id for origin in told.verdict.origins}
    return standing & {
        t.origin.origin_id
        for t in told.occurrence.told
        if not t.report.trigger.lower().endswith(tuple(policy.possession_epithets))
        and not t.report.is_second_opinion
    }


_RULES: dict[State, Rule] = {
    State.CAPTURED: _captured,
    State.ENTERED: _entered,
    State.CONTESTED: _contested,
    State.BESIEGED: _besieged,
    State.THREATENED: _threatened,
    State.WITHDRAWN: _withdrawn,
    State.HELD: _held,
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
