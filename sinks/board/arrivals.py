"""Alerts as they arrive, for many readers at once: one look into the ledger serves all of them.

Each alert has the ledger's number (`seq`). A reader names the last one it has and gets every later one, in order.
PostgreSQL gives numbers before it commits, so number 11 may be seen before number 10: what comes after a gap is held
back until the gap is filled, or is old enough to be a number that was never used.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from placewatch.errors import PlacewatchError
from placewatch.log import get_logger
from sinks.board.reads import BoardLedger, Mark


LOOK_EVERY_S = 0.5
# A transaction of the sink takes milliseconds; one that takes longer than this waits for a lock and fails.
GAP_IS_OLD_AFTER_S = 5.0
HEARTBEAT_EVERY_S = 15.0
_BATCH = 1_000
_RECENT_KEPT = 2_000

_log = get_logger(__name__)

Numbered = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What a reader is told.

    Attributes:
        alerts: alerts by number, in order.
        is_reset: another ledger was put in the place of this one: begin anew.
        is_map_changed: statuses have changed.
    """

    alerts: Sequence[Numbered] = ()
    is_reset: bool = False
    is_map_changed: bool = False


class Gaps:
    """Holds back what comes after a gap in the numbers until the gap is old."""

    def __init__(self, settled: int = 0) -> None:
        self.settled = settled
        self._seen_at: dict[int, float] = {}

    def settle(self, arrived: Sequence[Numbered], now: float) -> Sequence[Numbered]:
        """Return what may be told of the alerts after `settled`, in order, and count it as settled."""
        told: list[Numbered] = []
        for seq, record in arrived:
            seen_at = self._seen_at.setdefault(seq, now)
            if seq != self.settled + 1 and now - seen_at < GAP_IS_OLD_AFTER_S:
                break
            self.settled = seq
            told.append((seq, record))
        self._seen_at = {seq: at for seq, at in self._seen_at.items() if seq > self.settled}
        return told


class Arrivals:
    """Looks for new alerts while the board runs and gives them to everybody who follows."""

    def __init__(
        self, ledger: Callable[[], BoardLedger], now: Callable[[], float] = time.monotonic
    ) -> None:
        """Follow the ledger that `ledger` gives, which may be another one after a while."""
        self._ledger = ledger
        self._now = now
        self._gaps: Gaps | None = None
        self._of: BoardLedger | None = None
        self._recent: list[Numbered] = []
        self._mark: Mark | None = None
        self._resets = self._changes = 0
        self._moved = asyncio.Condition()
        self._is_closed = False
        self.readers = 0

    async def look_for_ever(self) -> None:
        """Look for news until cancelled; a ledger that is away is looked for again."""
        while True:
            try:
                await self.look()
            except PlacewatchError as error:
                _log.debug("no news, the ledger is away", error=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once, and wake the readers when something is new.

        Raises:
            PlacewatchError: the ledger is not there or cannot be read.
        """
        ledger = await asyncio.to_thread(self._ledger)
        mark = await asyncio.to_thread(ledger.mark)
        if self._gaps is None or ledger is not self._of or mark.last_seq < self._gaps.settled:
            await self._begin(ledger, mark)
            return
        arrived: list[Numbered] = []
        if mark.last_seq > self._gaps.settled:
            arrived = await asyncio.to_thread(ledger.arrivals, self._gaps.settled, limit=_BATCH)
        told = self._gaps.settle(arrived, self._now())
        if not told and mark == self._mark:
            return
        async with self._moved:
            self._recent = [*self._recent, *told][-_RECENT_KEPT:]
            self._changes += mark != self._mark
            self._mark = mark
            self._moved.notify_all()

    async def follow(self, after: int | None) -> AsyncIterator[News | None]:
        """Yield news after number `after`, from now on without one; None when a heartbeat is due."""
        resets, changes = self._resets, self._changes
        position = after if after is not None else self._gaps.settled if self._gaps else 0
        if self._gaps is not None and position > await self._newest():
            yield News(is_reset=True)
            position = self._gaps.settled
        self.readers += 1
        try:
            while not self._is_closed:
                if resets != self._resets:
                    resets, changes = self._resets, self._changes
                    position = self._gaps.settled if self._gaps else 0
                    yield News(is_reset=True)
                alerts = await self._after(position)
                if alerts:
                    position = alerts[-1][0]
                if alerts or changes != self._changes:
                    is_changed, changes = changes != self._changes, self._changes
                    yield News(alerts, is_map_changed=is_changed)
                    continue
                if not await self._wait(position, resets, changes):
                    yield None
        finally:
            self.readers -= 1

    async def close(self) -> None:
        """Send all readers away."""
        async with self._moved:
            self._is_closed = True
            self._moved.notify_all()

    @property
    def settled(self) -> int | None:
        """The number up to which everything was told; None before the first look."""
        return self._gaps.settled if self._gaps else None

    async def _newest(self) -> int:
        """Return the newest number there is, settled or not."""
        return (await asyncio.to_thread((await asyncio.to_thread(self._ledger)).mark)).last_seq

    async def _begin(self, ledger: BoardLedger, mark: Mark) -> None:
        async with self._moved:
            self._resets += self._gaps is not None
            self._of, self._mark, self._recent = ledger, mark, []
            self._gaps = Gaps(mark.last_seq)
            self._moved.notify_all()

    async def _after(self, position: int) -> Sequence[Numbered]:
        """Return settled alerts after a number: from memory, or what is older from the ledger."""
        if self._gaps is None or self._of is None or position >= self._gaps.settled:
            return ()
        if self._recent and self._recent[0][0] <= position + 1:
            return [each for each in self._recent if each[0] > position]
        settled = self._gaps.settled
        return await asyncio.to_thread(self._of.arrivals, position, limit=_BATCH, up_to=settled)

    async def _wait(self, position: int, resets: int, changes: int) -> bool:
        """Wait until there is something after `position`; False when a heartbeat is due first."""

        def is_news() -> bool:
            """Return whether there is an alert to tell, or something to begin anew."""
            settled = self._gaps.settled if self._gaps else 0
            return self._is_closed or (settled > position, self._resets, self._changes) != (
                False,
                resets,
                changes,
            )

        try:
            async with asyncio.timeout(HEARTBEAT_EVERY_S), self._moved:
                await self._moved.wait_for(is_news)
        except TimeoutError:
            return False
        return True
