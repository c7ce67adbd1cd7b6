"""Which reports tell of one event, and which of none: a function of the set, whatever the order of arrival."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter

from placewatch.vocabulary import State
from streams.tracking.context import Context
from streams.tracking.events import Occurrence, Testimony
from streams.tracking.independence import resolved
from streams.tracking.policy import Policy
from streams.tracking.reasons import OPENING, Joined
from streams.tracking.testimonies import MOMENTS, Group, Said


_FIRST_REPORTED = attrgetter("first_reported_at")
_BREAKS = frozenset({State.CAPTURED, State.WITHDRAWN})
# Who denies the first denies, by what it means, the others told of the same side.
_DENIAL_REACHES = {
    State.CAPTURED: frozenset({State.CAPTURED}),
    State.ENTERED: frozenset({State.ENTERED, State.CONTESTED, State.CAPTURED}),
    State.CONTESTED: frozenset({State.CONTESTED}),
}


class Grouping:
    """The events that reports tell of; what no new report can have changed is not grouped again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._moments: list[Occurrence] = []
        self._breaks: list[date] = []
        self._chains: dict[Group, list[Occurrence]] = {}
        # The events as they were found last, by the reports that tell them alone; and by all that they consist of.
        self._events: dict[Occurrence, Occurrence] = {}
        self._known: dict[tuple[object, ...], Occurrence] = {}

    def of(
        self, said: Said, changed: Mapping[Group, int] | None
    ) -> tuple[list[Occurrence], list[Testimony]]:
        """Return the events, the same as before where nothing of them changed, and the denials that deny none of them.

        Args:
            said: the reports.
            changed: the groups of which anything is new or gone since the last time, each with how many of its first
                reports are as they were; None for all.
        """
        if changed is None or MOMENTS in changed:
            self._moments = _moments(said.moments, self._context)
            breaks = sorted({o.day for o in self._moments if o.kind in _BREAKS})
            if breaks != self._breaks:
                self._breaks, changed = breaks, None
        chains, gap = self._chains, timedelta(days=self._context.policy.merge_ongoing_days)
        self._chains = {
            group: chains[group]
            if changed is not None and group not in changed
            else _chain(
                told, chains.get(group, ()), changed[group] if changed else 0, self._breaks, gap
            )
            for group, told in said.ongoing
        }
        found = [o for alike in (self._moments, *self._chains.values()) for o in alike]
        nth = _numbers(found)
        denied, alone = _denied(said.denials, found, self._context)
        self._events = {o: self._event(o, nth.get(o, 0), denied.get(o, [])) for o in found}
        occurrences = list(self._events.values())
        self._known = {o.key: o for o in occurrences}
        return occurrences, alone

    def _event(self, told: Occurrence, nth: int, denials: list[Testimony]) -> Occurrence:
        """Return the event of these reports with its number and denials, each origin as the reports show it to be."""
        known = self._events.get(told)
        if known is not None and known.nth == nth and known.denials == denials:
            return known
        event = told.again(nth, denials)
        known = self._known.get(event.key)
        return known if known is not None else _resolved(event)


def _resolved(occurrence: Occurrence) -> Occurrence:
    """Return the event with the origins of its reports as they show each other to be."""
    occurrence.told = resolved(occurrence.told)
    return occurrence


def _numbers(occurrences: Iterable[Occurrence]) -> dict[Occurrence, int]:
    """Tell events of one kind, side and day apart by the order in which they were first reported."""
    like: dict[tuple[State, str | None, date], list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        like[occurrence.kind, occurrence.side, occurrence.day].append(occurrence)
    return {
        occurrence: nth
        for alike in like.values()
        if len(alike) > 1
        for nth, occurrence in enumerate(sorted(alike, key=_FIRST_REPORTED))
    }


def _moments(told: Sequence[Testimony], context: Context) -> list[Occurrence]:
    """Group what happens at one moment. A report without a date joins the last such event of its side: a retelling."""
    policy = context.policy
    latest: dict[tuple[State, str | None], Occurrence] = {}
    found: list[Occurrence] = []
    for testimony in told:
        side, meant = _joined_side(testimony, latest, context)
        key = (testimony.kind, side)
        joined = _joined_moment(testimony, latest.get(key), latest, policy)
        if joined in OPENING:
            latest[key] = Occurrence(kind=testimony.kind, side=side)
            found.append(latest[key])
        latest[key].add(testimony, joined if joined in OPENING else meant or joined)
    return found


def _joined_moment(
    testimony: Testimony,
    current: Occurrence | None,
    latest: dict[tuple[State, str | None], Occurrence],
    policy: Policy,
) -> Joined:
    """Return why a report is one of the event before it, or why it opens another.

    It is near enough by its own date; without one, while the telling goes on. After a long silence it is a
    retelling only if the place changed hands in between; else it may as well be news, and costs nothing where
    it changes nothing.
    """
    if current is None:
        return Joined.FIRST
    near, recap = timedelta(days=policy.merge_days), timedelta(days=policy.recap_days)
    age = testimony.day - current.day
    lost_on = _lost_on(current, latest)
    if testimony.is_dated:
        joined, is_near = Joined.NEAR_DATE, age <= near
    elif testimony.day - current.last_day <= near:
        joined, is_near = Joined.TOLD_ON, age <= recap
    else:
        joined, is_near = Joined.RETOLD_LATE, age <= recap and lost_on is not None
    if not is_near:
        return Joined.LONG_AFTER
    if lost_on is not None and _is_taken_again(testimony, current, lost_on):
        return Joined.TAKEN_AGAIN
    return Joined.SAME_DAY if testimony.day == current.day else joined


def _lost_on(
    current: Occurrence, latest: dict[tuple[State, str | None], Occurrence]
) -> date | None:
    """Return the last date on which another side took the place after, or on the day of, a taking; else None."""
    if current.kind is not State.CAPTURED:
        return None
    days = [
        o.day
        for (kind, side), o in latest.items()
        if kind is State.CAPTURED and side != current.side and o.day >= current.day
    ]
    return max(days, default=None)


def _joined_side(
    testimony: Testimony, latest: dict[tuple[State, str | None], Occurrence], context: Context
) -> tuple[str | None, Joined | None]:
    """Return the side of a report; without an actor, that of the event of its kind it can only mean, and why that."""
    if testimony.side is not None:
        return testimony.side, None
    window = timedelta(days=context.policy.merge_days)
    near = {
        o.side
        for (kind, _), o in latest.items()
        if kind is testimony.kind
        and testimony.day - o.day <= window
        and o.side != testimony.against
    }
    if testimony.origin.side in near:  # a party that tells of a taking mostly tells of its own
        return testimony.origin.side, Joined.OWN_TAKING if testimony.origin.side else None
    if len(near) != 1:
        return None, None
    side = near.pop()
    return side, Joined.ONLY_EVENT if side else None


def _is_taken_again(testimony: Testimony, current: Occurrence, lost_on: date) -> bool:
    """Whether a taking is a new one: the place was taken by others since, and the text says again or gives the date."""
    if current.told[-1].day > lost_on and not testimony.is_dated:
        return False
    if testimony.is_dated:
        return testimony.day > lost_on
    return testimony.report.state is State.RECAPTURED and testimony.day >= lost_on


def _chain(
    told: Sequence[Testimony],
    before: Sequence[Occurrence],
    same: int,
    breaks: list[date],
    gap: timedelta,
) -> list[Occurrence]:
    """Group what goes on at one side's hands: without a long gap and without a change of hands between the reports.

    The first `same` reports were grouped `before`: events of these alone stay, but that the last of them may grow.
    """
    chain: list[Occurrence] = []
    kept = 0
    for occurrence in before:
        if kept + len(occurrence.told) > same:
            break
        chain.append(occurrence)
        kept += len(occurrence.told)
    untouched = len(chain)
    for testimony in told[kept:]:
        joined = _joined_chain(testimony, chain[-1] if chain else None, breaks, gap)
        if joined in OPENING:
            chain.append(Occurrence(kind=testimony.kind, side=testimony.side))
        elif len(chain) == untouched:
            untouched = 0
            chain[-1] = chain[-1].copied()
        chain[-1].add(testimony, joined)
    return chain


def _joined_chain(
    testimony: Testimony, current: Occurrence | None, breaks: list[date], gap: timedelta
) -> Joined:
    if current is None:
        return Joined.FIRST
    if testimony.day - current.last_day > gap:
        return Joined.LONG_AFTER
    if bisect_left(breaks, current.day) < bisect_left(breaks, testimony.day):
        return Joined.HANDS_CHANGED
    return Joined.SAME_DAY if testimony.day == current.last_day else Joined.GOES_ON


def _denied(
    denials: Iterable[Testimony], occurrences: Sequence[Occurrence], context: Context
) -> tuple[dict[Occurrence, list[Testimony]], list[Testimony]]:
    """Return the denials of each event, and those that deny none: each denies the newest event that it can mean."""
    denied: dict[Occurrence, list[Testimony]] = {}
    alone: list[Testimony] = []
    for denial in denials:
        meant = _meant_by(denial, occurrences, context)
        for occurrence in meant:
            denied.setdefault(occurrence, []).append(denial)
        if not meant:
            alone.append(denial)
    return denied, alone


def _meant_by(
    denial: Testimony, occurrences: Iterable[Occurrence], context: Context
) -> list[Occurrence]:
    """Return the newest event of each kind that a denial can mean."""
    window = timedelta(days=context.policy.recap_days)
    candidates = [
        o
        for o in occurrences
        if _is_denied_by(o, denial)
        and timedelta(0) <= denial.day - o.day + timedelta(days=1) <= window
    ]
    by_kind: dict[State, Occurrence] = {}
    for occurrence in sorted(candidates, key=lambda o: (o.day, o.side or "")):
        by_kind[occurrence.kind] = occurrence
    return list(by_kind.values())


def _is_denied_by(occurrence: Occurrence, denial: Testimony) -> bool:
    if denial.kind is State.WITHDRAWN:
        # "has not left" denies the leaving, and that the others have it
        if occurrence.kind is State.WITHDRAWN:
            return denial.side in {None, occurrence.side}
        return occurrence.kind is State.CAPTURED and denial.side not in {None, occurrence.side}
    if occurrence.kind not in _DENIAL_REACHES.get(denial.kind, {denial.kind}):
        return False
    return denial.side is None or occurrence.side is None or denial.side == occurrence.side
