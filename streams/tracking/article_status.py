"""What one article alone would establish of each place: its statuses as a careful analyst would note them.

Rules of the labelled data: the strongest of contested, besieged, threatened and held counts; a change confirmed
by the loser, by a third party or in the text's own voice is held; one side's claim leaves the place contested;
a strike or a plan alone changes nothing, but a plan to take a place threatens it; lost without a taker is vacated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from placewatch.actors import Actors
from placewatch.records import Reading, Report
from placewatch.vocabulary import CURRENT, TAKING_STATES, WAR_STATES, Control, Factuality, State
from streams.tracking.civil import control_after, is_said_to_remain


# Denied closed is open.
_REVERSE = {State.CLOSED: Control.OPEN, State.REOPENED: Control.CLOSED}


def article_statuses(readings: Sequence[Reading], actors: Actors) -> list[dict[str, str | None]]:
    """Return `place`, `state` and `holder` of each place whose status the readings of one article establish."""
    statuses: list[dict[str, str | None]] = []
    for reading in readings:
        military = _military(reading.reports, actors)
        if military is not None:
            control, holder = military
            if control in _OPPOSED and holder is None:
                holder = _defender(reading, actors)
            statuses.append({"place": reading.place, "state": control.value, "holder": holder})
        civil = _civil(reading.reports)
        if civil is not None:
            statuses.append({"place": reading.place, "state": civil.value, "holder": None})
    return statuses


_OPPOSED = frozenset({Control.CONTESTED, Control.BESIEGED, Control.THREATENED})


def _defender(reading: Reading, actors: Actors) -> str | None:
    """Who holds what others attack: the government of the place's country, unless it is the attacker."""
    country = reading.place.rsplit(", ", 1)[-1]
    home = actors.find("government", country)
    if home is None:
        return None
    own = actors.side(home, country)
    sides = {r.actor: actors.side_of(r.actor, country) for r in reading.reports if r.actor}
    others = [actor for actor, side in sides.items() if side != own]
    if own in sides.values():
        against = [r.against for r in reading.reports if r.against]
        return next(iter(others or against), None)
    return home.name


def _civil(reports: Sequence[Report]) -> Control | None:
    current = [r for r in reports if r.factuality in CURRENT and not is_said_to_remain(r, reports)]
    told = [control_after(r.state) for r in current]
    brought = [control for control in told if control is not None]
    if brought:
        return brought[-1]
    denied = [r for r in reports if r.state in _REVERSE and r.factuality is Factuality.DENIED]
    return _REVERSE[denied[-1].state] if denied else None


# The strongest first; what is attacked keeps its holder.
_ATTACKED = (
    (Control.CONTESTED, (State.CONTESTED, State.ENTERED)),
    (Control.BESIEGED, (State.BESIEGED,)),
    (Control.THREATENED, (State.THREATENED,)),
)


def _military(reports: Sequence[Report], actors: Actors) -> tuple[Control, str | None] | None:
    current = [r for r in reports if r.factuality in CURRENT and r.state in WAR_STATES]
    told = {r.state for r in current}
    holder = _holder(current)
    taken = [r for r in current if r.state in TAKING_STATES]
    if taken:
        return _after_taking(taken, current, reports, actors)
    for control, states in _ATTACKED:
        if told & set(states):
            return control, holder or _against(current, *states)
    left = [r for r in current if r.state is State.WITHDRAWN and not r.is_of_region_part]
    if any(not _is_said_by_foe(r, actors) for r in left):
        return Control.VACATED, None
    coming = [r for r in reports if r.state in _HOSTILE and r.factuality is Factuality.PLANNED]
    if any(r.actor is None or r.actor != holder for r in coming):
        return Control.THREATENED, holder or _against(coming, *_HOSTILE)
    held = [r for r in current if r.state is State.HELD]
    if held:
        is_boast = all(_is_boast(r, actors) for r in held)
        return (Control.CONTESTED, None) if is_boast else (Control.HELD, holder)
    return None


# What threatens a place as soon as somebody means to do it.
_HOSTILE = (*sorted(TAKING_STATES), State.ENTERED)


def _after_taking(
    taken: Sequence[Report], current: Sequence[Report], reports: Sequence[Report], actors: Actors
) -> tuple[Control, str | None]:
    """Taken: held when the text or the loser says so, contested when only the taker does."""
    last = taken[-1]
    taker = next((r.actor for r in reversed(taken) if r.actor), None)
    if taker is None and last.against is not None:
        return Control.VACATED, None
    asserted = [r for r in taken if r.factuality is Factuality.ASSERTED]
    denied = any(r.state in TAKING_STATES and r.factuality is Factuality.DENIED for r in reports)
    fighting = any(r.state in {State.CONTESTED, State.ENTERED} for r in current)
    withdrawn = any(
        r.state is State.WITHDRAWN and r.factuality is Factuality.ASSERTED for r in current
    )
    if denied and not asserted:
        return Control.CONTESTED, _holder(current)
    if (asserted and not denied) or withdrawn:
        return Control.HELD, taker
    if fighting:
        return Control.CONTESTED, _holder(current)
    if all(_is_own_claim(r, actors) for r in taken):
        return Control.CONTESTED, last.against
    return Control.HELD, taker


def _is_said_by_foe(report: Report, actors: Actors) -> bool:
    """Whether a side says it of another: "the enemy is fleeing" empties no town."""
    if report.factuality is not Factuality.CLAIMED or not (report.actor and report.attributed_to):
        return False
    country = report.place.rsplit(", ", 1)[-1]
    speaker = actors.side_of(report.attributed_to, country)
    return speaker is not None and speaker != actors.side_of(report.actor, country)


def _is_own_claim(report: Report, actors: Actors) -> bool:
    """Whether who took it is who says so."""
    if report.actor is None or report.attributed_to is None:
        return False
    if report.actor == report.attributed_to or _OWN.match(report.actor):
        return True
    country = report.place.rsplit(", ", 1)[-1]
    speaker = _side_in(report.attributed_to, country, actors)
    return speaker is not None and speaker == actors.side_of(report.actor, country)


# "It fighters", as a hasty desk writes it.
_OWN = re.compile(r"(?i)(?:its?|their|our|his|my) ")
_LONGEST_NAME = 4


def _side_in(phrase: str, country: str, actors: Actors) -> str | None:
    """The side of whoever a phrase means, else of the first known party in it: "IS-linked news agency"."""
    side = actors.side_of(phrase, country)
    words = re.findall(r"[\w.]+", phrase)
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            if side is not None:
                return side
            side = actors.side_of(" ".join(words[first : first + length]), country)
    return side


def _is_boast(report: Report, actors: Actors) -> bool:
    """Whether only the holder says so, and of a gain: nobody calls occupied what is his own."""
    is_epithet = report.trigger.lower().endswith("occupied")
    return _is_own_claim(report, actors) and not (is_epithet or _is_home(report, actors))


def _is_home(report: Report, actors: Actors) -> bool:
    """Whether who holds it is the government of the country: that it still does is no boast of a gain."""
    country = report.place.rsplit(", ", 1)[-1]
    home = actors.find("government", country)
    return home is not None and actors.side_of(report.actor or "", country) == actors.side(
        home, country
    )


def _holder(current: Sequence[Report]) -> str | None:
    return next((r.actor for r in reversed(current) if r.state is State.HELD and r.actor), None)


def _against(current: Sequence[Report], *states: State) -> str | None:
    return next((r.against for r in reversed(current) if r.state in states and r.against), None)
