"""Possession told in passing: it supports, and moves a status only where nothing is known or many state it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from placewatch.vocabulary import Control
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move
from streams.tracking.standing import Outcome, Standing, Told, moved


def held(standing: Standing, told: Told, policy: Policy) -> Outcome:
    """Return what it does that a side is said to hold the place."""
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
