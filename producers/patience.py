"""The state, used from the event loop: off its thread, and again and again while its database is away.

A poll that cannot remember is no reason to ask its server again: it waits with what it has, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from placewatch.errors import FeedStateBusyError
from placewatch.log import get_logger


_AGAIN_S = 2.0
_TELL_EVERY_S = 60.0
_P = ParamSpec("_P")
_T = TypeVar("_T")
log = get_logger(__name__)


class Patience:
    """Calls what reads or writes the state. One thread: the state serves one at a time, and no other work waits for it.

    `on_return` is called when the database is back, after it was away.
    """

    def __init__(
        self, *, again_s: float = _AGAIN_S, on_return: Callable[[], None] = lambda: None
    ) -> None:
        self._again_s = again_s
        self.on_return = on_return
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        self._told_at: float | None = None

    async def __call__(self, call: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `call` returns, however long its database stays away.

        Raises:
            FeedStateError: the state cannot be used, and trying again does not help.
        """
        work = functools.partial(call, *args, **kwargs)
        while True:
            try:
                result = await asyncio.get_running_loop().run_in_executor(self._thread, work)
            except FeedStateBusyError as error:
                self._tell(error)
                await asyncio.sleep(self._again_s)
            else:
                if self._told_at is not None:
                    self._told_at = None
                    log.info("the feed state can be used again: polling goes on")
                    self.on_return()
                return result

    def close(self) -> None:
        """Wait for what is under way and end the thread; what has not begun is not done."""
        self._thread.shutdown(cancel_futures=True)

    def _tell(self, error: FeedStateBusyError) -> None:
        """Say once a minute that nothing can be remembered."""
        now = time.monotonic()
        if self._told_at is None or now - self._told_at > _TELL_EVERY_S:
            self._told_at = now
            log.warning("polling waits for the feed state", error=str(error))
