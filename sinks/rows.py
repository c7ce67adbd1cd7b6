"""Records as rows of the ledger: which field goes into which column."""

from __future__ import annotations

from typing import Any

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.record_base import Record, digest
from placewatch.records import Alert, Citation, DeadLetter, Event, Status
from sinks.model import (
    AlertRow,
    Base,
    CitationRow,
    EventRow,
    FeedHealthRow,
    HeartbeatRow,
    StatusRow,
)


def alert_values(alert: Alert) -> dict[str, Any]:
    """Return an alert's row without its `seq`, which the database gives."""
    return _same_named(AlertRow, alert) | {"references": list(alert.references)}


def status_values(status: Status) -> dict[str, Any]:
    """Return a status' row."""
    return _same_named(StatusRow, status)


def heartbeat_values(heartbeat: Heartbeat) -> dict[str, Any]:
    """Return a heartbeat's row."""
    return _same_named(HeartbeatRow, heartbeat)


def feed_health_values(health: FeedHealth) -> dict[str, Any]:
    """Return the row of how a feed does."""
    return _same_named(FeedHealthRow, health)


def event_values(event: Event) -> dict[str, Any]:
    """Return an event's row; `origins` is how many independent ones told it."""
    return _same_named(EventRow, event) | {
        "event_date": event.event_date.isoformat(),
        "origins": len(event.origins),
    }


def citation_values(
    kind: str, parent_id: str, citations: tuple[Citation, ...]
) -> list[dict[str, Any]]:
    """Return the rows of the evidence behind one alert, status or event, in the record's order."""
    return [
        _same_named(CitationRow, citation)
        | {
            "kind": kind,
            "parent_id": parent_id,
            "position": position,
            "origin_id": citation.origin.origin_id,
            "origin": citation.origin.name,
            "side": citation.origin.side,
            "reliability": citation.origin.reliability.value,
        }
        for position, citation in enumerate(citations)
    ]


def dead_letter_values(letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter's row; the same letter always has the same id."""
    parts = (letter.where, letter.reason, letter.error, letter.at.isoformat(), letter.raw)
    return {
        "dead_letter_id": digest(*parts),
        "at": letter.at,
        "reason": letter.reason,
        "error": letter.error,
        "where": letter.where,
        "raw": letter.raw,
    }


def _same_named(table: type[Base], record: Record) -> dict[str, Any]:
    """Return what the columns of `table` take from the fields of the same name, and the record itself."""
    columns = table.__table__.columns.keys()
    values = {name: getattr(record, name) for name in type(record).model_fields if name in columns}
    if "record" in columns:
        values["record"] = record.model_dump(mode="json", exclude_none=True)
    return values
