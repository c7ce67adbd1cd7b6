"""One feed's poll, as a story: fetch, parse, new or edited, publish, remember; and the queue of feeds that are due.

Nothing is remembered before the broker has acknowledged it: a crash in between repeats articles (same id, same
revision) and never loses one. If validators were saved first, a "not modified" would hide the loss for ever.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from placewatch.errors import BrokerError, FeedParseError, FeedStateError
from placewatch.log import get_logger
from producers import metrics
from producers.changes import Changes, ItemOutcome, find_changes
from producers.fetch import Fetched, Fetcher, Outcome
from producers.identity import keys_of
from producers.opml import Feed
from producers.parsed import ParsedFeed, ParseReason
from producers.parser_pool import ParserPool
from producers.publisher import Publisher
from producers.schedule import (
    WEIGHT,
    ErrorClass,
    Limits,
    adapt,
    first_repeat,
    freshness_s,
    is_gone,
    next_poll,
    next_try,
)
from producers.state import FeedState, State
from producers.urls import is_loopback, registrable_host, without_credentials


# Between two requests to one registrable domain (Media Cloud keeps 5 s too); not for this machine itself.
HOST_PAUSE = timedelta(seconds=5)
STOP_GRACE_S = 2.0
# These may be the machine's fault and not the body's.
WORTH_ANOTHER_TRY = frozenset({ParseReason.DEADLINE, ParseReason.WORKER_DIED})
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a person set, as the poller needs it."""

    limits: Limits
    concurrency: int
    is_stream_clock: bool
    keeps_published: bool


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Poller:
    """Polls feeds when they are due and publishes what is new or edited."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        *,
        state: State,
        fetcher: Fetcher,
        parser: ParserPool,
        publisher: Publisher,
        rules: Rules,
        now: Callable[[], datetime] = utc_now,
        rng: random.Random | None = None,
    ) -> None:
        self._feeds = feeds
        self._state = state
        self._fetcher = fetcher
        self._parser = parser
        self._publisher = publisher
        self._rules = rules
        self._now = now
        self._rng = rng or random.Random()  # noqa: S311  # spreads polls, keeps no secret

    async def run(self, stop: asyncio.Event, *, once: bool = False) -> None:
        """Poll until `stop` is set; `once` polls every feed that is not gone one time, due or not, and returns.

        Raises:
            BrokerError: articles were not acknowledged.
            FeedStateError: the state cannot be written.
        """
        queue = [
            (self._now() if once else due, index)
            for index, feed in enumerate(self._feeds)
            if (due := self._due_at(feed)) is not None
        ]
        heapq.heapify(queue)
        hosts: dict[str, datetime] = {}
        running: dict[asyncio.Task[datetime | None], int] = {}
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set() and (queue or running or not once):
                self._start_due(queue, running, hosts)
                timeout_s = self._until_next(queue, running)
                done, _ = await asyncio.wait(
                    {stopped, *running}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
                )
                for task in [task for task in running if task in done]:
                    index = running.pop(task)
                    due = task.result()
                    if due is not None and not once:
                        heapq.heappush(queue, (due, index))
            if running:  # asked to stop: polls under way may still finish what they have begun
                await asyncio.wait(running, timeout=STOP_GRACE_S)
        finally:
            await _cancel([stopped, *running])

    async def poll(self, feed: Feed) -> datetime | None:
        """Poll one feed; return when it is due again, None when it is gone for good."""
        state = self._state.feed(feed.feed_id, feed.url)
        state.last_polled_at = self._now()
        fetched = await self._fetcher.fetch(feed.url, state.validators)
        metrics.POLLS.labels(outcome=fetched.outcome).inc()
        if not fetched.outcome.is_success:
            return self._remember_failure(
                feed,
                state,
                fetched.outcome,
                fetched.detail,
                weight=WEIGHT[fetched.outcome.error_class],
                retry_after_s=fetched.retry_after_s,
            )
        body_hash = sha256(fetched.body).hexdigest()
        if fetched.outcome is Outcome.NOT_MODIFIED or body_hash == state.body_hash:
            return self._remember_unchanged(state, fetched)
        try:
            with metrics.PARSE_SECONDS.time():
                parsed = await self._parse(state, fetched, body_hash)
        except FeedParseError as error:
            return await self._bury(feed, state, fetched, body_hash, error)
        changes = await asyncio.to_thread(self._changes, feed, state, parsed)
        if changes.articles:
            await asyncio.to_thread(self._publisher.publish, changes.articles)
        state.body_hash = body_hash
        return self._remember(feed, state, fetched, changes)

    async def _parse(self, state: FeedState, fetched: Fetched, body_hash: str) -> ParsedFeed:
        """Return the feed in a body; one that was found to be no feed is not parsed again.

        Raises:
            FeedParseError: it is no feed, or was not parsed in time.
        """
        if body_hash == state.bad_body_hash and state.bad_reason not in WORTH_ANOTHER_TRY:
            raise FeedParseError(state.bad_error, reason=state.bad_reason)
        return await self._parser.parse(
            fetched.body, fetched.headers, without_credentials(fetched.url)
        )

    def _changes(self, feed: Feed, state: FeedState, parsed: ParsedFeed) -> Changes:
        """Return what the document brings, given what is remembered."""
        keys = keys_of(
            parsed.items, source_id=feed.source_id, feed_url=feed.shown_url, by=feed.identity_by
        )
        ids = {i for k in keys if k for i in (*k.candidates, k.article_id, k.fresh_id)}
        links = {k.alias for k in keys if k and k.alias}
        return find_changes(
            feed,
            parsed,
            keys,
            self._state.items(feed.source_id, ids, links),
            fetched_at=self._now(),
            is_backfilling=state.last_success_at is None and not self._rules.is_stream_clock,
        )

    def _remember(
        self, feed: Feed, state: FeedState, fetched: Fetched, changes: Changes
    ) -> datetime:
        """Save a poll whose articles are acknowledged; return when the feed is due again."""
        now = self._now()
        _count(changes)
        total = sum(changes.counts.values())
        fresh = len(changes.articles)
        is_first = state.last_success_at is None
        if fresh:
            state.last_new_at = now
            log.info("published", feed=feed.title, articles=fresh, items=total)
        state.last_count = total
        self._succeed(state, fetched, known=total - fresh, total=total, is_first=is_first)
        self._state.save_poll(
            state,
            rows=changes.rows,
            seen_ids=changes.seen_ids,
            articles=changes.articles if self._rules.keeps_published else (),
            now=now,
        )
        return self._next(state)

    def _remember_unchanged(self, state: FeedState, fetched: Fetched) -> datetime:
        """Save a poll that found the feed as it was."""
        self._succeed(state, fetched, known=0, total=0, is_first=False)
        self._state.save_feed(state)
        return self._next(state)

    def _succeed(
        self, state: FeedState, fetched: Fetched, *, known: int, total: int, is_first: bool
    ) -> None:
        """Note a success and when to come back."""
        now, limits = self._now(), self._rules.limits
        state.etag, state.last_modified = fetched.validators.etag, fetched.validators.last_modified
        state.last_success_at = now
        state.failures, state.first_failure_at, state.gone_at = 0.0, None, None
        state.last_error = state.last_reason = ""
        state.bad_body_hash = state.bad_reason = state.bad_error = ""
        fresh_s = 0.0 if self._rules.is_stream_clock else freshness_s(fetched.headers)
        if is_first:
            state.interval_s = limits.start_s
            state.next_poll_at = max(
                first_repeat(now, state.feed_id, limits=limits), now + timedelta(seconds=fresh_s)
            )
            return
        state.interval_s = adapt(
            state.interval_s or limits.start_s, known=known, total=total, limits=limits
        )
        state.next_poll_at = next_poll(
            now,
            state.interval_s,
            limits=limits,
            jitter=self._rng.uniform(-1, 1),
            fresh_s=fresh_s,
        )

    def _remember_failure(
        self,
        feed: Feed,
        state: FeedState,
        reason: str,
        detail: str,
        *,
        weight: float,
        retry_after_s: float | None = None,
    ) -> datetime | None:
        """Save a failure; return when to try again, None when the feed has said twice that it is gone."""
        now = self._now()
        metrics.ERRORS.labels(type=reason).inc()
        state.failures += weight
        state.first_failure_at = state.first_failure_at or now
        is_news = reason != state.last_reason
        state.last_error, state.last_reason = detail, reason
        if reason == Outcome.GONE:
            state.is_disabled = is_gone(state.gone_at, now)
            state.gone_at = state.gone_at or now
        else:
            state.gone_at = None
        state.next_poll_at = next_try(
            now,
            failures=state.failures,
            retry_after_s=retry_after_s,
            limits=self._rules.limits,
            jitter=self._rng.uniform(-1, 1),
        )
        log.log(
            logging.WARNING if is_news else logging.DEBUG,
            "feed failed",
            feed=feed.title,
            url=feed.shown_url,
            reason=reason,
            error=detail,
        )
        self._state.save_feed(state)
        return None if state.is_disabled else self._next(state)

    async def _bury(
        self,
        feed: Feed,
        state: FeedState,
        fetched: Fetched,
        body_hash: str,
        error: FeedParseError,
    ) -> datetime | None:
        """Send a body that is no feed to the dead letters, once; the feed counts as failing."""
        if body_hash != state.bad_body_hash:
            await asyncio.to_thread(
                self._publisher.bury,
                fetched.body,
                reason=error.reason,
                error=str(error),
                url=feed.shown_url,
                now=self._now(),
            )
            metrics.DEAD_LETTERS.inc()
        state.bad_body_hash, state.bad_reason, state.bad_error = body_hash, error.reason, str(error)
        weight = WEIGHT[ErrorClass.SOFT]
        return self._remember_failure(feed, state, error.reason, str(error), weight=weight)

    async def _poll_safely(self, feed: Feed) -> datetime | None:
        """Poll one feed so that nothing about it touches another; broker and state are everybody's."""
        try:
            return await self.poll(feed)
        except (BrokerError, FeedStateError):
            raise
        except Exception as error:
            log.exception("feed failed unexpectedly", feed=feed.title, url=feed.shown_url)
            state = self._state.feed(feed.feed_id, feed.url)
            detail = f"{type(error).__name__}: {error}"
            return self._remember_failure(
                feed, state, "unexpected", detail, weight=WEIGHT[ErrorClass.SOFT]
            )

    def _due_at(self, feed: Feed) -> datetime | None:
        """Return when a feed is due: at once when never polled, None when it is gone."""
        state = self._state.feed(feed.feed_id, feed.url)
        return None if state.is_disabled else self._next(state)

    def _next(self, state: FeedState) -> datetime:
        return state.next_poll_at or self._now()

    def _start_due(
        self,
        queue: list[tuple[datetime, int]],
        running: dict[asyncio.Task[datetime | None], int],
        hosts: dict[str, datetime],
    ) -> None:
        """Start the polls that are due, as many as may run; a feed whose host needs its pause waits for it."""
        now = self._now()
        while queue and queue[0][0] <= now and len(running) < self._rules.concurrency:
            _, index = heapq.heappop(queue)
            feed = self._feeds[index]
            host = "" if is_loopback(feed.url) else registrable_host(feed.url)
            if host and hosts.get(host, now) > now:
                heapq.heappush(queue, (hosts[host], index))
                continue
            if host:
                hosts[host] = now + HOST_PAUSE
            running[asyncio.create_task(self._poll_safely(feed))] = index

    def _until_next(
        self,
        queue: list[tuple[datetime, int]],
        running: dict[asyncio.Task[datetime | None], int],
    ) -> float | None:
        """Return the seconds until the next feed is due; None when only a running poll can change anything."""
        if not queue or len(running) >= self._rules.concurrency:
            return None
        return max(0.0, (queue[0][0] - self._now()).total_seconds())


def _count(changes: Changes) -> None:
    """Count a poll's items by what became of them."""
    metrics.RECEIVED.inc(sum(changes.counts.values()))
    for outcome, count in changes.counts.items():
        if outcome in {ItemOutcome.NEW, ItemOutcome.REVISION}:
            metrics.SENT.labels(kind=outcome).inc(count)
        else:
            metrics.DROPPED.labels(reason=outcome).inc(count)


async def _cancel(tasks: Sequence[asyncio.Task[object]]) -> None:
    """Cancel tasks and wait until they have ended, so that none outlives its connections."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
