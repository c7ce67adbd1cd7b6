"""What every worker knows whole, whichever partitions it reads: the watched places and what is asserted of them.

Readings and assertions lie on two topics, and Kafka gives no order between topics. So the assertions that were
there when a worker starts are known before its first reading: a baseline never comes too late.
"""

from __future__ import annotations

from collections.abc import Iterable

from placewatch.records import Assertion, WatchedPlace


class Givens:
    """The watchlist in force and the assertions known; `version` counts the changes of the watchlist."""

    def __init__(self, places: Iterable[WatchedPlace]) -> None:
        self._places = {place.place_id: place for place in places}
        self._assertions: dict[str, dict[str, Assertion]] = {}
        self.version = 0

    @property
    def places(self) -> tuple[WatchedPlace, ...]:
        """The watched places, in an order that depends on nothing but them."""
        return tuple(self._places[place_id] for place_id in sorted(self._places))

    def place(self, place_id: str) -> WatchedPlace | None:
        """Return a watched place, None when it is not watched."""
        return self._places.get(place_id)

    def assertions_of(self, place_id: str) -> tuple[Assertion, ...]:
        """Return what is asserted of a place, its baseline from the watchlist first."""
        place = self._places.get(place_id)
        baseline = (place.baseline,) if place is not None and place.baseline is not None else ()
        return (*baseline, *self._assertions.get(place_id, {}).values())

    def put_place(self, place: WatchedPlace) -> bool:
        """Watch a place, or no longer when it `is_removed`; return whether that changed anything."""
        known = self._places.get(place.place_id)
        if place.is_removed:
            if known is None:
                return False
            del self._places[place.place_id]
        elif known == place:
            return False
        else:
            self._places[place.place_id] = place
        self.version += 1
        return True

    def put_assertion(self, assertion: Assertion) -> None:
        """Remember an assertion; the same id again replaces it."""
        self._assertions.setdefault(assertion.place_id, {})[assertion.assertion_id] = assertion
