"""What a second opinion changes: a report it doubts stops counting, one the rules missed is added, each with its reason.

What the rules took for history, a denial or a plan takes more to be current, and so does a claim to be a fact or a fact to
be a claim: they have read an "ago", a "not", a "will" or a "said", and the encoder may miss it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field

from placewatch.records import Report
from placewatch.vocabulary import CURRENT, SECOND_OPINION, TAKING_STATES, Factuality, State
from streams.reading.opinion.encoder import FACTUALITIES, STATES, Opinion
from streams.reading.opinion.passages import Passage


# A false one of these moves people.
_CHANGES = frozenset({*TAKING_STATES, State.WITHDRAWN})


class Thresholds(BaseModel):
    """When the second opinion counts; each is explained in thresholds.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    add: float = Field(ge=0, le=1)
    add_change: float = Field(ge=0, le=1)
    doubt: float = Field(ge=0, le=1)
    revive: float = Field(ge=0, le=1)
    overrule: float = Field(ge=0, le=1)
    restate: float = Field(ge=0, le=1)
    told: float = Field(ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Belief:
    """The highest probability that any passage of a place gives a state, and the passage that gives it.

    `actor` is how likely each of `tokens` of the passage names who acts; the first stands for nobody.
    """

    told: float
    current: float
    factuality: tuple[float, ...]
    passage: Passage
    actor: tuple[float, ...]
    tokens: tuple[tuple[int, int], ...]


class Addition(NamedTuple):
    """A report that only the second opinion makes."""

    passage: Passage
    state: State
    factuality: Factuality
    party: str | None
    reason: str


Key = tuple[str, str]
Beliefs = Mapping[Key, Belief]
# Whom the encoder points at as the one who acts, where it believes that a state is told.
Parties = Mapping[Key, str | None]
# Whether two names are of one side.
SameSide = Callable[[str, str], bool]


@cache
def thresholds() -> Thresholds:
    """Return the shipped thresholds."""
    text = (files(__package__) / "thresholds.yaml").read_text("utf-8")
    return Thresholds.model_validate(yaml.safe_load(text))


def beliefs(asked: Sequence[Passage], opinions: Sequence[Opinion]) -> dict[Key, Belief]:
    """Return what is believed of each place id and state name, the strongest passage of each."""
    found: dict[Key, Belief] = {}
    for passage, opinion in zip(asked, opinions, strict=True):
        for i, state in enumerate(STATES):
            key, current = (passage.place_id, state), float(opinion.current[i])
            if key not in found or current > found[key].current:
                how = tuple(float(p) for p in opinion.factuality[i])
                actor = tuple(float(p) for p in opinion.actor[i])
                told = float(opinion.told[i])
                found[key] = Belief(told, current, how, passage, actor, opinion.tokens)
    return found


def weighed(
    reports: Iterable[Report],
    held: Beliefs,
    parties: Parties,
    limits: Thresholds,
    same_side: SameSide,
) -> list[Report]:
    """Return the rules' reports, in order, each as far as the second opinion lets it stand.

    What is believed current where the rules have a current report of it is that report, and no other one's past.
    """
    given = tuple(reports)
    told = {_key(report) for report in given if report.factuality in CURRENT}
    return [
        _weighed(
            report,
            held.get(_key(report)),
            limits,
            is_meant=_is_meant(report, parties, same_side)
            and (report.factuality in CURRENT or _key(report) not in told),
        )
        for report in given
    ]


def additions(
    reports: Iterable[Report],
    held: Beliefs,
    parties: Parties,
    limits: Thresholds,
    same_side: SameSide,
) -> list[Addition]:
    """Return what the rules missed: states believed current of which they say nothing, or only of somebody else's past."""
    known = {
        _key(report)
        for report in reports
        if report.factuality in CURRENT or _is_meant(report, parties, same_side)
    }
    return [
        Addition(
            belief.passage,
            State(key[1]),
            _current(belief),
            parties.get(key),
            f"{SECOND_OPINION}{belief.current:.2f}",
        )
        for key, belief in held.items()
        if belief.current >= _needed(State(key[1]), limits) and key not in known
    ]


def _needed(state: State, limits: Thresholds) -> float:
    return limits.add_change if state in _CHANGES else limits.add


def _is_meant(report: Report, parties: Parties, same_side: SameSide) -> bool:
    """Whether the encoder may mean what a report says: nobody else does it."""
    party = parties.get(_key(report))
    return report.actor is None or party is None or same_side(report.actor, party)


def _weighed(
    report: Report, belief: Belief | None, limits: Thresholds, *, is_meant: bool
) -> Report:
    if belief is None:
        return report
    factuality = _factuality(report.factuality, belief, limits, is_meant=is_meant)
    if factuality is report.factuality:
        return report
    reasons = (*report.reasons, f"{SECOND_OPINION}{belief.current:.2f}")
    return report.model_copy(update={"factuality": factuality, "reasons": reasons})


def _factuality(
    read: Factuality, belief: Belief, limits: Thresholds, *, is_meant: bool
) -> Factuality:
    """How far the text stands behind a report, from what the rules read and what is believed."""
    if read in CURRENT and belief.current < limits.doubt:
        return _not_current(belief) if belief.told >= limits.told else Factuality.UNCONFIRMED
    if not is_meant:
        return read
    if read in CURRENT:
        likely = _current(belief)
        is_sure = belief.factuality[FACTUALITIES.index(likely.value)] >= limits.restate
        return likely if is_sure else read
    needed = {
        Factuality.HISTORICAL: limits.revive,
        Factuality.PLANNED: limits.overrule,
        Factuality.DENIED: limits.overrule,
    }
    is_current = read in needed and belief.current >= needed[read]
    return _current(belief) if is_current else read


def _current(belief: Belief) -> Factuality:
    asserted, claimed = belief.factuality[0], belief.factuality[1]
    return Factuality.CLAIMED if claimed > asserted else Factuality.ASSERTED


def _not_current(belief: Belief) -> Factuality:
    first = len(CURRENT)
    return Factuality(FACTUALITIES[first + int(np.argmax(belief.factuality[first:]))])


def _key(report: Report) -> tuple[str, str]:
    """A town taken back is a town taken: the encoder knows one state for both."""
    state = State.CAPTURED if report.state is State.RECAPTURED else report.state
    return report.place_id, state.value
