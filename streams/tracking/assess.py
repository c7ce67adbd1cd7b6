"""What holds at a place: a pure function of the set of readings, of what is taken as given, and of `now`.

The story: the newest revision of each article; each report's origin; reports grouped into events; events put in
the order of their own dates; each judged and applied, from what was given, through the transition table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from placewatch.records import Assertion, Event, Reading, Status
from placewatch.vocabulary import (
    Certainty,
)
from streams.tracking.context import Context
from streams.tracking.course import JUST, lapsed, lapses_at
from streams.tracking.describing import status_of
from streams.tracking.events import (
    Occurrence,
    Testimony,
    newest_revisions,
)
from streams.tracking.evidence import Finding
from streams.tracking.reasons import Counted, Move
from streams.tracking.standing import Standing, Told
from streams.tracking.workings import Workings


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one event or of a report that is in none.

    Attributes:
        reason: a word of `Move` for events, of `Counted` for reports.
        event_id: the event, or None for a report.
        article_ids: the articles that tell or deny the event, or that of the report.
    """

    reason: Move | Counted
    event_id: str | None = None
    article_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """A place at one moment.

    Attributes:
        status: what holds.
        findings: all events, oldest first.
        moves: what each event did.
        dropped: each report outside events, with its reason.
        mover: the event that brought the status about, or None where it was given.
        wakes_at: when time alone may change the status next, or None.
        occurrences: what the events were made from.
    """

    status: Status
    findings: tuple[Finding, ...]
    moves: tuple[Move, ...]
    mover: Finding | None
    wakes_at: datetime | None
    dropped: tuple[tuple[Testimony, Counted], ...] = field(compare=False)
    occurrences: tuple[Occurrence, ...] = field(compare=False)

    @property
    def events(self) -> tuple[Event, ...]:
        """The records of all events, oldest first."""
        return tuple(finding.event for finding in self.findings)

    @property
    def moved_by(self) -> Event | None:
        """The record of the event that brought the status about, or None where it was given."""
        return self.mover.event if self.mover is not None else None

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What each event and each report outside events did, with its reason."""
        of_events = (
            Decision(reason=m, event_id=f.event_id, article_ids=o.article_ids)
            for m, f, o in zip(self.moves, self.findings, self.occurrences, strict=True)
        )
        of_reports = (
            Decision(reason=c, article_ids=(t.reading.article_id,)) for t, c in self.dropped
        )
        return (*of_events, *of_reports)


def assess(
    readings: Collection[Reading],
    assertions: Collection[Assertion],
    context: Context,
    now: datetime,
    *,
    place_id: str,
    place: str,
) -> Assessment:
    """Return what holds at a place at `now`, from everything said of it.

    Order and repetition in `readings` and `assertions` make no difference.
    """
    workings = Workings(context.knowing(assertions))
    workings.take(newest_revisions(readings))
    return assess_by(workings, assertions, now, place_id=place_id, place=place)


def assess_by(
    workings: Workings,
    assertions: Collection[Assertion],
    now: datetime,
    *,
    place_id: str,
    place: str,
) -> Assessment:
    """Return what holds at a place at `now`, from the events that were worked out of its readings."""
    context, course = workings.context, workings.course
    base = base_of(assertions)
    course.run(workings, base, now, place_id, place)
    folded, findings, standing = course.folded, course.findings, course.standing
    turns = [lapses_at(standing, folded, context), _settles_at(standing, folded, context)]
    standing = _settled(lapsed(standing, folded, context, now), folded, context, now)
    status, moved_by = status_of(standing, base, folded, findings, workings, now, place_id, place)
    turns += [_stales_at(status, context), *(t.settles_at for t in folded)]
    return Assessment(
        status=status,
        findings=tuple(findings),
        moves=tuple(course.moves),
        dropped=tuple(workings.dropped()),
        mover=moved_by,
        wakes_at=min((t for t in turns if t is not None and t > now), default=None),
        occurrences=tuple(workings.occurrences),
    )


def base_of(assertions: Iterable[Assertion]) -> Assertion | None:
    """Return what is given: the newest assertion not revoked; of one moment, an analyst's before the ledger's."""
    kinds = ("baseline", "ledger", "analyst")
    in_force = [a for a in assertions if not a.is_revoked]
    return max(in_force, key=lambda a: (a.as_of, kinds.index(a.kind), a.assertion_id), default=None)


def _settles_at(standing: Standing, folded: Sequence[Told], context: Context) -> datetime | None:
    """Return when a taking that a departure bore out is settled, or None where none is or it is opposed since."""
    if standing.certainty is not Certainty.CONFIRMED or standing.borne_out_by is None:
        return None
    behind = [folded[i] for i in (standing.moved_by, standing.borne_out_by) if i is not None]
    since = max(t.verdict.confirmed_at or t.occurrence.first_reported_at for t in behind)
    is_opposed = any(d.reading.published_at >= since for t in behind for d in t.occurrence.denials)
    return None if is_opposed else since + timedelta(hours=context.policy.settled_after_h)


def _settled(
    standing: Standing, folded: Sequence[Told], context: Context, now: datetime
) -> Standing:
    """A taking that a departure bore out settles like what one event confirms: unopposed for as long."""
    settles_at = _settles_at(standing, folded, context)
    if settles_at is None or now < settles_at:
        return standing
    return replace(standing, certainty=Certainty.SETTLED)


def _stales_at(status: Status, context: Context) -> datetime | None:
    """Return when a status that nobody has confirmed is stale, or None where nobody ever did."""
    if status.last_confirmed_at is None:
        return None
    return status.last_confirmed_at + timedelta(days=context.policy.stale_after_days) + JUST
