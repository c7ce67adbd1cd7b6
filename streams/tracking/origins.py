"""Who a report really comes from: ten copies of one wire story are one origin, and so are three outlets quoting one monitor."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from placewatch.names import fold_name
from placewatch.records import Origin, Reading, Report
from placewatch.sources import Source
from placewatch.vocabulary import TAKING_STATES, Factuality, Reliability, State
from streams.tracking.context import Context
from streams.tracking.policy import Policy


@dataclass(frozen=True, slots=True)
class Attributed:
    """Whose word a report is.

    Attributes:
        origin: who it comes from.
        is_own_voice: whether the outlet says it itself.
        is_copy: whether the text is a copy of an earlier one that said the same.
        is_opinion: whether it is put in the mouth of somebody who saw nothing ("analysts").
        outlet: the outlet that carries it, whoever it comes from.
        voice: who is quoted without being known, in lower case; None where many may be meant ("residents").
    """

    origin: Origin
    is_own_voice: bool
    is_copy: bool = False
    is_opinion: bool = False
    outlet: Origin | None = None
    voice: str | None = None


def outlet_of(reading: Reading, context: Context) -> Origin:
    """Return the origin of what an outlet says itself: its agency, else its owner, else the outlet.

    Outlets of one owner are one origin; an outlet that mostly carries an agency's copy is that agency's word.
    An unknown outlet is neutral, its reliability cannot be judged.
    """
    source = context.sources.get(reading.source_id) or context.sources.by_domain(reading.source_id)
    if source is None:
        return Origin(origin_id=reading.source_id, name=reading.source_id)
    agency = context.sources.get(source.agency) if source.agency else None
    return _of_source(agency or source, context)


def cited_origin(name: str | None, context: Context) -> Origin | None:
    """Return the monitor, agency or party that `name` cites, or None when nobody known is meant."""
    if not name:
        return None
    source = context.sources.find(name)
    if source is not None:
        return _of_source(source, context)
    actor = context.actor(name)
    if actor is None:
        return None
    return Origin(
        origin_id=f"party:{actor.actor_id}",
        name=actor.name,
        side=context.actors.side(actor, context.country),
        reliability=Reliability.F,
    )


def _of_source(source: Source, context: Context) -> Origin:
    has_owner = source.owner and source.owner not in context.policy.owners_that_name_nobody
    owner = fold_name(source.owner) if has_owner and source.owner else ""
    return Origin(
        origin_id=f"owner:{owner}" if owner else source.source_id,
        name=source.name,
        side=context.actors.side_within(source.side, context.country) if source.side else None,
        reliability=source.reliability,
    )


def origins_of(
    readings: Sequence[Reading], context: Context
) -> Mapping[tuple[str, int], Attributed]:
    """Return the origin of each report, by article id and place in its reading.

    `readings` are in the order of their publication: the earlier text is the one that others copied. A copy
    says what it says (it may carry a new lead), but for the states its model told as well it is no new origin.
    """
    telling = [reading for reading in readings if reading.reports]
    copied_from = _copies(telling, context.policy)
    found: dict[tuple[str, int], Attributed] = {}
    told: dict[str, list[tuple[Report, Origin]]] = {}
    for reading in telling:
        outlet = outlet_of(reading, context)
        of_model = told.get(copied_from.get(reading.article_id, ""), [])
        for index, report in enumerate(reading.reports):
            cited = cited_origin(report.attributed_to, context)
            copied = None if cited else _told_by_model(report, of_model, context)
            origin = copied or cited or outlet
            told.setdefault(reading.article_id, []).append((report, origin))
            found[reading.article_id, index] = Attributed(
                origin=origin,
                is_own_voice=copied is None and _is_own_voice(report),
                is_copy=copied is not None,
                is_opinion=cited is None and _saw_nothing(report.attributed_to, context),
                outlet=outlet,
                voice=None if cited or copied else _voice(report.attributed_to, context),
            )
    return found


def _told_by_model(
    report: Report, of_model: Iterable[tuple[Report, Origin]], context: Context
) -> Origin | None:
    """Return whose word a copy's report is: that of the model, where it said the same; else it is a new lead."""
    side = context.side(report.actor)
    for told, origin in of_model:
        is_denial = Factuality.DENIED in {told.factuality, report.factuality}
        if _kind(told) is not _kind(report) or (is_denial and told.factuality != report.factuality):
            continue
        if side is None or context.side(told.actor) in {None, side}:
            return origin
    return None


def _kind(report: Report) -> State:
    return State.CAPTURED if report.state in TAKING_STATES else report.state


def _voice(name: str | None, context: Context) -> str | None:
    """Return how to tell a voice nobody knows from others; unnamed officials are all one, residents never are."""
    words = [w for w in fold_name(name or "").split() if w not in _SMALL_WORDS]
    policy = context.policy
    if not words or any(word in policy.voices_of_many for word in words):
        return None
    officials = [word for word in words if word in policy.unnamed_voices]
    return officials[-1].removesuffix("s") if officials else " ".join(words)


_SMALL_WORDS = frozenset({"a", "an", "the", "one", "two", "some", "several", "its", "his", "their"})


def _saw_nothing(voice: str | None, context: Context) -> bool:
    words = fold_name(voice or "").split()
    return any(word in context.policy.voices_that_saw_nothing for word in words)


def _is_own_voice(report: Report) -> bool:
    return report.attributed_to is None and report.factuality.value == "asserted"


def _copies(readings: Iterable[Reading], policy: Policy) -> dict[str, str]:
    """Return, for each text largely contained in an earlier one of another outlet, the earliest such text's id.

    An inverted index over shingles: the cost is that of the shingles, not of all pairs.
    """
    first_with: dict[int, list[int]] = {}
    order: list[Reading] = []
    models: dict[str, Reading] = {}
    for reading in readings:
        own = frozenset(reading.shingles)
        shared = Counter(i for s in own for i in first_with.get(s, ()))
        alike = (order[i] for i in sorted(shared) if is_copied(own, order[i].shingles, policy))
        for earlier in alike:
            model = models.get(earlier.article_id, earlier)
            if model.source_id != reading.source_id:
                models[reading.article_id] = model
                break
        for shingle in own:
            holders = first_with.setdefault(shingle, [])
            if len(holders) < _MOST_HOLDERS:
                holders.append(len(order))
        order.append(reading)
    return {article_id: model.article_id for article_id, model in models.items()}


def is_copied(later: Collection[int], earlier: Collection[int], policy: Policy) -> bool:
    """Return whether enough of a text stands in an earlier one, or the earlier one whole in it, by their shingles.

    One in eight is kept of a text's shingles, so a few that two short items share are chance, unless they share
    all. Of a long text only the smallest are kept (`SHINGLES_KEPT`): what lies above them cannot be compared.
    """
    first, second = frozenset(later), frozenset(earlier)
    if first == second:
        return len(first) >= _LEAST_OF_EQUALS
    shared = len(first & second)
    if shared < policy.wire_shared_least:
        return False
    top = min(_top(first), _top(second))
    smaller = min(sum(s <= top for s in first), sum(s <= top for s in second))
    return shared >= policy.wire_containment * smaller


def _top(shingles: Collection[int]) -> float:
    return max(shingles) if len(shingles) >= SHINGLES_KEPT else math.inf


# Texts share hashes that are picked by value, so the smallest of each compare like a sample of all.
SHINGLES_KEPT = 64
# Two kept shingles stand for some sixteen words in a row.
_LEAST_OF_EQUALS = 2
# A shingle in this many texts is boilerplate; following it further costs time and finds nothing new.
_MOST_HOLDERS = 12
