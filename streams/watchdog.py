"""Notices when Faust skips records or stands still, so that the worker ends and is started again.

Seen with two workers on four partitions when one is killed with -9, in some runs: in the rebalance Faust drops a
few fetched records and reads on behind them; by its source the next commit then counts the gap as done. Ended
before that commit, the next worker begins at the last one and reads them. Nothing here reads a clock: `now` is in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from placewatch.topics import ARTICLES, HEARD, READINGS


# Offsets of these count up without holes: nobody writes them in transactions and nothing compacts them.
GAPLESS = frozenset({ARTICLES.name, READINGS.name, HEARD.name})
STUCK_AFTER_S = 30.0
# How many articles an agent takes at once, when so many wait: of twenty that come one names a tracked place, and all
# readers are to have some.
BATCH = 512
# Work on a partition that shows no sign of life for so long has ended without a word: the readers give up on an article
# after two minutes.
BUSY_TOO_LONG_S = 4500.0

TopicPartition = tuple[str, int]


class Watchdog:
    """Follows the offsets that the agents are given and those that are committed."""

    def __init__(
        self, stuck_after_s: float = STUCK_AFTER_S, busy_too_long_s: float = BUSY_TOO_LONG_S
    ) -> None:
        self._stuck_after_s = stuck_after_s
        self._busy_too_long_s = busy_too_long_s
        self._next: dict[TopicPartition, int] = {}
        # Up to where it is done with, since when, and since when nobody works.
        self._standing: dict[TopicPartition, tuple[int, float, float]] = {}

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
        living: Collection[TopicPartition] = (),
    ) -> list[TopicPartition]:
        """Return the partitions that have records and make no progress, though nobody, or for too long somebody, works.

        Args:
            ends: where each partition ends.
            committed: up to where each is done with.
            now: in seconds.
            is_busy: whether anybody works.
            living: those whose records are being worked on, with a sign of life since the last call: a batch whose
                every article hangs the readers takes hours, and ended before that would be begun again for ever.
        """
        found = []
        for partition, end in ends.items():
            done = committed.get(partition, 0)
            since_offset, since, idle_since = self._standing.get(partition, (-1, now, now))
            if done >= end or done != since_offset or partition in living:
                since = idle_since = now
            elif is_busy:
                idle_since = now
            self._standing[partition] = (done, since, idle_since)
            is_idle_too_long = now - idle_since >= self._stuck_after_s
            if is_idle_too_long or now - since >= self._busy_too_long_s:
                found.append(partition)
        return sorted(found)
