"""All that is remembered of one place, and the place as it is judged from that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime, Field, PrivateAttr

from placewatch.records import Alert, Assertion, Reading, Record, Status
from placewatch.vocabulary import PlaceKind
from streams.tracking.assess import Assessment, assess_by
from streams.tracking.context import Context
from streams.tracking.workings import Workings


class PlaceState(Record):
    """All that is remembered of one place; compact JSON, for it is written to the changelog at each update.

    Attributes:
        place_id: the place.
        place: its label.
        readings: the newest reading of each article within the horizon, by article id.
        assertions: what is given, by assertion id; a checkpoint stands for what lies beyond the horizon.
        status: what held when it was last judged.
        sent: alerts of the horizon and the chain that the next one may refer to, oldest first.
        event_marks: event id to a digest of what was last published of it.
        latitude: degrees north, from the watchlist.
        longitude: degrees east.
        country: its country's name, from the watchlist, as the rest of where it lies.
        country_code: ISO 3166-1 alpha-2.
        admin1: its province, governorate or oblast.
        kind: what kind of place it is.
        part_of: the id of the town it is part of.
        wakes_at: when time alone may change something next, or None where it cannot.
    """

    place_id: str
    place: str
    readings: Mapping[str, Reading] = Field(default_factory=dict)
    assertions: Mapping[str, Assertion] = Field(default_factory=dict)
    status: Status | None = None
    sent: tuple[Alert, ...] = ()
    event_marks: Mapping[str, str] = Field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None
    country: str | None = None
    country_code: str | None = None
    admin1: str | None = None
    kind: PlaceKind | None = None
    part_of: str | None = None
    wakes_at: AwareDatetime | None = None
    _workings: Workings | None = PrivateAttr(default=None)

    def workings(self, context: Context) -> Workings:
        """Return what was worked out of this place before, by this context; new ones where there are none."""
        if self._workings is None or self._workings.context != context:
            self._workings = Workings(context)
        return self._workings


def workings_of(state: PlaceState, context: Context) -> Workings:
    """Return what was worked out of a place before, by what is given there now."""
    return state.workings(context.knowing(state.assertions.values()))


def assess_state(state: PlaceState, context: Context, now: datetime) -> Assessment:
    """Return the place as it is at `now` from all that is remembered of it."""
    workings = workings_of(state, context)
    workings.take(state.readings)
    return assess_by(
        workings, state.assertions.values(), now, place_id=state.place_id, place=state.place
    )
