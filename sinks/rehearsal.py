"""A rehearsal: what routes would do with a course of alerts, by the same decisions as in earnest, and with no one told.

Time passes from one arrival, or one moment at which something falls due, to the next; every delivery succeeds at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from placewatch.records import Alert
from sinks.deciding import (
    WAITING,
    Decision,
    Past,
    Plan,
    Reason,
    Waiting,
    decide,
    recipients,
)
from sinks.notification import Notification
from sinks.route_tree import NOBODY, RouteTree
from sinks.silences import Silence


@dataclass
class _Receiver:
    waiting: list[Waiting] = field(default_factory=list)
    told: dict[str, Alert] = field(default_factory=dict)
    flushed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of a rehearsal.

    Attributes:
        decisions: the last on each alert, by its id and the receiver's name; of one that concerns nobody under NOBODY.
        messages: what was told, and when, in order.
    """

    decisions: dict[tuple[str, str], Decision]
    messages: tuple[tuple[datetime, Notification], ...]


def rehearse(
    arrivals: Sequence[tuple[datetime, Alert]],
    routes: RouteTree,
    silences: Sequence[Silence],
    until: datetime,
) -> Rehearsed:
    """Return what becomes of alerts that arrive at these times, as it is at `until`."""
    stage = _Stage(routes, silences)
    for seq, (at, alert) in enumerate(sorted(arrivals, key=lambda arrival: arrival[0])):
        stage.pass_time(at)
        stage.take(seq, alert, at)
    stage.pass_time(until)
    return Rehearsed(stage.decisions, tuple(stage.messages))


class _Stage:
    def __init__(self, routes: RouteTree, silences: Sequence[Silence]) -> None:
        self._routes = routes
        self._silences = silences
        self._receivers: dict[str, _Receiver] = {}
        self.decisions: dict[tuple[str, str], Decision] = {}
        self.messages: list[tuple[datetime, Notification]] = []

    def take(self, seq: int, alert: Alert, at: datetime) -> None:
        """Route an alert and have its receivers decide at its moment."""
        referred = set(alert.references)
        concerned = {
            name
            for name, each in self._receivers.items()
            if referred & (each.told.keys() | {w.alert.alert_id for w in each.waiting})
        }
        found = recipients(alert, self._routes, concerned)
        if found.reason is not None:
            self.decisions[alert.alert_id, NOBODY] = Decision(alert.alert_id, found.reason)
        for name in found.receivers:
            receiver = self._receivers.setdefault(name, _Receiver())
            if alert.alert_id not in {each.alert.alert_id for each in receiver.waiting}:
                receiver.waiting.append(Waiting(seq, alert, at))
            receiver.due_at = at

    def pass_time(self, until: datetime) -> None:
        """Decide everything that falls due up to `until`, each at its own moment."""
        while due := self._next(until):
            at, name = due
            receiver = self._receivers[name]
            past = Past(receiver.told, receiver.flushed)
            plan = decide(name, receiver.waiting, past, self._routes, self._silences, at)
            self._carry_out(name, receiver, plan, at)

    def _next(self, until: datetime) -> tuple[datetime, str] | None:
        known = ((each.due_at, name) for name, each in self._receivers.items())
        due = [(at, name) for at, name in known if at is not None and at <= until]
        return min(due, default=None)

    def _carry_out(self, name: str, receiver: _Receiver, plan: Plan, at: datetime) -> None:
        for decision in plan.decisions:
            self.decisions[decision.alert_id, name] = decision
        for told in plan.told:
            self.messages.append((at, told.notification))
            receiver.flushed[told.route, told.notification.group] = at
            receiver.told |= {alert.alert_id: alert for alert in told.notification.alerts}
        left = {d.alert_id for d in plan.decisions if d.reason in WAITING}
        receiver.waiting = [w for w in receiver.waiting if w.alert.alert_id in left]
        # What stays behind what is told just now is looked at again at once: a moment later, so that time passes.
        soonest = at + timedelta(milliseconds=1)
        receiver.due_at = max(plan.due_at, soonest) if plan.due_at is not None else None


def in_words(decision: Decision) -> str:
    """Return a decision as `routes test` has it: "quiet_hours until 2024-12-07T04:30Z by nights"."""
    words = [decision.reason.value]
    if decision.reason in WAITING - {Reason.BEHIND} and decision.until is not None:
        until = decision.until.astimezone(UTC)
        words.append(f"until {until:%Y-%m-%dT%H:%M:%S}Z".replace(":00Z", "Z"))
    if decision.because:
        words.append(f"by {decision.because}")
    return " ".join(words)
