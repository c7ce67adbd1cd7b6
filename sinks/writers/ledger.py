"""What writes into the ledger: every record by its id, tried again while the database is busy.

It comes before all writers: what is in the ledger is not lost, and what the ledger does not know as delivered
goes to them again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from placewatch.errors import LedgerBusyError
from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.log import get_logger
from placewatch.record_base import Record
from placewatch.records import Alert, DeadLetter, Event, Status
from sinks.ledger import Ledger


# Waits between attempts, in seconds; each attempt waits for the lock itself (sinks.database.BUSY_TIMEOUT_S).
# About half a minute in all: a server that was killed and recovers is waited for, one that stays away ends the sink.
BACKOFF_S = (0.1, 0.5, 2.0, 5.0, 5.0, 5.0, 10.0)

_log = get_logger(__name__)


class LedgerWriter:
    """Writes records into the ledger, each exactly once."""

    def __init__(self, ledger: Ledger, stop: threading.Event | None = None) -> None:
        """Write to `ledger`; setting `stop` ends the waits between attempts."""
        self._ledger = ledger
        self._stop = stop or threading.Event()
        self._write_by_type: dict[type[Record], Callable[[Sequence[Any]], int]] = {
            Alert: ledger.write_alerts,
            Status: ledger.write_statuses,
            Event: ledger.write_events,
            Heartbeat: ledger.write_heartbeats,
            FeedHealth: ledger.write_feed_health,
            DeadLetter: ledger.write_dead_letters,
        }

    def write_all(self, records: Sequence[Record]) -> int:
        """Write records of one type in one transaction; return how many changed something.

        Raises:
            LedgerBusyError: it stayed busy for all attempts.
            LedgerError: the ledger cannot be used.
            RecordError: one of them cannot be held; none was written.
        """
        if not records:
            return 0
        write = self._write_by_type[type(records[0])]
        for wait_s in BACKOFF_S:
            try:
                return write(records)
            except LedgerBusyError as error:
                _log.warning("ledger is busy, trying again", wait_s=wait_s, error=str(error))
                if self._stop.wait(wait_s):
                    break
        return write(records)

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()
