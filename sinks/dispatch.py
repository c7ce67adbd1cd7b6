"""The story of telling: route, decide, send.

    route    each alert that came: who is to be told of it (`deciding.recipients`)
    decide   for each receiver what becomes of what waits for them (`deciding.decide`): told now, later, or never, and why
    send     what is to be told now, by the receiver's courier in a thread of its own

Every step ends in the ledger before the next begins, and begins with what lies there. Killed at any point and started
again, it therefore tells everybody what they were not told, again under the same id what may have been under way, and
waits for a group or the end of quiet hours as long as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from placewatch.log import get_logger
from sinks.courier import Bury, Courier, give_up
from sinks.deciding import TOLD, WAITING, Decision, Plan, Reason, Recipients, decide, recipients
from sinks.metrics import DECISIONS
from sinks.outbox import Outbox
from sinks.route_tree import NOBODY, RouteTree
from sinks.silence_book import SilenceBook
from sinks.turn import Turn


_log = get_logger(__name__)


class Dispatcher:
    """Has the alerts in the ledger told to whom the routes name."""

    def __init__(
        self,
        outbox: Outbox,
        silences: SilenceBook,
        routes: RouteTree,
        couriers: Mapping[str, Courier],
        *,
        turn: Turn,
        bury: Bury,
        now: Callable[[], datetime],
    ) -> None:
        """Put it together; `couriers` has one for each receiver of `routes`, `turn` keeps other sinks from telling."""
        self._outbox = outbox
        self._silences = silences
        self._routes = routes
        self._couriers = couriers
        self._now = now
        self._turn = turn
        self._bury = bury
        # When a receiver's alerts are decided next; None while it is another sink's turn.
        self._due_at: dict[str, datetime] | None = None

    def step(self) -> None:
        """Route what came, decide what is due, and have it sent; deliveries go on by themselves.

        Raises:
            LedgerError: the ledger stayed busy or cannot be used; nothing is lost.
        """
        if not self._turn.is_ours():
            self._due_at = None
            return
        due_at = self._due_at = self._taken_up() if self._due_at is None else self._due_at
        due_at |= dict.fromkeys(self._route(), self._now())
        now = self._now()
        for receiver in [name for name, at in due_at.items() if at <= now]:
            next_at = self._decide(receiver, now)
            if next_at is None:
                del due_at[receiver]
            else:
                due_at[receiver] = next_at
        for courier in self._couriers.values():
            courier.tend()

    def _taken_up(self) -> dict[str, datetime]:
        """Take up what the last one left, and return when it is decided: now."""
        for receiver in set(self._outbox.receivers_open()) - self._couriers.keys():
            for each in self._outbox.open(receiver):
                error = "the routes name this receiver no more"
                give_up(each.notification, error, Reason.RECEIVER_GONE, self._outbox, self._bury)
        for courier in self._couriers.values():
            courier.wake()
        return dict.fromkeys(self._outbox.receivers_waiting(), self._now())

    def _route(self) -> set[str]:
        """Look up who is to be told of alerts that came; return the receivers.

        A step takes so many and no more: a backlog must not keep the sink from polling.
        """
        alerts = self._outbox.unrouted()
        if not alerts:
            return set()
        known = dict(self._outbox.concerned({r for a in alerts for r in a.references}))
        found: dict[str, Recipients] = {}
        for alert in alerts:
            concerned = {each for r in alert.references for each in known.get(r, ())}
            found[alert.alert_id] = recipients(alert, self._routes, concerned)
            # The next may refer to this one.
            known[alert.alert_id] = found[alert.alert_id].receivers
        self._outbox.route(found, self._now())
        for each in found.values():
            if each.reason is not None:
                DECISIONS.labels(NOBODY, each.reason.value).inc()
        return {receiver for each in found.values() for receiver in each.receivers}

    def _decide(self, receiver: str, now: datetime) -> datetime | None:
        """Decide what becomes of what waits for a receiver, and write it down; return when it is decided again."""
        waits = self._outbox.waiting(receiver)
        waiting, before = [each for each, _ in waits], [decision for _, decision in waits]
        past = self._outbox.past(receiver, waiting, self._routes, now)
        plan = decide(receiver, waiting, past, self._routes, self._silences.all(), now)
        self._outbox.carry_out(receiver, plan, before, now)
        _count(receiver, plan, set(before))
        if plan.told and receiver in self._couriers:
            self._couriers[receiver].wake()
        return plan.due_at


def _count(receiver: str, plan: Plan, before: set[Decision]) -> None:
    """Count and log what was decided anew."""
    for decision in plan.decisions:
        if decision in before:
            continue
        DECISIONS.labels(receiver, decision.reason.value).inc()
        # What is told is logged as a message by its courier; what ends untold is worth a line of its own.
        log = _log.debug if decision.reason in {*WAITING, *TOLD} else _log.info
        log(
            "decided",
            receiver=receiver,
            alert_id=decision.alert_id,
            reason=decision.reason.value,
            because=decision.because or None,
            until=decision.until.isoformat(timespec="seconds") if decision.until else None,
        )
