"""What holds at a place: a pure function of the set of readings, of what is taken as given, and of `now`.

The story: the newest revision of each article; each report's origin; reports grouped into events; events put in
the order of their own dates; each judged and applied, from what was given, through the transition table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from placewatch.records import Assertion, Event, Reading, Status
from placewatch.vocabulary import (
    WAR_CONTROLS,
    Certainty,
    Control,
    State,
)
from streams.tracking.context import Context
from streams.tracking.credibility import judge
from streams.tracking.describing import status_of
from streams.tracking.events import (
    PRESSING,
    Occurrence,
    Testimony,
    is_of_another,
    newest_revisions,
)
from streams.tracking.evidence import Finding
from streams.tracking.reasons import Counted, Move
from streams.tracking.standing import SURE, Standing, Told, calm
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
    context = workings.context
    base = base_of(assertions)
    standing = _given(base, context)
    folded: list[Told] = []
    moves: list[Move] = []
    for index, occurrence in enumerate(workings.occurrences):
        if standing.control is Control.THREATENED:
            standing = _lapsed(standing, folded, context, occurrence.begins_at)
        pressed_on = None
        if occurrence.kind is State.HELD:
            pressed_on = _pressed_on(occurrence, workings.occurrences)
        told = workings.told(index, standing.holder, pressed_on, now)
        if base is not None and _is_before(occurrence, base, context):
            moves.append(Move.OLD_NEWS)
        else:
            move, standing = workings.applied(standing, told)
            moves.append(move)
        folded.append(told)
    turns = [_lapses_at(standing, folded, context), _settles_at(standing, folded, context)]
    standing = _settled(_lapsed(standing, folded, context, now), folded, context, now)
    findings = tuple(
        workings.found(t, m, place_id, place) for t, m in zip(folded, moves, strict=True)
    )
    status, moved_by = status_of(standing, base, folded, findings, workings, now, place_id, place)
    turns += [_stales_at(status, context), *(t.settles_at for t in folded)]
    return Assessment(
        status=status,
        findings=findings,
        moves=tuple(moves),
        dropped=tuple(workings.dropped()),
        mover=moved_by,
        wakes_at=min((t for t in turns if t is not None and t > now), default=None),
        occurrences=tuple(workings.occurrences),
    )


def _pressed_on(held: Occurrence, occurrences: Iterable[Occurrence]) -> date | None:
    """Return the last date on which others were told to fight for a place that somebody is said to hold, or None.

    Possession is told for weeks: what is told of meanwhile may have begun after it.
    """
    days = [
        o.last_day
        for o in occurrences
        if o.kind in PRESSING and o.day <= held.last_day and _presses(o, held.side)
    ]
    return max(days, default=None)


def _presses(occurrence: Occurrence, holder: str | None) -> bool:
    """Whether others press the side that holds a place."""
    if occurrence.side is None:
        return not is_of_another(occurrence, holder)
    return occurrence.side != holder


def base_of(assertions: Iterable[Assertion]) -> Assertion | None:
    """Return what is given: the newest assertion not revoked; of one moment, an analyst's before the ledger's."""
    kinds = ("baseline", "ledger", "analyst")
    in_force = [a for a in assertions if not a.is_revoked]
    return max(in_force, key=lambda a: (a.as_of, kinds.index(a.kind), a.assertion_id), default=None)


def _given(base: Assertion | None, context: Context) -> Standing:
    if base is None:
        return Standing()
    if base.control not in WAR_CONTROLS:
        civil = Standing(control=base.control, certainty=base.certainty)
        held = Control.HELD if base.holder else Control.UNKNOWN
        return Standing(
            control=held,
            holder=context.side(base.holder),
            certainty=base.certainty,
            is_firm=base.certainty in SURE,
            civil=civil,
        )
    since = (base.since or base.as_of).date() if base.kind != "baseline" else None
    is_fought = base.control is Control.CONTESTED
    return Standing(
        control=base.control,
        holder=context.side(base.holder),
        opponent=context.side(base.opponent),
        certainty=base.certainty,
        is_firm=base.certainty in SURE,
        since=since,
        last_fight=base.as_of.date() if is_fought else None,
        reason=Move.SET_BY_ANALYST if base.kind == "analyst" else Move.ASSERTED,
    )


def _is_before(occurrence: Occurrence, base: Assertion, context: Context) -> bool:
    """Whether what is given knew of this event already: it is older, or nothing new was learned of it since.

    Over what was known when they spoke an analyst's word stands, until what is told afterwards would confirm it alone.
    """
    if base.kind == "baseline":
        return occurrence.day < base.as_of.date()
    given_since = (base.since or base.as_of).date()
    if occurrence.last_learned_at <= base.as_of or occurrence.day < given_since:
        return True
    if base.kind != "analyst" or occurrence.first_reported_at > base.as_of:
        return False
    later = [t for t in occurrence.told if t.reading.told_at > base.as_of]
    if not later:
        return True
    since = replace(occurrence, told=later)
    return not judge(since, context.side(base.holder), context).verdict.is_firm


def _lapses_at(standing: Standing, folded: Sequence[Told], context: Context) -> datetime | None:
    """Return when a threat that nobody mentions any more no longer describes the place, or None where none does."""
    if standing.control is not Control.THREATENED or standing.moved_by is None:
        return None
    told = [folded[i].occurrence for i in (standing.moved_by, *standing.supported_by)]
    last = max(o.last_reported_at for o in told)
    return last + timedelta(days=context.policy.threat_lapses_days) + _JUST


def _lapsed(
    standing: Standing, folded: Sequence[Told], context: Context, now: datetime
) -> Standing:
    """A threat nobody mentions any more no longer describes the place."""
    lapses_at = _lapses_at(standing, folded, context)
    if lapses_at is None or now < lapses_at:
        return standing
    return replace(
        standing,
        control=calm(standing),
        opponent=None,
        certainty=standing.calm_certainty or standing.certainty,
        lapsed_on=lapses_at.date(),
        reason=Move.THREAT_LAPSED,
    )


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
    return status.last_confirmed_at + timedelta(days=context.policy.stale_after_days) + _JUST


# "More than so many days" is from the first moment after them on.
_JUST = timedelta(microseconds=1)
