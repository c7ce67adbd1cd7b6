"""The writer `atom`: a feed of the newest alerts in a file, for feed readers and web servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from placewatch.errors import RecordError
from placewatch.log import get_logger
from sinks.files import replacing, unwritable
from sinks.notification import Notification
from sinks.rendering.atom import Feed, atom_feed, entries_in, entry_of, merged


_log = get_logger(__name__)


class FeedFile:
    """An Atom feed on disk. What is in it is all that is remembered, so a repeat changes nothing."""

    def __init__(self, path: Path, feed: Feed, newest: int) -> None:
        """Prepare to keep the `newest` so many entries in the file at `path`."""
        self._path = path
        self._feed = feed
        self._newest = newest

    def add(self, entries: Sequence[etree._Element]) -> None:
        """Put entries into the feed.

        Raises:
            OSError: the file cannot be read or written; it is as it was.
        """
        document = atom_feed(self._feed, merged(entries, self._known(), self._newest))
        with replacing(self._path) as file:
            file.write(document)

    def _known(self) -> list[etree._Element]:
        try:
            return entries_in(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except RecordError as error:
            _log.warning(
                "feed file cannot be read, it begins anew", path=str(self._path), error=str(error)
            )
            return []


class AtomWriter:
    """Puts alerts into a feed."""

    def __init__(self, name: str, path: Path, feed: Feed, newest: int) -> None:
        """Prepare to keep the `newest` so many alerts in the file at `path`."""
        self.name = name
        self._path = path
        self._file = FeedFile(path, feed, newest)

    def write(self, notification: Notification) -> None:
        """Put the alerts into the feed.

        Raises:
            DeliveryError: the disk is full, the folder is not ours, ...: recoverable.
        """
        try:
            self._file.add([entry_of(alert) for alert in notification.alerts])
        except OSError as error:
            raise unwritable(self.name, self._path, error) from error

    def close(self) -> None:
        """Nothing is kept open between two notifications."""
