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
from sinks.deciding import WAITING, Decision, Plan, Reason, Recipients, decide, recipients
from sinks.metrics import DECISIONS
from sinks.outbox import Outbox
from sinks.route_tree import RouteTree
from sinks.silence_book import SilenceBook


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
        bury: Bury,
        now: Callable[[], datetime],
    ) -> None:
        """Put it together; `couriers` has one for each receiver of `routes`."""
        self._outbox = outbox
        self._silences = silences
        self._routes = routes
        self._couriers = couriers
        self._now = now
        self._window = routes.window
        # When a receiver's alerts are decided next. At the start all are: a killed sink may have left some.
        self._due_at: dict[str, datetime] = dict.fromkeys(outbox.receivers_waiting(), now())
        for receiver in set(outbox.receivers_open()) - couriers.keys():
            for each in outbox.open(receiver):
                error = "the routes name this receiver no more"
                give_up(each.notification, error, Reason.RECEIVER_GONE, outbox, bury)

    def step(self) -> None:
        """Route what came, decide what is due, and have it sent; deliveries go on by themselves.

        Raises:
            LedgerError: the ledger stayed busy or cannot be used; nothing is lost.
        """
        self._route()
        now = self._now()
        for receiver, due_at in list(self._due_at.items()):
            if due_at <= now:
                self._decide(receiver, now)
        for courier in self._couriers.values():
            courier.tend()

    def _route(self) -> None:
        """Look up who is to be told of each alert that came."""
        while alerts := self._outbox.unrouted():
            now = self._now()
            known = dict(self._outbox.concerned({r for a in alerts for r in a.references}))
            found: dict[str, Recipients] = {}
            for alert in alerts:
                concerned = {each for r in alert.references for each in known.get(r, ())}
                found[alert.alert_id] = recipients(alert, self._routes, concerned)
                # The next may refer to this one.
                known[alert.alert_id] = found[alert.alert_id].receivers
            self._outbox.route(found, now)
            for each in found.values():
                if each.reason is not None:
                    DECISIONS.labels("", each.reason.value).inc()
                self._due_at |= dict.fromkeys(each.receivers, now)

    def _decide(self, receiver: str, now: datetime) -> None:
        """Decide what becomes of what waits for a receiver, and write it down."""
        waits = self._outbox.waiting(receiver)
        waiting, before = [each for each, _ in waits], [decision for _, decision in waits]
        past = self._outbox.past(receiver, waiting, self._window, now)
        plan = decide(receiver, waiting, past, self._routes, self._silences.all(), now)
        self._outbox.carry_out(receiver, plan, before, now)
        _count(receiver, plan, set(before))
        if plan.told and receiver in self._couriers:
            self._couriers[receiver].wake()
        if plan.due_at is None:
            del self._due_at[receiver]
        else:
            # Silences may be added while alerts wait; what waits is told by then at the latest.
            self._due_at[receiver] = plan.due_at


def _count(receiver: str, plan: Plan, before: set[Decision]) -> None:
    """Count and log what was decided anew."""
    for decision in plan.decisions:
        if decision in before:
            continue
        DECISIONS.labels(receiver, decision.reason.value).inc()
        log = _log.debug if decision.reason in WAITING else _log.info
        log(
            "decided",
            receiver=receiver,
            alert_id=decision.alert_id,
            reason=decision.reason.value,
            because=decision.because or None,
            until=decision.until.isoformat(timespec="seconds") if decision.until else None,
        )
