"""What holds at a place as a record: who and since when, how sure and why, with the evidence that says it best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter

from placewatch.records import Assertion, Status
from placewatch.vocabulary import Certainty, Control
from streams.tracking.civil import CIVIL_ENDED
from streams.tracking.events import Occurrence
from streams.tracking.evidence import Finding, leading
from streams.tracking.reasons import Grounds, Move
from streams.tracking.standing import Standing, Told
from streams.tracking.workings import Workings


_EVENT_ID = attrgetter("event_id")


def status_of(
    standing: Standing,
    base: Assertion | None,
    folded: Sequence[Told],
    findings: Sequence[Finding],
    workings: Workings,
    now: datetime,
    place_id: str,
    place: str,
) -> tuple[Status, Finding | None]:
    """Return what holds at `now` as a record, and the event that brought it about, None where it was given."""
    context = workings.context
    shown = _shown(standing)
    moved_by = findings[shown.moved_by] if shown.moved_by is not None else None
    support = [i for i in (shown.moved_by, *shown.supported_by) if i is not None]
    confirmed = [folded[i].occurrence.last_reported_at for i in support]
    given_at = (base.since or base.as_of) if base else None
    since = _moment(folded[shown.moved_by].occurrence) if shown.moved_by is not None else given_at
    last = max(
        [t for t in (*confirmed, base.as_of if base else None) if t is not None], default=None
    )
    holder, opponent = (_name(side, base, workings) for side in (standing.holder, shown.opponent))
    kept = context.policy.citations_kept
    leads = support[:1] + support[-1:] if support[:1] != support[-1:] else support[:1]
    citations = [c for i in leads for c in leading(findings[i].citations, kept)]
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
            event_ids=tuple(findings[i].event_id for i in support[:1]),
            considered_ids=tuple(map(_EVENT_ID, findings[-context.policy.considered_kept :])),
            citations=tuple(dict.fromkeys(citations) if len(leads) > 1 else citations)[:kept],
            set_aside=workings.set_aside(),
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
    is_news = not is_lapsed or (civil.since or date.max) > (standing.lapsed_on or date.min)
    if standing.control is Control.UNKNOWN or (civil.control not in CIVIL_ENDED and not is_older):
        shown = replace(civil, holder=standing.holder, opponent=standing.opponent)
        return shown if is_news else replace(shown, reason=Move.THREAT_LAPSED)
    if is_news and not is_older and civil.moved_by is not None:
        return replace(standing, moved_by=civil.moved_by, reason=Move.CIVIL_ENDED)
    return standing


def _moment(occurrence: Occurrence) -> datetime:
    """Return when an event began: its first report, or the noon of its date when that is an earlier day."""
    first = occurrence.first_reported_at
    if first.date() <= occurrence.day:
        return first
    return datetime.combine(occurrence.day, time(12), tzinfo=UTC)


def _name(side: str | None, base: Assertion | None, workings: Workings) -> str | None:
    """Return how to call a side: as what was given calls it, else as its leading actor or the news do."""
    if side is None:
        return None
    context = workings.context
    for given in (base.holder, base.opponent) if base else ():
        if given and context.side(given) == side:
            return given
    leader = context.holder_name(side, ())
    if leader is not None:
        return leader
    return context.holder_name(side, tuple(workings.names_of(side))) or side
