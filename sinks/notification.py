"""A notification: what one receiver is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placewatch.record_base import digest
from placewatch.records import Alert


@dataclass(frozen=True, slots=True)
class Notification:
    """Alerts that one receiver is told of at once, in the order in which they are to be read.

    Attributes:
        notification_id: a hash of the receiver and the alerts' ids: the same for every repeat of it.
        receiver: who is told, as routes.yaml names it.
        group: what the alerts have in common, in words: "country=Syria"; "" where they were not grouped.
        alerts: one at least, those of one place in the order of their causes.
    """

    notification_id: str
    receiver: str
    group: str
    alerts: tuple[Alert, ...]


def notification_of(receiver: str, group: str, alerts: Sequence[Alert]) -> Notification:
    """Return the notification of these alerts; the same ones make the same id."""
    told = tuple(alerts)
    return Notification(
        digest(receiver, *(alert.alert_id for alert in told)), receiver, group, told
    )
