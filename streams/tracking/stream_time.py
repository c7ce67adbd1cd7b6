"""Stream time: the news' own. It passes for a place with the inputs about it, and at the end of a recording.

A place is looked at again at each midnight (UTC) that lies between two of its inputs: statuses settle, go stale and
threats lapse. Which inputs other places have, and when they arrive, makes no difference to it; so a replay without
a broker and workers that share the places say the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from placewatch.records import Assertion, Reading, WatchedPlace
from streams.tracking.context import Context
from streams.tracking.tracker import Advance, PlaceState, advance, tick


_DAY = timedelta(days=1)


def midnights(after: datetime, until: datetime) -> list[datetime]:
    """Return the midnights (UTC) after `after` up to and with `until`."""
    first = datetime.combine(after.astimezone(UTC).date(), time(), tzinfo=UTC) + _DAY
    return [first + n * _DAY for n in range((until - first) // _DAY + 1)]


def days_pass(
    state: PlaceState, context: Context, clock: datetime, now: datetime
) -> Iterator[Advance]:
    """Yield what the midnights after `clock` up to `now` cause, oldest first; nothing for those that change nothing.

    What time alone does it does once and for good, so the first midnight with a change is found by halving.
    """
    days = midnights(clock, now) if state.status is not None else []
    while days and _changes_at(state, context, days[-1]):
        first = bisect_left(days, x=True, key=lambda day: _changes_at(state, context, day))
        step = tick(state, context, days[first])
        state, days = step.state, days[first + 1 :]
        yield step


def _changes_at(state: PlaceState, context: Context, day: datetime) -> bool:
    step = tick(state, context, day)
    return bool(step.alerts or step.events or step.status)


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
    """Watched places through a recording: what each input causes, and what its end does.

    Attributes:
        clock: the latest time that any input told.
    """

    def __init__(self, places: Iterable[WatchedPlace], contexts: Mapping[str, Context]) -> None:
        """Take the places and the context of each, by its id."""
        self._places = {place.place_id: place for place in places}
        self._contexts = contexts
        self._states: dict[str, tuple[PlaceState, datetime]] = {}

    def begin(self) -> Iterator[Advance]:
        """Yield what the baselines cause: a status, but no alert."""
        for place in self._places.values():
            if place.baseline is not None:
                yield from self.take(place.baseline)

    def take(self, item: Reading | Assertion) -> Iterator[Advance]:
        """Yield what the days before an input cause, and then the input itself."""
        place, context = self._places[item.place_id], self._contexts[item.place_id]
        moment = item.told_at if isinstance(item, Reading) else item.as_of
        state, clock = self._states.get(item.place_id, (None, moment))
        now = max(clock, moment)
        if state is not None:
            for step in days_pass(state, context, clock, now):
                state = step.state
                yield step
        step = advance(state, item, context, now, place)
        self._states[item.place_id] = step.state, now
        yield step

    def end(self, at: datetime) -> Iterator[Advance]:
        """Yield what the days up to `at` cause at each place, in the order of the watchlist."""
        for place in self._places.values():
            yield from self.take(closing(place, at))
