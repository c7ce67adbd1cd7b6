"""What holds at a place: a pure function of the set of readings, of what is taken as given, and of `now`.

The story: the newest revision of each article; each report's origin; reports grouped into events; events put in
the order of their own dates; each judged and applied, from what was given, through the transition table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from placewatch.records import Assertion, Event, Reading, Status
from placewatch.vocabulary import (
    WAR_CONTROLS,
    Certainty,
    Control,
)
from streams.tracking.civil import CIVIL_ENDED
from streams.tracking.context import Context
from streams.tracking.credibility import judge
from streams.tracking.events import (
    Occurrence,
    without_second_opinion,
)
from streams.tracking.evidence import event_of, leading, set_aside
from streams.tracking.grouping import occurrences_of
from streams.tracking.reasons import Counted, Grounds, Move
from streams.tracking.standing import SURE, Standing, Told, calm
from streams.tracking.transitions import apply, rank


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
        events: all events, oldest first.
        decisions: what each event and each report outside events did, with its reason.
        moved_by: the event that brought the status about, or None where it was given.
    """

    status: Status
    events: tuple[Event, ...]
    decisions: tuple[Decision, ...]
    moved_by: Event | None


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
    context = context.knowing(assertions)
    base = base_of(assertions)
    occurrences, dropped = occurrences_of(readings, context)
    occurrences.sort(key=_own_order)
    standing = _given(base, context)
    folded: list[Told] = []
    moves: list[Move] = []
    for index, occurrence in enumerate(occurrences):
        began = datetime.combine(occurrence.day, time(), tzinfo=UTC)
        standing = _lapsed(standing, folded, context, began)
        told = _told(index, occurrence, standing, context, now)
        if base is not None and _is_before(occurrence, base, context, now):
            moves.append(Move.OLD_NEWS)
        else:
            move, standing = apply(standing, told, context.policy)
            moves.append(move)
        folded.append(told)
    standing = _settled(_lapsed(standing, folded, context, now), folded, context, now)
    events = tuple(
        event_of(t, m, place_id, place, context, now) for t, m in zip(folded, moves, strict=True)
    )
    decisions = [
        Decision(reason=m, event_id=e.event_id, article_ids=t.occurrence.article_ids)
        for m, e, t in zip(moves, events, folded, strict=True)
    ]
    decisions += [Decision(reason=c, article_ids=(t.reading.article_id,)) for t, c in dropped]
    status, moved_by = _status(standing, base, folded, events, context, now, place_id, place)
    status = status.model_copy(update={"set_aside": set_aside(dropped, context.policy)})
    return Assessment(status, events, tuple(decisions), moved_by)


def _told(
    index: int, occurrence: Occurrence, standing: Standing, context: Context, now: datetime
) -> Told:
    """Return an event with its verdict and with what is known of who acts."""
    told = _weighed(index, occurrence, standing, context, now)
    by_rules = without_second_opinion(occurrence, context.policy)
    if by_rules is None:
        return told
    return replace(told, by_rules=_weighed(index, by_rules, standing, context, now))


def _weighed(
    index: int, occurrence: Occurrence, standing: Standing, context: Context, now: datetime
) -> Told:
    verdict = judge(occurrence, standing.holder, context, now)
    acting = occurrence.side or min(occurrence.against, default=None)
    return Told(
        index=index,
        occurrence=occurrence,
        verdict=verdict,
        is_outsider=not context.fights_here(occurrence.side),
        is_part_of_side=context.is_part(acting, occurrence.actor_names),
    )


def base_of(assertions: Iterable[Assertion]) -> Assertion | None:
    """Return what is given: the newest assertion not revoked; of one moment, an analyst's before the ledger's."""
    kinds = ("baseline", "ledger", "analyst")
    in_force = [a for a in assertions if not a.is_revoked]
    return max(in_force, key=lambda a: (a.as_of, kinds.index(a.kind), a.assertion_id), default=None)


def _own_order(occurrence: Occurrence) -> tuple[object, ...]:
    """Events count by their own date; of one day the more final last, but two takings as they were reported."""
    return (
        occurrence.day,
        rank(occurrence.kind),
        occurrence.first_reported_at,
        occurrence.side or "",
    )


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
            civil=civil,
        )
    since = (base.since or base.as_of).date() if base.kind != "baseline" else None
    return Standing(
        control=base.control,
        holder=context.side(base.holder),
        opponent=context.side(base.opponent),
        certainty=base.certainty,
        since=since,
        reason=Move.SET_BY_ANALYST if base.kind == "analyst" else Move.ASSERTED,
    )


def _is_before(occurrence: Occurrence, base: Assertion, context: Context, now: datetime) -> bool:
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
    return judge(since, context.side(base.holder), context, now).certainty not in SURE


def _lapsed(
    standing: Standing, folded: Sequence[Told], context: Context, now: datetime
) -> Standing:
    """A threat nobody mentions any more no longer describes the place."""
    if standing.control is not Control.THREATENED or standing.moved_by is None:
        return standing
    told = [folded[i].occurrence for i in (standing.moved_by, *standing.supported_by)]
    last = max(o.last_reported_at for o in told)
    if now - last <= timedelta(days=context.policy.threat_lapses_days):
        return standing
    return replace(
        standing,
        control=calm(standing),
        opponent=None,
        certainty=standing.calm_certainty or standing.certainty,
        lapsed_on=(last + timedelta(days=context.policy.threat_lapses_days)).date(),
        reason=Move.THREAT_LAPSED,
    )


def _settled(
    standing: Standing, folded: Sequence[Told], context: Context, now: datetime
) -> Standing:
    """A taking that a departure bore out settles like what one event confirms: unopposed for as long."""
    if standing.certainty is not Certainty.CONFIRMED or standing.borne_out_by is None:
        return standing
    behind = [folded[i] for i in (standing.moved_by, standing.borne_out_by) if i is not None]
    since = max(t.verdict.confirmed_at or t.occurrence.first_reported_at for t in behind)
    is_opposed = any(d.reading.published_at >= since for t in behind for d in t.occurrence.denials)
    if is_opposed or now - since < timedelta(hours=context.policy.settled_after_h):
        return standing
    return replace(standing, certainty=Certainty.SETTLED)


def _status(
    standing: Standing,
    base: Assertion | None,
    folded: Sequence[Told],
    events: Sequence[Event],
    context: Context,
    now: datetime,
    place_id: str,
    place: str,
) -> tuple[Status, Event | None]:
    shown = _shown(standing)
    moved_by = events[shown.moved_by] if shown.moved_by is not None else None
    support = [i for i in (shown.moved_by, *shown.supported_by) if i is not None]
    confirmed = [events[i].last_reported_at for i in support]
    given_at = (base.since or base.as_of) if base else None
    since = _moment(folded[shown.moved_by].occurrence) if shown.moved_by is not None else given_at
    last = max(
        [t for t in (*confirmed, base.as_of if base else None) if t is not None], default=None
    )
    holder, opponent = (
        _name(side, base, folded, context) for side in (standing.holder, shown.opponent)
    )
    kept = context.policy.citations_kept
    citations = [c for i in support[:1] + support[-1:] for c in leading(events[i].citations, kept)]
    return (
        Status(
            place_id=place_id,
            place=place,
            control=shown.control,
            holder=holder,
            opponent=opponent,
            certainty=shown.certainty,
            grounds=_grounds(shown, folded),
            since=since,
            last_confirmed_at=last,
            is_stale=last is not None
            and now - last > timedelta(days=context.policy.stale_after_days),
            assessed_at=now,
            reason=shown.reason.value,
            event_ids=tuple(events[i].event_id for i in support[:1]),
            considered_ids=tuple(e.event_id for e in events[-context.policy.considered_kept :]),
            citations=tuple(dict.fromkeys(citations))[:kept],
            alert_id=base.alert_id if base and not moved_by else None,
        ),
        moved_by,
    )


def _grounds(shown: Standing, folded: Sequence[Told]) -> str | None:
    """Return why the status is as sure as it is: the grounds of the first event behind it that is as sure."""
    support = [i for i in (shown.moved_by, *shown.supported_by) if i is not None]
    told = [folded[i].verdict for i in support]
    as_sure = [v for v in told if v.certainty is shown.certainty]
    if as_sure:
        return as_sure[0].grounds.value
    if shown.borne_out_by is not None:
        departure = folded[shown.borne_out_by].verdict
        return (Grounds.ADMITTED if departure.is_admitted else Grounds.INDEPENDENT).value
    if shown.certainty is Certainty.DISPUTED:
        return Grounds.DENIED.value
    return None


def _shown(standing: Standing) -> Standing:
    """Return what shows: a civil change over plain possession until the place changes hands or is pressed.

    Of one day the change of hands shows: a power cut told with a town's fall must not hide the fall. A threat
    that lapsed has changed nothing: the evacuation that was ordered before it is still in force.
    """
    civil = standing.civil
    is_pressed = standing.control not in {Control.HELD, Control.UNKNOWN}
    if civil is None or is_pressed:
        return standing
    is_lapsed = standing.reason is Move.THREAT_LAPSED
    changed_on = standing.lost_on if is_lapsed else standing.since
    is_older = civil.since is not None and changed_on is not None and civil.since <= changed_on
    if standing.control is Control.UNKNOWN or (civil.control not in CIVIL_ENDED and not is_older):
        shown = replace(civil, holder=standing.holder, opponent=standing.opponent)
        is_news = not is_lapsed or (civil.since or date.max) > (standing.lapsed_on or date.min)
        return shown if is_news else replace(shown, reason=Move.THREAT_LAPSED)
    if not is_older and civil.moved_by is not None:
        return replace(standing, moved_by=civil.moved_by, reason=Move.CIVIL_ENDED)
    return standing


def _moment(occurrence: Occurrence) -> datetime:
    """Return when an event began: its first report, or the noon of its date when that is an earlier day."""
    first = occurrence.first_reported_at
    if first.date() <= occurrence.day:
        return first
    return datetime.combine(occurrence.day, time(12), tzinfo=UTC)


def _name(
    side: str | None, base: Assertion | None, folded: Sequence[Told], context: Context
) -> str | None:
    """Return how to call a side: as what was given calls it, else as its leading actor or the news do."""
    if side is None:
        return None
    for given in (base.holder, base.opponent) if base else ():
        if given and context.side(given) == side:
            return given
    names = [
        n
        for t in folded
        for r in t.occurrence.told
        for n, s in ((r.report.actor, r.side), (r.report.against, r.against))
        if n and context.side(n) == side
    ]
    return context.holder_name(side, tuple(names)) or side
