"""Events as records, with the evidence that says it best: each origin once, what counted and what did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from placewatch.records import Citation, Event, Origin, digest
from placewatch.vocabulary import Certainty, DatePrecision, Factuality, codes_for
from streams.tracking.context import Context
from streams.tracking.credibility import weighed_as
from streams.tracking.events import Occurrence, Testimony, citation_of
from streams.tracking.policy import Policy
from streams.tracking.reasons import Counted, Joined, Move
from streams.tracking.standing import Told


def event_of(told: Told, move: Move, place_id: str, place: str, context: Context) -> Event:
    """Return an event as a record: what happened, how sure that is and why, what it did, who tells it.

    It is assessed when its last report reached us, or later, when time settled it.
    """
    occurrence, verdict = told.occurrence, told.verdict
    names = occurrence.actor_names
    actor = context.holder_name(occurrence.side, names)
    against = tuple(t.report.against for t in occurrence.told if t.report.against)
    known = context.actor(max(names, key=names.count)) if names else None
    codes = codes_for(occurrence.kind, known.kind if known else None)
    plover = "/".join(p for p in (codes.plover_event, codes.plover_mode) if p)
    return Event(
        event_id=occurrence.event_id(place_id),
        place_id=place_id,
        place=place,
        state=occurrence.kind,
        actor=actor,
        side=occurrence.side,
        against=min(against) if against else None,
        event_date=occurrence.day,
        date_precision=DatePrecision.DAY if occurrence.is_dated else DatePrecision.UNKNOWN,
        certainty=verdict.certainty,
        credibility=verdict.credibility,
        grounds=verdict.grounds.value,
        move=move.value,
        origins=verdict.origins,
        citations=_citations(occurrence, verdict.origins, context.policy),
        first_reported_at=occurrence.first_reported_at,
        last_reported_at=occurrence.last_reported_at,
        assessed_at=_assessed_at(told),
        acled=codes.acled,
        cameo=codes.cameo,
        plover=plover or None,
    )


def _assessed_at(told: Told) -> datetime:
    learned_at = told.occurrence.last_learned_at
    if told.verdict.certainty is not Certainty.SETTLED or told.settles_at is None:
        return learned_at
    return max(learned_at, told.settles_at)


def leading(citations: Sequence[Citation], most: int) -> tuple[Citation, ...]:
    """Return the evidence to show first: what counted, a denial always among it."""
    counted = [c for c in citations if c.is_evidence_for]
    denials = [c for c in citations if c.has_counted and not c.is_evidence_for][-1:]
    return (*counted[: most - len(denials)], *denials)


def set_aside(dropped: Sequence[tuple[Testimony, Counted]], policy: Policy) -> tuple[Citation, ...]:
    """Return the newest of the reports that belong to no event, one for each origin and reason."""
    newest: dict[tuple[str, Counted], Testimony] = {}
    for testimony, counted in sorted(
        dropped, key=lambda d: (d[0].order[1], d[0].order), reverse=True
    ):
        newest.setdefault((testimony.origin.origin_id, counted), testimony)
    return tuple(
        citation_of(testimony, counted, None, policy.sentence_chars)
        for (_, counted), testimony in list(newest.items())[: policy.set_aside_kept]
    )


def mark_of(event: Event) -> str:
    """Return a digest of what is worth publishing again: how sure it is and why, what it did, who tells or denies it."""
    return digest(
        event.certainty,
        event.credibility,
        event.grounds or "",
        event.move or "",
        *(o.origin_id for o in event.origins),
        *(f"{c.origin.origin_id} {c.counted}" for c in event.citations),
    )


def _citations(
    occurrence: Occurrence, origins: Sequence[Origin], policy: Policy
) -> tuple[Citation, ...]:
    """Return the evidence: one report an origin, the most reliable first; what did not count; then the denials.

    Who both tells and denies it stands with each.
    """
    why: dict[int, Joined] = dict(zip(map(id, occurrence.told), occurrence.joined, strict=True))
    rank_of = {origin.origin_id: i for i, origin in enumerate(origins)}
    best: dict[tuple[str, bool], tuple[Testimony, Counted]] = {}
    for testimony, counted in sorted(
        weighed_as(occurrence),
        key=lambda w: (not w[1].is_counted, w[0].attributed.is_copy, w[0].order),
    ):
        is_denial = testimony.report.factuality is Factuality.DENIED
        best.setdefault((testimony.origin.origin_id, is_denial), (testimony, counted))
    told = [w for (_, is_denial), w in best.items() if not is_denial]
    told.sort(key=lambda w: rank_of.get(w[0].origin.origin_id, len(origins)))
    denials = [w for (_, is_denial), w in best.items() if is_denial]
    most = policy.event_citations_kept
    kept = told[: most - min(len(denials), most // 2)]
    return tuple(
        citation_of(t, counted, why.get(id(t), Joined.DENIES), policy.sentence_chars)
        for t, counted in kept + denials[-(most // 2) :]
    )
