"""One place's state and how one input moves it on: what the `track` agent calls, and replay and tests too.

The state holds everything that is needed to judge the place again (readings of the last weeks, what is given,
what lies further back as one checkpoint) and the alerts sent, so that an input delivered twice says the same twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import Field

from placewatch.records import (
    Alert,
    Assertion,
    Event,
    Reading,
    Record,
    Status,
    WatchedPlace,
    digest,
)
from streams.tracking.alerts import Silence, changes
from streams.tracking.assess import Assessment, Decision, assess
from streams.tracking.context import Context
from streams.tracking.origins import SHINGLES_KEPT


_TITLE_CHARS = 160
# Folding is rare work: a week of readings at once.
_FOLD_SLACK = timedelta(days=7)


class PlaceState(Record):
    """All that is remembered of one place; compact JSON, for it is written to the changelog at each update.

    Attributes:
        place_id: the place.
        place: its label.
        readings: the newest reading of each article within the horizon, by article id.
        assertions: what is given, by assertion id; a checkpoint stands for what lies beyond the horizon.
        status: what held when it was last judged.
        sent: alerts of the horizon and the chain that the next one may refer to, oldest first.
        event_marks: event id to a digest of what was last published of it.
        latitude: degrees north, from the watchlist.
        longitude: degrees east.
    """

    place_id: str
    place: str
    readings: Mapping[str, Reading] = Field(default_factory=dict)
    assertions: Mapping[str, Assertion] = Field(default_factory=dict)
    status: Status | None = None
    sent: tuple[Alert, ...] = ()
    event_marks: Mapping[str, str] = Field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """What an input caused.

    Attributes:
        state: the state after it.
        events: events that are new or changed, for the events topic.
        status: the status where it changed, else None.
        alerts: alerts to emit; those of an earlier delivery when the input was seen before.
        decisions: what each event and report did, with reasons.
        silence: why a change was not alerted, or None.
    """

    state: PlaceState
    events: tuple[Event, ...] = ()
    status: Status | None = None
    alerts: tuple[Alert, ...] = ()
    decisions: tuple[Decision, ...] = ()
    silence: Silence | None = None


def advance(
    state: PlaceState | None,
    item: Reading | Assertion,
    context: Context,
    now: datetime,
    place: WatchedPlace | None = None,
) -> Advance:
    """Return what one reading or assertion causes.

    An input seen before causes again exactly the alerts that it caused before, and changes nothing.
    """
    current = _with_place(state or PlaceState(place_id=item.place_id, place=item.place), place)
    cause = cause_of(item)
    if _is_seen(current, item):
        return _again(current, item, context, now)
    if isinstance(item, Reading) and not _is_worth_keeping(current, item):
        return Advance(current)
    current = _folded(current, context, now)
    with_item = _with(current, item, context)
    at = item.told_at if isinstance(item, Reading) else item.as_of
    return _judged(current, with_item, context, now, at, cause)


def tick(state: PlaceState, context: Context, now: datetime) -> Advance:
    """Return what the passing of time causes: settling, staleness, a threat that lapsed."""
    return _judged(state, state, context, now, now, f"tick:{now.isoformat()}")


def cause_of(item: Reading | Assertion) -> str:
    """Return the id of an input: the same for every delivery of it."""
    if isinstance(item, Reading):
        return item.cause
    return f"assertion:{item.assertion_id}:{digest(item.to_json().decode())}"


def assess_state(state: PlaceState, context: Context, now: datetime) -> Assessment:
    """Return the place as it is at `now` from all that is remembered of it."""
    return assess(
        tuple(state.readings.values()),
        tuple(state.assertions.values()),
        context,
        now,
        place_id=state.place_id,
        place=state.place,
    )


def _judged(
    before: PlaceState,
    after: PlaceState,
    context: Context,
    now: datetime,
    at: datetime,
    cause: str,
) -> Advance:
    """Assess, take the difference to the status before, and remember what is sent."""
    context = context.knowing(after.assertions.values())
    assessment = _located(assess_state(after, context, now), after)
    previous = before.status or assess_state(_without_news(before), context, now).status
    backfilled = {r.article_id for r in after.readings.values() if r.is_backfill}
    alerts, silence = changes(
        previous, assessment, after.sent, context, at=at, cause=cause, backfilled=backfilled
    )
    status = assessment.status
    if alerts:
        status = status.model_copy(update={"alert_id": alerts[-1].alert_id})
    elif after.sent and status.alert_id is None:
        status = status.model_copy(update={"alert_id": after.sent[-1].alert_id})
    marks = {e.event_id: _mark(e) for e in assessment.events}
    events = tuple(
        e for e in assessment.events if after.event_marks.get(e.event_id) != marks[e.event_id]
    )
    state = after.model_copy(
        update={
            "status": status,
            "sent": _kept_alerts((*after.sent, *alerts), context, now),
            "event_marks": marks,
        }
    )
    is_changed = before.status is None or _facts(before.status) != _facts(status)
    return Advance(
        state, events, status if is_changed else None, alerts, assessment.decisions, silence
    )


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
        events = tuple(e for e in assessment.events if e.event_id in told)
    return Advance(state, events, state.status, alerts)


def _is_seen(state: PlaceState, item: Reading | Assertion) -> bool:
    if isinstance(item, Assertion):
        given = state.assertions.get(item.assertion_id)
        if given is None or state.status is None:
            return False
        # What was said later, or revoked, replaces it for good: it may be delivered again.
        return given == item or (given.as_of, given.is_revoked) > (item.as_of, item.is_revoked)
    kept = state.readings.get(item.article_id)
    if kept is not None and kept.revision >= item.revision:
        return True
    return any(a.cause == item.cause for a in state.sent)


def _is_worth_keeping(state: PlaceState, reading: Reading) -> bool:
    """Whether a reading may matter: it tells something, or takes something back; and is within the horizon.

    An edit that came before its first version is kept though it says nothing, so that order does not matter.
    """
    checkpoint = state.assertions.get(_checkpoint_id(state))
    if checkpoint is not None and reading.published_at <= checkpoint.as_of:
        return False
    return bool(reading.reports) or reading.revision > 0


def _with_place(state: PlaceState, place: WatchedPlace | None) -> PlaceState:
    """Take over coordinates and baseline from the watchlist."""
    if place is None:
        return state
    assertions = dict(state.assertions)
    if place.baseline is not None:
        assertions[place.baseline.assertion_id] = place.baseline
    return state.model_copy(
        update={
            "place": place.place,
            "assertions": assertions,
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
    )


def _with(state: PlaceState, item: Reading | Assertion, context: Context) -> PlaceState:
    if isinstance(item, Reading):
        readings = {**state.readings, item.article_id: _trimmed(item, context)}
        return state.model_copy(update={"readings": readings})
    assertions = {**state.assertions, item.assertion_id: item}
    sent = state.sent
    if item.kind == "ledger" and item.alert_id and not sent:
        sent = (_restored_alert(item),)
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
        r.model_copy(
            update={
                "evidence": r.evidence.model_copy(update={"sentence": r.evidence.sentence[:most]})
            }
        )
        for r in reading.reports
    )
    return reading.model_copy(
        update={
            "title": reading.title[:_TITLE_CHARS],
            "shingles": tuple(sorted(reading.shingles)[:SHINGLES_KEPT]),
            "reports": reports,
        }
    )


def _checkpoint_id(state: PlaceState) -> str:
    return f"checkpoint:{state.place_id}"


def _folded(state: PlaceState, context: Context, now: datetime) -> PlaceState:
    """Return the state with what lies beyond the horizon folded into one assertion; most times as it was."""
    cutoff = _fold_at(state.readings.values(), context, now)
    if cutoff is None:
        return state
    old = {k: r for k, r in state.readings.items() if r.published_at <= cutoff}
    given = {k: a for k, a in state.assertions.items() if a.as_of <= cutoff}
    past_state = state.model_copy(update={"readings": old, "assertions": given})
    past = assess_state(past_state, context, cutoff).status
    checkpoint = Assertion(
        assertion_id=_checkpoint_id(state),
        place_id=state.place_id,
        place=state.place,
        kind="ledger",
        control=past.control,
        holder=past.holder,
        opponent=past.opponent,
        certainty=past.certainty,
        as_of=cutoff,
        since=past.since,
        note=past.reason,
    )
    folded = state.model_copy(
        update={
            "readings": {k: r for k, r in state.readings.items() if k not in old},
            "assertions": {**state.assertions, checkpoint.assertion_id: checkpoint},
        }
    )
    status = assess_state(folded, context, now).status
    kept = state.status.alert_id if state.status else None
    return folded.model_copy(update={"status": status.model_copy(update={"alert_id": kept})})


def _fold_at(readings: Collection[Reading], context: Context, now: datetime) -> datetime | None:
    """Return up to when readings are to be folded, or None while there is no need."""
    policy = context.policy
    published = sorted(r.published_at for r in readings)
    if not published:
        return None
    # Of whole days: what is folded must not depend on the order in which an hour's news arrive.
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    horizon = today - timedelta(days=policy.horizon_days)
    if published[0] < horizon - _FOLD_SLACK:
        return horizon
    if len(published) >= policy.max_readings:
        return published[len(published) // 4]
    return None


def _without_news(state: PlaceState) -> PlaceState:
    return state.model_copy(update={"readings": {}})


def _located(assessment: Assessment, state: PlaceState) -> Assessment:
    status = assessment.status.model_copy(
        update={"latitude": state.latitude, "longitude": state.longitude}
    )
    return Assessment(status, assessment.events, assessment.decisions, assessment.moved_by)


def _kept_alerts(sent: tuple[Alert, ...], context: Context, now: datetime) -> tuple[Alert, ...]:
    """Drop alerts beyond the horizon, but for the chain of the last one: what follows may refer to it."""
    horizon = now - timedelta(days=context.policy.horizon_days)
    last_alert = max((i for i, a in enumerate(sent) if a.msg_type == "Alert"), default=0)
    return tuple(a for i, a in enumerate(sent) if i >= last_alert or a.at >= horizon)


def _mark(event: Event) -> str:
    """Return a digest of what is worth publishing again: how sure it is and why, what it did, who tells or denies it."""
    return digest(
        event.certainty,
        event.credibility,
        event.grounds or "",
        event.move or "",
        *(o.origin_id for o in event.origins),
        *(f"{c.origin.origin_id} {c.counted}" for c in event.citations),
    )


def _facts(status: Status) -> Status:
    """Return a status without the moment it was judged at."""
    return status.model_copy(update={"assessed_at": _EPOCH})


_EPOCH = datetime.fromtimestamp(0, tz=UTC)
