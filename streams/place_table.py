"""The tracked places: what is small of a place as one row, each of its readings as a row of its own.

One more reading so writes itself and what is small, not all readings again. Places that were in use lately are kept
as objects too, with what was worked out of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from placewatch.records import Reading, Record
from streams.tracking.place_state import PlaceState


# Readings as objects take some 6 KB each, and busy places have a hundred.
MOST_IN_USE = 1_000
# A place id has no such character in it.
_BETWEEN = "\x1f"


class TrackedPlace(Record):
    """What the tracker knows of one place.

    Attributes:
        state: all that counts for its status.
        clock: the latest time any of its inputs told.
        partition: where its inputs lie; who owns that owns the place.
        reading_ids: the articles whose readings lie in rows of their own; in a row the state holds none.
    """

    state: PlaceState
    clock: AwareDatetime
    partition: int = 0
    reading_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _InUse:
    """A place as an object, and the row that it was read from or written as."""

    row: bytes
    place: TrackedPlace


class PlaceTable:
    """Tracked places under their ids, in two tables; each row written with the partition of what caused it."""

    def __init__(self, places: Any, readings: Any, most_in_use: int = MOST_IN_USE) -> None:
        """Take the Faust tables of places and of readings, and how many places to keep as objects."""
        self._places = places
        self._readings = readings
        self._most_in_use = most_in_use
        self._in_use: OrderedDict[str, _InUse] = OrderedDict()
        self._wakes: dict[str, tuple[bytes, datetime | None]] = {}

    def get(self, place_id: str) -> TrackedPlace | None:
        """Return a place, None when nothing is known of it."""
        row = self._places.data.get(place_id.encode())
        if row is None:
            return None
        known = self._in_use.get(place_id)
        # Another object than was written here: another worker's, from the changelog.
        if known is None or known.row is not row:
            return self._use(place_id, row, self._read(place_id, row))
        self._in_use.move_to_end(place_id)
        return known.place

    def put(self, place_id: str, place: TrackedPlace, partition: int) -> None:
        """Keep a place, here and in the changelogs: what is small, and the readings that are new or gone."""
        before = self.get(place_id)
        lie_apart = set(before.reading_ids) if before else set()
        old: Mapping[str, Reading] = before.state.readings if before else {}
        new = place.state.readings
        for article_id, reading in new.items():
            if article_id not in lie_apart or old.get(article_id) is not reading:
                self._write(self._readings, _key(place_id, article_id), reading, partition)
        for article_id in lie_apart - new.keys():
            self._write(self._readings, _key(place_id, article_id), None, partition)
        place = place.model_copy(update={"reading_ids": tuple(new)})
        small = place.state.model_copy(update={"readings": {}})
        row = place.model_copy(update={"state": small})
        raw = self._write(self._places, place_id.encode(), row, partition)
        self._use(place_id, raw, place)

    def due(self, now: datetime) -> Iterator[str]:
        """Yield the places that time alone has changed by `now`; those are looked at that changed elsewhere too."""
        for key, row in list(self._places.data.items()):
            place_id = key.decode()
            known_row, wakes_at = self._wakes.get(place_id, (None, None))
            if known_row is not row:
                place = self.get(place_id)
                wakes_at = place.state.wakes_at if place else None
            if wakes_at is not None and wakes_at <= now:
                yield place_id

    def _use(self, place_id: str, row: bytes, place: TrackedPlace) -> TrackedPlace:
        self._wakes[place_id] = row, place.state.wakes_at
        self._in_use[place_id] = _InUse(row, place)
        self._in_use.move_to_end(place_id)
        if len(self._in_use) > self._most_in_use:
            self._in_use.popitem(last=False)
        return place

    def _read(self, place_id: str, row: bytes) -> TrackedPlace:
        """Return a place with its readings; one whose row is not there yet comes again with its input."""
        place = TrackedPlace.from_json(row)
        rows = ((i, self._readings.data.get(_key(place_id, i))) for i in place.reading_ids)
        apart = {i: Reading.from_json(raw) for i, raw in rows if raw is not None}
        readings = {**place.state.readings, **apart}
        state = place.state.model_copy(update={"readings": readings})
        return place.model_copy(update={"state": state, "reading_ids": tuple(apart)})

    @staticmethod
    def _write(table: Any, key: bytes, record: Record | None, partition: int) -> bytes:
        raw = b"" if record is None else record.to_json()
        table.send_changelog(partition, key, raw or None)
        if record is None:
            table.data.pop(key, None)
        else:
            table.data[key] = raw
        return raw


def _key(place_id: str, article_id: str) -> bytes:
    return f"{place_id}{_BETWEEN}{article_id}".encode()
