"""Whether, when and with what else a receiver is told of an alert, and why: pure, with `now` as an argument.

`recipients` says at an alert's arrival who is concerned, `decide` says of everything that waits for one receiver what
becomes of it now. What was decided lies in the ledger (`sinks.outbox`), and nothing is remembered elsewhere, so a sink
that is started again goes on where the last one stopped.

In which order: what the receiver has been told already; corrections of what it was told, which nothing mutes;
silences; inhibition; quiet hours; the group's waiting; the order of causes within a place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from placewatch.records import Alert
from placewatch.vocabulary import MsgType
from sinks.matchers import labels_of
from sinks.notification import Notification, notification_of
from sinks.route_tree import NOBODY, Leg, RouteTree
from sinks.silences import Silence
from sinks.time_intervals import covered_until


# More than this in one message help nobody, and a web hook's body has to have an end: the others are in another.
MAX_ALERTS = 1000


class Reason(StrEnum):
    """What became of an alert for one receiver: the word in the ledger, logs, metrics and `routes test`."""

    NOTIFIED = "notified"
    CORRECTED = "notified_as_correction"
    GROUPED = "grouped_and_waiting"
    QUIET = "quiet_hours"
    BEHIND = "behind_an_earlier_one"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    ALREADY = "already_delivered"
    UNDELIVERABLE = "undeliverable"
    RECEIVER_GONE = "receiver_gone"
    NO_ROUTE = "no_route"
    MUTED = "muted_by_route"
    BEFORE_ROUTES = "before_routes"


# An alert with one of these is decided again later; with any other it is told or has ended.
WAITING = frozenset({Reason.GROUPED, Reason.QUIET, Reason.BEHIND})
TOLD = frozenset({Reason.NOTIFIED, Reason.CORRECTED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that waits to be told to a receiver.

    Attributes:
        seq: its place in the order of arrival, which is the order of causes at one place.
        alert: the alert.
        since: when it was routed.
    """

    seq: int
    alert: Alert
    since: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What a receiver was told, or is being told.

    Attributes:
        told: the alerts that matter still, by id: those that others refer to, and those that may mute others.
        flushed: when a group was last told, by its route's path and its name.
    """

    told: Mapping[str, Alert] = field(default_factory=dict)
    flushed: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one alert for one receiver.

    Attributes:
        alert_id: the alert.
        reason: what becomes of it.
        until: when it is decided again, for one that waits.
        because: the silence, the alert or the time intervals that are the reason.
    """

    alert_id: str
    reason: Reason
    until: datetime | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification to send, and the path of the route that made it."""

    notification: Notification
    route: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of everything that waits for one receiver.

    Attributes:
        decisions: one for each alert, in their order.
        told: the notifications to send, in this order.
    """

    decisions: tuple[Decision, ...] = ()
    told: tuple[Told, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """When it has to be decided again, if nothing comes before; None where nothing waits."""
        return min((d.until for d in self.decisions if d.until is not None), default=None)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is concerned by an alert; where it is nobody, why."""

    receivers: tuple[str, ...]
    reason: Reason | None = None


def recipients(alert: Alert, routes: RouteTree, concerned: Collection[str] = ()) -> Recipients:
    """Return who is to be told of an alert: whom the routes name, and `concerned`.

    Args:
        alert: the alert.
        routes: the tree.
        concerned: receivers that were told, or wait to be told, of an alert that this one refers to: an update or a
            cancellation reaches them wherever it would go by itself.
    """
    legs = routes.legs(labels_of(alert))
    named = [leg.receiver for leg in legs if leg.receiver not in {None, NOBODY}]
    receivers = tuple(dict.fromkeys([*(name for name in named if name), *sorted(concerned)]))
    if receivers:
        return Recipients(receivers)
    is_muted = any(leg.receiver == NOBODY for leg in legs)
    return Recipients((), Reason.MUTED if is_muted else Reason.NO_ROUTE)


def decide(
    receiver: str,
    waiting: Sequence[Waiting],
    past: Past,
    routes: RouteTree,
    silences: Iterable[Silence],
    now: datetime,
) -> Plan:
    """Return what becomes of the alerts that wait for a receiver, each with its reason."""
    ordered = sorted(waiting, key=lambda each: each.seq)
    if receiver not in routes.names:
        gone = (Decision(w.alert.alert_id, Reason.RECEIVER_GONE) for w in ordered)
        return Plan(tuple(gone))
    items = [_item(each, receiver, past, routes) for each in ordered]
    decided: dict[int, Decision] = {}
    decided |= _ended(items, past, tuple(silences), now)
    decided |= _inhibited([i for i in items if i.seq not in decided], past, routes)
    left = [item for item in items if item.seq not in decided]
    held = _held(left, past, now)
    decided |= {seq: held[seq] for seq in held.keys() - _taken_along(left, held)}
    told, taken = _in_order(receiver, left, decided, now)
    decided |= taken
    return Plan(tuple(decided[item.seq] for item in items), told)


@dataclass(frozen=True, slots=True)
class _Item:
    """An alert that waits, with what is looked up of it again and again."""

    seq: int
    alert: Alert
    since: datetime
    labels: Mapping[str, str]
    leg: Leg
    group: tuple[str, str]
    is_correction: bool

    def is_decided(
        self, reason: Reason, *, until: datetime | None = None, because: str = ""
    ) -> Decision:
        """Return the decision on this alert."""
        return Decision(self.alert.alert_id, reason, until, because)


def _item(each: Waiting, receiver: str, past: Past, routes: RouteTree) -> _Item:
    labels = labels_of(each.alert)
    # A correction comes where the tree would not send it, and the file may be another than at the alert's arrival.
    leg = routes.leg_to(receiver, labels) or Leg("", receiver)
    return _Item(
        seq=each.seq,
        alert=each.alert,
        since=each.since,
        labels=labels,
        leg=leg,
        group=(leg.path, leg.group_of(labels)),
        is_correction=any(told in past.told for told in each.alert.references),
    )


def _ended(
    items: Sequence[_Item], past: Past, silences: Sequence[Silence], now: datetime
) -> dict[int, Decision]:
    """Return the decisions on what was told before, and on what a silence mutes."""
    ended: dict[int, Decision] = {}
    for item in items:
        if item.alert.alert_id in past.told:
            ended[item.seq] = item.is_decided(Reason.ALREADY)
            continue
        muting = (s for s in silences if s.covers(item.labels, item.since, now))
        silence = None if item.is_correction else next(muting, None)
        if silence is not None:
            ended[item.seq] = item.is_decided(Reason.SILENCED, because=silence.silence_id)
    return ended


def _inhibited(items: Sequence[_Item], past: Past, routes: RouteTree) -> dict[int, Decision]:
    """Return the decisions on what another alert mutes that the receiver is, or will be, told of.

    One that is muted itself mutes no other, so two rules cannot mute both sides of a pair.
    """
    told = [(alert, labels_of(alert)) for alert in past.told.values()] if items else []
    sources = [*told, *((item.alert, item.labels) for item in items)]
    muted: dict[int, Decision] = {}
    silent: set[str] = set()
    for rule in routes.inhibit_rules:
        muting: dict[tuple[str, ...], list[Alert]] = defaultdict(list)
        for alert, labels in sources:
            if (key := rule.source_key(labels)) is not None:
                muting[key].append(alert)
        for item in items:
            wanted = (
                None if item.is_correction or item.seq in muted else rule.target_key(item.labels)
            )
            near = (
                alert
                for alert in (muting[wanted] if wanted is not None and wanted in muting else ())
                if alert.alert_id not in silent and abs(alert.at - item.alert.at) <= rule.within
            )
            if (source := next(near, None)) is not None:
                muted[item.seq] = item.is_decided(Reason.INHIBITED, because=source.alert_id)
                silent.add(item.alert.alert_id)
    return muted


def _held(items: Sequence[_Item], past: Past, now: datetime) -> dict[int, Decision]:
    """Return the decisions on what waits for its group or for the end of quiet hours."""
    first: dict[tuple[str, str], datetime] = {}
    for item in items:
        first[item.group] = min(item.since, first.get(item.group, item.since))
    quiet = {leg: covered_until(leg.stretches, now) for leg in {item.leg for item in items}}
    held: dict[int, Decision] = {}
    for item in items:
        due = first[item.group] + item.leg.group_wait
        if (last := past.flushed.get(item.group)) is not None:
            due = max(due, last + item.leg.group_interval)
        until = quiet[item.leg]
        if until is not None and until >= due:
            names = ", ".join(item.leg.mute_time_intervals)
            held[item.seq] = item.is_decided(Reason.QUIET, until=until, because=names)
        elif now < due:
            held[item.seq] = item.is_decided(Reason.GROUPED, until=due)
    return held


def _taken_along(items: Sequence[_Item], held: Mapping[int, Decision]) -> set[int]:
    """Return what waits no longer because something later about its place is taken back now.

    A cancellation of what the receiver was told must not wait behind what came in between, and not overtake it either.
    """
    due = {
        item.alert.place_id: item.seq
        for item in items
        if item.is_correction and item.alert.msg_type is MsgType.CANCEL and item.seq not in held
    }
    return {i.seq for i in items if i.seq < due.get(i.alert.place_id, i.seq)}


def _in_order(
    receiver: str, items: Sequence[_Item], held: Mapping[int, Decision], now: datetime
) -> tuple[tuple[Told, ...], dict[int, Decision]]:
    """Return the notifications, and the decisions on what is in them or stays behind.

    Groups go in the order of their first alert. One whose place has an earlier alert that is not told yet stays
    behind, so that nobody reads that a place was lost before they read that it was taken.
    """
    queues: dict[str, list[_Item]] = defaultdict(list)
    for item in reversed(items):
        queues[item.alert.place_id].append(item)
    groups: dict[tuple[str, str], list[_Item]] = defaultdict(list)
    for item in items:
        if item.seq not in held:
            groups[item.group].append(item)
    told: list[Told] = []
    decided: dict[int, Decision] = {}
    for (route, group), members in groups.items():
        going: list[_Item] = []
        for item in members:
            queue = queues[item.alert.place_id]
            if queue[-1] is item:
                going.append(queue.pop())
                reason = Reason.CORRECTED if item.is_correction else Reason.NOTIFIED
                decided[item.seq] = item.is_decided(reason)
            else:
                before = queue[-1]
                until = held[before.seq].until if before.seq in held else now
                because = before.alert.alert_id
                decided[item.seq] = item.is_decided(Reason.BEHIND, until=until, because=because)
        alerts = [item.alert for item in going]
        told += [
            Told(notification_of(receiver, group, alerts[start : start + MAX_ALERTS]), route)
            for start in range(0, len(alerts), MAX_ALERTS)
        ]
    return tuple(told), decided
