"""What judging a place works out on the way, kept so that one more reading does not cost all readings again.

It holds nothing that cannot be worked out anew: with empty workings the outcome is the same, only later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from placewatch.records import Citation, Event, Reading
from placewatch.vocabulary import Certainty
from streams.tracking.context import Context
from streams.tracking.credibility import Judgement, judge
from streams.tracking.events import Occurrence, Testimony, without_second_opinion
from streams.tracking.evidence import mark_of, set_aside
from streams.tracking.grouping import occurrences_of
from streams.tracking.independence import resolved
from streams.tracking.reasons import Counted, Grounds, Move
from streams.tracking.standing import Told
from streams.tracking.testimonies import Heard
from streams.tracking.transitions import rank


@dataclass(frozen=True, slots=True)
class Weighed:
    """An event with what is known of it besides the moment it is looked at.

    Attributes:
        occurrence: the event.
        judgement: how sure it is.
        is_outsider: whether the side that acts is not known to fight in this country.
        is_part_of_side: whether only a group within the side is named.
    """

    occurrence: Occurrence
    judgement: Judgement
    is_outsider: bool
    is_part_of_side: bool

    def told_at(self, now: datetime, index: int) -> Told:
        """Return the event as the fold sees it at `now`, `index` being its place in the order."""
        return Told(
            index=index,
            occurrence=self.occurrence,
            verdict=self.judgement.at(now),
            is_outsider=self.is_outsider,
            is_part_of_side=self.is_part_of_side,
            settles_at=self.judgement.settles_at,
        )


class Workings:
    """The events of one place and what is known of each.

    Attributes:
        context: what they were worked out by.
        occurrences: the events, in the order in which they count.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.occurrences: list[Occurrence] = []
        self._known: dict[tuple[object, ...], Occurrence] = {}
        self._heard = Heard(context)
        self._said: list[Testimony] = []
        self._taken: Mapping[str, Reading] | None = None
        self._is_new = True
        self._denials_alone: list[tuple[Testimony, Counted]] = []
        self._weighed: dict[tuple[Occurrence, str | None], Weighed] = {}
        self._by_rules: dict[Occurrence, Occurrence | None] = {}
        self._published: dict[tuple[Occurrence, Certainty, Grounds, Move], tuple[Event, str]] = {}
        self._set_aside: tuple[Citation, ...] | None = None

    def __eq__(self, other: object) -> bool:
        """Workings never make two states of a place differ: they follow from the readings."""
        return other is None or isinstance(other, Workings)

    __hash__ = None  # type: ignore[assignment]  # equal ones may hold different things

    def take(self, readings: Mapping[str, Reading]) -> bool:
        """Bring the events up to date with all readings by article id; return whether anything that may count changed.

        The first time nobody knows what was there before: it may have changed.
        """
        if readings is self._taken:
            return False
        self._taken = readings
        self._said, is_changed = self._heard.of(readings)
        is_changed |= self._is_new
        self._is_new = False
        self._set_aside = None
        if is_changed:
            found, dropped = occurrences_of(self._said, self.context)
            self._denials_alone = [(t, why) for t, why in dropped if t.dropped is None]
            known = self._known
            self._known = {o.key: known.get(o.key) or _resolved(o) for o in found}
            self.occurrences = sorted(self._known.values(), key=_own_order)
            self._forget_others()
        return is_changed

    def dropped(self) -> list[tuple[Testimony, Counted]]:
        """Return each report that belongs to no event, with its reason."""
        return [(t, t.dropped) for t in self._said if t.dropped is not None] + self._denials_alone

    def weighed(self, occurrence: Occurrence, loser_side: str | None) -> Weighed:
        """Return what an event is worth; `loser_side` is the side that held the place before it."""
        key = occurrence, loser_side
        if key not in self._weighed:
            self._weighed[key] = _weighed(occurrence, loser_side, self.context)
        return self._weighed[key]

    def by_rules(self, occurrence: Occurrence) -> Occurrence | None:
        """Return an event without what only the second opinion reads, None where that may count."""
        if occurrence not in self._by_rules:
            self._by_rules[occurrence] = without_second_opinion(occurrence, self.context.policy)
        return self._by_rules[occurrence]

    def published(self, told: Told, move: Move, make: Callable[[], Event]) -> tuple[Event, str]:
        """Return the record of an event that did this, as it was when first found so, and its mark."""
        key = told.occurrence, told.verdict.certainty, told.verdict.grounds, move
        if key not in self._published:
            event = make()
            self._published[key] = event, mark_of(event)
        return self._published[key]

    def set_aside(self) -> tuple[Citation, ...]:
        """Return the newest of the reports that belong to no event."""
        if self._set_aside is None:
            self._set_aside = set_aside(self.dropped(), self.context.policy)
        return self._set_aside

    def _forget_others(self) -> None:
        """Forget what belongs to events that are no more."""
        here = {*self.occurrences}
        self._by_rules = {o: r for o, r in self._by_rules.items() if o in here}
        here |= {o for o in self._by_rules.values() if o is not None}
        self._weighed = {k: w for k, w in self._weighed.items() if k[0] in here}
        self._published = {k: p for k, p in self._published.items() if k[0] in here}


def _weighed(occurrence: Occurrence, loser_side: str | None, context: Context) -> Weighed:
    judgement = judge(occurrence, loser_side, context)
    acting = occurrence.side or min(occurrence.against, default=None)
    return Weighed(
        occurrence=occurrence,
        judgement=judgement,
        is_outsider=not context.fights_here(occurrence.side),
        is_part_of_side=context.is_part(acting, occurrence.actor_names),
    )


def _resolved(occurrence: Occurrence) -> Occurrence:
    """Return the event with the origins of its reports as they show each other to be."""
    occurrence.told = resolved(occurrence.told)
    return occurrence


def _own_order(occurrence: Occurrence) -> tuple[object, ...]:
    """Events count by their own date; of one day the more final last, but two takings as they were reported."""
    return (
        occurrence.day,
        rank(occurrence.kind),
        occurrence.first_reported_at,
        occurrence.side or "",
    )
