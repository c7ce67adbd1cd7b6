"""A place's past as what a picture of it shows: what held from when to when, the alerts, who said so or denied it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from placewatch.names import fold_name
from placewatch.records import Alert, Event, Status
from placewatch.vocabulary import Control, MsgType


@dataclass(frozen=True, slots=True)
class Segment:
    """What held for a while.

    Attributes:
        start: from when.
        end: until when.
        control: what held.
        side: the holder's side, or None; the holder's name where nobody says which side that is.
        holder: the holder's name, or None.
    """

    start: datetime
    end: datetime
    control: Control
    side: str | None
    holder: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """One report: when it was published, whose word it is, whether it denies, whether it counted."""

    at: datetime
    side: str | None
    is_denial: bool
    has_counted: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything a picture of a place's past shows.

    Attributes:
        place: its label.
        start: the earliest moment shown.
        end: the latest.
        segments: what held, oldest first, without gaps.
        alerts: all alerts, oldest first.
        ticks: all reports that are known, oldest first.
    """

    place: str
    start: datetime
    end: datetime
    segments: tuple[Segment, ...]
    alerts: tuple[Alert, ...]
    ticks: tuple[Tick, ...]


def timeline(
    place: str, alerts: Sequence[Alert], events: Sequence[Event], status: Status | None
) -> Timeline:
    """Return a place's past from its alerts, oldest first, its events and what holds now.

    What held begins when the news say that it began, and at the alert where an alert takes something back.

    Raises:
        ValueError: nothing is known of the place at all.
    """
    ticks = _ticks(events)
    moments = [a.at for a in alerts] + [t.at for t in ticks]
    if status is not None:
        moments += [m for m in (status.since, status.last_confirmed_at) if m]
        moments = moments or [status.assessed_at]
    if not moments:
        raise ValueError(f"nothing is known of {place}")
    span = max(moments) - min(moments)
    start = min(moments) - max(span * _BEFORE, _LEAST_MARGIN)
    end = max(moments) + max(span * _AFTER, _LEAST_MARGIN)
    segments = _segments(alerts, status, start, end, _sides(events))
    return Timeline(place, start, end, segments, tuple(alerts), ticks)


# What holds now is what people look for: it gets room of its own.
_BEFORE, _AFTER = 0.03, 0.12
_LEAST_MARGIN = timedelta(hours=6)


def _segments(
    alerts: Sequence[Alert],
    status: Status | None,
    start: datetime,
    end: datetime,
    sides: Mapping[str, str],
) -> tuple[Segment, ...]:
    def segment(control: Control, holder: str | None, since: datetime) -> Segment:
        side = sides.get(fold_name(holder), fold_name(holder)) if holder else None
        return Segment(since, end, control, side, holder)

    if not alerts:
        assert status is not None  # noqa: S101  # `timeline` refuses to draw nothing
        return (segment(status.control, status.holder, start),)
    first = alerts[0]
    found = [segment(first.previous_control, first.previous_holder, start)]
    for alert in alerts:
        last = found[-1]
        if (alert.control, alert.holder) == (last.control, last.holder):
            continue
        began = alert.since if alert.msg_type is MsgType.ALERT and alert.since else alert.at
        if not last.start < began <= alert.at:
            began = alert.at
        found[-1] = replace(last, end=began)
        found.append(segment(alert.control, alert.holder, began))
    return tuple(found)


def _sides(events: Sequence[Event]) -> dict[str, str]:
    """Return the side of each name that events give for whoever acts."""
    return {fold_name(e.actor): e.side for e in events if e.actor and e.side}


def _ticks(events: Sequence[Event]) -> tuple[Tick, ...]:
    """Return each report once, though several events may cite its article."""
    found = {
        (c.published_at, c.article_id, c.origin.origin_id, c.factuality.value == "denied"): Tick(
            c.published_at, c.origin.side, c.factuality.value == "denied", c.has_counted
        )
        for c in sorted((c for e in events for c in e.citations), key=lambda c: c.has_counted)
    }
    return tuple(found[key] for key in sorted(found))
