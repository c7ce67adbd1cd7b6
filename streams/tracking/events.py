"""From reports to events: one occurrence told by one or more reports, whoever told it and in whatever order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from placewatch.records import Citation, Origin, Reading, Report, digest
from placewatch.vocabulary import (
    TAKING_STATES,
    DatePrecision,
    Factuality,
    State,
)
from streams.tracking.context import Context
from streams.tracking.origins import Attributed, origins_of
from streams.tracking.reasons import Counted


ONGOING = frozenset({State.ENTERED, State.CONTESTED, State.BESIEGED, State.THREATENED, State.HELD})
_BREAKS = frozenset({State.CAPTURED, State.WITHDRAWN})
# Who denies the first denies, by what it means, the others told of the same side.
_DENIAL_REACHES = {
    State.CAPTURED: frozenset({State.CAPTURED}),
    State.ENTERED: frozenset({State.ENTERED, State.CONTESTED, State.CAPTURED}),
    State.CONTESTED: frozenset({State.CONTESTED}),
}


@dataclass(frozen=True, slots=True)
class Testimony:
    """One report with what deciding needs to know of it.

    Attributes:
        reading: the reading it is from.
        report: the report.
        attributed: its origin.
        kind: the state it tells, captured and recaptured being one, plans being threats.
        side: the side that acts, or None.
        against: the side acted against, or None.
        day: its event date, or the day it was published.
        is_dated: whether the text gives the date.
    """

    reading: Reading
    report: Report
    attributed: Attributed
    kind: State
    side: str | None
    against: str | None
    day: date
    is_dated: bool

    @property
    def origin(self) -> Origin:
        """Who it comes from."""
        return self.attributed.origin

    @property
    def order(self) -> tuple[date, datetime, str, int]:
        """A total order that does not depend on arrival."""
        return (
            self.day,
            self.reading.published_at,
            self.reading.article_id,
            self.reading.reports.index(self.report),
        )


@dataclass(slots=True)
class Occurrence:
    """Reports of one event, before it is judged.

    Attributes:
        kind: what happened.
        side: which side did it, or None.
        told: the reports that say so.
        denials: the reports that say it is not so.
    """

    kind: State
    side: str | None
    told: list[Testimony] = field(default_factory=list)
    denials: list[Testimony] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The date of the event: the earliest that is told."""
        return min(t.day for t in self.told)

    @property
    def last_day(self) -> date:
        """The latest date on which it is told to go on."""
        return max(t.day for t in self.told)

    @property
    def first_reported_at(self) -> datetime:
        """When it was first published."""
        return min(t.reading.published_at for t in self.told)

    @property
    def last_reported_at(self) -> datetime:
        """When it was last published."""
        return max(t.reading.published_at for t in self.told)

    @property
    def last_learned_at(self) -> datetime:
        """When the last report of it, or of its denial, reached us."""
        return max(t.reading.fetched_at for t in (*self.told, *self.denials))

    @property
    def is_dated(self) -> bool:
        """Whether any report gives the date."""
        return any(t.is_dated for t in self.told)

    @property
    def against(self) -> frozenset[str]:
        """The sides it is told to be against."""
        return frozenset(t.against for t in self.told if t.against)

    @property
    def actor_names(self) -> tuple[str, ...]:
        """Who acts, as the reports call them, in their own order."""
        return tuple(t.report.actor for t in self.told if t.report.actor)

    @property
    def article_ids(self) -> tuple[str, ...]:
        """The articles that tell or deny it, sorted."""
        return tuple(sorted({t.reading.article_id for t in (*self.told, *self.denials)}))

    def event_id(self, place_id: str) -> str:
        """Return the event's id: it depends on what happened, not on who told it or in which order."""
        return digest(place_id, self.kind.value, self.side or "", self.day.isoformat())


def newest_revisions(readings: Iterable[Reading]) -> list[Reading]:
    """Return the newest revision of each article in the order of publication."""
    newest: dict[str, Reading] = {}
    for reading in readings:
        kept = newest.get(reading.article_id)
        if kept is None or (reading.revision, reading.to_json()) > (
            kept.revision,
            kept.to_json(),
        ):
            newest[reading.article_id] = reading
    return sorted(newest.values(), key=lambda r: (r.published_at, r.article_id))


def occurrences_of(
    readings: Collection[Reading], context: Context
) -> tuple[list[Occurrence], list[tuple[Testimony, Counted]]]:
    """Return the events in a set of readings, and each report that belongs to none with its reason."""
    testimonies = _testimonies(newest_revisions(readings), context)
    told: list[Testimony] = []
    denials: list[Testimony] = []
    dropped: list[tuple[Testimony, Counted]] = []
    for testimony in testimonies:
        reason = _dropped_because(testimony)
        if reason is not None:
            dropped.append((testimony, reason))
        elif testimony.report.factuality is Factuality.DENIED:
            denials.append(testimony)
        else:
            told.append(testimony)
    occurrences = _grouped(told, context)
    for denial in denials:
        reached = _attach_denial(denial, occurrences, context)
        if not reached:
            dropped.append((denial, Counted.DENIAL_ALONE))
    return occurrences, dropped


def _testimonies(readings: Sequence[Reading], context: Context) -> list[Testimony]:
    origins = origins_of(readings, context)
    return sorted(
        (
            _testimony(reading, report, origins[reading.article_id, index], context)
            for reading in readings
            for index, report in enumerate(reading.reports)
        ),
        key=lambda t: t.order,
    )


def _testimony(
    reading: Reading, report: Report, attributed: Attributed, context: Context
) -> Testimony:
    published = reading.published_at.date()
    is_dated = report.event_date is not None and report.date_precision is DatePrecision.DAY
    day = min(report.event_date, published) if report.event_date is not None else published
    side, against = context.side(report.actor), context.side(report.against)
    kind = State.CAPTURED if report.state in TAKING_STATES else report.state
    if report.factuality is Factuality.PLANNED:
        day = published
        if kind is State.WITHDRAWN:  # whoever plans to leave is the one who is pressed
            side, against = against, side
        if kind in {State.CAPTURED, State.WITHDRAWN, *ONGOING} - {State.HELD}:
            kind = State.THREATENED
    return Testimony(
        reading=reading,
        report=report,
        attributed=attributed,
        kind=kind,
        side=side,
        against=against,
        day=day,
        is_dated=is_dated,
    )


def _dropped_because(testimony: Testimony) -> Counted | None:
    factuality = testimony.report.factuality
    if factuality is Factuality.HISTORICAL:
        return Counted.HISTORICAL
    if factuality is Factuality.UNCONFIRMED:
        return Counted.UNCONFIRMED
    if testimony.report.state is State.STRUCK:
        return Counted.NO_CHANGE
    if factuality is Factuality.PLANNED and testimony.kind is not State.THREATENED:
        return Counted.NO_CHANGE
    return None


def _grouped(told: list[Testimony], context: Context) -> list[Occurrence]:
    """Group reports: first those that are one moment, then those that go on, broken where the place changed hands."""
    moments = _moments([t for t in told if t.kind not in ONGOING], context)
    breaks = sorted({o.day for o in moments if o.kind in _BREAKS})
    ongoing = _ongoing([t for t in told if t.kind in ONGOING], breaks, context)
    return moments + ongoing


def _moments(told: list[Testimony], context: Context) -> list[Occurrence]:
    """Group what happens at one moment. A report without a date joins the last such event of its side: a retelling."""
    policy = context.policy
    latest: dict[tuple[State, str | None], Occurrence] = {}
    found: list[Occurrence] = []
    for testimony in told:
        side = _joined_side(testimony, latest, context)
        key = (testimony.kind, side)
        current = latest.get(key)
        window = policy.merge_days if testimony.is_dated else policy.recap_days
        is_near = current is not None and testimony.day - current.day <= timedelta(days=window)
        if current is None or not is_near or _is_taken_again(testimony, current, latest):
            current = Occurrence(kind=testimony.kind, side=side)
            latest[key] = current
            found.append(current)
        current.told.append(testimony)
    return found


def _joined_side(
    testimony: Testimony, latest: dict[tuple[State, str | None], Occurrence], context: Context
) -> str | None:
    """Return the side of a report; without an actor, that of the event of its kind it can only mean."""
    if testimony.side is not None:
        return testimony.side
    window = timedelta(days=context.policy.merge_days)
    near = [
        o.side
        for (kind, _), o in latest.items()
        if kind is testimony.kind and testimony.day - o.day <= window
    ]
    return near[0] if len(set(near)) == 1 else None


def _is_taken_again(
    testimony: Testimony,
    current: Occurrence,
    latest: dict[tuple[State, str | None], Occurrence],
) -> bool:
    """Whether a taking is a new one: the place was taken by others since, and the text says again or gives the date."""
    if testimony.kind is not State.CAPTURED:
        return False
    lost_on = max(
        (
            o.day
            for (kind, side), o in latest.items()
            if kind is State.CAPTURED and side != current.side
        ),
        default=None,
    )
    if lost_on is None or lost_on < current.day:
        return False
    if current.told[-1].day > lost_on and not testimony.is_dated:
        return False
    if testimony.is_dated:
        return testimony.day > lost_on
    return testimony.report.state is State.RECAPTURED and testimony.day >= lost_on


def _ongoing(told: list[Testimony], breaks: list[date], context: Context) -> list[Occurrence]:
    """Group what goes on: a chain of reports without a long gap and without a change of hands between them."""
    gap = timedelta(days=context.policy.merge_ongoing_days)
    chains: dict[tuple[State, str | None], list[Occurrence]] = defaultdict(list)
    for testimony in told:
        chain = chains[testimony.kind, testimony.side]
        current = chain[-1] if chain else None
        if (
            current is None
            or testimony.day - current.last_day > gap
            or any(current.day <= b < testimony.day for b in breaks)
        ):
            current = Occurrence(kind=testimony.kind, side=testimony.side)
            chain.append(current)
        current.told.append(testimony)
    return [occurrence for chain in chains.values() for occurrence in chain]


def _attach_denial(denial: Testimony, occurrences: Iterable[Occurrence], context: Context) -> bool:
    """Add a denial to the newest event that it can mean; return whether there is one."""
    window = timedelta(days=context.policy.recap_days)
    candidates = [
        o
        for o in occurrences
        if _is_denied_by(o, denial)
        and timedelta(0) <= denial.day - o.day + timedelta(days=1) <= window
    ]
    if not candidates:
        return False
    by_kind: dict[State, Occurrence] = {}
    for occurrence in sorted(candidates, key=lambda o: (o.day, o.side or "")):
        by_kind[occurrence.kind] = occurrence
    for occurrence in by_kind.values():
        occurrence.denials.append(denial)
    return True


def _is_denied_by(occurrence: Occurrence, denial: Testimony) -> bool:
    if denial.kind is State.WITHDRAWN:
        # "has not left" denies the leaving, and that the others have it
        if occurrence.kind is State.WITHDRAWN:
            return denial.side in {None, occurrence.side}
        return occurrence.kind is State.CAPTURED and denial.side not in {None, occurrence.side}
    if occurrence.kind not in _DENIAL_REACHES.get(denial.kind, {denial.kind}):
        return False
    return denial.side is None or occurrence.side is None or denial.side == occurrence.side


def current_told(occurrence: Occurrence) -> list[Testimony]:
    """Return the reports that still stand: those whose origin has not itself denied them later."""
    denied_at: dict[str, datetime] = {}
    for denial in occurrence.denials:
        at = denial.reading.published_at
        origin = denial.origin.origin_id
        denied_at[origin] = max(at, denied_at.get(origin, at))
    return [
        t
        for t in occurrence.told
        if t.origin.origin_id not in denied_at
        or t.reading.published_at > denied_at[t.origin.origin_id]
        or (
            t.reading.article_id in {d.reading.article_id for d in occurrence.denials}
            and t.attributed.is_own_voice
        )
    ]


def citation_of(testimony: Testimony, counted: Counted, sentence_chars: int) -> Citation:
    """Return the report as evidence, its sentence cut to `sentence_chars` characters."""
    reading, report = testimony.reading, testimony.report
    sentence = report.evidence.sentence
    if len(sentence) > sentence_chars:
        sentence = sentence[: sentence_chars - 1].rstrip() + "…"
    return Citation(
        article_id=reading.article_id,
        revision=reading.revision,
        source_id=reading.source_id,
        url=reading.url,
        title=reading.title,
        published_at=reading.published_at,
        origin=testimony.origin,
        state=report.state,
        factuality=report.factuality,
        actor=report.actor,
        sentence=sentence,
        counted=counted.value,
    )
