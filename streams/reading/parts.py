"""What is told of a part (a quarter, a base, an airport) tells of its town too: that it is contested, never that it fell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from placewatch.records import Report, WatchedPlace
from placewatch.vocabulary import CURRENT, TAKING_STATES, TOLD_OF_PART, State, codes_for


_INSIDE = TAKING_STATES | {State.ENTERED, State.CONTESTED}
# Where an article tells one of these of the town itself, it tells as much of it as its part could.
_AS_STRONG = _INSIDE | {State.WITHDRAWN}


def with_towns(reports: Sequence[Report], places: Mapping[str, WatchedPlace]) -> list[Report]:
    """Return an article's reports, and for each part told to be taken, entered or fought over that its town is contested.

    The town's report has the part's actor, factuality, attribution and evidence, and names the part among its
    reasons. None is made where the article tells as much of the town itself, and none from what only the second
    opinion reads.

    Args:
        reports: what the article says.
        places: the watched places by id; only those with `part_of` are parts.
    """
    strong = {r.place_id for r in reports if r.factuality in CURRENT and r.state in _AS_STRONG}
    derived: dict[tuple[object, ...], Report] = {}
    for report in reports:
        is_inside = report.factuality in CURRENT and report.state in _INSIDE
        if not is_inside or report.is_second_opinion:
            continue
        for town in _towns_of(report.place_id, places):
            if town.place_id not in strong:
                key = (town.place_id, report.actor, report.attributed_to, report.factuality)
                derived.setdefault(key, _contested(town, report))
    return [*reports, *derived.values()]


def _towns_of(place_id: str, places: Mapping[str, WatchedPlace]) -> Iterator[WatchedPlace]:
    """Yield what a place is part of, and what that is part of in turn; each once, whatever the entries say."""
    seen = {place_id}
    part = places.get(place_id)
    while part is not None and part.part_of is not None and part.part_of not in seen:
        seen.add(part.part_of)
        part = places.get(part.part_of)
        if part is not None:
            yield part


def _contested(town: WatchedPlace, report: Report) -> Report:
    codes = codes_for(State.CONTESTED)
    plover = "/".join(p for p in (codes.plover_event, codes.plover_mode) if p)
    return report.model_copy(
        update={
            "place_id": town.place_id,
            "place": town.place,
            "state": State.CONTESTED,
            "reasons": (*report.reasons, f"{TOLD_OF_PART}{report.place} {report.state.value}"),
            "acled": codes.acled,
            "cameo": codes.cameo,
            "plover": plover or None,
        }
    )
