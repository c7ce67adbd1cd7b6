"""The reports of a place's readings as testimony: who says what of which side and day, kept up to date one reading at a time."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

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


@dataclass(frozen=True, slots=True)
class _Entry:
    """A reading, the text it copies, and what it testifies."""

    reading: Reading
    model: Reading | None
    testimonies: tuple[Testimony, ...]


class Heard:
    """What the readings of one place testify.

    It depends on which readings there are, not on the order in which they came: it is only quicker when they
    are those of the last time and a few more.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries: dict[str, _Entry] = {}
        self._copies = Copies(context.policy)
        self._in_order: list[Testimony] = []

    def of(self, readings: Mapping[str, Reading]) -> tuple[list[Testimony], bool]:
        """Return the testimonies of readings by article id, in order; and whether any that may count is new or gone."""
        gone = [article_id for article_id in self._entries if article_id not in readings]
        known = self._entries.get
        new = [r for i, r in readings.items() if (e := known(i)) is None or e.reading is not r]
        stale = [*gone, *(r.article_id for r in new if r.article_id in self._entries)]
        lost = self._forget(stale)
        for reading in new:
            if reading.reports:
                self._copies.add(reading)
        models = self._copies.models()
        moved = [
            readings[i] for i, entry in self._entries.items() if entry.model is not models.get(i)
        ]
        lost += self._forget_testimonies(moved)
        gained: list[Testimony] = []
        for reading in (*new, *moved):
            gained += self._enter(reading, models.get(reading.article_id))
        if lost:
            kept = (t for entry in self._entries.values() for t in entry.testimonies)
            self._in_order = sorted(kept, key=_ORDER)
        else:
            for testimony in gained:
                insort(self._in_order, testimony, key=_ORDER)
        return self._in_order, any(t.dropped is None for t in (*lost, *gained))

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
        if kind in {State.CAPTURED, State.WITHDRAWN, *ONGOING} - {State.HELD}:
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
    return state in WAR_STATES - {State.STRUCK} or control_after(state) is not None
