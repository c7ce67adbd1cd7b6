"""What a person's own policy changes and what in it is odd: a pure comparison, for `placewatch policy check`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from placewatch.vocabulary import Reliability
from streams.tracking.policy import Policy, PolicyFile


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that is not as shipped.

    Attributes:
        name: its name.
        shipped: the shipped number, as JSON has it.
        yours: the number in the file.
        meaning: what the change will mean, in words.
        reason: why the file says it is that.
        source: where the file says that comes from.
    """

    name: str
    shipped: object
    yours: object
    meaning: str
    reason: str
    source: str


class Odd(StrEnum):
    """Why a legal combination deserves a second look."""

    DWELL_PAST_WINDOW = "dwell_longer_than_alert_window"
    SETTLED_PAST_DWELL = "settled_later_than_dwell"
    MOMENT_PAST_ONGOING = "merge_longer_than_ongoing"
    MERGE_PAST_RECAP = "merge_longer_than_recap"
    STALE_PAST_HORIZON = "stale_later_than_horizon"
    THREAT_PAST_HORIZON = "threat_longer_than_horizon"
    WINDOW_PAST_HORIZON = "alert_window_longer_than_horizon"
    QUIET_PAST_ONGOING = "quiet_longer_than_ongoing"
    DENIAL_HELPS = "denial_makes_it_easier"
    DENIAL_IDLE = "denial_weighs_nothing"
    PASSING_IS_ENOUGH = "possession_in_passing_is_easy"
    WEAK_VOICE = "weak_source_confirms_alone"
    NO_VOICE = "no_source_confirms_alone"
    LONE_OPINION = "lone_second_opinion_counts"
    EVIDENCE_CUT = "events_carry_less_than_alerts"
    OLD_REASON = "changed_with_the_shipped_reason"


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that is allowed and deserves a second look.

    Attributes:
        reason: which.
        names: the numbers it is about.
        message: what it will mean.
    """

    reason: Odd
    names: tuple[str, ...]
    message: str


def differences(yours: PolicyFile, shipped: PolicyFile) -> tuple[Difference, ...]:
    """Return every number of `yours` that is not as shipped, in the shipped order."""
    ours = _plain(yours.policy)
    return tuple(
        Difference(
            name=name,
            shipped=value,
            yours=ours[name],
            meaning=_meaning(yours, shipped, name),
            reason=yours.entries[name].reason,
            source=yours.entries[name].source,
        )
        for name, value in _plain(shipped.policy).items()
        if ours[name] != value
    )


def oddities(yours: PolicyFile, shipped: PolicyFile) -> tuple[Oddity, ...]:
    """Return what in a policy is allowed and deserves a second look."""
    found = [
        Oddity(reason, names, message)
        for reason, names, is_odd, message in _ODD
        if is_odd(yours.policy)
    ]
    unexplained = [
        Oddity(
            Odd.OLD_REASON,
            (each.name,),
            "the number is yours, but its reason is still the shipped one: say why it is what it is",
        )
        for each in differences(yours, shipped)
        if each.reason == shipped.entries[each.name].reason
    ]
    return (*found, *unexplained)


def _plain(policy: Policy) -> dict[str, object]:
    """Return the numbers as JSON has them, lists in one order."""
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in policy.model_dump(mode="json").items()
    }


def _meaning(yours: PolicyFile, shipped: PolicyFile, name: str) -> str:
    """Return what a change means: the shipped entry's words for more or less of it."""
    before, after = getattr(shipped.policy, name), getattr(yours.policy, name)
    entry = shipped.entries[name]
    if not isinstance(before, frozenset):
        return entry.more if after > before else entry.less
    parts = [
        f"{', '.join(sorted(words))}: {effect}"
        for words, effect in ((after - before, entry.more), (before - after, entry.less))
        if words
    ]
    return "; ".join(parts)


_WELL_GRADED = frozenset({Reliability.A, Reliability.B, Reliability.C})
_ODD: tuple[tuple[Odd, tuple[str, ...], Callable[[Policy], bool], str], ...] = (
    (
        Odd.DWELL_PAST_WINDOW,
        ("min_dwell_days", "alert_window_days"),
        lambda p: p.min_dwell_days > p.alert_window_days,
        "a change that is held back for the dwell is too old for an alert when it is let through",
    ),
    (
        Odd.SETTLED_PAST_DWELL,
        ("settled_after_h", "min_dwell_days"),
        lambda p: p.settled_after_h > p.min_dwell_days * 24,
        "a change may be undone by one undated claim before it is called settled",
    ),
    (
        Odd.MOMENT_PAST_ONGOING,
        ("merge_days", "merge_ongoing_days"),
        lambda p: p.merge_days > p.merge_ongoing_days,
        "a capture is told as one event for longer than fighting that goes on",
    ),
    (
        Odd.MERGE_PAST_RECAP,
        ("merge_days", "recap_days"),
        lambda p: p.merge_days > p.recap_days,
        "a report without a date joins an event for less time than one with a date",
    ),
    (
        Odd.STALE_PAST_HORIZON,
        ("stale_after_days", "horizon_days"),
        lambda p: p.stale_after_days > p.horizon_days,
        "reports are folded before their status is stale, and staleness then counts from the folding",
    ),
    (
        Odd.THREAT_PAST_HORIZON,
        ("threat_lapses_days", "horizon_days"),
        lambda p: p.threat_lapses_days > p.horizon_days,
        "a threat is folded before it lapses, and then stays for good",
    ),
    (
        Odd.WINDOW_PAST_HORIZON,
        ("alert_window_days", "horizon_days"),
        lambda p: p.alert_window_days > p.horizon_days,
        "what is older than the horizon is folded and is never alerted, whatever the window",
    ),
    (
        Odd.QUIET_PAST_ONGOING,
        ("quiet_days", "merge_ongoing_days"),
        lambda p: p.quiet_days > p.merge_ongoing_days,
        "fighting has ended as an event before the place counts as quiet",
    ),
    (
        Odd.DENIAL_HELPS,
        ("independent_origins_when_denied", "independent_origins"),
        lambda p: p.independent_origins_when_denied < p.independent_origins,
        "a denied change is confirmed by fewer origins than one that nobody denies",
    ),
    (
        Odd.DENIAL_IDLE,
        ("independent_origins_when_denied", "independent_origins"),
        lambda p: p.independent_origins_when_denied == p.independent_origins,
        "a denied change is confirmed by as few origins as one that nobody denies",
    ),
    (
        Odd.PASSING_IS_ENOUGH,
        ("held_origins", "independent_origins"),
        lambda p: p.held_origins < p.independent_origins,
        "possession told in passing moves a status on fewer origins than confirm a change",
    ),
    (
        Odd.WEAK_VOICE,
        ("own_voice_reliability",),
        lambda p: not p.own_voice_reliability <= _WELL_GRADED,
        "sources graded D to F, or never graded at all (F), confirm a change alone",
    ),
    (
        Odd.NO_VOICE,
        ("own_voice_reliability",),
        lambda p: not p.own_voice_reliability,
        "no source confirms a change alone, however good it is",
    ),
    (
        Odd.LONE_OPINION,
        ("second_opinion_origins",),
        lambda p: p.second_opinion_origins == 1,
        "a change of hands that only the learned reader finds in one text counts",
    ),
    (
        Odd.EVIDENCE_CUT,
        ("citations_kept", "event_citations_kept"),
        lambda p: p.citations_kept > p.event_citations_kept,
        "alerts cannot carry more evidence than their events do",
    ),
)  # fmt: skip
