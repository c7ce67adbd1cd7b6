"""From reports to events: one occurrence told by one or more reports, whoever told it and in whatever order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from placewatch.record_base import digest
from placewatch.records import Citation, Origin, Reading, Report
from placewatch.vocabulary import Factuality, State
from streams.tracking.once import once
from streams.tracking.origins import Attributed
from streams.tracking.policy import Policy
from streams.tracking.reasons import Counted, Joined


PRESSING = frozenset({State.ENTERED, State.CONTESTED, State.BESIEGED, State.THREATENED})
ONGOING = PRESSING | {State.HELD}


# Not frozen, which would make it thrice as slow to make: they are made at each reading.
@dataclass(slots=True, eq=False)
class Testimony:
    """One report with what deciding needs to know of it. Two are equal only if they are the same object.

    Attributes:
        reading: the reading it is from.
        report: the report.
        attributed: its origin.
        kind: the state it tells, captured and recaptured being one, plans being threats.
        side: the side that acts, or None.
        against: the side acted against, or None.
        day: its event date, or the day it was published.
        is_dated: whether the text gives the date.
        index: which report of the reading it is, from 0.
        dropped: why it belongs to no event, or None where it may.
        order: a total order that does not depend on arrival: day, moment of publication, article, report.
        newness: a total order by the moment of publication.
        origin: who it comes from.
    """

    reading: Reading
    report: Report
    attributed: Attributed
    kind: State
    side: str | None
    against: str | None
    day: date
    is_dated: bool
    index: int
    dropped: Counted | None
    order: tuple[int, float, str, int] = field(init=False)
    newness: tuple[float, tuple[int, float, str, int]] = field(init=False)
    origin: Origin = field(init=False)

    def __post_init__(self) -> None:
        """Set what is asked for often."""
        reading = self.reading
        published = reading.published_at.timestamp()
        order = (self.day.toordinal(), published, reading.article_id, self.index)
        self.order = order
        self.newness = (published, order)
        self.origin = self.attributed.origin


@dataclass(eq=False)
class Occurrence:
    """Reports of one event, before it is judged; they are added in the order of their own dates.

    What is worked out of all its reports is remembered: it is asked for once it has them all.

    Attributes:
        kind: what happened.
        side: which side did it, or None.
        told: the reports that say so, in the order of their own dates.
        denials: the reports that say it is not so.
        joined: why each of `told` is in it, in the same order.
        nth: how many like it (kind, side, day) were reported before it: a town may be taken twice in a day.
        day: the date of the event: the earliest that is told.
        last_day: the latest date on which it is told to go on.
    """

    kind: State
    side: str | None
    told: list[Testimony] = field(default_factory=list)
    denials: list[Testimony] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    nth: int = 0
    day: date = field(init=False)
    last_day: date = field(init=False)

    def __post_init__(self) -> None:
        """Set the days where there are reports already."""
        if self.told:
            self.day, self.last_day = self.told[0].day, self.told[-1].day

    def copied(self) -> Occurrence:
        """Return an event of the same reports that more may be added to."""
        return Occurrence(self.kind, self.side, [*self.told], joined=[*self.joined])

    def again(self, nth: int, denials: list[Testimony]) -> Occurrence:
        """Return an event of the same reports with its number and what denies it."""
        return Occurrence(self.kind, self.side, self.told, denials, self.joined, nth)

    def add(self, testimony: Testimony, joined: Joined) -> None:
        """Take in a report that tells it, with the reason why it is one of this event."""
        if not self.told:
            self.day = testimony.day
        self.last_day = testimony.day
        self.told.append(testimony)
        self.joined.append(joined)

    @property
    def key(self) -> tuple[object, ...]:
        """What it consists of: two events with the same key are judged alike."""
        told, denials = tuple(self.told), tuple(self.denials)
        return (self.kind, self.side, self.nth, told, denials, tuple(self.joined))

    @once
    def begins_at(self) -> datetime:
        """The first moment of its date."""
        return datetime.combine(self.day, time(), tzinfo=UTC)

    @once
    def first_reported_at(self) -> datetime:
        """When it was first published."""
        return min(t.reading.published_at for t in self.told)

    @once
    def last_reported_at(self) -> datetime:
        """When it was last published."""
        return max(t.reading.published_at for t in self.told)

    @once
    def last_learned_at(self) -> datetime:
        """When the last report of it, or of its denial, reached us."""
        return max(t.reading.fetched_at for t in (*self.told, *self.denials))

    @once
    def is_dated(self) -> bool:
        """Whether any report gives the date."""
        return any(t.is_dated for t in self.told)

    @once
    def against(self) -> frozenset[str]:
        """The sides it is told to be against."""
        return frozenset(t.against for t in self.told if t.against)

    @once
    def actor_names(self) -> tuple[str, ...]:
        """Who acts, as the reports call them, in their own order."""
        return tuple(t.report.actor for t in self.told if t.report.actor)

    @once
    def current(self) -> list[Testimony]:
        """The reports that were not taken back: those whose origin has not itself denied them later."""
        return _current(self)

    @once
    def standing(self) -> list[Testimony]:
        """The current reports, but for an outlet's own bold words where the same article puts them in another's mouth."""
        attributed = {
            t.reading.article_id
            for t in self.current
            if t.report.factuality is Factuality.CLAIMED or t.report.attributed_to
        }
        return [
            t
            for t in self.current
            if not (t.attributed.is_own_voice and t.reading.article_id in attributed)
        ]

    @once
    def article_ids(self) -> tuple[str, ...]:
        """The articles that tell or deny it, sorted."""
        return tuple(sorted({t.reading.article_id for t in (*self.told, *self.denials)}))

    def event_id(self, place_id: str) -> str:
        """Return the event's id: it depends on what happened, not on who told it or in which order."""
        again = (str(self.nth),) if self.nth else ()
        return digest(place_id, self.kind.value, self.side or "", self.day.isoformat(), *again)


def is_of_another(occurrence: Occurrence, holder: str | None) -> bool:
    """Return whether what nobody named does is told to be done to others than the holder alone: who presses, say, means to leave."""
    return bool(occurrence.against) and holder not in occurrence.against


def newest_revisions(readings: Iterable[Reading]) -> dict[str, Reading]:
    """Return the newest revision of each article, by its id."""
    newest: dict[str, Reading] = {}
    for reading in readings:
        kept = newest.get(reading.article_id)
        if kept is None or (reading.version, reading.to_json()) > (kept.version, kept.to_json()):
            newest[reading.article_id] = reading
    return newest


def _current(occurrence: Occurrence) -> list[Testimony]:
    if not occurrence.denials:
        return occurrence.told
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


def without_second_opinion(occurrence: Occurrence, policy: Policy) -> Occurrence | None:
    """Return an event as the rules alone read it, None where what the second opinion adds may count.

    It may where it adds nothing, or where enough origins are found to say so by it.
    """
    added = [t for t in occurrence.told if t.report.reasons and t.report.is_second_opinion]
    origins = {t.origin.origin_id for t in added}
    if not added or len(origins) >= policy.second_opinion_origins:
        return None
    by_rules = Occurrence(occurrence.kind, occurrence.side, denials=occurrence.denials)
    for testimony, joined in zip(occurrence.told, occurrence.joined, strict=True):
        if not testimony.report.is_second_opinion:
            by_rules.add(testimony, joined)
    return by_rules


def citation_of(
    testimony: Testimony, counted: Counted, joined: Joined | None, sentence_chars: int
) -> Citation:
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
        joined=joined.value if joined else None,
    ).lean()
