"""What a second opinion changes: a report it doubts stops counting, one the rules missed is added, each with its reason.

What the rules took for a denial or a plan stays one: they have read a "not" or a "will", and the encoder may miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field

from placewatch.records import Report
from placewatch.vocabulary import CURRENT, Factuality, State
from streams.reading.opinion.encoder import FACTUALITIES, STATES, Opinion
from streams.reading.opinion.passages import Passage


class Thresholds(BaseModel):
    """When the second opinion counts; each is explained in thresholds.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    add: float = Field(ge=0, le=1)
    doubt: float = Field(ge=0, le=1)
    revive: float = Field(ge=0, le=1)
    told: float = Field(ge=0, le=1)


class Addition(NamedTuple):
    """A report that only the second opinion makes."""

    passage: Passage
    state: State
    factuality: Factuality
    reason: str


@dataclass(frozen=True, slots=True)
class Belief:
    """The highest probability that any passage of a place gives a state, and the passage that gives it."""

    told: float
    current: float
    factuality: tuple[float, ...]
    passage: Passage


Beliefs = Mapping[tuple[str, str], Belief]


@cache
def thresholds() -> Thresholds:
    """Return the shipped thresholds."""
    text = (files(__package__) / "thresholds.yaml").read_text("utf-8")
    return Thresholds.model_validate(yaml.safe_load(text))


def beliefs(asked: Sequence[Passage], opinions: Sequence[Opinion]) -> dict[tuple[str, str], Belief]:
    """Return what is believed of each place id and state name, the strongest passage of each."""
    found: dict[tuple[str, str], Belief] = {}
    for passage, opinion in zip(asked, opinions, strict=True):
        for i, state in enumerate(STATES):
            key, current = (passage.place_id, state), float(opinion.current[i])
            if key not in found or current > found[key].current:
                how = tuple(float(p) for p in opinion.factuality[i])
                found[key] = Belief(float(opinion.told[i]), current, how, passage)
    return found


def weighed(reports: Iterable[Report], held: Beliefs, limits: Thresholds) -> list[Report]:
    """Return the rules' reports, in order, each as far as the second opinion lets it stand."""
    return [_weighed(report, held.get(_key(report)), limits) for report in reports]


def additions(reports: Iterable[Report], held: Beliefs, limits: Thresholds) -> list[Addition]:
    """Return what the rules missed: states believed current of which they say nothing."""
    known = {_key(report) for report in reports}
    return [
        Addition(
            belief.passage, State(state), _current(belief), f"second opinion:{belief.current:.2f}"
        )
        for (place_id, state), belief in held.items()
        if belief.current >= limits.add and (place_id, state) not in known
    ]


def _weighed(report: Report, belief: Belief | None, limits: Thresholds) -> Report:
    if belief is None:
        return report
    factuality = report.factuality
    if factuality in CURRENT and belief.current < limits.doubt:
        factuality = _not_current(belief) if belief.told >= limits.told else Factuality.UNCONFIRMED
    elif factuality is Factuality.HISTORICAL and belief.current >= limits.revive:
        factuality = _current(belief)
    if factuality is report.factuality:
        return report
    reasons = (*report.reasons, f"second opinion:{belief.current:.2f}")
    return report.model_copy(update={"factuality": factuality, "reasons": reasons})


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
