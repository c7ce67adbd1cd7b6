"""The list of feeds while the producer runs: whoever changes it needs no restart."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from placewatch.errors import FeedListError
from placewatch.log import get_logger
from producers.opml import Feed, load_feeds


_Signature = tuple[int, int, int] | None
log = get_logger(__name__)


class FollowedList:
    """An OPML file that is read again when it changes; a broken one is told once and the last good list stays.

    Attributes:
        feeds: the feeds of the last good list.
    """

    def __init__(self, path: Path, feeds: Sequence[Feed]) -> None:
        self._path = path
        self.feeds = tuple(feeds)
        self._seen: _Signature | str = "never"

    def changed(self) -> tuple[Feed, ...] | None:
        """Return the feeds if they are others than last time, else None."""
        signature = self._signature()
        if signature == self._seen:
            return None
        self._seen = signature
        try:
            feeds = load_feeds(self._path)
        except FeedListError as error:
            log.error("the list of feeds cannot be used: the last good one stays", error=str(error))  # noqa: TRY400  # the message says it all
            return None
        if feeds == self.feeds:
            return None
        before, after = {f.feed_id for f in self.feeds}, {f.feed_id for f in feeds}
        log.info(
            "the list of feeds has changed",
            added=len(after - before),
            removed=len(before - after),
            feeds=len(feeds),
        )
        self.feeds = feeds
        return feeds

    def _signature(self) -> _Signature:
        """Return what tells one version of the file from another; None when there is no file."""
        with contextlib.suppress(OSError):
            status = self._path.stat()
            return status.st_mtime_ns, status.st_size, status.st_ino
        return None
