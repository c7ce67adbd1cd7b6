"""The writer `cap`: an OASIS CAP 1.2 file an alert, and an Atom feed that lists them as its index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lxml import etree

from placewatch.errors import DeliveryError, LedgerBusyError
from placewatch.records import Alert
from sinks.files import replacing, unwritable
from sinks.notification import Notification
from sinks.rendering.atom import Feed, entry_of
from sinks.rendering.cap import MEDIA_TYPE, CapSender, cap_message, identifier_of
from sinks.writers.atom import FeedFile


INDEX = "index.atom"


class CapWriter:
    """Writes CAP files into a folder: `<identifier>.xml` each, and `index.atom`."""

    def __init__(
        self,
        name: str,
        folder: Path,
        sender: CapSender,
        *,
        known: Callable[[str], Alert | None],
        feed: Feed,
        newest: int,
    ) -> None:
        """Prepare to write.

        Args:
            name: of the receiver.
            folder: where the files lie.
            sender: who sends the messages.
            known: gives an earlier alert by its id, for what an Update or Cancel refers to.
            feed: what the index says of itself.
            newest: how many alerts the index lists; the files of older ones stay.
        """
        self.name = name
        self._folder = folder
        self._sender = sender
        self._known = known
        self._index = FeedFile(folder / INDEX, feed, newest)

    def write(self, notification: Notification) -> None:
        """Write a file of each alert, then the index that lists it.

        Raises:
            DeliveryError: the folder cannot be written, or the ledger is busy: recoverable.
        """
        try:
            for alert in notification.alerts:
                write_message(self._folder, alert, self._sender, self._known)
            self._index.add([listed(alert) for alert in notification.alerts])
        except OSError as error:
            raise unwritable(self.name, self._folder, error) from error
        except LedgerBusyError as error:
            raise DeliveryError(
                f"{self.name} cannot look up earlier alerts: {error}", is_recoverable=True
            ) from error

    def close(self) -> None:
        """Nothing is kept open between two notifications."""


def write_message(
    folder: Path, alert: Alert, sender: CapSender, known: Callable[[str], Alert | None]
) -> None:
    """Write the file of one alert; `known` gives earlier ones by their id.

    Raises:
        OSError: it cannot be written.
    """
    earlier = [found for each in alert.references if (found := known(each)) is not None]
    with replacing(folder / _file_of(alert)) as file:
        file.write(cap_message(alert, sender, earlier))


def listed(alert: Alert) -> etree._Element:
    """Return the entry of an alert in the index, with a link to its file beside it."""
    return entry_of(alert, {"href": _file_of(alert), "type": MEDIA_TYPE})


def _file_of(alert: Alert) -> str:
    return f"{identifier_of(alert.alert_id)}.xml"
