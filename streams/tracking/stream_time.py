"""Stream time: the news' own. It passes for a place with the inputs about it, and at the end of a recording.

Between two of its inputs statuses settle, go stale and threats lapse, each at its own moment. Which inputs other
places have, and when they arrive, makes no difference to it; so a replay without a broker and workers that share
the places say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from placewatch.records import Assertion, Reading, WatchedPlace
from streams.tracking.context import Context
from streams.tracking.place_state import PlaceState
from streams.tracking.tracker import Advance, advance


def closing(place: WatchedPlace, at: datetime) -> Reading:
    """Return the input that says nothing but that time has come to `at`: an empty reading of no article's."""
    return Reading(
        place_id=place.place_id,
        place=place.place,
        article_id=f"until:{at.isoformat()}",
        source_id="recording",
        published_at=at,
        fetched_at=at,
    )


class Recording:
    """Watched places through a recording: what each input causes, and what its end does."""

    def __init__(self, places: Iterable[WatchedPlace], contexts: Mapping[str, Context]) -> None:
        """Take the places and the context of each, by its id."""
        self._places = {place.place_id: place for place in places}
        self._contexts = contexts
        self._states: dict[str, tuple[PlaceState, datetime]] = {}

    def begin(self) -> Iterator[Advance]:
        """Yield what the baselines cause: a status, but no alert."""
        for place in self._places.values():
            if place.baseline is not None:
                yield self.take(place.baseline)

    def take(self, item: Reading | Assertion) -> Advance:
        """Return what an input causes, and before it the time since the one before."""
        place, context = self._places[item.place_id], self._contexts[item.place_id]
        moment = item.told_at if isinstance(item, Reading) else item.as_of
        state, clock = self._states.get(item.place_id, (None, moment))
        now = max(clock, moment)
        step = advance(state, item, context, now, place)
        self._states[item.place_id] = step.state, now
        return step

    def end(self, at: datetime) -> Iterator[Advance]:
        """Yield what the time up to `at` causes at each place, in the order of the watchlist."""
        for place in self._places.values():
            yield self.take(closing(place, at))
