"""The reports of a place's readings as testimony: who says what of which side and day, kept up to date one reading at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter, is_not

from placewatch.records import Reading, Report
from placewatch.vocabulary import (
    TAKING_STATES,
    WAR_STATES,
    DatePrecision,
    Factuality,
    State,
)
from streams.tracking.civil import control_after, is_said_to_remain
from streams.tracking.context import Context
from streams.tracking.events import ONGOING, Testimony
from streams.tracking.origins import Attributed, Copies, attributions_of
from streams.tracking.reasons import Counted


_ORDER = attrgetter("order")
# Made once: they are asked for at each report.
_MAY_CHANGE = WAR_STATES - {State.STRUCK}
_PLANS_THREATEN = {State.CAPTURED, State.WITHDRAWN, *ONGOING} - {State.HELD}


@dataclass(frozen=True, slots=True)
class Grown:
    """Readings by article id, the same with one more or another revision, and which that is."""

    before: Mapping[str, Reading]
    after: Mapping[str, Reading]
    reading: Reading


@dataclass(frozen=True, slots=True)
class _Entry:
    """A reading, the text it copies, and what it testifies."""

    reading: Reading
    model: Reading | None
    testimonies: tuple[Testimony, ...]


# What a report may become: none of an event, a denial, one moment, or what goes on at one side's hands.
Group = str | tuple[State, str | None]
DROPPED, DENIALS, MOMENTS = "dropped", "denials", "moments"


def group_of(testimony: Testimony) -> Group:
    """Return what a report may become."""
    if testimony.dropped is not None:
        return DROPPED
    if testimony.report.factuality is Factuality.DENIED:
        return DENIALS
    return (testimony.kind, testimony.side) if testimony.kind in ONGOING else MOMENTS


class Said:
    """What is said of a place, each group in its own order; reports are in the same group only if they may be one event.

    Attributes:
        groups: the reports of each group that has any.
    """

    def __init__(self) -> None:
        self.groups: dict[Group, list[Testimony]] = {}

    def add(self, testimony: Testimony) -> tuple[Group, int]:
        """Take in a report; return its group and how many of that come before it."""
        group = group_of(testimony)
        told = self.groups.setdefault(group, [])
        at = bisect_right(told, testimony.order, key=_ORDER)
        told.insert(at, testimony)
        return group, at

    def remove(self, testimony: Testimony) -> tuple[Group, int]:
        """Forget a report; return its group and how many of that come before it."""
        group = group_of(testimony)
        told = self.groups[group]
        at = bisect_left(told, testimony.order, key=_ORDER)
        del told[at]
        if not told:
            del self.groups[group]
        return group, at

    def only(self, article_ids: Container[str]) -> Said:
        """Return what some articles alone say."""
        said = Said()
        for group, told in self.groups.items():
            kept = [t for t in told if t.reading.article_id in article_ids]
            if kept:
                said.groups[group] = kept
        return said

    @property
    def dropped(self) -> Sequence[Testimony]:
        """The reports that belong to no event."""
        return self.groups.get(DROPPED, ())

    @property
    def denials(self) -> Sequence[Testimony]:
        """The reports that something is not so."""
        return self.groups.get(DENIALS, ())

    @property
    def moments(self) -> Sequence[Testimony]:
        """The reports of what happens at one moment."""
        return self.groups.get(MOMENTS, ())

    @property
    def ongoing(self) -> Iterator[tuple[Group, Sequence[Testimony]]]:
        """The reports of what goes on, by kind and side."""
        return ((g, told) for g, told in self.groups.items() if isinstance(g, tuple))

    def __iter__(self) -> Iterator[Testimony]:
        """Yield the reports, group by group."""
        for told in self.groups.values():
            yield from told

    def __len__(self) -> int:
        """How many reports there are."""
        return sum(map(len, self.groups.values()))


class Heard:
    """What the readings of one place testify.

    It depends on which readings there are, not on the order in which they came: it is only quicker when they
    are those of the last time and a few more.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries: dict[str, _Entry] = {}
        self._copies = Copies(context.policy)
        self._models: Mapping[str, Reading] = {}
        self._last: Mapping[str, Reading] = {}
        self._said = Said()

    def of(
        self, readings: Mapping[str, Reading], grown: Reading | None = None
    ) -> tuple[Said, Mapping[Group, int]]:
        """Return what readings, by article id, testify, and the groups of which anything is new or gone.

        With each of these groups stands how many of its first reports are as they were. `grown` is the only reading
        that is new, where that is known.
        """
        last, self._last = self._last, readings
        if grown is not None:
            new, stale = [grown], []
        else:
            stale = [*(self._entries.keys() - readings.keys())]
            # Each reading is looked at: by C code alone.
            new = list(
                compress(readings.values(), map(is_not, map(last.get, readings), readings.values()))
            )
        stale += [r.article_id for r in new if r.article_id in self._entries]
        lost = self._forget(stale)
        for reading in new:
            if reading.reports:
                self._copies.add(reading)
        models = self._copies.models()
        moved: list[Reading] = []
        if models is not self._models:
            self._models = models
            moved = [r for i, r in readings.items() if self._is_moved(i, models.get(i))]
            lost += self._forget_testimonies(moved)
        gained: list[Testimony] = []
        for reading in (*new, *moved):
            gained += self._enter(reading, models.get(reading.article_id))
        changes = [self._said.remove(t) for t in lost] + [self._said.add(t) for t in gained]
        same: dict[Group, int] = {}
        for group, before in changes:
            same[group] = min(before, same.get(group, before))
        return self._said, same

    def _is_moved(self, article_id: str, model: Reading | None) -> bool:
        """Whether what a known text is a copy of is another text now."""
        entry = self._entries.get(article_id)
        return entry is not None and entry.model is not model

    def _forget(self, article_ids: Iterable[str]) -> list[Testimony]:
        lost: list[Testimony] = []
        for article_id in article_ids:
            lost += self._entries.pop(article_id).testimonies
            self._copies.remove(article_id)
        return lost

    def _forget_testimonies(self, readings: Iterable[Reading]) -> list[Testimony]:
        return [t for r in readings for t in self._entries.pop(r.article_id).testimonies]

    def _enter(self, reading: Reading, model: Reading | None) -> tuple[Testimony, ...]:
        attributions = attributions_of(reading, model, self._context)
        testimonies = tuple(
            _testimony(reading, index, report, attributed, self._context)
            for index, (report, attributed) in enumerate(
                zip(reading.reports, attributions, strict=True)
            )
        )
        self._entries[reading.article_id] = _Entry(reading, model, testimonies)
        return testimonies


def _testimony(
    reading: Reading, index: int, report: Report, attributed: Attributed, context: Context
) -> Testimony:
    published = reading.published_at.date()
    is_dated = report.event_date is not None and report.date_precision is DatePrecision.DAY
    day = min(report.event_date, published) if report.event_date is not None else published
    side, against = context.side(report.actor), context.side(report.against)
    kind = State.CAPTURED if report.state in TAKING_STATES else report.state
    if report.state is State.BESIEGED and report.geo_precision > 1:
        kind = State.CONTESTED  # who is encircled in a region is in some place of it
    if report.factuality is Factuality.PLANNED:
        day = published
        if kind is State.WITHDRAWN:  # whoever plans to leave is the one who is pressed
            side, against = against, side
        if kind in _PLANS_THREATEN:
            kind = State.THREATENED
    return Testimony(
        reading=reading,
        report=report,
        attributed=attributed,
        kind=kind,
        side=side,
        against=against,
        day=day,
        is_dated=is_dated,
        index=index,
        dropped=_dropped_because(report, kind, reading.reports, context),
    )


def _dropped_because(
    report: Report, kind: State, reports: Sequence[Report], context: Context
) -> Counted | None:
    if report.factuality is Factuality.HISTORICAL:
        return Counted.HISTORICAL
    if report.factuality is Factuality.UNCONFIRMED:
        return Counted.UNCONFIRMED
    if report.trigger.lower().startswith(tuple(context.policy.declarations)):
        return Counted.DECLARATION
    is_idle_plan = report.factuality is Factuality.PLANNED and kind is not State.THREATENED
    if is_idle_plan or not _can_change(report.state):
        return Counted.NO_CHANGE
    return _piecemeal(report, reports, context)


def _piecemeal(report: Report, reports: Sequence[Report], context: Context) -> Counted | None:
    """Return why what a report tells is done by a part, or to a part, and the rest goes on; None where it is not."""
    if report.state is State.WITHDRAWN and report.is_of_region_part:
        return Counted.PART_LEFT
    if _is_relief(report, context):
        return Counted.RELIEF
    return Counted.GOES_ON if is_said_to_remain(report, reports) else None


def _is_relief(report: Report, context: Context) -> bool:
    """Whether a part of a side means to leave: others of its side stay, and nobody presses them."""
    is_leaving = report.state is State.WITHDRAWN and report.factuality is Factuality.PLANNED
    if not is_leaving or report.actor is None:
        return False
    return context.is_part(context.side(report.actor), (report.actor,))


def _can_change(state: State) -> bool:
    """Whether a state can change a status: a strike alone cannot, nor what is declared to bring none."""
    return state in _MAY_CHANGE or control_after(state) is not None
