"""All that is remembered of one place, and the place as it is judged from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from pydantic import AwareDatetime, Field, PrivateAttr

from placewatch.record_base import Record
from placewatch.records import Alert, Assertion, Reading, Status, WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.tracking.assess import Assessment, assess_by
from streams.tracking.context import Context
from streams.tracking.testimonies import Grown
from streams.tracking.workings import Workings


_PUBLISHED = attrgetter("published_at")


@dataclass(frozen=True, slots=True)
class SentIndex:
    """What is asked of the alerts sent at each reading.

    Attributes:
        alerts: the alerts, oldest first.
        causes: the inputs that caused them.
        oldest_at: the earliest moment of any, None where there is none.
    """

    alerts: tuple[Alert, ...]
    causes: frozenset[str]
    oldest_at: datetime | None

    @classmethod
    def of(cls, alerts: tuple[Alert, ...]) -> SentIndex:
        """Return the index of alerts."""
        causes = frozenset(alert.cause for alert in alerts)
        return cls(alerts, causes, min((alert.at for alert in alerts), default=None))


@dataclass(slots=True, eq=False)
class Memo:
    """What was worked out of a state, each beside what it was worked out of; states that follow each other share it.

    Attributes:
        workings: what was worked out of its readings.
        place: what the watchlist says, where the state has all of it.
        assertions: what was given when it was found to have it.
        given: a context, what was given, and the context that knows it.
        sent: what is asked of the alerts sent.
        oldest: readings, and when the oldest was published.
        grown: what the reading that came last was added to.
    """

    workings: Workings | None = None
    place: WatchedPlace | None = None
    assertions: Mapping[str, Assertion] | None = None
    given: tuple[Context, Mapping[str, Assertion], Context] | None = None
    sent: SentIndex | None = None
    oldest: tuple[Mapping[str, Reading], datetime | None] | None = None
    grown: Grown | None = None

    def __eq__(self, other: object) -> bool:
        """What is worked out never makes two states of a place differ: it follows from them."""
        return isinstance(other, Memo)

    __hash__ = None  # type: ignore[assignment]  # equal ones may hold different things


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
    _memo: Memo = PrivateAttr(default_factory=Memo)

    @property
    def _known(self) -> Memo:
        """What was worked out; pydantic's own way to a private attribute takes ten times as long."""
        memo: Memo = (self.__pydantic_private__ or {})["_memo"]
        return memo

    def known_as(self, place: WatchedPlace) -> bool:
        """Return whether `noted_as` was called with this place, and nothing was given since."""
        memo = self._known
        return memo.place is place and memo.assertions is self.assertions

    def noted_as(self, place: WatchedPlace) -> PlaceState:
        """Note that all that the watchlist says of the place is taken over; return the state."""
        memo = self._known
        memo.place, memo.assertions = place, self.assertions
        return self

    def context(self, context: Context) -> Context:
        """Return a context with what is given here."""
        memo = self._known
        if (
            memo.given is None
            or memo.given[0] is not context
            or memo.given[1] is not self.assertions
        ):
            knowing = context.knowing(self.assertions.values())
            memo.given = context, self.assertions, knowing
        return memo.given[2]

    def workings(self, context: Context) -> Workings:
        """Return what was worked out of this place before, by what is given; new ones where there are none."""
        memo, context = self._known, self.context(context)
        if memo.workings is None or memo.workings.context != context:
            memo.workings = Workings(context)
        return memo.workings

    def take(self, context: Context) -> bool:
        """Bring what was worked out up to date with the readings; return whether anything that may count changed."""
        return self.workings(context).take(self.readings, self._known.grown)

    def sent_index(self) -> SentIndex:
        """Return what is asked of the alerts sent at each reading."""
        memo = self._known
        if memo.sent is None or memo.sent.alerts is not self.sent:
            memo.sent = SentIndex.of(self.sent)
        return memo.sent

    def oldest(self) -> datetime | None:
        """Return when the oldest of the readings was published, None where there is none."""
        memo = self._known
        if memo.oldest is None or memo.oldest[0] is not self.readings:
            oldest = min(map(_PUBLISHED, self.readings.values()), default=None)
            memo.oldest = self.readings, oldest
        return memo.oldest[1]

    def with_reading(self, reading: Reading) -> PlaceState:
        """Return the state with one reading more, in place of an earlier one of its article."""
        readings = {**self.readings, reading.article_id: reading}
        self._known.grown = Grown(self.readings, readings, reading)
        if reading.article_id not in self.readings:
            oldest = self.oldest()
            memo = self._known
            is_older = oldest is None or reading.published_at < oldest
            memo.oldest = readings, reading.published_at if is_older else oldest
        return self.model_copy(update={"readings": readings})


def assess_state(state: PlaceState, context: Context, now: datetime) -> Assessment:
    """Return the place as it is at `now` from all that is remembered of it."""
    workings = state.workings(context)
    state.take(context)
    return assess_by(
        workings, state.assertions.values(), now, place_id=state.place_id, place=state.place
    )
