"""Alerts: the difference between two statuses of a place, said once and taken back when it does not hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from placewatch.record_base import digest
from placewatch.records import Alert, Citation, Event, Status
from placewatch.vocabulary import (
    CAP_CERTAINTY,
    TAKING_STATES,
    Certainty,
    Control,
    Credibility,
    Factuality,
    MsgType,
    State,
)
from streams.tracking.assess import Assessment
from streams.tracking.context import Context
from streams.tracking.headlines import headline
from streams.tracking.reasons import Move


class Silence(StrEnum):
    """Why a difference was not alerted."""

    SAME = "same_status"
    GIVEN = "given_not_told"
    PASSING = "possession_said_in_passing"
    SETTLED = "settled_quietly"
    BACKFILL = "backfill"
    DAYS_GONE_BY = "days_gone_by"
    TOLD_BEFORE = "told_before"
    FLAPPING = "back_and_forth_unconfirmed"
    LAPSED = "lapsed_quietly"


# Certainties that are told: a settled status is a confirmed one that has grown a day older.
_TOLD_CERTAINTY = {
    Certainty.DISPUTED: 0,
    Certainty.CLAIMED: 1,
    Certainty.CONFIRMED: 2,
    Certainty.SETTLED: 2,
}


def changes(
    before: Status | None,
    assessment: Assessment,
    sent: Sequence[Alert],
    context: Context,
    *,
    at: datetime,
    cause: str,
    backfilled: Collection[str] = (),
) -> tuple[tuple[Alert, ...], Silence | None]:
    """Return the alerts of a change of status, none or one, and why there is none.

    Args:
        before: the status before, None when nothing was known.
        assessment: the place now.
        sent: alerts sent for the place so far, oldest first.
        context: policy and names.
        at: stream time of what tipped it.
        cause: id of the input that tipped it.
        backfilled: ids of articles that were read from before the watch began.
    """
    after = assessment.status
    kind, silence = _kind_of_change(before, assessment, sent, context, at)
    if kind is None:
        return (), silence
    if kind is MsgType.ALERT:
        silence = _not_news(assessment.moved_by, after, at, context, backfilled)
        if silence is None and _flaps(after, sent, context, at):
            silence = Silence.FLAPPING
        if silence is not None:
            return (), silence
    alert = _alert(
        kind, _told_before(before, after, sent, context), assessment, sent, context, at, cause
    )
    if any(alert.alert_id == s.alert_id for s in sent):
        return (), Silence.TOLD_BEFORE
    return (alert,), None


def _kind_of_change(
    before: Status | None,
    assessment: Assessment,
    sent: Sequence[Alert],
    context: Context,
    at: datetime,
) -> tuple[MsgType | None, Silence | None]:
    after = assessment.status
    is_same = before is not None and _says(before, context) == _says(after, context)
    is_last_told = bool(sent) and _says(sent[-1], context) == _says(after, context)
    if is_same and _is_held_back(after, sent, context):
        return MsgType.ALERT, None
    if before is not None and (is_same or is_last_told):
        return _change_of_certainty(before, after, sent, context, at)
    if _is_retraction(sent, assessment, context):
        return MsgType.CANCEL, None
    if after.reason == Move.THREAT_LAPSED:
        is_told = bool(_chain(sent)) and sent[-1].control is Control.THREATENED
        return (MsgType.UPDATE, None) if is_told else (None, Silence.LAPSED)
    silence = None
    if assessment.moved_by is None and after.reason == Move.ASSERTED:
        silence = Silence.GIVEN
    elif after.reason == Move.ESTABLISHED:
        silence = Silence.PASSING
    return (None, silence) if silence else (MsgType.ALERT, None)


def _told_before(
    before: Status | None, after: Status, sent: Sequence[Alert], context: Context
) -> Status | Alert | None:
    """Return what an alert is a change from: the status before; where its change was held back, what was told last."""
    return sent[-1] if _is_held_back(after, sent, context) else before


def _flaps(after: Status, sent: Sequence[Alert], context: Context, at: datetime) -> bool:
    """Whether the same was alerted within `min_dwell_days` and nothing sure is told: parties that answer each other."""
    if _TOLD_CERTAINTY[after.certainty] == _TOLD_CERTAINTY[Certainty.CONFIRMED]:
        return False
    dwell = timedelta(days=context.policy.min_dwell_days)
    return any(at - a.at < dwell for a in _alerted(after, sent, context))


def _is_held_back(after: Status, sent: Sequence[Alert], context: Context) -> bool:
    """Whether what holds was alerted once, something else since, and the return to it was not told."""
    return (
        bool(sent)
        and _says(sent[-1], context) != _says(after, context)
        and bool(_alerted(after, sent, context))
    )


def _alerted(after: Status, sent: Sequence[Alert], context: Context) -> list[Alert]:
    """Return the Alerts that said the same since anything else was sure, but for those that were taken back."""
    standing: list[Alert] = []
    for alert in sent[_changed_at(after, sent, context) :]:
        if alert.msg_type is MsgType.ALERT:
            standing.append(alert)
        elif alert.msg_type is MsgType.CANCEL:
            standing = standing[:-1]
    return [a for a in standing if _says(a, context) == _says(after, context)]


def _changed_at(after: Status, sent: Sequence[Alert], context: Context) -> int:
    """Return the index of the last alert that told surely of anything else, 0 where none did: control really changed."""
    sure = _TOLD_CERTAINTY[Certainty.CONFIRMED]
    said = _says(after, context)
    for index in range(len(sent) - 1, -1, -1):
        alert = sent[index]
        if _TOLD_CERTAINTY[alert.certainty] == sure and _says(alert, context) != said:
            return index
    return 0


def _says(said: Status | Alert, context: Context) -> tuple[Control, str | None]:
    """Return what is compared: the control and the holder's side, for one side has many names."""
    return said.control, context.side(said.holder)


def _change_of_certainty(
    before: Status, after: Status, sent: Sequence[Alert], context: Context, at: datetime
) -> tuple[MsgType | None, Silence | None]:
    """Tell when a status that was alerted grew surer or was denied; not the other way round of either.

    Each certainty is told once in `min_dwell_days`: claims and denials that follow each other are one dispute.
    """
    last = sent[-1] if sent else None
    if last is None or last.msg_type is MsgType.CANCEL:
        return None, Silence.SAME
    if _says(last, context) != _says(after, context):
        return None, Silence.SAME
    told, now = _TOLD_CERTAINTY[last.certainty], _TOLD_CERTAINTY[after.certainty]
    if told == now:
        return None, (Silence.SETTLED if before.certainty is not after.certainty else Silence.SAME)
    is_denial_gone = last.certainty is Certainty.DISPUTED and after.certainty is Certainty.CLAIMED
    if is_denial_gone:
        return None, Silence.SAME
    if after.certainty is Certainty.CLAIMED:  # only an edit makes less of what was confirmed
        return MsgType.UPDATE, None
    dwell = timedelta(days=context.policy.min_dwell_days)
    was_told = any(
        _TOLD_CERTAINTY[a.certainty] == now and at - a.at < dwell
        for a in _chain(sent)
        if _says(a, context) == _says(after, context)
    )
    return (None, Silence.TOLD_BEFORE) if was_told else (MsgType.UPDATE, None)


def told_again_at(
    silence: Silence | None, after: Status, sent: Sequence[Alert], context: Context
) -> datetime | None:
    """Return when time alone ends a silence: a certainty or an unconfirmed claim that was told before; else None."""
    told: Sequence[Alert] = ()
    if silence is Silence.TOLD_BEFORE:
        told = _chain(sent)
    elif silence is Silence.FLAPPING:
        told = _alerted(after, sent, context)
    dwell = timedelta(days=context.policy.min_dwell_days)
    return max((a.at + dwell for a in told), default=None)


def _is_retraction(sent: Sequence[Alert], assessment: Assessment, context: Context) -> bool:
    """Whether what the last alert told is no longer told by anybody, rather than overtaken by events."""
    if not sent or sent[-1].msg_type is MsgType.CANCEL:
        return False
    last = sent[-1]
    if last.reason == Move.SET_BY_ANALYST:
        return assessment.status.reason != last.reason and not _is_new_move(last, assessment)
    # A lapse nobody told; of what was restored from the ledger it is not known any more who did.
    if last.reason == Move.THREAT_LAPSED or not last.event_ids:
        return False
    acts = {_act(c, context) for c in last.citations}
    articles = {c.article_id for a in sent if a.event_ids == last.event_ids for c in a.citations}
    for event in assessment.events:
        if event.event_id in last.event_ids and event.origins:
            return False
        told = {c.article_id for c in event.citations if c.is_evidence_for}
        is_same = bool({(event.state, event.side), (event.state, None)} & acts)
        if event.origins and is_same and told & articles:
            return False
    return not _is_new_move(last, assessment)


def _act(citation: Citation, context: Context) -> tuple[State, str | None]:
    """Return what a citation tells of, as events have it: plans are threats, and who retakes takes."""
    if citation.factuality is Factuality.PLANNED:
        return State.THREATENED, None
    is_taking = citation.state in TAKING_STATES
    return State.CAPTURED if is_taking else citation.state, context.side(citation.actor)


def _is_new_move(last: Alert, assessment: Assessment) -> bool:
    """Whether the status now is the work of an event that came, and was reported, after what was last told.

    What an edit leaves of an article, and what shows again when an analyst takes their word back, is no new event.
    """
    moved_by = assessment.moved_by
    if moved_by is None or moved_by.event_id in last.event_ids:
        return False
    if assessment.status.reason == Move.ESTABLISHED:  # it is not told, so it takes nothing back
        return False
    if moved_by.first_reported_at <= last.at:
        return False
    return last.since is None or moved_by.event_date >= last.since.date()


def _not_news(
    moved_by: Event | None,
    after: Status,
    at: datetime,
    context: Context,
    backfilled: Collection[str],
) -> Silence | None:
    if moved_by is None:
        return None
    window = timedelta(days=context.policy.alert_window_days)
    if at.date() - moved_by.event_date > window and after.reason != Move.CIVIL_ENDED:
        is_ongoing = moved_by.last_reported_at.date() > moved_by.event_date
        if not is_ongoing or moved_by.state in {State.CAPTURED, State.WITHDRAWN}:
            return Silence.DAYS_GONE_BY
    told = {c.article_id for c in moved_by.citations}
    return Silence.BACKFILL if told and told <= set(backfilled) else None


def _alert(
    kind: MsgType,
    before: Status | Alert | None,
    assessment: Assessment,
    sent: Sequence[Alert],
    context: Context,
    at: datetime,
    cause: str,
) -> Alert:
    after, event = assessment.status, assessment.moved_by
    return Alert(
        alert_id=_id_of(kind, after, sent, context, cause),
        msg_type=kind,
        references=_references(kind, sent),
        place_id=after.place_id,
        place=after.place,
        at=at,
        control=after.control,
        holder=after.holder,
        opponent=after.opponent,
        certainty=after.certainty,
        grounds=after.grounds,
        previous_control=before.control if before else Control.UNKNOWN,
        previous_holder=before.holder if before else None,
        previous_certainty=before.certainty if before else None,
        since=after.since,
        reason=after.reason,
        headline=headline(kind, before, after),
        cap_certainty=CAP_CERTAINTY[after.certainty],
        admiralty=admiralty(event, after.certainty),
        acled=event.acled if event else None,
        cameo=event.cameo if event else None,
        plover=event.plover if event else None,
        event_ids=after.event_ids,
        citations=_cited(kind, after, sent),
        cause=cause,
        policy=context.policy.version,
    )


def _id_of(
    kind: MsgType, after: Status, sent: Sequence[Alert], context: Context, cause: str
) -> str:
    """Return the id: it depends on what is said and on the events behind it, not on who told them or how often."""
    about = after.event_ids or (cause,)
    is_taken_back = bool(sent) and sent[-1].msg_type is MsgType.CANCEL
    # An Update or a Cancel speaks of an alert, and what was taken back is news when it is told again: the same
    # words later speak of another.
    if kind is not MsgType.ALERT or is_taken_back:
        about = (*about, sent[-1].alert_id)
    return digest(
        after.place_id,
        kind.value,
        after.control.value,
        context.side(after.holder) or "",
        after.certainty.value,
        *about,
    )


def _references(kind: MsgType, sent: Sequence[Alert]) -> tuple[str, ...]:
    """Return the ids an Update or Cancel speaks of: the last Alert and what was said of it since."""
    if kind is MsgType.ALERT:
        return ()
    return tuple(alert.alert_id for alert in _chain(sent))


def _chain(sent: Sequence[Alert]) -> Sequence[Alert]:
    """Return the last Alert that was not taken back, and what was said of it since, oldest first."""
    taken_back = 0
    since: list[Alert] = []
    for alert in reversed(sent):
        if alert.msg_type is MsgType.CANCEL:
            taken_back += 1
        elif taken_back:
            taken_back -= alert.msg_type is MsgType.ALERT
        else:
            since.append(alert)
            if alert.msg_type is MsgType.ALERT:
                return since[::-1]
    return ()


def _cited(kind: MsgType, after: Status, sent: Sequence[Alert]) -> tuple[Citation, ...]:
    return sent[-1].citations if kind is MsgType.CANCEL and sent else after.citations


def admiralty(event: Event | None, certainty: Certainty) -> str:
    """Return the Admiralty grade: the best origin's reliability and the information's credibility ("B2").

    Where other events made the status surer than the event itself is, it is at least probably true.
    """
    if event is None or not event.origins:
        return f"F{Credibility.CANNOT_BE_JUDGED.value}"
    credibility = event.credibility
    if _TOLD_CERTAINTY[certainty] == _TOLD_CERTAINTY[Certainty.CONFIRMED]:
        credibility = min(credibility, Credibility.PROBABLY_TRUE)
    return f"{event.origins[0].reliability.value}{credibility.value}"
