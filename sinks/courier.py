"""A courier brings one receiver its notifications, in a thread of its own, again and again until each had its end.

A slow or failing receiver therefore keeps neither the polling nor another receiver. What is under way lies in the
outbox: a courier that is killed leaves it there, and the next one takes it up under the same id.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from placewatch.errors import DeliveryError, PlacewatchError
from placewatch.log import get_logger
from placewatch.metrics import DROPPED, ERRORS, SENT, Service
from placewatch.record_base import digest
from placewatch.records import Alert
from sinks.deciding import Reason
from sinks.metrics import DELIVERIES
from sinks.notification import Notification
from sinks.outbox import Open, Outbox
from sinks.writers import Writer


FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)
# By how much of itself a wait may grow: receivers that failed together are not all asked again together.
JITTER = 0.25
# What a receiver may ask us to wait at most: one that says "in a year" is asked again all the same.
LONGEST_ASKED = timedelta(hours=1)
# After so many failures in one round the receiver itself is probably away: the others are not tried in this round.
FAILURES_A_ROUND = 3
# When a round is tried again that broke off over something else than a delivery.
ROUND_RETRY = timedelta(seconds=30)

_log = get_logger(__name__)

Bury = Callable[[Alert, str, str], None]


class Courier:
    """Delivers what the outbox has for one receiver, oldest first."""

    def __init__(
        self,
        writer: Writer,
        outbox: Outbox,
        *,
        give_up_after: timedelta,
        bury: Bury,
        now: Callable[[], datetime],
        stop: threading.Event,
    ) -> None:
        """Put it together.

        Args:
            writer: delivers.
            outbox: remembers.
            give_up_after: how old a notification grows that fails again and again.
            bury: sends an alert that cannot be delivered to the dead letters, with the writer's name and the error.
            now: the clock.
            stop: when it is set, no further notification is begun.
        """
        self._writer = writer
        self._outbox = outbox
        self._give_up_after = give_up_after
        self._bury = bury
        self._now = now
        self._stop = stop
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"tell {writer.name}")
        self._round: Future[datetime | None] | None = None
        self._wake_at: datetime | None = None

    def wake(self) -> None:
        """Say that there is something new to deliver."""
        self._wake_at = self._now()

    def tend(self) -> None:
        """Begin a round in the courier's thread when one is due and none is under way; return at once."""
        if self._round is not None:
            if not self._round.done():
                return
            self._finish(self._round)
            self._round = None
        if self._wake_at is not None and self._wake_at <= self._now() and not self._stop.is_set():
            self._wake_at = None
            self._round = self._thread.submit(self.deliver_open)

    def close(self) -> None:
        """Begin nothing more, let the notification under way end, and the writer go of what it holds."""
        self._stop.set()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._writer.close()

    def deliver_open(self) -> datetime | None:
        """Deliver what is due, oldest first; return when something is due again, None where nothing is left.

        After a failure what is of the same places waits with it, so that their order stays; the others go on.

        Raises:
            LedgerError: the outbox cannot be used; what was delivered and not written down goes again.
            BrokerError: what cannot be delivered could not be buried.
        """
        held: set[str] = set()
        due: list[datetime] = []
        failures = 0
        for each in self._outbox.open(self._writer.name):
            places = {alert.place_id for alert in each.notification.alerts}
            is_later = each.retry_at is not None and each.retry_at > self._now()
            if is_later and each.retry_at is not None:
                due.append(each.retry_at)
            if is_later or held & places:
                held |= places
                continue
            if failures >= FAILURES_A_ROUND or self._stop.is_set():
                break
            retry_at = self._deliver(each)
            if retry_at is not None:
                held |= places
                due.append(retry_at)
                failures += 1
        return min(due, default=None)

    def _deliver(self, each: Open) -> datetime | None:
        """Deliver one notification; return when it is due again, None when it had its end."""
        try:
            self._writer.write(each.notification)
        except DeliveryError as error:
            return self._failed(each, error)
        except PlacewatchError:
            raise  # the ledger is away, not the receiver
        except Exception as error:  # noqa: BLE001  # whatever a library trips over in one message must not keep the others
            fault = f"{self._writer.name} could not be told ({type(error).__name__}: {error}): this is a fault of placewatch"
            return self._failed(each, DeliveryError(fault, is_recoverable=True))
        DELIVERIES.labels(self._writer.name, "delivered").inc()
        SENT.labels(Service.SINK, self._writer.name).inc()
        self._outbox.delivered(each.notification, self._now())
        _log.info(
            "told",
            receiver=self._writer.name,
            notification_id=each.notification.notification_id,
            group=each.notification.group,
            alerts=len(each.notification.alerts),
        )
        return None

    def _failed(self, each: Open, error: DeliveryError) -> datetime | None:
        """Record a failure: to be tried again later, or given up and sent to the dead letters."""
        name, now = self._writer.name, self._now()
        is_too_old = now - each.created_at >= self._give_up_after
        if error.is_recoverable and not is_too_old:
            retry_at = now + _pause(each, error.retry_after_s)
            self._outbox.failed(each.notification, str(error), retry_at)
            DELIVERIES.labels(name, "retried").inc()
            ERRORS.labels(Service.SINK, name, "retried").inc()
            _log.warning(
                "delivery failed, trying again later",
                receiver=name,
                notification_id=each.notification.notification_id,
                retry_at=retry_at.isoformat(timespec="seconds"),
                error=str(error),
            )
            return retry_at
        give_up(each.notification, str(error), Reason.UNDELIVERABLE, self._outbox, self._bury)
        return None

    def _finish(self, done: Future[datetime | None]) -> None:
        """Take what a round left: when the next is due. One that broke off is begun again after a while."""
        error = done.exception()
        due = self._now() + ROUND_RETRY if error is not None else done.result()
        if error is not None:
            _log.error(
                "deliveries broke off, beginning again",
                receiver=self._writer.name,
                retry_s=ROUND_RETRY.total_seconds(),
                error=f"{type(error).__name__}: {error}",
            )
        if due is not None:
            self._wake_at = due if self._wake_at is None else min(due, self._wake_at)


def give_up(
    notification: Notification, error: str, reason: Reason, outbox: Outbox, bury: Bury
) -> None:
    """Send what cannot be delivered to the dead letters, then write down that it never is."""
    for alert in notification.alerts:
        bury(alert, notification.receiver, error)
    outbox.abandoned(notification, error, reason)
    DELIVERIES.labels(notification.receiver, reason.value).inc()
    DROPPED.labels(Service.SINK, notification.receiver, reason).inc()
    _log.error(
        "alerts cannot be delivered",
        receiver=notification.receiver,
        notification_id=notification.notification_id,
        alerts=len(notification.alerts),
        reason=reason.value,
        error=error,
    )


def _pause(each: Open, asked_s: float | None) -> timedelta:
    """Return how long a notification that failed waits: as long as was asked, else twice as long each time."""
    if asked_s is not None:
        return min(max(timedelta(seconds=asked_s), FIRST_RETRY), LONGEST_ASKED)
    doublings = min(each.attempts, 10)  # beyond that it is the longest anyway
    wait = min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
    # Drawn from the id and not from chance: a restart finds the same, and so does a test.
    draw = int(digest(each.notification.notification_id, str(each.attempts)), 16) / (1 << 64)
    return wait * (1 + JITTER * draw)
