"""Heartbeats: is a feed, a place or the whole stream heard of as usual, or has it gone quiet? Pure.

"No news" of a place means "no change" only while the place is named as often as ever and its feeds still speak.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from placewatch.heartbeats import Hearing, Heartbeat
from placewatch.record_base import Record
from placewatch.vocabulary import Pulse, SubjectKind
from streams.tracking.pace import (
    HOURS_A_DAY,
    Pace,
    Usual,
    heard,
    hour_of,
    hours_of,
    silent_hours,
    usual,
)
from streams.tracking.policy import Policy
from streams.tracking.reasons import Beat


STREAM_ID = "all"
# The stream's hours must reach back past the window of whatever has been silent for a window.
_STREAM_WINDOWS = 4


class Subject(Record):
    """What is remembered of a feed, a place or the stream; of one size, however often it is heard of.

    Attributes:
        kind: which of the three it is.
        subject_id: source, place, or `STREAM_ID`.
        label: its name for people.
        pace: the hours it was heard in.
        last_heard_at: when it was last heard of.
        state: what was last told of it; None before the first time.
        quiet_since: since when it counts as quiet; None while it does not, and once it was heard of again.
        told_at: when its last heartbeat was.
    """

    kind: SubjectKind
    subject_id: str
    label: str
    pace: Pace
    last_heard_at: AwareDatetime
    state: Pulse | None = None
    quiet_since: AwareDatetime | None = None
    told_at: AwareDatetime | None = None

    @property
    def key(self) -> str:
        """The subject's key, as that of its hearings and heartbeats."""
        return f"{self.kind}:{self.subject_id}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judgement led to: the subject after it, None once it is forgotten; and the heartbeat to send, if any."""

    subject: Subject | None
    heartbeat: Heartbeat | None = None


def hearings_of(
    times: Iterable[tuple[SubjectKind, str, str, datetime]],
) -> tuple[Hearing, ...]:
    """Return who was heard of when (kind, id, label, moment), one hearing a subject, one moment an hour."""
    found: dict[tuple[SubjectKind, str], tuple[str, dict[int, datetime]]] = {}
    for kind, subject_id, label, at in times:
        moments = found.setdefault((kind, subject_id), (label, {}))[1]
        moments[hour_of(at)] = max(at, moments.get(hour_of(at), at))
    return tuple(
        Hearing(kind=kind, subject_id=subject_id, label=label, at=tuple(m[h] for h in sorted(m)))
        for (kind, subject_id), (label, m) in sorted(found.items())
    )


def hear(subject: Subject | None, hearing: Hearing, policy: Policy) -> Subject:
    """Return a subject that was heard of. The same hearing again, or an older one, changes nothing that matters."""
    windows = _STREAM_WINDOWS if hearing.kind is SubjectKind.STREAM else 1
    window_h = policy.pace_window_days * HOURS_A_DAY * windows
    latest = max(hearing.at)
    hours = [hour_of(at) for at in hearing.at]
    if hearing.hours is not None:
        hours += hours_of(Pace(last=hour_of(latest), hours=hearing.hours))
    if subject is None:
        return Subject(
            kind=hearing.kind,
            subject_id=hearing.subject_id,
            label=hearing.label,
            pace=heard(None, hours, window_h),
            last_heard_at=latest,
        )
    changes: dict[str, object] = {
        "label": hearing.label,
        "pace": heard(subject.pace, hours, window_h),
        "last_heard_at": max(latest, subject.last_heard_at),
    }
    if latest > subject.last_heard_at:
        changes["quiet_since"] = None
    return subject.model_copy(update=changes)


def judge(subject: Subject, stream: Pace | None, policy: Policy, now: datetime) -> Judged:
    """Return whether something is as usual at `now`, and the heartbeat when that changed or is due.

    `stream` says in which hours anything arrived; the stream itself is judged without.
    """
    if _is_forgotten(subject, policy, now):
        return taken_leave_of(subject, Beat.FORGOTTEN, now)
    history_days, at_least_h = policy.pace_min_history_days, policy.silence_at_least_h
    if subject.kind is SubjectKind.STREAM:
        history_days, at_least_h = policy.stream_min_history_days, policy.stream_silence_at_least_h
        stream = None
    silent_h = silent_hours(subject.pace, hour_of(now), stream)
    is_due = _is_due(subject, policy, now)
    if not is_due and _is_plain(subject, silent_h, at_least_h):
        return Judged(subject)
    known = usual(subject.pace, stream, policy, history_days=history_days, at_least_h=at_least_h)
    state, reason = _verdict(subject, silent_h, known)
    if state is subject.state and not is_due:
        return Judged(subject)
    quiet_since = (subject.quiet_since or now) if state is Pulse.QUIET else None
    told = subject.model_copy(update={"state": state, "quiet_since": quiet_since, "told_at": now})
    return Judged(told, _heartbeat(told, reason, known, now))


def taken_leave_of(subject: Subject, reason: Beat, now: datetime) -> Judged:
    """Return the last heartbeat of something that is no longer listened for: nobody knows how it is."""
    left = subject.model_copy(update={"state": Pulse.UNKNOWN, "quiet_since": None})
    return Judged(None, _heartbeat(left, reason, None, now))


def _verdict(subject: Subject, silent_h: int, known: Usual | None) -> tuple[Pulse, Beat]:
    if subject.quiet_since is not None:
        return Pulse.QUIET, Beat.SILENT
    is_back = subject.state is Pulse.QUIET
    if known is None:
        return Pulse.UNKNOWN, Beat.HEARD_AGAIN if is_back else Beat.TOO_LITTLE_HISTORY
    if silent_h >= known.quiet_after_h:
        return Pulse.QUIET, Beat.SILENT
    return Pulse.ALIVE, Beat.HEARD_AGAIN if is_back else Beat.AT_ITS_PACE


def _is_plain(subject: Subject, silent_h: int, at_least_h: int) -> bool:
    """Return whether there is nothing to work out: it is alive and was just heard of, or quiet and still silent."""
    if subject.state is Pulse.QUIET:
        return subject.quiet_since is not None
    return subject.state is Pulse.ALIVE and silent_h < at_least_h


def _is_due(subject: Subject, policy: Policy, now: datetime) -> bool:
    """Return whether its heartbeat is due though nothing changed: it was heard of since the last one, long ago."""
    if subject.told_at is None:
        return True
    every = timedelta(hours=policy.heartbeat_told_every_h)
    return subject.last_heard_at > subject.told_at and now - subject.told_at >= every


def _is_forgotten(subject: Subject, policy: Policy, now: datetime) -> bool:
    most = timedelta(days=policy.feed_forgotten_after_days)
    return subject.kind is SubjectKind.FEED and now - subject.last_heard_at > most


def _heartbeat(subject: Subject, reason: Beat, known: Usual | None, now: datetime) -> Heartbeat:
    return Heartbeat(
        kind=subject.kind,
        subject_id=subject.subject_id,
        label=subject.label,
        state=subject.state or Pulse.UNKNOWN,
        reason=reason,
        last_heard_at=subject.last_heard_at,
        usual_gap_s=round(known.gap_h * 3600) if known else None,
        quiet_after_s=known.quiet_after_h * 3600 if known else None,
        quiet_since=subject.quiet_since,
        assessed_at=now,
        hours=subject.pace.hours,
    )
