"""The writer `geojson`: what holds everywhere, in one file for maps, written anew when an alert comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from placewatch.errors import DeliveryError, LedgerBusyError
from placewatch.records import Status
from sinks.files import replacing, unwritable
from sinks.notification import Notification
from sinks.rendering.geojson import geojson


class GeoJsonWriter:
    """Writes the statuses of all places."""

    def __init__(self, name: str, path: Path, statuses: Callable[[], Iterable[Status]]) -> None:
        """Prepare to write what `statuses` gives to the file at `path`."""
        self.name = name
        self._path = path
        self._statuses = statuses

    def write(self, notification: Notification) -> None:  # noqa: ARG002  # the ledger knows more than the alerts
        """Write the file anew: the ledger has the status of an alert before the alert comes here.

        Raises:
            DeliveryError: the file cannot be written, or the ledger is busy: recoverable.
        """
        try:
            with replacing(self._path) as file:
                file.writelines(geojson(self._statuses()))
        except OSError as error:
            raise unwritable(self.name, self._path, error) from error
        except LedgerBusyError as error:
            raise DeliveryError(
                f"{self.name} cannot read the statuses: {error}", is_recoverable=True
            ) from error

    def close(self) -> None:
        """Nothing is kept open between two notifications."""
