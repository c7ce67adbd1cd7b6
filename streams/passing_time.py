"""Real time passes: statuses settle and grow stale, silences grow. By a clock that a test can drive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from placewatch.log import get_logger
from streams.tracking.pace import hour_of


Job = Callable[[datetime], Awaitable[int]]

log = get_logger(__name__)


class PassingTime:
    """Has jobs look at the time once an hour, first when what waited for a new worker has had its chance.

    An hour is little of what they judge by (a day, a month), and to look at 10,000 places takes half a minute.
    """

    def __init__(
        self, *, clock: Callable[[], datetime], grace: timedelta, jobs: Sequence[Job]
    ) -> None:
        self._clock = clock
        self._grace = grace
        self._jobs = jobs
        self._begins_at: datetime | None = None
        self._looked_at: int | None = None

    async def fire(self) -> int:
        """Let time have passed up to now; return how much it changed. To be called more often than once an hour."""
        now = self._clock()
        if self._begins_at is None:
            self._begins_at = now + self._grace
            log.info("time_held_back", until=self._begins_at.isoformat(timespec="seconds"))
        if now < self._begins_at or hour_of(now) == self._looked_at:
            return 0
        changed = sum([await job(now) for job in self._jobs])
        self._looked_at = hour_of(now)
        return changed
