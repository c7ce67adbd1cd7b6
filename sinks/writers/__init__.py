"""Writers bring an alert to where people look. Each is one file with the one interface below."""

from __future__ import annotations

from typing import Protocol

from placewatch.records import Alert


class Writer(Protocol):
    """Delivers alerts somewhere.

    Attributes:
        name: what its deliveries are recorded under; never change it, or all is delivered again.
    """

    name: str

    def write(self, alert: Alert) -> None:
        """Deliver one alert; when this returns, it will survive the process.

        Raises:
            DeliveryError: it could not; `is_recoverable` says whether the same alert may go later.
        """

    def close(self) -> None:
        """Let go of files and connections."""
