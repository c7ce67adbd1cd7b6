"""Whose turn it is: the queue of feeds, polled when they are due, many at once and never two of one outlet.

Feeds come and go while it runs. It decides nothing itself: `schedule.py` says when, `hosts.py` says whether now.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from producers.feed_state import FeedState
from producers.hosts import Hosts
from producers.opml import Feed
from producers.schedule import Limits, phase_of, start_at


STOP_GRACE_S = 2.0
Tasks = set[asyncio.Task[Any]]
Poll = Callable[[Feed], Awaitable[datetime | None]]
Wait = Callable[[Tasks, Tasks, float | None], Awaitable[None]]


async def wait_for_any(events: Tasks, polls: Tasks, timeout_s: float | None) -> None:
    """Return when an event or a poll has ended, or the time is up."""
    await asyncio.wait(events | polls, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)


class Rota:
    """The queue of feeds.

    `poll` polls one and says when it is due again, None for never; `address_of` says where it is polled now,
    which decides whose turn it is.
    """

    def __init__(
        self,
        poll: Poll,
        *,
        address_of: Callable[[Feed], str],
        hosts: Hosts,
        limits: Limits,
        concurrency: int,
        now: Callable[[], datetime],
        wait: Wait = wait_for_any,
    ) -> None:
        self._poll = poll
        self._address_of = address_of
        self._hosts = hosts
        self._limits = limits
        self._concurrency = concurrency
        self._now = now
        self._wait = wait
        self._feeds: dict[str, Feed] = {}
        self._due: dict[str, datetime] = {}
        self._queue: list[tuple[datetime, int, str]] = []
        self._turns = itertools.count()
        self._running: dict[asyncio.Task[datetime | None], tuple[str, str]] = {}
        self._nudge = asyncio.Event()

    def replace(self, feeds: Iterable[Feed], states: Mapping[str, FeedState]) -> None:
        """Poll these feeds from now on, and no others; what is under way may end.

        Feeds that are new here start when their state says; those that are late are spread, so that a restart is
        no burst. A throttled host stays paused over a restart.
        """
        wanted = {feed.feed_id: feed for feed in feeds}
        added = [feed_id for feed_id in wanted if feed_id not in self._feeds]
        for feed_id in self._feeds.keys() - wanted.keys():
            self._due.pop(feed_id, None)
        self._feeds = wanted
        now = self._now()
        busy = {feed_id for feed_id, _ in self._running.values()}
        states = {i: states.get(i, FeedState(i, wanted[i].url)) for i in added}
        late = sum((s.next_poll_at or now) <= now and not s.is_disabled for s in states.values())
        for feed_id, state in states.items():
            self._restore(state, now)
            if not state.is_disabled and feed_id not in busy:
                phase = phase_of(feed_id)
                due = start_at(
                    state.next_poll_at, now, phase=phase, overdue=late, limits=self._limits
                )
                self._push(due, feed_id)
        self._nudge.set()

    def spread(self) -> None:
        """Spread the feeds that are late, as at a start: for after a time in which none could be polled."""
        now = self._now()
        late = [feed_id for feed_id, due in self._due.items() if due <= now]
        for feed_id in late:
            due = start_at(
                self._due[feed_id],
                now,
                phase=phase_of(feed_id),
                overdue=len(late),
                limits=self._limits,
            )
            self._push(due, feed_id)
        self._nudge.set()

    def poll_now(self, feed_ids: Iterable[str]) -> None:
        """Poll these feeds as soon as their hosts may be asked."""
        busy = {feed_id for feed_id, _ in self._running.values()}
        for feed_id in feed_ids:
            if feed_id in self._feeds and feed_id not in busy:
                self._push(self._now(), feed_id)
        self._nudge.set()

    async def run(self, stop: asyncio.Event, *, once: bool = False) -> None:
        """Poll until `stop` is set; `once` polls every feed that is not gone one time, due or not, and returns.

        Raises:
            BrokerError: articles were not acknowledged.
            FeedStateError: the state cannot be written.
        """
        if once:
            self.poll_now(tuple(self._due))
        stopped = asyncio.create_task(stop.wait())
        nudged = asyncio.create_task(self._nudge.wait())
        try:
            while not stop.is_set() and (self._due or self._running or not once):
                self._start_due()
                await self._wait({stopped, nudged}, set(self._running), self._until_next())
                if nudged.done():
                    self._nudge.clear()
                    nudged = asyncio.create_task(self._nudge.wait())
                self._take_finished(once=once)
            if (
                self._running
            ):  # asked to stop: polls under way may still finish what they have begun
                await asyncio.wait(self._running, timeout=STOP_GRACE_S)
        finally:
            await _cancel([stopped, nudged, *self._running])

    def _restore(self, state: FeedState, now: datetime) -> None:
        """Take over from a feed's state what its host is to know."""
        until = state.retry_after_until
        if state.throttled_at is not None and until is not None and until > now:
            self._hosts.throttle(state.feed_id, state.poll_url, at=state.throttled_at, until=until)

    def _push(self, due: datetime, feed_id: str) -> None:
        """Queue a feed; an earlier place of it in the queue is void from now on."""
        self._due[feed_id] = due
        heapq.heappush(self._queue, (due, next(self._turns), feed_id))

    def _start_due(self) -> None:
        """Start the polls that are due, as many as may run; a feed whose host is not ready waits for it."""
        now = self._now()
        while self._queue and self._queue[0][0] <= now:
            if len(self._running) >= self._concurrency:
                return
            due, _, feed_id = heapq.heappop(self._queue)
            if self._due.get(feed_id) != due:
                continue  # removed, or queued anew
            url = self._address_of(self._feeds[feed_id])
            ready_at = self._hosts.ready_at(url, now)
            if ready_at > now:
                self._push(ready_at, feed_id)
                continue
            del self._due[feed_id]
            self._hosts.start(url, now)
            task = asyncio.ensure_future(self._poll(self._feeds[feed_id]))
            self._running[task] = (feed_id, url)

    def _take_finished(self, *, once: bool) -> None:
        """Queue the feeds whose polls have ended for their next one."""
        for task in [task for task in self._running if task.done()]:
            feed_id, url = self._running.pop(task)
            self._hosts.end(url)
            due = task.result()
            if due is not None and feed_id in self._feeds and not once:
                self._push(due, feed_id)

    def _until_next(self) -> float | None:
        """Return the seconds until the next feed is due; None when only a poll's end can change anything."""
        if not self._queue or len(self._running) >= self._concurrency:
            return None
        return max(0.0, (self._queue[0][0] - self._now()).total_seconds())


async def _cancel(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks and wait until they have ended, so that none outlives its connections."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
