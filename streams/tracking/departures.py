"""Departures: a place that its holder leaves, attackers that leave it, and what a departure confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from placewatch.vocabulary import Certainty, Control
from streams.tracking.credibility import is_enough
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move
from streams.tracking.standing import SURE, Outcome, Standing, Told, calm, moved, surer


def withdrawn(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Return what it does that a side is told to leave, or to have left."""
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
    is_calm = standing.control in {Control.HELD, Control.THREATENED}
    is_lone = is_calm and not told.is_backed
    if is_lone or not _is_done(told, policy):
        move = Move.SINGLE_SOURCE if is_lone else Move.HELD_BACK_LEAVING
        return move, replace(standing, leaving=told)
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


def _is_done(told: Told, policy: Policy) -> bool:
    """Whether anybody but their enemy tells that they have left, not only of "the retreat", or that they are leaving."""
    return any(
        t.origin.side in {None, told.side}
        and not (t.report.is_still_leaving or t.report.trigger.lower() in policy.leaving_words)
        for t in told.occurrence.told
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
    if not _is_done(told, policy):
        return Move.HELD_BACK_LEAVING, standing
    return moved(standing, told, Move.ATTACKERS_LEFT, control=calm(standing), opponent=None)


def _admitted(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """The side that lost the place is told to have left it: what its opponent claimed is so, if both are borne out."""
    if standing.certainty in SURE:
        return surer(standing, told)
    is_borne_out = bears_out(told, standing, policy)
    return Move.LOSER_ADMITS if is_borne_out else Move.SUPPORTED, replace(
        standing,
        certainty=Certainty.CONFIRMED if is_borne_out else standing.certainty,
        borne_out_by=told.index if is_borne_out else None,
        is_backed=standing.is_backed or is_borne_out,
        is_firm=standing.is_firm or would_bear_out(told, standing, policy),
        told_by={**standing.told_by, **told.origins},
        supported_by=(*standing.supported_by, told.index),
    )


def bears_out(departure: Told, taken: Standing, policy: Policy) -> bool:
    """Return whether a departure of who held the place confirms that another has it.

    Its own word does, and a departure that is sure. Else both are told by origins that are enough together and not
    of one side: the taker's "they have fled" adds nothing to its claim.
    """
    if departure.verdict.is_admitted or departure.verdict.certainty in SURE:
        return True
    is_denied = Certainty.DISPUTED in {taken.certainty, departure.verdict.certainty}
    together = {**taken.told_by, **departure.origins}
    return is_enough(together, taken.holder, is_denied=is_denied, policy=policy)


def would_bear_out(departure: Told, taken: Standing, policy: Policy) -> bool:
    """Return whether a departure would confirm that another has it if nobody denied either."""
    together = {**taken.told_by, **departure.origins}
    is_told = is_enough(together, taken.holder, is_denied=False, policy=policy)
    return departure.verdict.is_firm or is_told
