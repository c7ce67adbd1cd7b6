"""What holds between two events, an event as the fold sees it, and the steps that all rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from placewatch.vocabulary import Certainty, Control
from streams.tracking.credibility import Verdict
from streams.tracking.events import Occurrence
from streams.tracking.policy import Policy
from streams.tracking.reasons import Move


SURE = frozenset({Certainty.CONFIRMED, Certainty.SETTLED})


# Not frozen, which would make it thrice as slow to make: they are made at each reading.
@dataclass(slots=True)
class Standing:
    """What holds between two events.

    Attributes:
        control: the control status.
        holder: side that holds the place, or None.
        opponent: side that presses or takes, or None.
        certainty: how sure.
        since: date since which it holds, or None for what was given.
        moved_by: index of the event that brought it about, or None for what was given.
        supported_by: indexes of events that told the same again.
        is_backed: whether more than one outlet carries who holds it, or it was given.
        is_firm: whether it would be sure if nobody denied it: a denial makes doubtful what was told, it does not
            open it to whoever is named next.
        former: side that held the place last before this one, or None.
        lost_on: date on which it lost the place, or None.
        repelled: side that pressed the place last and was cleared out of it or left, or None.
        told_by: the origins that tell who holds it, by id with their side; none where it was given.
        borne_out_by: index of the departure that made the taking sure, or None where it was not needed.
        leaving: the holder's departure where only one outlet told it, so that it was held back, or None.
        lapsed_on: date on which a threat lapsed, or None where none has since it holds.
        calm_certainty: how sure the holder was before a threat came up.
        last_fight: date fighting inside was last told, or None.
        entered_on: date on which who presses the holder was last told to be inside, or None.
        civil: what holds in civil matters (evacuated, closed, outage...), or None.
        is_of_power: of an outage, whether power is told to be gone.
        reason: the move that brought it about.
    """

    control: Control = Control.UNKNOWN
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty = Certainty.CLAIMED
    since: date | None = None
    moved_by: int | None = None
    supported_by: tuple[int, ...] = ()
    is_backed: bool = True
    is_firm: bool = False
    former: str | None = None
    lost_on: date | None = None
    repelled: str | None = None
    told_by: Mapping[str, str | None] = field(default_factory=dict)
    borne_out_by: int | None = None
    leaving: Told | None = None
    lapsed_on: date | None = None
    calm_certainty: Certainty | None = None
    last_fight: date | None = None
    entered_on: date | None = None
    civil: Standing | None = None
    is_of_power: bool = False
    reason: Move = Move.ASSERTED


# Not frozen, which would make it thrice as slow to make: they are made at each reading.
@dataclass(slots=True)
class Told:
    """An event in the fold: its place in the order, what happened, its verdict.

    `is_outsider` says that the side that acts is not known to fight in this country, `is_part_of_side` that only
    a group within it is named, not the side itself or its leading actor.
    `by_rules` is the event as it is without reports that only the second opinion makes, where these come from
    too few origins to change hands by; None where there are none or enough. `settles_at` is when it is settled.
    `pressed_on` is, where possession is told, the last date on which another was told to fight for the place.
    """

    index: int
    occurrence: Occurrence
    verdict: Verdict
    is_outsider: bool = False
    is_part_of_side: bool = False
    by_rules: Told | None = None
    settles_at: datetime | None = None
    pressed_on: date | None = None

    @property
    def side(self) -> str | None:
        """The side that acts."""
        return self.occurrence.side

    @property
    def day(self) -> date:
        """The event's date."""
        return self.occurrence.day

    @property
    def is_corroborated(self) -> bool:
        """Whether enough independent origins tell it, not one well-graded outlet alone."""
        return self.verdict.is_corroborated

    @property
    def is_backed(self) -> bool:
        """Whether more than one outlet carries it: independent origins, or the loser's own word."""
        return self.is_corroborated or self.verdict.is_admitted

    @property
    def origins(self) -> Mapping[str, str | None]:
        """The origins that stand by it, by id with their side."""
        return {origin.origin_id: origin.side for origin in self.verdict.origins}


Outcome = tuple[Move, Standing]
Rule = Callable[[Standing, Told, Policy], Outcome]


def moved(standing: Standing, told: Told, move: Move, **changes: object) -> Outcome:
    """Return the status an event brings about: `changes` to what held, its own certainty and date."""
    if changes.get("holder", standing.holder) != standing.holder:
        former = standing.holder or standing.former
        changes |= {"former": former, "lost_on": told.day, "is_backed": told.is_backed}
        changes |= {"told_by": told.origins, "leaving": None, "entered_on": None}
    values: dict[str, object] = {
        "certainty": told.verdict.certainty,
        "is_firm": told.verdict.is_firm,
        "since": told.day,
        "moved_by": told.index,
        "supported_by": (),
        "borne_out_by": None,
        "repelled": None,
        "reason": move,
    }
    after = replace(standing, **(values | changes))  # type: ignore[arg-type]  # names are checked by replace
    if after.opponent == after.holder:
        after = replace(after, opponent=None)
    return move, after


def calm(standing: Standing) -> Control:
    """Return what a place is that nobody presses any more: held, where it is known by whom."""
    return Control.HELD if standing.holder else Control.UNKNOWN


def surer(standing: Standing, told: Told, move: Move = Move.SUPPORTED) -> Outcome:
    """Return the status after the same was told again: it is at least as sure as the surest event that says so."""
    certainty = standing.certainty
    # A claim told again, even by others, does not settle a dispute: what is sure does.
    if told.verdict.certainty in SURE and _RANK[told.verdict.certainty] > _RANK[certainty]:
        certainty = told.verdict.certainty
    return move, replace(
        standing,
        certainty=certainty,
        supported_by=(*standing.supported_by, told.index),
        told_by={**standing.told_by, **told.origins},
        is_backed=standing.is_backed or told.is_backed,
        is_firm=standing.is_firm or told.verdict.is_firm,
    )


_RANK = {
    Certainty.DISPUTED: 0,
    Certainty.CLAIMED: 1,
    Certainty.CONFIRMED: 2,
    Certainty.SETTLED: 3,
}


def is_fresh(standing: Standing, told: Told, policy: Policy) -> bool:
    """Return whether the status was confirmed so lately that one uncorroborated report does not undo it.

    A side that lost the place not long ago is mostly named in retellings, so for it that time is longer.
    """
    if told.is_corroborated:
        return False
    if told.side is not None and told.side == standing.former and standing.lost_on is not None:
        return told.day - standing.lost_on <= timedelta(days=policy.recap_days)
    if standing.since is None or not standing.is_firm or standing.moved_by is None:
        return False
    return told.day - standing.since <= timedelta(days=policy.min_dwell_days)
