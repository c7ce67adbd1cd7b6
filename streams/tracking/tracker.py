"""One place's state and how one input moves it on: what the `track` agent calls, and replay and tests too.

The state holds everything that is needed to judge the place again (readings of the last weeks, what is given,
what lies further back as one checkpoint) and the alerts sent, so that an input delivered twice says the same twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from placewatch.record_base import digest
from placewatch.records import (
    Alert,
    Assertion,
    Event,
    Reading,
    Status,
    WatchedPlace,
)
from streams.tracking.alerts import Silence, changes, told_again_at
from streams.tracking.assess import Assessment, Decision, assess
from streams.tracking.context import Context
from streams.tracking.folding import checkpoint_id, folded
from streams.tracking.origins import SHINGLES_KEPT
from streams.tracking.place_state import PlaceState, assess_state


_TITLE_CHARS = 160
# What an alert says of where its place lies, besides the coordinates: what it is routed by.
_LIES = ("country", "country_code", "admin1", "kind", "part_of")


@dataclass(frozen=True, slots=True)
class Advance:
    """What an input caused.

    Attributes:
        state: the state after it.
        events: events that are new or changed, for the events topic.
        status: the status where it changed, else None.
        alerts: alerts to emit; those of an earlier delivery when the input was seen before.
        assessment: the place as it was judged, or None where there was nothing to judge.
        silence: why a change was not alerted, or None.
    """

    state: PlaceState
    events: tuple[Event, ...] = ()
    status: Status | None = None
    alerts: tuple[Alert, ...] = ()
    assessment: Assessment | None = field(default=None, compare=False)
    silence: Silence | None = None

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What each event and report did, with reasons."""
        return self.assessment.decisions if self.assessment else ()


def advance(
    state: PlaceState | None,
    item: Reading | Assertion,
    context: Context,
    now: datetime,
    place: WatchedPlace | None = None,
) -> Advance:
    """Return what one reading or assertion causes, and before it the time that passed until `now`.

    An input seen before causes again exactly the alerts that it caused before, and changes nothing.
    """
    known = _with_place(state or PlaceState(place_id=item.place_id, place=item.place), place)
    passed = tick(known, context, now)
    taken = _taken(passed.state, item, context, now)
    if passed.state is known:
        return taken
    return replace(
        taken,
        events=(*passed.events, *taken.events),
        status=taken.status or passed.status,
        alerts=(*passed.alerts, *taken.alerts),
    )


def tick(state: PlaceState, context: Context, now: datetime) -> Advance:
    """Return what the passing of time causes until `now`: settling, staleness, a threat that lapsed.

    Each happens at its own moment, so that it makes no difference how often somebody looks at the clock.
    """
    step = Advance(state)
    while (at := step.state.wakes_at) is not None and at <= now:
        woken = _judged(step.state, step.state, context, at, at, f"tick:{at.isoformat()}")
        step = replace(
            woken,
            events=(*step.events, *woken.events),
            status=woken.status or step.status,
            alerts=(*step.alerts, *woken.alerts),
        )
    return step


def _taken(
    current: PlaceState, item: Reading | Assertion, context: Context, now: datetime
) -> Advance:
    if _is_seen(current, item):
        return _again(current, item, context, now)
    if isinstance(item, Assertion):
        given = _with_assertion(current, item)
        return _judged(current, given, context, now, item.as_of, cause_of(item))
    if not _is_worth_keeping(current, item):
        return Advance(current)
    before = folded(current, context, now)
    told = before.with_reading(_trimmed(item, context))
    if before.status is not None and not _may_change(told, context):
        return _with_set_aside(told, before.status, context, now)
    return _judged(before, told, context, now, item.told_at, cause_of(item))


def _may_change(state: PlaceState, context: Context) -> bool:
    """Whether anything that may count is new or gone since the place was last judged."""
    return state.take(context)


def _with_set_aside(state: PlaceState, status: Status, context: Context, now: datetime) -> Advance:
    """Return the same status, which says of one more report why it belongs to no event."""
    news = {"set_aside": state.workings(context).set_aside(), "assessed_at": now}
    after = status.model_copy(update=news)
    is_changed = after.set_aside != status.set_aside
    return Advance(
        state=state.model_copy(update={"status": after}),
        status=after if is_changed else None,
        silence=Silence.SAME,
    )


def cause_of(item: Reading | Assertion) -> str:
    """Return the id of an input: the same for every delivery of it."""
    if isinstance(item, Reading):
        return item.cause
    return f"assertion:{item.assertion_id}:{digest(item.to_json().decode())}"


def _judged(
    before: PlaceState,
    after: PlaceState,
    context: Context,
    now: datetime,
    at: datetime,
    cause: str,
) -> Advance:
    """Assess, take the difference to the status before, and remember what is sent."""
    context = after.context(context)
    assessment = assess_state(after, context, now)
    previous = before.status or _before_news(before, context, now)
    cited = assessment.mover.citations if assessment.mover is not None else ()
    backfilled = {c.article_id for c in cited if after.readings[c.article_id].is_backfill}
    alerts, silence = changes(
        previous, assessment, after.sent, context, at=at, cause=cause, backfilled=backfilled
    )
    where = {"latitude": after.latitude, "longitude": after.longitude}
    if alerts:
        lies = where | {name: getattr(after, name) for name in _LIES}
        alerts = tuple(alert.model_copy(update=lies) for alert in alerts)
    status = assessment.status
    told = alerts or (() if status.alert_id else after.sent[-1:])
    status = status.model_copy(
        update={**where, "alert_id": told[-1].alert_id if told else status.alert_id}
    )
    marks = {f.event_id: f.mark for f in assessment.findings}
    events = tuple(
        f.event.model_copy(update={"assessed_at": now})
        for f in assessment.findings
        if after.event_marks.get(f.event_id) != marks[f.event_id]
    )
    waits_until = told_again_at(silence, status, after.sent, context)
    turns = [t for t in (assessment.wakes_at, waits_until) if t is not None and t > now]
    state = after.model_copy(
        update={
            "status": status,
            "sent": _kept_alerts(after, alerts, context, now),
            "event_marks": marks,
            "wakes_at": min(turns, default=None),
        }
    )
    is_changed = before.status is None or _facts(before.status) != _facts(status)
    return Advance(state, events, status if is_changed else None, alerts, assessment, silence)


def _again(
    state: PlaceState, item: Reading | Assertion, context: Context, now: datetime
) -> Advance:
    """Return what an input seen before caused: outputs may have been lost between changelog and topic."""
    cause = cause_of(item)
    alerts = tuple(a for a in state.sent if a.cause == cause)
    events: tuple[Event, ...] = ()
    if isinstance(item, Reading):
        assessment = assess_state(state, context, now)
        told = {d.event_id for d in assessment.decisions if item.article_id in d.article_ids}
        events = tuple(f.event for f in assessment.findings if f.event_id in told)
    return Advance(state, events, state.status, alerts)


def _is_seen(state: PlaceState, item: Reading | Assertion) -> bool:
    if isinstance(item, Assertion):
        given = state.assertions.get(item.assertion_id)
        if given is None or state.status is None:
            return False
        # What was said later, or revoked, replaces it for good: it may be delivered again.
        return given == item or (given.as_of, given.is_revoked) > (item.as_of, item.is_revoked)
    kept = state.readings.get(item.article_id)
    if kept is not None and kept.version >= item.version:
        return True
    return item.cause in state.sent_index().causes


def _is_worth_keeping(state: PlaceState, reading: Reading) -> bool:
    """Whether a reading may matter: it tells something, or takes something back; and is within the horizon.

    An edit that came before its first version is kept though it says nothing, so that order does not matter.
    """
    checkpoint = state.assertions.get(checkpoint_id(state))
    if checkpoint is not None and reading.published_at <= checkpoint.as_of:
        return False
    return bool(reading.reports) or reading.version > (0, 0)


def _with_place(state: PlaceState, place: WatchedPlace | None) -> PlaceState:
    """Take over where it lies and its baseline from the watchlist."""
    if place is None or state.known_as(place):
        return state
    given = place.baseline
    assertions = {**state.assertions, given.assertion_id: given} if given else state.assertions
    known: dict[str, object] = {
        "place": place.place,
        "assertions": assertions,
        "latitude": place.latitude,
        "longitude": place.longitude,
        **{name: getattr(place, name) for name in _LIES},
    }
    is_known = all(getattr(state, name) == value for name, value in known.items())
    return (state if is_known else state.model_copy(update=known)).noted_as(place)


def _with_assertion(state: PlaceState, assertion: Assertion) -> PlaceState:
    assertions = {**state.assertions, assertion.assertion_id: assertion}
    sent = state.sent
    if assertion.kind == "ledger" and assertion.alert_id and not sent:
        sent = (_restored_alert(assertion),)
    return state.model_copy(update={"assertions": assertions, "sent": sent})


def _restored_alert(assertion: Assertion) -> Alert:
    """Return a stand-in for the alert a restored status was told by, so that what follows can refer to it."""
    return Alert.model_validate(
        {
            "alert_id": assertion.alert_id,
            "msg_type": "Alert",
            "place_id": assertion.place_id,
            "place": assertion.place,
            "at": assertion.as_of,
            "control": assertion.control,
            "holder": assertion.holder,
            "opponent": assertion.opponent,
            "certainty": assertion.certainty,
            "since": assertion.since,
            "reason": "restored",
            "headline": "restored from the ledger",
            "cap_certainty": "Unknown",
        }
    )


def _trimmed(reading: Reading, context: Context) -> Reading:
    """Return a reading with what judging it needs: evidence and title cut, a sample of the shingles."""
    most = context.policy.sentence_chars
    reports = tuple(
        r
        if len(r.evidence.sentence) <= most
        else r.model_copy(
            update={
                "evidence": r.evidence.model_copy(update={"sentence": r.evidence.sentence[:most]})
            }
        )
        for r in reading.reports
    )
    kept = {
        "title": reading.title[:_TITLE_CHARS],
        "shingles": tuple(sorted(reading.shingles)[:SHINGLES_KEPT]),
        "reports": reports,
    }
    is_trim = all(getattr(reading, name) == value for name, value in kept.items())
    return reading if is_trim else reading.model_copy(update=kept).lean()


def _before_news(state: PlaceState, context: Context, now: datetime) -> Status:
    """Return what held before anything was told: what is given."""
    given = state.assertions.values()
    return assess((), given, context, now, place_id=state.place_id, place=state.place).status


def _kept_alerts(
    state: PlaceState, news: tuple[Alert, ...], context: Context, now: datetime
) -> tuple[Alert, ...]:
    """Return the alerts sent with the new ones, those beyond the horizon dropped but for the chain of the last one.

    What follows may refer to it.
    """
    sent = (*state.sent, *news) if news else state.sent
    horizon = now - timedelta(days=context.policy.horizon_days)
    oldest_at = state.sent_index().oldest_at
    if oldest_at is None or oldest_at >= horizon:
        return sent
    last_alert = max((i for i, a in enumerate(sent) if a.msg_type == "Alert"), default=0)
    kept = tuple(a for i, a in enumerate(sent) if i >= last_alert or a.at >= horizon)
    return sent if len(kept) == len(sent) else kept


def _facts(status: Status) -> dict[str, object]:
    """Return what a status says, without the moment it was judged at."""
    return {**vars(status), "assessed_at": None}
