"""Events as records, with the evidence that says it best: each origin once, what counted and what did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from placewatch.record_base import digest
from placewatch.records import Citation, Event, Origin
from placewatch.vocabulary import Certainty, DatePrecision, Factuality, codes_for
from streams.tracking.context import Context
from streams.tracking.credibility import weighed_as
from streams.tracking.events import Occurrence, Testimony, citation_of
from streams.tracking.once import once
from streams.tracking.policy import Policy
from streams.tracking.reasons import Counted, Joined, Move
from streams.tracking.standing import Told


Weight = tuple[Testimony, Counted]


class Cited:
    """Reports as evidence: each is put into words once, however many statuses and events show it."""

    def __init__(self, policy: Policy) -> None:
        self._sentence_chars = policy.sentence_chars
        self._known: dict[tuple[Testimony, Counted, Joined | None], Citation] = {}

    def of(self, testimony: Testimony, counted: Counted, joined: Joined | None) -> Citation:
        """Return a report as evidence: what it weighed, and why it is in its event, None where it is in none."""
        key = testimony, counted, joined
        known = self._known.get(key)
        if known is None:
            known = citation_of(testimony, counted, joined, self._sentence_chars)
            self._known[key] = known
        return known

    def forget(self, most: int) -> None:
        """Forget all where there are more than `most`: of reports that are no more."""
        if len(self._known) > most:
            self._known.clear()


class Finding:
    """An event as it was judged: what happened, how sure that is and why, what it did, who tells it.

    Its evidence and its record are made when somebody asks for them: an event is judged again with each report that
    joins it, and few of these times it is told or shown.
    """

    def __init__(
        self, told: Told, move: Move, place_id: str, place: str, context: Context, cited: Cited
    ) -> None:
        self._told = told
        self._move = move
        self._place = place
        self._place_id = place_id
        self._context = context
        self._cited = cited

    def __eq__(self, other: object) -> bool:
        """Two are equal if their records are."""
        return isinstance(other, Finding) and self.event == other.event

    __hash__ = None  # type: ignore[assignment]  # nobody asks for it

    @once
    def event_id(self) -> str:
        """The event's id."""
        return self._told.occurrence.event_id(self._place_id)

    @once
    def mark(self) -> str:
        """A digest of what is worth publishing again: how sure it is and why, what it did, who tells or denies it."""
        verdict = self._told.verdict
        return digest(
            verdict.certainty,
            str(verdict.credibility),
            verdict.grounds,
            self._move,
            *(o.origin_id for o in verdict.origins),
            *(f"{t.origin.origin_id} {counted}" for t, counted in self._evidence),
        )

    @once
    def citations(self) -> tuple[Citation, ...]:
        """The evidence."""
        occurrence = self._told.occurrence
        why: dict[int, Joined] = dict(zip(map(id, occurrence.told), occurrence.joined, strict=True))
        return tuple(
            self._cited.of(t, counted, why.get(id(t), Joined.DENIES))
            for t, counted in self._evidence
        )

    @once
    def _evidence(self) -> list[Weight]:
        told = self._told
        return _evidence(told.occurrence, told.verdict.origins, self._context.policy)

    @once
    def event(self) -> Event:
        """The record. It is assessed when its last report reached us, or later, when time settled it."""
        occurrence, verdict, context = self._told.occurrence, self._told.verdict, self._context
        names = occurrence.actor_names
        against = tuple(t.report.against for t in occurrence.told if t.report.against)
        known = context.actor(max(names, key=names.count)) if names else None
        codes = codes_for(occurrence.kind, known.kind if known else None)
        plover = "/".join(p for p in (codes.plover_event, codes.plover_mode) if p)
        return Event(
            event_id=self.event_id,
            place_id=self._place_id,
            place=self._place,
            state=occurrence.kind,
            actor=context.holder_name(occurrence.side, names),
            side=occurrence.side,
            against=min(against) if against else None,
            event_date=occurrence.day,
            date_precision=DatePrecision.DAY if occurrence.is_dated else DatePrecision.UNKNOWN,
            certainty=verdict.certainty,
            credibility=verdict.credibility,
            grounds=verdict.grounds.value,
            move=self._move.value,
            origins=verdict.origins,
            citations=self.citations,
            first_reported_at=occurrence.first_reported_at,
            last_reported_at=occurrence.last_reported_at,
            assessed_at=_assessed_at(self._told),
            acled=codes.acled,
            cameo=codes.cameo,
            plover=plover or None,
        ).lean()


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


def set_aside(dropped: Iterable[Weight], cited: Cited, most: int) -> tuple[Citation, ...]:
    """Return the newest of the reports that belong to no event, one for each origin and reason, at most so many."""
    newest: dict[tuple[str, Counted], Testimony] = {}
    for testimony, counted in sorted(dropped, key=_newness, reverse=True):
        if len(newest) >= most:
            break
        newest.setdefault((testimony.origin.origin_id, counted), testimony)
    return tuple(cited.of(t, counted, None) for (_, counted), t in newest.items())


def _newness(weight: Weight) -> tuple[float, tuple[int, float, str, int]]:
    return weight[0].newness


def _evidence(occurrence: Occurrence, origins: Sequence[Origin], policy: Policy) -> list[Weight]:
    """Return the evidence: one report an origin, the most reliable first; what did not count; then the denials.

    Who both tells and denies it stands with each.
    """
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
    return kept + denials[-(most // 2) :]
