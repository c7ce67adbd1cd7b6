"""Statuses as GeoJSON (RFC 7946): one feature a place, for any map."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from placewatch.records import Status
from sinks.rendering.plain import one_line, position, utc


MEDIA_TYPE = "application/geo+json"
# Properties and what they are; docs/writers.md shows this table, and a test holds the two together.
PROPERTIES = {
    "place_id": "the place, as in every record and on the topics",
    "place": "its label",
    "control": "held, contested, besieged, threatened, vacated, unknown; normal, evacuated, open, closed, outage",
    "holder": "who holds it, or held it last; null when nobody is known to",
    "opponent": "who fights for it or lost it",
    "certainty": "claimed, confirmed, settled or disputed",
    "since": "since when, UTC",
    "last_confirmed_at": "when a source said so last, UTC",
    "is_stale": "whether nobody has said so for too long",
    "assessed_at": "when it was judged, UTC",
    "reason": "what brought it about, a word of data/reasons.yaml",
    "alert_id": "the alert that told it last",
}


def feature(status: Status) -> dict[str, Any]:
    """Return a place as a feature: longitude before latitude; no geometry where the place is not located."""
    point = position(status.latitude, status.longitude)
    geometry = None if point is None else {"type": "Point", "coordinates": [point[1], point[0]]}
    return {
        "type": "Feature",
        "id": status.place_id,
        "geometry": geometry,
        "properties": {
            "place_id": status.place_id,
            "place": one_line(status.place),
            "control": status.control.value,
            "holder": status.holder and one_line(status.holder),
            "opponent": status.opponent and one_line(status.opponent),
            "certainty": status.certainty.value,
            "since": status.since and utc(status.since),
            "last_confirmed_at": status.last_confirmed_at and utc(status.last_confirmed_at),
            "is_stale": status.is_stale,
            "assessed_at": utc(status.assessed_at),
            "reason": status.reason,
            "alert_id": status.alert_id,
        },
    }


def geojson(statuses: Iterable[Status]) -> Iterator[bytes]:
    """Yield the pieces of a FeatureCollection in UTF-8, a feature a line."""
    yield b'{"type": "FeatureCollection", "features": ['
    separator = "\n"
    for status in statuses:
        text = json.dumps(feature(status), ensure_ascii=False, allow_nan=False)
        yield f"{separator}{text}".encode()
        separator = ",\n"
    yield b"\n]}\n"
