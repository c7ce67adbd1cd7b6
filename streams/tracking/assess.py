"""What holds at a place: a pure function of the set of readings, of what is taken as given, and of `now`.

The story: the newest revision of each article; each report's origin; reports grouped into events; events put in
the order of their own dates; each judged and applied, from what was given, through the transition table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from placewatch.records import Assertion, Citation, Event, Reading, Status
from placewatch.vocabulary import (
    WAR_CONTROLS,
    Control,
    DatePrecision,
    codes_for,
)
from streams.tracking.civil import CIVIL_ENDED
from streams.tracking.context import Context
from streams.tracking.credibility import Verdict, judge
from streams.tracking.events import (
    Occurrence,
    Testimony,
    citation_of,
    current_told,
    without_second_opinion,
)
from streams.tracking.grouping import occurrences_of
from streams.tracking.reasons import Counted, Joined, Move
from streams.tracking.standing import SURE, Standing, Told
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
        if base is not None and _is_before(occurrence, base):
            moves.append(Move.OLD_NEWS)
        else:
            move, standing = apply(standing, told, context.policy)
            moves.append(move)
        folded.append(told)
    standing = _lapsed(standing, folded, context, now)
    events = tuple(_event(t, place_id, place, context, now) for t in folded)
    decisions = [
        Decision(reason=m, event_id=e.event_id, article_ids=t.occurrence.article_ids)
        for m, e, t in zip(moves, events, folded, strict=True)
    ]
    decisions += [Decision(reason=c, article_ids=(t.reading.article_id,)) for t, c in dropped]
    status, moved_by = _status(standing, base, folded, events, context, now, place_id, place)
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
        is_corroborated=verdict.certainty in SURE
        and len(verdict.origins) >= context.policy.independent_origins,
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


def _is_before(occurrence: Occurrence, base: Assertion) -> bool:
    """Whether what is given knew of this event already: it is older, or nothing new was learned of it since."""
    if base.kind == "baseline":
        return occurrence.day < base.as_of.date()
    given_since = (base.since or base.as_of).date()
    return occurrence.last_learned_at <= base.as_of or occurrence.day < given_since


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
    control = Control.HELD if standing.holder else Control.UNKNOWN
    return replace(
        standing,
        control=control,
        opponent=None,
        certainty=standing.calm_certainty or standing.certainty,
        reason=Move.THREAT_LAPSED,
    )


def _event(told: Told, place_id: str, place: str, context: Context, now: datetime) -> Event:
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
        origins=verdict.origins,
        citations=_citations(occurrence, verdict, context),
        first_reported_at=occurrence.first_reported_at,
        last_reported_at=occurrence.last_reported_at,
        assessed_at=now,
        acled=codes.acled,
        cameo=codes.cameo,
        plover=plover or None,
    )


def _citations(occurrence: Occurrence, verdict: Verdict, context: Context) -> tuple[Citation, ...]:
    """The evidence that best says it: one an origin, the most reliable first, one denial always among it."""
    standing = current_told(occurrence)
    policy = context.policy
    best: dict[str, Testimony] = {}
    for testimony in sorted(standing, key=lambda t: (t.attributed.is_copy, t.order)):
        best.setdefault(testimony.origin.origin_id, testimony)
    chosen = [best[o.origin_id] for o in verdict.origins if o.origin_id in best]
    chosen += [t for o, t in best.items() if o not in {v.origin_id for v in verdict.origins}]
    denials = sorted(occurrence.denials, key=lambda t: t.order)[-1:]
    kept = chosen[: policy.citations_kept - len(denials)]
    joined = {id(t): j for t, j in zip(occurrence.told, occurrence.joined, strict=True)}
    return tuple(
        [citation_of(t, _counted(t), joined[id(t)], policy.sentence_chars) for t in kept]
        + [citation_of(t, Counted.DENIAL, Joined.DENIES, policy.sentence_chars) for t in denials]
    )


def _counted(testimony: Testimony) -> Counted:
    if testimony.attributed.is_copy:
        return Counted.WIRE_COPY
    return Counted.OWN_VOICE if testimony.attributed.is_own_voice else Counted.COUNTED


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
    citations = [c for i in support[:1] + support[-1:] for c in events[i].citations]
    return (
        Status(
            place_id=place_id,
            place=place,
            control=shown.control,
            holder=holder,
            opponent=opponent,
            certainty=shown.certainty,
            since=since,
            last_confirmed_at=last,
            is_stale=last is not None
            and now - last > timedelta(days=context.policy.stale_after_days),
            assessed_at=now,
            reason=shown.reason.value,
            event_ids=tuple(events[i].event_id for i in support[:1]),
            citations=tuple(dict.fromkeys(citations))[: context.policy.citations_kept],
            alert_id=base.alert_id if base and not moved_by else None,
        ),
        moved_by,
    )


def _shown(standing: Standing) -> Standing:
    """Return what shows: a civil change over plain possession until the place changes hands or is pressed.

    Of one day the change of hands shows: a power cut told with a town's fall must not hide the fall.
    """
    civil = standing.civil
    is_pressed = standing.control not in {Control.HELD, Control.UNKNOWN}
    if civil is None or is_pressed:
        return standing
    is_older = (
        civil.since is not None and standing.since is not None and civil.since <= standing.since
    )
    if standing.control is Control.UNKNOWN or (civil.control not in CIVIL_ENDED and not is_older):
        return replace(civil, holder=standing.holder, opponent=standing.opponent)
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
