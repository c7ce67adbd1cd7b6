"""Notices when Faust skips records or stands still, so that the worker ends and is started again.

Seen with two workers on four partitions when one is killed with -9, in some runs: in the rebalance Faust drops a
few fetched records and reads on behind them; by its source the next commit then counts the gap as done. Ended
before that commit, the next worker begins at the last one and reads them. Nothing here reads a clock: `now` is in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from placewatch.topics import ARTICLES, HEARD, READINGS


# Offsets of these count up without holes: nobody writes them in transactions and nothing compacts them.
GAPLESS = frozenset({ARTICLES.name, READINGS.name, HEARD.name})
STUCK_AFTER_S = 30.0

TopicPartition = tuple[str, int]


class Watchdog:
    """Follows the offsets that the agents are given and those that are committed."""

    def __init__(self, stuck_after_s: float = STUCK_AFTER_S) -> None:
        self._stuck_after_s = stuck_after_s
        self._next: dict[TopicPartition, int] = {}
        self._standing: dict[TopicPartition, tuple[int, float]] = {}

    def forget(self) -> None:
        """Expect nothing: partitions change hands, and others may have read on."""
        self._next.clear()
        self._standing.clear()

    def skipped(self, topic: str, partition: int, offset: int) -> int:
        """Return how many records lie between the last one given and this one."""
        if topic not in GAPLESS:
            return 0
        expected = self._next.get((topic, partition), offset)
        # Seen again after a seek: nothing is skipped, and what follows is expected from there.
        self._next[topic, partition] = offset + 1
        return max(0, offset - expected)

    def stuck(
        self,
        ends: Mapping[TopicPartition, int],
        committed: Mapping[TopicPartition, int],
        now: float,
        *,
        is_busy: bool,
    ) -> list[TopicPartition]:
        """Return the partitions that have records, make no progress, and are not being worked on."""
        found = []
        for partition, end in ends.items():
            done = committed.get(partition, 0)
            since_offset, since = self._standing.get(partition, (-1, now))
            if is_busy or done >= end or done != since_offset:
                self._standing[partition] = (done, now)
            elif now - since >= self._stuck_after_s:
                found.append(partition)
        return sorted(found)
