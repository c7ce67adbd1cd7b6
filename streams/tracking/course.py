"""The events of a place applied one after the other; what nothing can have changed since the last time is not applied again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from placewatch.records import Assertion
from placewatch.vocabulary import WAR_CONTROLS, Control
from streams.tracking.context import Context
from streams.tracking.credibility import judge
from streams.tracking.events import Occurrence
from streams.tracking.evidence import Finding
from streams.tracking.reasons import Move
from streams.tracking.standing import SURE, Standing, Told, calm


if TYPE_CHECKING:
    from streams.tracking.workings import Workings


class Course:
    """What each event of a place did, in the order in which they count.

    It follows from the events, from what is given and from the moment it is looked at: it goes on from the first
    event of which anything is another than the last time.

    Attributes:
        folded: the events as they were applied.
        moves: what each did.
        findings: each as it was judged.
        standing: what held after the last, or what is given where there is none.
    """

    def __init__(self) -> None:
        self.folded: list[Told] = []
        self.moves: list[Move] = []
        self.findings: list[Finding] = []
        self.standing = Standing()
        self._after: list[Standing] = []
        self._turns: list[datetime | None] = []
        self._base: Assertion | None = None
        self._given = self.standing
        self._at: datetime | None = None

    def run(
        self, workings: Workings, base: Assertion | None, now: datetime, place_id: str, place: str
    ) -> None:
        """Apply the events of `workings` to what is given, as they are at `now`."""
        if base is not self._base:
            self._base, self._given, self._at = base, _given(base, workings.context), None
        kept = self._kept(workings, now)
        self._at = now
        for known in (self.folded, self.moves, self.findings, self._after, self._turns):
            del known[kept:]
        self.standing = self._after[-1] if kept else self._given
        for index in range(kept, len(workings.occurrences)):
            self._apply(workings, index, now, place_id, place)

    def _kept(self, workings: Workings, now: datetime) -> int:
        """Return how many of the first events are as they were, and so what each did."""
        if self._at is None or now < self._at:
            return 0
        kept, pressed_on = 0, workings.pressed_on
        for told, turn, occurrence in zip(
            self.folded, self._turns, workings.occurrences, strict=False
        ):
            is_turned = turn is not None and turn <= now
            if told.occurrence is not occurrence or is_turned:
                break
            if told.pressed_on != pressed_on.get(occurrence):
                break
            kept += 1
        return kept

    def _apply(
        self, workings: Workings, index: int, now: datetime, place_id: str, place: str
    ) -> None:
        context, occurrence = workings.context, workings.occurrences[index]
        standing = lapsed(self.standing, self.folded, context, occurrence.begins_at)
        told = workings.told(index, standing.holder, now)
        move = Move.OLD_NEWS
        if self._base is None or not _is_before(occurrence, self._base, context):
            move, standing = workings.applied(standing, told)
        self.standing = standing
        self._after.append(standing)
        self.folded.append(told)
        self.moves.append(move)
        self.findings.append(workings.found(told, move, place_id, place))
        settle = (t.settles_at for t in (told, told.by_rules) if t is not None)
        self._turns.append(min((t for t in settle if t is not None and t > now), default=None))


def _given(base: Assertion | None, context: Context) -> Standing:
    if base is None:
        return Standing()
    if base.control not in WAR_CONTROLS:
        civil = Standing(control=base.control, certainty=base.certainty)
        held = Control.HELD if base.holder else Control.UNKNOWN
        return Standing(
            control=held,
            holder=context.side(base.holder),
            certainty=base.certainty,
            is_firm=base.certainty in SURE,
            civil=civil,
        )
    since = (base.since or base.as_of).date() if base.kind != "baseline" else None
    is_fought = base.control is Control.CONTESTED
    return Standing(
        control=base.control,
        holder=context.side(base.holder),
        opponent=context.side(base.opponent),
        certainty=base.certainty,
        is_firm=base.certainty in SURE,
        since=since,
        last_fight=base.as_of.date() if is_fought else None,
        reason=Move.SET_BY_ANALYST if base.kind == "analyst" else Move.ASSERTED,
    )


def _is_before(occurrence: Occurrence, base: Assertion, context: Context) -> bool:
    """Whether what is given knew of this event already: it is older, or nothing new was learned of it since.

    Over what was known when they spoke an analyst's word stands, until what is told afterwards would confirm it alone.
    """
    if base.kind == "baseline":
        return occurrence.day < base.as_of.date()
    given_since = (base.since or base.as_of).date()
    if occurrence.last_learned_at <= base.as_of or occurrence.day < given_since:
        return True
    if base.kind != "analyst" or occurrence.first_reported_at > base.as_of:
        return False
    later = [t for t in occurrence.told if t.reading.told_at > base.as_of]
    if not later:
        return True
    since = replace(occurrence, told=later)
    return not judge(since, context.side(base.holder), context).verdict.is_firm


def lapses_at(standing: Standing, folded: Sequence[Told], context: Context) -> datetime | None:
    """Return when a threat that nobody mentions any more no longer describes the place, or None where none does."""
    if standing.control is not Control.THREATENED or standing.moved_by is None:
        return None
    told = [folded[i].occurrence for i in (standing.moved_by, *standing.supported_by)]
    last = max(o.last_reported_at for o in told)
    return last + timedelta(days=context.policy.threat_lapses_days) + JUST


def lapsed(standing: Standing, folded: Sequence[Told], context: Context, now: datetime) -> Standing:
    """A threat nobody mentions any more no longer describes the place."""
    at = lapses_at(standing, folded, context)
    if at is None or now < at:
        return standing
    return replace(
        standing,
        control=calm(standing),
        opponent=None,
        certainty=standing.calm_certainty or standing.certainty,
        lapsed_on=at.date(),
        reason=Move.THREAT_LAPSED,
    )


# "More than so many days" is from the first moment after them on.
JUST = timedelta(microseconds=1)
