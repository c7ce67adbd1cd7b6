"""The reader processes as the worker sees them: articles in, readings out, in order, whatever dies.

Articles go to the processes a few at a time, so that none waits long for another; `begin` has them start while the
worker still looks at what else came. A process that dies takes its whole pool with it (BrokenProcessPool). The pool is
built again and the batch retried; a batch that keeps breaking it is read article by article, and the one that breaks it
alone is named.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from placewatch.log import get_logger
from placewatch.metrics import ERRORS, Service
from placewatch.records import Article, Reading, WatchedPlace
from streams import pool
from streams.pool import ReaderOptions
from streams.reasons import DeadLetterReason


# How often a batch may break the pool before its articles are read one by one.
MAX_BREAKS = 2
# A process that says nothing for this long hangs: the longest article takes a few seconds.
TIMEOUT_S = 120.0
# So many articles a process reads at once: parsed together four cost an eighth less than alone, sixteen hardly less.
TOGETHER = 4

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unread:
    """An article that could not be read, and why."""

    reason: DeadLetterReason
    error: str


Outcome = tuple[Reading, ...] | Unread
Begun = Future[list[tuple[Reading, ...]]]
Factory = Callable[[ReaderOptions], ProcessPoolExecutor]


class ReaderPool:
    """Reads articles in `processes` processes for the places of one version of the watchlist.

    Attributes:
        answers: how often something came back: who counts on while work is long lives.
    """

    def __init__(
        self,
        options: Callable[[tuple[WatchedPlace, ...]], ReaderOptions],
        processes: int,
        *,
        timeout_s: float = TIMEOUT_S,
        entry: Callable[[Sequence[Article]], list[tuple[Reading, ...]]] = pool.read,
        initializer: Callable[[ReaderOptions], None] = pool.start,
    ) -> None:
        self._options = options
        self._processes = processes
        self._timeout_s = timeout_s
        self._entry = entry
        self._initializer = initializer
        self._executor: ProcessPoolExecutor | None = None
        self._places: tuple[WatchedPlace, ...] = ()
        self.answers = 0

    def use(self, places: tuple[WatchedPlace, ...]) -> None:
        """Read for these places from now on: new processes, because each holds its own matcher."""
        self.close()
        self._places = places

    def warm_up(self) -> None:
        """Start all processes now; the model takes seconds to load."""
        for _ in range(self._processes):
            self._running().submit(pool.warm_up)

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    def begin(self, articles: Sequence[Article]) -> list[Begun]:
        """Have articles read, a few at a time, without waiting for it; `read` takes what this returns, in order."""
        size = min(TOGETHER, max(1, -(-len(articles) // self._processes)))
        chunks = [articles[start : start + size] for start in range(0, len(articles), size)]
        try:
            return [self._running().submit(self._entry, chunk) for chunk in chunks]
        except BrokenProcessPool as error:
            failed: Begun = Future()
            failed.set_exception(error)
            return [failed]

    async def read(self, articles: Sequence[Article], begun: Sequence[Begun] = ()) -> list[Outcome]:
        """Return for each article its readings, or why it could not be read, in the same order.

        Args:
            articles: what to read.
            begun: what `begin` returned for them; empty has them begin now.
        """
        for _ in range(MAX_BREAKS):
            begun = begun or self.begin(articles)
            try:
                return await self._answers_of(begun)
            except (BrokenProcessPool, TimeoutError) as error:
                self._rebuild(error, len(articles))
            except Exception as error:  # noqa: BLE001  # the reader failed on one of them: find which
                ERRORS.labels(Service.WORK, "read", type(error).__name__).inc()
                await self._settle(begun)
                break
            begun = ()
        return [await self._read_alone(article) for article in articles]

    async def _answers_of(self, begun: Sequence[Begun]) -> list[Outcome]:
        """Return what came of all that was begun, in order; each may take its time after the one before."""
        found: list[Outcome] = []
        for future in begun:
            async with asyncio.timeout(self._timeout_s):
                readings = await asyncio.wrap_future(future)
            found += readings
            self.answers += 1
        return found

    async def _settle(self, begun: Sequence[Begun]) -> None:
        """Return when nothing that was begun is under way: what breaks the pool from now on does so itself."""
        for future in begun:
            future.cancel()
        try:
            async with asyncio.timeout(self._timeout_s):
                ended = await asyncio.gather(
                    *map(asyncio.wrap_future, begun), return_exceptions=True
                )
        except TimeoutError as error:
            self._rebuild(error, len(begun))
            return
        for broken in [end for end in ended if isinstance(end, BrokenProcessPool)][:1]:
            self._rebuild(broken, len(begun))

    async def _read_alone(self, article: Article) -> Outcome:
        """Read one article that may be what breaks the pool or the reader."""
        self.answers += 1
        try:
            (readings,) = await self._answers_of(self.begin([article]))
        except (BrokenProcessPool, TimeoutError) as error:
            self._rebuild(error, 1)
            return Unread(DeadLetterReason.READER_DIED, f"{type(error).__name__}: {error}")
        except Exception as error:
            log.exception("article_unreadable", article_id=article.article_id)
            return Unread(DeadLetterReason.UNREADABLE, f"{type(error).__name__}: {error}")
        return readings

    def _rebuild(self, error: Exception, articles: int) -> None:
        """Give up the broken pool; the next read starts a new one."""
        ERRORS.labels(Service.WORK, "read", type(error).__name__).inc()
        log.warning("reader_pool_broken", error=type(error).__name__, articles=articles)
        executor, self._executor = self._executor, None
        if executor is not None:
            # A hanging process would outlive shutdown: it is killed.
            for process in list((executor._processes or {}).values()):  # noqa: SLF001  # no public way before 3.14
                process.kill()
            executor.shutdown(wait=False, cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        """Return the pool, started when it is not."""
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                max_workers=self._processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=self._initializer,
                initargs=(self._options(self._places),),
            )
        return self._executor
