"""The outbox in the ledger: who is to be told of what, what became of it, and the notifications under way.

Everything that delivering needs to know lies here and nowhere else, so a sink that is killed loses none of it: an alert
is routed in one transaction, a notification is put together in one, and is done once its receiver had it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, update

from placewatch.records import Alert
from sinks.database import insert_into, translated, writing
from sinks.deciding import TOLD, WAITING, Decision, Past, Plan, Reason, Recipients, Waiting
from sinks.ledger import Ledger
from sinks.model import AlertRow, Base, DeliveryRow, NotificationRow
from sinks.notification import Notification
from sinks.route_tree import RouteTree


# What `alerts.routing` says of an alert that somebody is to be told of.
ROUTED = "routed"
# How many are routed in one step: a backlog must neither hold the ledger's lock for long nor keep the sink from polling.
ROUTED_AT_ONCE = 500
_IDS_A_QUERY = 500
_DELIVERIES: Table = Base.metadata.tables[DeliveryRow.__tablename__]
_DECIDED = (
    update(_DELIVERIES)
    .where(
        _DELIVERIES.c.alert_id == bindparam("its_id"),
        _DELIVERIES.c.writer == bindparam("its_receiver"),
    )
    .values({name: bindparam(name) for name in ("reason", "because", "due_at", "notification_id")})
)


@dataclass(frozen=True, slots=True)
class Open:
    """A notification that its receiver has not had yet.

    Attributes:
        notification: what to deliver.
        created_at: when it was put together.
        attempts: how often it failed.
        retry_at: when it is due again; None for at once.
    """

    notification: Notification
    created_at: datetime
    attempts: int
    retry_at: datetime | None


class Outbox:
    """What is to be told, in the ledger's database. Every method may raise LedgerError, or LedgerBusyError."""

    def __init__(self, ledger: Ledger) -> None:
        """Use the outbox of `ledger`."""
        self._engine = ledger.engine

    def unrouted(self) -> tuple[Alert, ...]:
        """Return the first alerts of which it was not looked up who is to be told, in order of arrival."""
        query = select(AlertRow.record).where(AlertRow.routing.is_(None))
        rows = self._read(query.order_by(AlertRow.seq).limit(ROUTED_AT_ONCE))
        return tuple(Alert.model_validate(row[0]) for row in rows)

    def concerned(self, alert_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return who was told, or waits to be told, of each of these alerts."""
        found: dict[str, list[str]] = defaultdict(list)
        query = select(DeliveryRow.alert_id, DeliveryRow.writer).where(
            DeliveryRow.reason.in_([*WAITING, *TOLD]),
            DeliveryRow.is_abandoned.is_(False),
        )
        for row in self._read_ids(query, DeliveryRow.alert_id, alert_ids):
            found[row.alert_id].append(row.writer)
        return {alert_id: tuple(receivers) for alert_id, receivers in found.items()}

    def route(self, found: Mapping[str, Recipients], now: datetime) -> None:
        """Write down who is to be told of these alerts, in one transaction."""
        rows = [
            {
                "alert_id": alert_id,
                "writer": receiver,
                "attempts": 0,
                "is_abandoned": False,
                "reason": Reason.GROUPED.value,
                "routed_at": now,
                "due_at": now,
            }
            for alert_id, recipients in found.items()
            for receiver in recipients.receivers
        ]
        by_word: dict[str, list[str]] = defaultdict(list)
        for alert_id, recipients in found.items():
            by_word[recipients.reason or ROUTED].append(alert_id)
        with translated(self._engine), writing(self._engine) as connection:
            if rows:
                statement = insert_into(self._engine, DeliveryRow).on_conflict_do_nothing()
                connection.execute(statement, rows)
            for word, ids in by_word.items():
                connection.execute(
                    update(AlertRow).where(AlertRow.alert_id.in_(ids)).values(routing=str(word))
                )

    def receivers_waiting(self) -> tuple[str, ...]:
        """Return the receivers for whom alerts wait, also those that no file names any more."""
        query = select(DeliveryRow.writer).where(DeliveryRow.reason.in_(WAITING)).distinct()
        return tuple(sorted(row[0] for row in self._read(query)))

    def receivers_open(self) -> tuple[str, ...]:
        """Return the receivers for whom notifications are under way, also those that no file names any more."""
        is_open = NotificationRow.delivered_at.is_(None) & NotificationRow.is_abandoned.is_(False)
        rows = self._read(select(NotificationRow.receiver).where(is_open).distinct())
        return tuple(sorted(row[0] for row in rows))

    def waiting(self, receiver: str) -> tuple[tuple[Waiting, Decision], ...]:
        """Return what waits for a receiver, each with what was last decided of it."""
        query = (
            select(AlertRow.seq, AlertRow.record, DeliveryRow.__table__)
            .join(DeliveryRow, DeliveryRow.alert_id == AlertRow.alert_id)
            .where(DeliveryRow.writer == receiver, DeliveryRow.reason.in_(WAITING))
            .order_by(AlertRow.seq)
        )
        return tuple(
            (
                Waiting(row.seq, Alert.model_validate(row.record), row.routed_at),
                Decision(row.alert_id, Reason(row.reason), row.due_at, row.because or ""),
            )
            for row in self._read(query)
        )

    def past(
        self, receiver: str, waiting: Sequence[Waiting], routes: RouteTree, now: datetime
    ) -> Past:
        """Return what a receiver was told that matters for what waits: what may mute or hold it, or is corrected."""
        if not waiting:
            return Past()
        told = (
            select(AlertRow.record)
            .join(DeliveryRow, DeliveryRow.alert_id == AlertRow.alert_id)
            .where(DeliveryRow.writer == receiver, DeliveryRow.is_abandoned.is_(False))
            .where(DeliveryRow.reason.in_(TOLD))
        )
        own = {i for w in waiting for i in (w.alert.alert_id, *w.alert.references)}
        rows = self._read_ids(told, AlertRow.alert_id, own)
        if (reach := routes.reach) is not None:
            times = [each.alert.at for each in waiting]
            near = AlertRow.at.between(min(times) - reach, max(times) + reach)
            rows += self._read(told.where(near))
        alerts = [Alert.model_validate(row[0]) for row in rows]
        flushed = (
            select(
                NotificationRow.route,
                NotificationRow.group_name,
                func.max(NotificationRow.created_at).label("at"),
            )
            .where(NotificationRow.receiver == receiver)
            .where(NotificationRow.created_at >= now - routes.longest_interval)
            .group_by(NotificationRow.route, NotificationRow.group_name)
        )
        return Past(
            told={alert.alert_id: alert for alert in alerts},
            flushed={(row.route, row.group_name): row.at for row in self._read(flushed)},
        )

    def carry_out(
        self, receiver: str, plan: Plan, before: Iterable[Decision], now: datetime
    ) -> None:
        """Write down a plan, in one transaction: what was decided anew, and its notifications as under way."""
        known = set(before)
        changed = [decision for decision in plan.decisions if decision not in known]
        if not changed:
            return
        with translated(self._engine), writing(self._engine) as connection:
            for told in plan.told:
                connection.execute(
                    insert(NotificationRow).values(
                        notification_id=told.notification.notification_id,
                        receiver=receiver,
                        route=told.route,
                        group_name=told.notification.group,
                        created_at=now,
                        attempts=0,
                        is_abandoned=False,
                    )
                )
            in_notification = {
                alert.alert_id: told.notification.notification_id
                for told in plan.told
                for alert in told.notification.alerts
            }
            connection.execute(
                _DECIDED,
                [
                    {
                        "its_id": decision.alert_id,
                        "its_receiver": receiver,
                        "reason": decision.reason.value,
                        "because": decision.because or None,
                        "due_at": decision.until,
                        "notification_id": in_notification.get(decision.alert_id),
                    }
                    for decision in changed
                ],
            )

    def open(self, receiver: str) -> tuple[Open, ...]:
        """Return the notifications that a receiver has not had yet, in the order in which they were made."""
        query = (
            select(NotificationRow.__table__, AlertRow.record)
            .join(DeliveryRow, DeliveryRow.notification_id == NotificationRow.notification_id)
            .join(AlertRow, AlertRow.alert_id == DeliveryRow.alert_id)
            .where(NotificationRow.receiver == receiver, NotificationRow.delivered_at.is_(None))
            .where(NotificationRow.is_abandoned.is_(False))
            .order_by(NotificationRow.seq, AlertRow.seq)
        )
        rows: dict[str, list[Any]] = defaultdict(list)
        for row in self._read(query):
            rows[row.notification_id].append(row)
        return tuple(
            Open(
                Notification(
                    notification_id,
                    receiver,
                    same[0].group_name,
                    tuple(Alert.model_validate(row.record) for row in same),
                ),
                same[0].created_at,
                same[0].attempts,
                same[0].retry_at,
            )
            for notification_id, same in rows.items()
        )

    def delivered(self, notification: Notification, now: datetime) -> None:
        """Write down that the receiver had it."""
        self._attempted(notification, {"delivered_at": now, "last_error": None}, None)

    def failed(self, notification: Notification, error: str, retry_at: datetime) -> None:
        """Write down that an attempt failed, and when it is tried again."""
        self._attempted(notification, {"last_error": error}, retry_at)

    def abandoned(self, notification: Notification, error: str, reason: Reason) -> None:
        """Write down that it is never told, and why."""
        values = {"last_error": error, "is_abandoned": True}
        self._attempted(notification, values, None, reason=reason)

    def _attempted(
        self,
        notification: Notification,
        values: Mapping[str, Any],
        retry_at: datetime | None,
        reason: Reason | None = None,
    ) -> None:
        """Write down an attempt in the notification and in each of its deliveries."""
        its_id = notification.notification_id
        of_delivery = {"reason": reason.value} if reason is not None else {}
        with translated(self._engine), writing(self._engine) as connection:
            connection.execute(
                update(NotificationRow)
                .where(NotificationRow.notification_id == its_id)
                .values(attempts=NotificationRow.attempts + 1, retry_at=retry_at, **values)
            )
            connection.execute(
                update(DeliveryRow)
                .where(DeliveryRow.notification_id == its_id)
                .values(attempts=DeliveryRow.attempts + 1, due_at=retry_at, **values, **of_delivery)
            )

    def _read_ids(self, query: Any, column: Any, ids: Collection[str]) -> list[Any]:
        ordered, rows = sorted(ids), []
        for start in range(0, len(ordered), _IDS_A_QUERY):
            rows += self._read(query.where(column.in_(ordered[start : start + _IDS_A_QUERY])))
        return rows

    def _read(self, query: Any) -> list[Any]:
        with translated(self._engine), self._engine.connect() as connection:
            return list(connection.execute(query))
