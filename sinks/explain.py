"""Why a status is what it is: alerts, events, origins, articles and sentences as one tree. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from placewatch.plain_reasons import plain_reason
from placewatch.records import Alert, Citation, Event, Origin, Status
from placewatch.vocabulary import MsgType, Reliability


# tracking's word for an event that said what held already.
_SUPPORTED = "supported"


@dataclass(frozen=True, slots=True)
class OriginChain:
    """One origin and the reports that go back to it, in order of publication."""

    origin: Origin
    citations: tuple[Citation, ...]

    @property
    def has_counted(self) -> bool:
        """Whether any of its reports took part in the decision."""
        return any(citation.has_counted for citation in self.citations)

    @property
    def says_so(self) -> bool:
        """Whether any of its reports counted for the event."""
        return any(citation.is_evidence_for for citation in self.citations)

    @property
    def denies(self) -> bool:
        """Whether any of its reports counted against the event."""
        return any(c.has_counted and not c.is_evidence_for for c in self.citations)


@dataclass(frozen=True, slots=True)
class EventChain:
    """One event and who told it, the most reliable first; `event` is None for evidence outside any event."""

    event: Event | None
    origins: tuple[OriginChain, ...]


@dataclass(frozen=True, slots=True)
class AlertLink:
    """One alert and what became of it.

    Attributes:
        alert: the alert.
        after: the next alert about the place, or None for the last.
    """

    alert: Alert
    after: Alert | None

    @property
    def fate(self) -> str:
        """What the next alert did to it: updated, cancelled or superseded; "stands" for the last."""
        if self.after is None:
            return "stands"
        if self.alert.alert_id not in self.after.references:
            return "superseded"
        return "cancelled" if self.after.msg_type is MsgType.CANCEL else "updated"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole chain behind a place's status.

    Attributes:
        place_id: the place's id.
        place: its label.
        status: what holds there, None when only the alert was asked for.
        alert: the alert that told it, None when there was none.
        alerts: every alert about the place with what became of it, oldest first.
        events: those behind the alert; without an alert, those behind the status.
        later: those behind the status that the alert did not know of yet.
        others: other events that were weighed, the newest first.
        set_aside: reports that belong to no event, by origin.
    """

    place_id: str
    place: str
    status: Status | None
    alert: Alert | None
    alerts: tuple[AlertLink, ...]
    events: tuple[EventChain, ...]
    later: tuple[EventChain, ...] = ()
    others: tuple[EventChain, ...] = ()
    set_aside: tuple[OriginChain, ...] = ()

    @property
    def subject(self) -> Alert | Status:
        """What is explained: the status of a place, else the alert."""
        subject = self.status or self.alert
        assert subject is not None  # noqa: S101  # `explain` refuses to be called without either
        return subject

    @property
    def is_told(self) -> bool:
        """Whether the last alert says what holds; what was given, or happened long ago, is only recorded."""
        if self.status is None:
            return True
        now = (self.status.control, self.status.holder)
        return bool(self.alerts) and now == (
            self.alerts[-1].alert.control,
            self.alerts[-1].alert.holder,
        )

    @property
    def behind(self) -> tuple[EventChain, ...]:
        """The events behind what is explained: what brought it about, and what was told since and supports it."""
        known = [c for c in (*self.later, *self.events) if c.event is not None]
        brought = [c for c in known if c.event and c.event.event_id in self.subject.event_ids]
        if not brought:
            return tuple(c for c in self.events if c.event is None)
        since = max(c.event.event_date for c in brought if c.event)
        return (
            *brought,
            *(
                c
                for c in self.others
                if c.event and c.event.move == _SUPPORTED and c.event.event_date >= since
            ),
        )

    def origins(self, *, deny: bool = False) -> tuple[Origin, ...]:
        """Return who says so, each once, the most reliable first; with `deny`, who denies it."""
        found = {
            chain.origin.origin_id: chain.origin
            for event in self.behind
            for chain in event.origins
            if (chain.denies if deny else chain.says_so)
        }
        return tuple(found.values())

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "place_id": self.place_id,
            "place": self.place,
            "summary": _summary_as_dict(self),
            "status": _without_citations(self.status),
            "alert": _without_citations(self.alert),
            "alerts": [link_as_dict(link) for link in self.alerts],
            "events": [event_as_dict(chain) for chain in self.events],
            "later": [event_as_dict(chain) for chain in self.later],
            "others": [event_as_dict(chain) for chain in self.others],
            "set_aside": [_origin_as_dict(chain) for chain in self.set_aside],
        }


def explain(
    status: Status | None,
    alert: Alert | None,
    events: Sequence[Event],
    alerts: Sequence[Alert] = (),
) -> Explanation:
    """Return the chain behind a status and the alert that told it, or behind either alone.

    Evidence that the alert (or the lonely status) cites but no event does stands by itself at the end.

    Args:
        status: what holds, or None.
        alert: the alert that told it, or None.
        events: the place's events that were weighed, those behind the two among them.
        alerts: all alerts about the place, oldest first.

    Raises:
        ValueError: there is neither a status nor an alert.
    """
    subject = alert or status
    if subject is None:
        raise ValueError("there is nothing to explain without a status or an alert")
    own = [event for event in events if event.event_id in subject.event_ids]
    later_ids = set(status.event_ids if status else ()) - set(subject.event_ids)
    told = {_identity(citation) for event in events for citation in event.citations}
    others = tuple(citation for citation in subject.citations if _identity(citation) not in told)
    rest = [e for e in events if e not in own and e.event_id not in later_ids]
    return Explanation(
        subject.place_id,
        subject.place,
        status,
        alert,
        alerts=linked(alerts),
        events=(
            *(chain_of(event) for event in own),
            *([EventChain(None, _by_origin(others))] if others else []),
        ),
        later=tuple(chain_of(event) for event in events if event.event_id in later_ids),
        others=tuple(chain_of(event) for event in sorted(rest, key=_newest_first)),
        set_aside=_by_origin(status.set_aside) if status else (),
    )


def linked(alerts: Sequence[Alert]) -> tuple[AlertLink, ...]:
    """Return a place's alerts, oldest first as they are given, each with the next one."""
    return tuple(AlertLink(alert, after) for alert, after in zip_longest(alerts, alerts[1:]))


def chain_of(event: Event) -> EventChain:
    """Return an event with who told it."""
    return EventChain(event, _by_origin(event.citations))


def _newest_first(event: Event) -> tuple[float, str]:
    return (-event.last_reported_at.timestamp(), event.event_id)


def _by_origin(citations: Sequence[Citation]) -> tuple[OriginChain, ...]:
    grouped: dict[str, list[Citation]] = {}
    for citation in citations:
        grouped.setdefault(citation.origin.origin_id, []).append(citation)
    chains = [
        OriginChain(
            found[0].origin, tuple(sorted(found, key=lambda c: (c.published_at, c.article_id)))
        )
        for found in grouped.values()
    ]
    return tuple(sorted(chains, key=_most_reliable_first))


def _most_reliable_first(chain: OriginChain) -> tuple[bool, int, datetime, str]:
    return (
        not chain.has_counted,
        list(Reliability).index(chain.origin.reliability),
        chain.citations[0].published_at,
        chain.origin.origin_id,
    )


def _identity(citation: Citation) -> tuple[str, int, str, str]:
    return (citation.article_id, citation.revision, citation.sentence, citation.state.value)


def _without_citations(record: Status | Alert | Event | None) -> dict[str, Any] | None:
    if record is None:
        return None
    return record.model_dump(
        mode="json", exclude_none=True, exclude={"citations", "origins", "set_aside"}
    )


def _summary_as_dict(explanation: Explanation) -> dict[str, Any]:
    subject = explanation.subject
    grounds = subject.grounds
    return {
        "control": subject.control.value,
        "holder": subject.holder,
        "opponent": subject.opponent,
        "since": subject.since.isoformat() if subject.since else None,
        "certainty": subject.certainty.value,
        "grounds": grounds,
        "grounds_plain": plain_reason("grounds", grounds) if grounds else None,
        "admiralty": explanation.alert.admiralty if explanation.alert else None,
        "says_so": [origin.model_dump(mode="json") for origin in explanation.origins()],
        "denies": [origin.model_dump(mode="json") for origin in explanation.origins(deny=True)],
        "is_told": explanation.is_told,
        "reason": subject.reason,
        "reason_plain": plain_reason("move", subject.reason) if subject.reason else None,
    }


def link_as_dict(link: AlertLink) -> dict[str, Any]:
    """Return an alert with what became of it, for JSON."""
    return {
        **(_without_citations(link.alert) or {}),
        "fate": link.fate,
        "after": link.after.alert_id if link.after else None,
    }


def event_as_dict(chain: EventChain) -> dict[str, Any]:
    """Return an event with its origins and their reports, for JSON."""
    event = chain.event
    plain = {}
    if event is not None:
        plain["grounds_plain"] = plain_reason("grounds", event.grounds) if event.grounds else None
        plain["move_plain"] = plain_reason("move", event.move) if event.move else None
    return {
        "event": _without_citations(event),
        **plain,
        "origins": [_origin_as_dict(origin) for origin in chain.origins],
    }


def _origin_as_dict(chain: OriginChain) -> dict[str, Any]:
    return {
        **chain.origin.model_dump(mode="json"),
        "has_counted": chain.has_counted,
        "reports": [_report_as_dict(citation) for citation in chain.citations],
    }


def _report_as_dict(citation: Citation) -> dict[str, Any]:
    return {
        **citation.model_dump(mode="json", exclude={"origin"}),
        "counted_plain": plain_reason("counted", citation.counted),
        "joined_plain": plain_reason("joined", citation.joined) if citation.joined else None,
    }
