"""The tracked places: what is small of a place as one row, each of its readings and alerts as a row of its own.

One more reading so writes itself and what is small, not all readings and alerts again. Places that were in use lately
are kept as objects too, with what was worked out of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime

from placewatch.records import Alert, Reading, Record
from streams.tracking.place_state import PlaceState


# Readings as objects take some 6 KB each, and busy places have a hundred.
MOST_IN_USE = 1_000
# A place id has no such character in it.
_BETWEEN = "\x1f"

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
    """A place as an object, and the row that it was read from or written as."""

    row: bytes
    place: TrackedPlace


class PlaceTable:
    """Tracked places under their ids, in two tables; each row written with the partition of what caused it.

    Alerts lie in the table of places: of one changelog topic a worker that takes over finds the beginning, so an alert
    that a place refers to is there. A reading that is not there yet comes again with its input; an alert would not.
    """

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
        """Keep a place, here and in the changelogs: what is small, and the readings and alerts that are new or gone.

        What it refers to is written before it, and what it refers to no longer is removed after it.
        """
        before = self.get(place_id)
        readings = _differences(
            before.reading_ids if before else (),
            before.state.readings if before else {},
            place.state.readings,
        )
        alerts = _NO_DIFFERENCES
        if before is None or not _has_all_alerts(before, place):
            alerts = _differences(
                before.alert_ids if before else (),
                _by_id(before.state.sent if before else ()),
                _by_id(place.state.sent),
            )
        for table, news in ((self._readings, readings.news), (self._places, alerts.news)):
            for item_id, item in news.items():
                self._write(table, _key(place_id, item_id), item, partition)
        kept = place.model_copy(
            update={
                "reading_ids": tuple(place.state.readings),
                "alert_ids": tuple(a.alert_id for a in place.state.sent),
            }
        )
        small = place.state.model_copy(update={"readings": {}, "sent": ()})
        row = kept.model_copy(update={"state": small})
        raw = self._write(self._places, place_id.encode(), row, partition)
        for table, gone in ((self._readings, readings.gone), (self._places, alerts.gone)):
            for item_id in gone:
                self._write(table, _key(place_id, item_id), None, partition)
        self._use(place_id, raw, kept)

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

    def _use(self, place_id: str, row: bytes, place: TrackedPlace) -> TrackedPlace:
        self._wakes[place_id] = row, place.state.wakes_at
        self._in_use[place_id] = _InUse(row, place)
        self._in_use.move_to_end(place_id)
        if len(self._in_use) > self._most_in_use:
            self._in_use.popitem(last=False)
        return place

    def _read(self, place_id: str, row: bytes) -> TrackedPlace:
        """Return a place with its readings and alerts; a reading whose row is not there yet comes again with its input."""
        place = TrackedPlace.from_json(row)
        readings = _rows(self._readings, place_id, place.reading_ids, Reading)
        alerts = _rows(self._places, place_id, place.alert_ids, Alert)
        state = place.state.model_copy(
            update={
                # What an earlier version kept within the row comes first: it is older.
                "readings": {**place.state.readings, **readings},
                "sent": (*place.state.sent, *alerts.values()),
            }
        )
        apart = {"reading_ids": tuple(readings), "alert_ids": tuple(alerts)}
        return place.model_copy(update={"state": state, **apart})

    @staticmethod
    def _write(table: Any, key: bytes, record: Record | None, partition: int) -> bytes:
        raw = b"" if record is None else record.to_json()
        table.send_changelog(partition, key, raw or None)
        if record is None:
            table.data.pop(key, None)
        else:
            table.data[key] = raw
        return raw


@dataclass(frozen=True, slots=True)
class _Differences:
    """What is to be written of the things that lie apart, and the ids of those that are no more."""

    news: Mapping[str, Record]
    gone: Collection[str]


_NO_DIFFERENCES = _Differences({}, ())


def _differences(
    lie_apart: Iterable[str], old: Mapping[str, Record], new: Mapping[str, Record]
) -> _Differences:
    apart = set(lie_apart)
    news = {i: item for i, item in new.items() if old.get(i) is not item or i not in apart}
    return _Differences(news, apart - new.keys())


def _has_all_alerts(before: TrackedPlace, place: TrackedPlace) -> bool:
    """Whether the alerts of a place are those that lie apart already: most readings cause none."""
    sent = place.state.sent
    return sent is before.state.sent and len(sent) == len(before.alert_ids)


def _by_id(alerts: Iterable[Alert]) -> dict[str, Alert]:
    return {alert.alert_id: alert for alert in alerts}


def _rows(table: Any, place_id: str, ids: Iterable[str], record: type[_Item]) -> dict[str, _Item]:
    """Return what lies apart, by its id, as far as it is there."""
    rows = ((i, table.data.get(_key(place_id, i))) for i in ids)
    return {i: record.from_json(raw) for i, raw in rows if raw is not None}


def _key(place_id: str, item_id: str) -> bytes:
    return f"{place_id}{_BETWEEN}{item_id}".encode()
