"""The tracked places: what is small of a place as one row, each of its readings and alerts as a row of its own.

One more reading so writes itself and what is small, not all readings and alerts again. Places that were in use lately
are kept as objects too, with what was worked out of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import is_not
from typing import Any, TypeVar

from pydantic import AwareDatetime

from placewatch.record_base import Record
from placewatch.records import Alert, Reading
from streams.tracking.place_state import PlaceState


# How many readings are kept as objects, with what is worked out of each some 11 KB: 1.7 GB at most, where so
# many lie within the horizon. A place that is read from its rows is judged from scratch, which takes as long as some
# ten readings of one in use.
MOST_IN_USE = 150_000
# A place id has no such character in it.
_BETWEEN = "\x1f"

# What lies in rows of its own.
_APART = {"state": {"readings", "sent"}}

_Item = TypeVar("_Item", bound=Record)


class TrackedPlace(Record):
    """What the tracker knows of one place.

    Attributes:
        state: all that counts for its status.
        clock: the latest time any of its inputs told.
        partition: where its inputs lie; who owns that owns the place.
        reading_ids: the articles whose readings lie in rows of their own; in a row the state holds none.
        alert_ids: the alerts sent that lie in rows of their own, oldest first; in a row the state holds none.
    """

    state: PlaceState
    clock: AwareDatetime
    partition: int = 0
    reading_ids: tuple[str, ...] = ()
    alert_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _InUse:
    """A place as an object, and the rows that it was read from or written as: its own, its readings', its alerts'."""

    row: bytes
    place: TrackedPlace
    readings: Mapping[str, Reading]
    alerts: Mapping[str, Alert]

    @property
    def weight(self) -> int:
        """What it takes of the room for objects: its readings, and no less than one."""
        return max(1, len(self.place.state.readings))


class PlaceTable:
    """Tracked places under their ids, in two tables; each row written with the partition of what caused it.

    Alerts lie in the table of places: of one changelog topic a worker that takes over finds the beginning, so an alert
    that a place refers to is there. A reading that is not there yet comes again with its input; an alert would not.
    """

    def __init__(self, places: Any, readings: Any, most_in_use: int = MOST_IN_USE) -> None:
        """Take the Faust tables of places and of readings, and of how many readings to keep the places as objects."""
        self._places = places
        self._readings = readings
        self._most_in_use = most_in_use
        self._in_use: OrderedDict[str, _InUse] = OrderedDict()
        self._weight = 0
        self._wakes: dict[str, tuple[bytes, datetime | None]] = {}

    def get(self, place_id: str) -> TrackedPlace | None:
        """Return a place, None when nothing is known of it."""
        known = self._known(place_id)
        return None if known is None else known.place

    def put(
        self,
        place_id: str,
        place: TrackedPlace,
        partition: int,
        raw: tuple[Record, bytes] | None = None,
    ) -> None:
        """Keep a place, here and in the changelogs: what is small, and the readings and alerts that are new or gone.

        What it refers to is written before it, and what it refers to no longer is removed after it. `raw` is a reading
        and the bytes it came as, which need not be made again.
        """
        known = self._known(place_id)
        readings, sent = place.state.readings, place.state.sent
        if known is not None and known.place.state.sent is sent and len(known.alerts) == len(sent):
            alerts = known.alerts
        else:
            alerts = {alert.alert_id: alert for alert in sent}
        apart = (
            (self._readings, known.readings if known else {}, readings),
            (self._places, known.alerts if known else {}, alerts),
        )
        for table, old, new in apart:
            for item_id, item in _news(old, new).items():
                row = raw[1] if raw is not None and raw[0] is item else item.to_json()
                self._write(table, _key(place_id, item_id), row, partition)
        row = TrackedPlace(
            state=place.state,
            clock=place.clock,
            partition=place.partition,
            reading_ids=tuple(readings),
            alert_ids=tuple(alerts),
        ).to_json(exclude=_APART)
        self._write(self._places, place_id.encode(), row, partition)
        for table, old, new in apart:
            if old is not new:
                for item_id in old.keys() - new.keys():
                    self._write(table, _key(place_id, item_id), None, partition)
        self._use(place_id, _InUse(row, place, readings, alerts))

    def due(self, now: datetime) -> Iterator[str]:
        """Yield the places that time alone has changed by `now`; those are looked at that changed elsewhere too."""
        for key, row in list(self._places.data.items()):
            place_id = key.decode()
            if _BETWEEN in place_id:
                continue
            known_row, wakes_at = self._wakes.get(place_id, (None, None))
            if known_row is not row:
                place = self.get(place_id)
                wakes_at = place.state.wakes_at if place else None
            if wakes_at is not None and wakes_at <= now:
                yield place_id

    def _known(self, place_id: str) -> _InUse | None:
        row = self._places.data.get(place_id.encode())
        if row is None:
            return None
        known = self._in_use.get(place_id)
        # Another object than was written here: another worker's, from the changelog.
        if known is None or known.row is not row:
            return self._use(place_id, self._read(place_id, row))
        self._in_use.move_to_end(place_id)
        return known

    def _use(self, place_id: str, used: _InUse) -> _InUse:
        self._wakes[place_id] = used.row, used.place.state.wakes_at
        before = self._in_use.get(place_id)
        self._weight += used.weight - (before.weight if before else 0)
        self._in_use[place_id] = used
        self._in_use.move_to_end(place_id)
        while self._weight > self._most_in_use and len(self._in_use) > 1:
            _, idle = self._in_use.popitem(last=False)
            self._weight -= idle.weight
        return used

    def _read(self, place_id: str, row: bytes) -> _InUse:
        """Return a place with its readings and alerts; a reading whose row is not there yet comes again with its input."""
        place = TrackedPlace.from_json(row)
        readings = _rows(self._readings, place_id, place.reading_ids, Reading)
        for reading in readings.values():
            reading.lean()
        alerts = _rows(self._places, place_id, place.alert_ids, Alert)
        state = place.state.model_copy(
            update={
                # What an earlier version kept within the row comes first: it is older.
                "readings": {**place.state.readings, **readings},
                "sent": (*place.state.sent, *alerts.values()),
            }
        )
        return _InUse(row, place.model_copy(update={"state": state}), readings, alerts)

    @staticmethod
    def _write(table: Any, key: bytes, row: bytes | None, partition: int) -> None:
        table.send_changelog(partition, key, row)
        if row is None:
            table.data.pop(key, None)
        else:
            table.data[key] = row


def _news(old: Mapping[str, _Item], new: Mapping[str, _Item]) -> Mapping[str, _Item]:
    """Return what is not the same object as before."""
    if old is new:
        return {}
    return dict(compress(new.items(), map(is_not, map(old.get, new), new.values())))


def _rows(table: Any, place_id: str, ids: Iterable[str], record: type[_Item]) -> dict[str, _Item]:
    """Return what lies apart, by its id, as far as it is there."""
    rows = ((i, table.data.get(_key(place_id, i))) for i in ids)
    return {i: record.from_json(raw) for i, raw in rows if raw is not None}


def _key(place_id: str, item_id: str) -> bytes:
    return f"{place_id}{_BETWEEN}{item_id}".encode()
