"""The numbers of our advisory locks in PostgreSQL: ledger and feed state share a database, so their locks do too.

All in one place: two modules with the same number would wait for each other for ever, as producer and sink once did.
"""

from __future__ import annotations

from enum import IntEnum, unique


# Any number that no other program in the database is likely to use.
_OURS = 7_206_551_000


@unique
class DatabaseLock(IntEnum):
    """What is held, by one process at a time."""

    LEDGER_SCHEMA = _OURS + 93
    POLLING = _OURS + 94
    FEED_STATE_SCHEMA = _OURS + 95
    TELLING = _OURS + 96
