"""What judging a place works out on the way, kept so that one more reading does not cost all readings again.

It holds nothing that cannot be worked out anew: with empty workings the outcome is the same, only later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from placewatch.records import Citation, Reading
from placewatch.vocabulary import Certainty, State
from streams.tracking.context import Context
from streams.tracking.course import Course
from streams.tracking.credibility import Judgement, judge
from streams.tracking.events import (
    PRESSING,
    Occurrence,
    Testimony,
    is_of_another,
    without_second_opinion,
)
from streams.tracking.evidence import Cited, Finding, set_aside
from streams.tracking.grouping import Grouping
from streams.tracking.reasons import Counted, Grounds, Move
from streams.tracking.standing import Outcome, Standing, Told
from streams.tracking.testimonies import DROPPED, Group, Grown, Heard, Said
from streams.tracking.transitions import apply, rank


# Evidence is put into words once for each event and weight; what is no more is forgotten with the rest.
_CITED_A_REPORT = 8


@dataclass(slots=True)
class _Weighed:
    """An event with what is known of it besides the moment it is looked at, and how it was seen last.

    Attributes:
        occurrence: the event.
        judgement: how sure it is.
        is_outsider: whether the side that acts is not known to fight in this country.
        is_part_of_side: whether only a group within the side is named.
        told: the event as the fold saw it last, or None.
    """

    occurrence: Occurrence
    judgement: Judgement
    is_outsider: bool
    is_part_of_side: bool
    told: Told | None = None

    def told_at(
        self,
        now: datetime,
        index: int,
        pressed_on: date | None = None,
        by_rules: Told | None = None,
    ) -> Told:
        """Return the event as the fold sees it at `now`, `index` being its place in the order."""
        known, verdict = self.told, self.judgement.at(now)
        if (
            known is None
            or known.index != index
            or known.verdict is not verdict
            or known.pressed_on != pressed_on
            or known.by_rules is not by_rules
        ):
            known = self.told = Told(
                index=index,
                occurrence=self.occurrence,
                verdict=verdict,
                is_outsider=self.is_outsider,
                is_part_of_side=self.is_part_of_side,
                by_rules=by_rules,
                pressed_on=pressed_on,
                settles_at=self.judgement.settles_at,
            )
        return known


@dataclass(slots=True)
class _About:
    """What was worked out of one event.

    Attributes:
        order: where it stands among the others.
        by_rules: the event without what only the second opinion reads, None where that may count.
        weighed: what it is worth, by the side that held the place before it.
        weighed_by_rules: the same of `by_rules`.
        step: what held before it was applied last, as what it was told, and what came of it.
        found: it as it was judged, by what may change while its reports do not.
        names: how those named in its reports are called, by their side; None before anybody asks.
    """

    order: tuple[object, ...]
    by_rules: Occurrence | None
    weighed: dict[str | None, _Weighed] = field(default_factory=dict)
    weighed_by_rules: dict[str | None, _Weighed] = field(default_factory=dict)
    step: tuple[Standing, Told, Outcome] | None = None
    found: dict[tuple[Certainty, Grounds, Move], Finding] = field(default_factory=dict)
    names: dict[str | None, list[str]] | None = None


class Workings:
    """The events of one place and what is known of each.

    Attributes:
        context: what they were worked out by.
        occurrences: the events, in the order in which they count.
        pressed_on: of each event of possession, when others were last told to fight for the place.
        course: what each event did when the place was judged last.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.occurrences: list[Occurrence] = []
        self.pressed_on: dict[Occurrence, date | None] = {}
        self.course = Course()
        self._heard = Heard(context)
        self._said = Said()
        self._grouping = Grouping(context)
        self._taken: Mapping[str, Reading] | None = None
        self._is_new = True
        self._denials_alone: list[Testimony] = []
        self._dropped: list[tuple[Testimony, Counted]] | None = None
        self._about: dict[Occurrence, _About] = {}
        self._cited = Cited(context.policy)
        self._set_aside: tuple[Citation, ...] | None = None

    def __eq__(self, other: object) -> bool:
        """Workings never make two states of a place differ: they follow from the readings."""
        return other is None or isinstance(other, Workings)

    __hash__ = None  # type: ignore[assignment]  # equal ones may hold different things

    def take(self, readings: Mapping[str, Reading], grown: Grown | None = None) -> bool:
        """Bring the events up to date with all readings by article id; return whether anything that may count changed.

        The first time nobody knows what was there before: it may have changed. `grown` says which reading came to
        which readings, where it is known: the others need not be looked at.
        """
        if readings is self._taken:
            return False
        is_grown = grown is not None and grown.before is self._taken and grown.after is readings
        self._taken = readings
        self._said, changed = self._heard.of(
            readings, grown.reading if grown and is_grown else None
        )
        is_changed = self._is_new or any(group != DROPPED for group in changed)
        self._is_new = False
        if changed:
            self._set_aside = self._dropped = None
        if is_changed:
            self._group(changed)
            self._cited.forget(_CITED_A_REPORT * len(self._said))
        return is_changed

    def past(self, readings: Mapping[str, Reading]) -> Workings:
        """Return the workings of all readings published up to some moment, of those that were taken.

        What they testify is known: a copy is one of an earlier text.
        """
        past = Workings(self.context)
        past._said = self._said.only(readings)  # of the same class
        past._group(None)
        return past

    def _group(self, changed: Mapping[Group, int] | None) -> None:
        """Find the events that the reports tell of; what is known of those that were there before stays known."""
        found, self._denials_alone = self._grouping.of(self._said, changed)
        self._about = {o: self._about.get(o) or self._begun(o) for o in found}
        self.occurrences = sorted(found, key=lambda o: self._about[o].order)
        pressing = [o for o in self.occurrences if o.kind in PRESSING]
        self.pressed_on = {
            o: _pressed_on(o, pressing) for o in self.occurrences if o.kind is State.HELD
        }

    def dropped(self) -> list[tuple[Testimony, Counted]]:
        """Return each report that belongs to no event, with its reason."""
        if self._dropped is None:
            dropped = [(t, t.dropped) for t in self._said.dropped if t.dropped is not None]
            alone = [(t, Counted.DENIAL_ALONE) for t in self._denials_alone]
            self._dropped = dropped + alone
        return self._dropped

    def told(self, index: int, loser_side: str | None, now: datetime) -> Told:
        """Return an event as the fold sees it at `now`; `loser_side` is the side that held the place before it."""
        occurrence = self.occurrences[index]
        about = self._about[occurrence]
        by_rules = None
        if about.by_rules is not None:
            heard = self._weighed(about.by_rules, loser_side, about.weighed_by_rules)
            by_rules = heard.told_at(now, index)
        weighed = self._weighed(occurrence, loser_side, about.weighed)
        return weighed.told_at(now, index, self.pressed_on.get(occurrence), by_rules)

    def names_of(self, side: str) -> list[str]:
        """Return how those who act, or are acted against, on a side are called in the reports of events."""
        return [name for o in self.occurrences for name in self._names(o).get(side, ())]

    def _names(self, occurrence: Occurrence) -> Mapping[str | None, list[str]]:
        about = self._about[occurrence]
        if about.names is None:
            about.names = {}
            for report in (t.report for t in occurrence.told):
                for name in filter(None, (report.actor, report.against)):
                    about.names.setdefault(self.context.side(name), []).append(name)
        return about.names

    def applied(self, standing: Standing, told: Told) -> Outcome:
        """Return what an event does to a status, and the status after it."""
        about = self._about[told.occurrence]
        if about.step is not None:
            before, known, outcome = about.step
            if known is told and (before is standing or before == standing):
                return outcome
        outcome = apply(standing, told, self.context.policy)
        about.step = standing, told, outcome
        return outcome

    def found(self, told: Told, move: Move, place_id: str, place: str) -> Finding:
        """Return an event that did this, as it was when first found so."""
        known = self._about[told.occurrence].found
        key = told.verdict.certainty, told.verdict.grounds, move
        if key not in known:
            known[key] = Finding(told, move, place_id, place, self.context, self._cited)
        return known[key]

    def set_aside(self) -> tuple[Citation, ...]:
        """Return the newest of the reports that belong to no event."""
        if self._set_aside is None:
            most = self.context.policy.set_aside_kept
            self._set_aside = set_aside(self.dropped(), self._cited, most)
        return self._set_aside

    def _begun(self, occurrence: Occurrence) -> _About:
        by_rules = without_second_opinion(occurrence, self.context.policy)
        return _About(_own_order(occurrence), by_rules)

    def _weighed(
        self, occurrence: Occurrence, loser_side: str | None, known: dict[str | None, _Weighed]
    ) -> _Weighed:
        """Return what an event is worth; `loser_side` is the side that held the place before it."""
        weighed = known.get(loser_side)
        if weighed is None:
            acting = occurrence.side or min(occurrence.against, default=None)
            weighed = known[loser_side] = _Weighed(
                occurrence=occurrence,
                judgement=judge(occurrence, loser_side, self.context),
                is_outsider=not self.context.fights_here(occurrence.side),
                is_part_of_side=self.context.is_part(acting, occurrence.actor_names),
            )
        return weighed


def _pressed_on(held: Occurrence, pressing: Iterable[Occurrence]) -> date | None:
    """Return the last date on which others were told to fight for a place that somebody is said to hold, or None.

    Possession is told for weeks: what is told of meanwhile may have begun after it.
    """
    days = [o.last_day for o in pressing if o.day <= held.last_day and _presses(o, held.side)]
    return max(days, default=None)


def _presses(occurrence: Occurrence, holder: str | None) -> bool:
    """Whether others press the side that holds a place."""
    if occurrence.side is None:
        return not is_of_another(occurrence, holder)
    return occurrence.side != holder


def _own_order(occurrence: Occurrence) -> tuple[object, ...]:
    """Events count by their own date; of one day the more final last, but two takings as they were reported."""
    return (
        occurrence.day,
        rank(occurrence.kind),
        occurrence.first_reported_at,
        occurrence.side or "",
    )
