"""Why a status is what it is: alert, events, origins, articles and sentences as one tree. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from placewatch.records import Alert, Citation, Event, Origin, Status
from placewatch.vocabulary import Reliability


# tracking's word for a report that took part in the decision begins so; any other word is why it did not.
_COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class OriginChain:
    """One origin and the reports that go back to it, in order of publication."""

    origin: Origin
    citations: tuple[Citation, ...]

    @property
    def has_counted(self) -> bool:
        """Whether any of its reports took part in the decision."""
        return any(is_counted(citation) for citation in self.citations)


@dataclass(frozen=True, slots=True)
class EventChain:
    """One event and who told it, the most reliable first; `event` is None for evidence outside any event."""

    event: Event | None
    origins: tuple[OriginChain, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole chain behind a place's status.

    Attributes:
        place_id: the place's id.
        place: its label.
        status: what holds there, None when only the alert was asked for.
        alert: the alert that told it, None when there was none.
        events: those behind the alert; without an alert, those behind the status.
        later: those behind the status that the alert did not know of yet.
    """

    place_id: str
    place: str
    status: Status | None
    alert: Alert | None
    events: tuple[EventChain, ...]
    later: tuple[EventChain, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "place_id": self.place_id,
            "place": self.place,
            "status": _without_citations(self.status),
            "alert": _without_citations(self.alert),
            "events": [_event_as_dict(chain) for chain in self.events],
            "later": [_event_as_dict(chain) for chain in self.later],
        }


def is_counted(citation: Citation) -> bool:
    """Return whether a report took part in the decision."""
    return citation.counted.startswith(_COUNTED)


def explain(status: Status | None, alert: Alert | None, events: Sequence[Event]) -> Explanation:
    """Return the chain behind a status and the alert that told it, or behind either alone.

    Evidence that the alert (or the lonely status) cites but none of its events does stands by itself at the end.

    Raises:
        ValueError: there is neither a status nor an alert.
    """
    subject = alert or status
    if subject is None:
        raise ValueError("there is nothing to explain without a status or an alert")
    own = [event for event in events if event.event_id in subject.event_ids]
    told = {_identity(citation) for event in own for citation in event.citations}
    others = tuple(citation for citation in subject.citations if _identity(citation) not in told)
    return Explanation(
        subject.place_id,
        subject.place,
        status,
        alert,
        events=(
            *(EventChain(event, _by_origin(event.citations)) for event in own),
            *([EventChain(None, _by_origin(others))] if others else []),
        ),
        later=tuple(
            EventChain(event, _by_origin(event.citations)) for event in events if event not in own
        ),
    )


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
    order = list(Reliability)
    return tuple(
        sorted(
            chains,
            key=lambda chain: (
                not chain.has_counted,
                order.index(chain.origin.reliability),
                chain.citations[0].published_at,
                chain.origin.origin_id,
            ),
        )
    )


def _identity(citation: Citation) -> tuple[str, int, str, str]:
    return (citation.article_id, citation.revision, citation.sentence, citation.state.value)


def _without_citations(record: Status | Alert | Event | None) -> dict[str, Any] | None:
    if record is None:
        return None
    return record.model_dump(mode="json", exclude_none=True, exclude={"citations", "origins"})


def _event_as_dict(chain: EventChain) -> dict[str, Any]:
    return {
        "event": _without_citations(chain.event),
        "origins": [_origin_as_dict(origin) for origin in chain.origins],
    }


def _origin_as_dict(chain: OriginChain) -> dict[str, Any]:
    return {
        **chain.origin.model_dump(mode="json"),
        "has_counted": chain.has_counted,
        "reports": [
            citation.model_dump(mode="json", exclude={"origin"}) for citation in chain.citations
        ],
    }
