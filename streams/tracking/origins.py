"""Who a report really comes from: ten copies of one wire story are one origin, and so are three outlets quoting one monitor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from placewatch.names import fold_name
from placewatch.records import Origin, Reading, Report
from placewatch.sources import Source
from placewatch.vocabulary import Reliability, State
from streams.tracking.context import Context


@dataclass(frozen=True, slots=True)
class Attributed:
    """Whose word a report is.

    Attributes:
        origin: who it comes from.
        is_own_voice: whether the outlet says it itself.
        is_copy: whether the text is a copy of an earlier one that said the same.
        is_opinion: whether it is put in the mouth of somebody who saw nothing ("analysts").
    """

    origin: Origin
    is_own_voice: bool
    is_copy: bool = False
    is_opinion: bool = False


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
    copied_from = _copies(telling, context.policy.wire_containment)
    found: dict[tuple[str, int], Attributed] = {}
    by_state: dict[tuple[str, State], Origin] = {}
    for reading in telling:
        outlet = outlet_of(reading, context)
        model = copied_from.get(reading.article_id)
        for index, report in enumerate(reading.reports):
            cited = cited_origin(report.attributed_to, context)
            copied = by_state.get((model, report.state)) if model and cited is None else None
            origin = copied or cited or outlet
            by_state.setdefault((reading.article_id, report.state), origin)
            found[reading.article_id, index] = Attributed(
                origin=origin,
                is_own_voice=copied is None and _is_own_voice(report),
                is_copy=copied is not None,
                is_opinion=cited is None and _saw_nothing(report.attributed_to, context),
            )
    return found


def _saw_nothing(voice: str | None, context: Context) -> bool:
    words = fold_name(voice or "").split()
    return any(word in context.policy.voices_that_saw_nothing for word in words)


def _is_own_voice(report: Report) -> bool:
    return report.attributed_to is None and report.factuality.value == "asserted"


def _copies(readings: Iterable[Reading], containment: float) -> dict[str, str]:
    """Return, for each text largely contained in an earlier one of another outlet, the earliest such text's id.

    An inverted index over shingles: the cost is that of the shingles, not of all pairs.
    """
    first_with: dict[int, list[int]] = {}
    order: list[Reading] = []
    models: dict[str, Reading] = {}
    for reading in readings:
        shingles = set(reading.shingles)
        shared = Counter(i for s in shingles for i in first_with.get(s, ()))
        alike = (order[i] for i in sorted(shared) if shared[i] >= containment * len(shingles))
        for earlier in alike:
            model = models.get(earlier.article_id, earlier)
            if model.source_id != reading.source_id:
                models[reading.article_id] = model
                break
        for shingle in shingles:
            holders = first_with.setdefault(shingle, [])
            if len(holders) < _MOST_HOLDERS:
                holders.append(len(order))
        order.append(reading)
    return {article_id: model.article_id for article_id, model in models.items()}


# A shingle in this many texts is boilerplate; following it further costs time and finds nothing new.
_MOST_HOLDERS = 12
