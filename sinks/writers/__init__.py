"""Writers bring notifications to where people look. Each is one file with the one interface below."""

from __future__ import annotations

from typing import Protocol

from sinks.notification import Notification


class Writer(Protocol):
    """Delivers notifications somewhere.

    One thread calls it, one notification after the other; other writers have threads of their own.

    Attributes:
        name: what its deliveries are recorded under, which is its receiver's name; never change it, or all is
            delivered again.
    """

    name: str

    def write(self, notification: Notification) -> None:
        """Deliver one notification; when this returns, it will survive the process.

        It is delivered at least once: a repeat has the same `notification_id`. It ends within a minute, one way
        or the other: what talks to a network sets a timeout.

        Raises:
            DeliveryError: it could not; `is_recoverable` says whether the same may go later, and
                `retry_after_s` when, where whoever refused it said so.
        """

    def close(self) -> None:
        """Let go of files and connections."""
