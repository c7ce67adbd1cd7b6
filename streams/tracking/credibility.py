"""How sure an event is: claimed, confirmed, settled or disputed, and since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from placewatch.records import Origin
from placewatch.vocabulary import Certainty, Credibility, Factuality, Reliability, State
from streams.tracking.context import Context
from streams.tracking.events import Occurrence, Testimony
from streams.tracking.once import once
from streams.tracking.policy import Policy
from streams.tracking.reasons import Counted, Grounds


# Not frozen, which would make it thrice as slow to make: they are made at each reading.
@dataclass(slots=True)
class Verdict:
    """What an event's origins are worth together.

    Attributes:
        certainty: claimed, confirmed, settled or disputed.
        credibility: the Admiralty's number for it.
        grounds: why it is as sure as that.
        confirmed_at: when it was first confirmed, or None.
        is_admitted: whether the side that loses by it says so.
        is_corroborated: whether enough independent origins tell it, whoever denies it: a denial makes a change
            doubtful, it does not undo it.
        is_firm: whether it would be confirmed if nobody denied it.
        origins: those that stand by it, each once, the most reliable first.
        is_standing: whether anybody stands by it.
    """

    certainty: Certainty
    credibility: Credibility
    grounds: Grounds
    confirmed_at: datetime | None
    is_admitted: bool
    is_corroborated: bool
    is_firm: bool
    origins: tuple[Origin, ...]

    @property
    def is_standing(self) -> bool:
        """Whether any origin stands by it."""
        return bool(self.origins)


@dataclass(frozen=True)
class Judgement:
    """How sure an event is, and from when on it is settled.

    Attributes:
        verdict: what its origins are worth together.
        settles_at: when it is settled by nobody contradicting it, None where it is not confirmed or denied since.
    """

    verdict: Verdict
    settles_at: datetime | None

    def at(self, now: datetime) -> Verdict:
        """Return the verdict at `now`: time settles what is confirmed."""
        if self.settles_at is None or now < self.settles_at:
            return self.verdict
        return self._settled

    @once
    def _settled(self) -> Verdict:
        return replace(self.verdict, certainty=Certainty.SETTLED)


def judge(occurrence: Occurrence, loser_side: str | None, context: Context) -> Judgement:
    """Return how sure an event is; `loser_side` is the side that held the place before it.

    Confirmed: enough independent origins not of one side; or the side that loses by it says so (admission
    against interest: Wikipedia's war-map rule); or a well-graded source in its own voice, not denied since. Disputed:
    told by one side and denied. Settled: confirmed for `settled_after_h` (ACLED's one-day rule).
    """
    standing = occurrence.standing
    losers = _losers(occurrence, loser_side)
    denials = _denials_that_count(occurrence, standing)
    witnesses = [t for t in standing if not t.attributed.is_opinion]
    sure = [t for t in witnesses if not _is_hearsay(t)]
    confirmed_at, grounds = _confirmed_at(sure, occurrence, losers, denials, context.policy)
    is_firm = is_told = confirmed_at is not None
    if denials:
        firm_at, _ = _confirmed_at(sure, occurrence, losers, (), context.policy)
        is_firm = is_told = firm_at is not None
    if len(sure) < len(witnesses):
        told_at, _ = _confirmed_at(witnesses, occurrence, losers, (), context.policy)
        is_told = told_at is not None
    origins = _distinct(standing)
    if confirmed_at is not None:
        certainty = Certainty.CONFIRMED
    else:
        certainty = Certainty.DISPUTED if denials and origins else Certainty.CLAIMED
    settles_at = None
    if confirmed_at is not None and not _denied_after(denials, confirmed_at):
        settles_at = confirmed_at + timedelta(hours=context.policy.settled_after_h)
    verdict = Verdict(
        certainty=certainty,
        credibility=_credibility(certainty, origins, occurrence.side),
        grounds=grounds or _unconfirmed_because(certainty, origins),
        confirmed_at=confirmed_at,
        is_admitted=any(_is_admission(t, losers) for t in standing),
        is_corroborated=is_told and len(_distinct(witnesses)) >= context.policy.independent_origins,
        is_firm=is_firm,
        origins=origins,
    )
    return Judgement(verdict, settles_at)


def weighed_as(occurrence: Occurrence) -> list[tuple[Testimony, Counted]]:
    """Return every report of an event with what it weighed in judging it: those that tell it, then the denials."""
    standing = {id(t) for t in occurrence.standing}
    is_seen = _is_seen(occurrence.standing)
    current_ids = {id(t) for t in occurrence.current}
    told = [
        (
            t,
            _counted(t)
            if id(t) in standing
            else (Counted.SAID_BY_ANOTHER if id(t) in current_ids else Counted.TAKEN_BACK),
        )
        for t in occurrence.told
    ]
    denied = [
        (d, Counted.DENIAL_OUTSEEN if is_seen and d.origin.side is None else Counted.DENIAL)
        for d in occurrence.denials
    ]
    return told + denied


def _counted(testimony: Testimony) -> Counted:
    if testimony.attributed.is_copy:
        return Counted.WIRE_COPY
    if testimony.report.is_told_of_part:
        return Counted.OF_PART
    return Counted.OWN_VOICE if testimony.attributed.is_own_voice else Counted.COUNTED


def _unconfirmed_because(certainty: Certainty, origins: Sequence[Origin]) -> Grounds:
    if not origins:
        return Grounds.NOBODY
    if certainty is Certainty.DISPUTED:
        return Grounds.DENIED
    return Grounds.ONE_ORIGIN if len(origins) == 1 else Grounds.ONE_SIDE


def _losers(occurrence: Occurrence, loser_side: str | None) -> frozenset[str]:
    """Return the sides that it costs to say so: who leaves, or else who held the place or was acted against."""
    if occurrence.kind is State.WITHDRAWN:
        return frozenset({occurrence.side or loser_side} - {None})  # type: ignore[arg-type]  # None is taken out
    losers = occurrence.against | ({loser_side} if loser_side else set())
    return frozenset(losers - {occurrence.side})


def _gainer(occurrence: Occurrence) -> str | None:
    """Return the side that it helps to say so; leaving helps nobody who is named."""
    return None if occurrence.kind is State.WITHDRAWN else occurrence.side


def _denials_that_count(occurrence: Occurrence, standing: Sequence[Testimony]) -> list[Testimony]:
    """Return the denials by another side, and by neutral outlets where none tells it in its own voice.

    The side's own denial took its claim back already; that one neutral outlet misses what another saw is no
    dispute between sides.
    """
    gainer = _gainer(occurrence)
    is_seen = _is_seen(standing)
    return [
        d
        for d in occurrence.denials
        if (not is_seen if d.origin.side is None else d.origin.side != gainer)
    ]


def _is_hearsay(testimony: Testimony) -> bool:
    """Whether an outlet passes on that a place changed hands ("likely", "reportedly") without saying from whom.

    It may have it from the very party that claims it.
    """
    is_hedged = testimony.report.factuality is Factuality.CLAIMED
    is_named = testimony.report.attributed_to is not None
    return testimony.kind in _CHANGES_OF_HANDS and is_hedged and not is_named


_NEWNESS = attrgetter("newness")
_CHANGES_OF_HANDS = frozenset({State.CAPTURED, State.WITHDRAWN})


def _is_seen(standing: Sequence[Testimony]) -> bool:
    """Whether a neutral outlet tells it in its own voice."""
    return any(t.attributed.is_own_voice and t.origin.side is None for t in standing)


def _is_admission(testimony: Testimony, losers: frozenset[str]) -> bool:
    """Whether a side says what it loses by. Who warns of an attack on itself loses nothing; who says it will leave does."""
    if testimony.kind is State.THREATENED and testimony.report.state is not State.WITHDRAWN:
        return False
    return testimony.origin.side is not None and testimony.origin.side in losers


def _confirmed_at(
    standing: Sequence[Testimony],
    occurrence: Occurrence,
    losers: frozenset[str],
    denials: Sequence[Testimony],
    policy: Policy,
) -> tuple[datetime, Grounds] | tuple[None, None]:
    """Return when enough had been told for it to be confirmed and what was enough, or None."""
    seen: dict[str, str | None] = {}
    for testimony in sorted(standing, key=_NEWNESS):
        at = testimony.reading.published_at
        seen[testimony.origin.origin_id] = testimony.origin.side
        if _is_admission(testimony, losers):
            return at, Grounds.ADMITTED
        if _speaks_for_itself(testimony, policy) and not _denied_after(denials, at):
            return at, Grounds.OWN_VOICE
        if is_enough(seen, _gainer(occurrence), is_denied=bool(denials), policy=policy):
            return at, Grounds.DESPITE_DENIAL if denials else Grounds.INDEPENDENT
    return None, None


def _speaks_for_itself(testimony: Testimony, policy: Policy) -> bool:
    """Whether a well-graded neutral outlet says it in its own voice, in words that the rules read."""
    origin = testimony.origin
    return (
        testimony.attributed.is_own_voice
        and not testimony.report.is_second_opinion
        and origin.side is None
        and origin.reliability in policy.own_voice_reliability
    )


def is_enough(
    seen: Mapping[str, str | None], side: str | None, *, is_denied: bool, policy: Policy
) -> bool:
    """Return whether origins, by id with their side, are enough and not of one side.

    Against a denial only those count that are not of `side`, which gains by it.
    """
    if is_denied:
        neutral = sum(s is None or s != side for s in seen.values())
        return neutral >= policy.independent_origins_when_denied
    sides = set(seen.values())
    return len(seen) >= policy.independent_origins and (None in sides or len(sides) > 1)


def _denied_after(denials: Sequence[Testimony], at: datetime) -> bool:
    return any(d.reading.published_at >= at for d in denials)


def _distinct(standing: Sequence[Testimony]) -> tuple[Origin, ...]:
    by_id: dict[str, Origin] = {}
    for testimony in standing:
        by_id.setdefault(testimony.origin.origin_id, testimony.origin)
    return tuple(sorted(by_id.values(), key=lambda o: (o.reliability.value, o.origin_id)))


def _credibility(certainty: Certainty, origins: Sequence[Origin], side: str | None) -> Credibility:
    """Return the Admiralty number: confirmed 1, one neutral teller 2 or 3, the gainer alone 3, disputed 4, nobody 6."""
    if not origins:
        return Credibility.CANNOT_BE_JUDGED
    if certainty is Certainty.DISPUTED:
        return Credibility.DOUBTFUL
    if certainty in {Certainty.CONFIRMED, Certainty.SETTLED}:
        return Credibility.CONFIRMED if len(origins) > 1 else Credibility.PROBABLY_TRUE
    is_partisan = all(o.side is not None and o.side == side for o in origins)
    well_graded = origins[0].reliability in {Reliability.A, Reliability.B}
    return (
        Credibility.PROBABLY_TRUE if well_graded and not is_partisan else Credibility.POSSIBLY_TRUE
    )
