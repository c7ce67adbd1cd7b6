"""One feed's poll, as a story: fetch, parse, new or edited, publish, remember.

Nothing is remembered before the broker has acknowledged it: a crash in between repeats articles (same id, same
revision) and never loses one. If validators were saved first, a "not modified" would hide the loss for ever.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from placewatch.errors import BrokerError, FeedParseError, FeedStateError
from placewatch.log import get_logger
from placewatch.metrics import DROPPED, DURATION, ERRORS, RECEIVED, Service
from producers import metrics
from producers.bookkeeping import Found, Noted, found_in, note_failure, note_success
from producers.changes import Changes, ItemOutcome, ItemRow, find_changes
from producers.feed_state import FeedState
from producers.fetch import Fetcher
from producers.fetched import WEIGHT, ErrorClass, Fetched, Outcome, Validators
from producers.full_text import FullTexts
from producers.hosts import Hosts
from producers.identity import Keys, keys_of
from producers.language_pool import LanguagePool
from producers.moves import Move
from producers.opml import Feed
from producers.parsed import ParsedFeed, ParseReason
from producers.parser_pool import ParserPool
from producers.patience import Patience
from producers.publisher import Publisher
from producers.room import Rooms, weight_of, weight_of_articles
from producers.schedule import Limits
from producers.sightings import Sighting, keys_of_sighting
from producers.state import State
from producers.urls import without_credentials


# These may be the machine's fault and not the body's.
WORTH_ANOTHER_TRY = frozenset({ParseReason.DEADLINE, ParseReason.WORKER_DIED})
# A hundred bodies of this size may be in memory at once; larger ones wait on the disk until they are read.
HELD_BYTES = 64 * 1024
# How it is named among what counts.
COMPONENT = "poll"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a person set, as the poller needs it."""

    limits: Limits
    is_stream_clock: bool
    keeps_published: bool


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Poller:
    """Polls one feed at a time and publishes what is new or edited."""

    def __init__(
        self,
        *,
        state: State,
        fetcher: Fetcher,
        parser: ParserPool,
        publisher: Publisher,
        hosts: Hosts,
        rules: Rules,
        languages: LanguagePool | None = None,
        full_texts: FullTexts | None = None,
        patience: Patience | None = None,
        now: Callable[[], datetime] = utc_now,
        rng: random.Random | None = None,
    ) -> None:
        self._state = state
        self._fetcher = fetcher
        self._parser = parser
        self._publisher = publisher
        self._hosts = hosts
        self._rules = rules
        self._languages = languages
        self._full_texts = full_texts
        self._patience = patience or Patience()
        self._rooms = Rooms()
        self._moved: dict[str, str] = {}
        self._now = now
        self._rng = rng or random.Random()  # noqa: S311  # spreads polls, keeps no secret

    def recall(self, states: Mapping[str, FeedState]) -> None:
        """Take from what is remembered which feeds have moved for good."""
        self._moved |= {i: s.adopted_url for i, s in states.items() if s.adopted_url}

    def address_of(self, feed: Feed) -> str:
        """Return where a feed is polled now: it may have moved for good."""
        return self._moved.get(feed.feed_id, feed.url)

    async def poll_safely(self, feed: Feed) -> datetime | None:
        """Poll one feed so that nothing about it touches another; broker and state are everybody's.

        Raises:
            BrokerError: articles were not acknowledged.
            FeedStateError: the state cannot be written, and waiting does not help.
        """
        try:
            with DURATION.labels(Service.PRODUCE, COMPONENT).time():
                return await self.poll(feed)
        except (BrokerError, FeedStateError):
            raise
        except Exception as error:
            log.exception("feed failed unexpectedly", feed=feed.title, url=feed.shown_url)
            state = await self._patience(self._state.feed, feed.feed_id, feed.url)
            detail = f"{type(error).__name__}: {error}"
            return await self._remember_failure(feed, state, "unexpected", detail)

    async def poll(self, feed: Feed) -> datetime | None:
        """Poll one feed; return when it is due again, None when it is gone for good."""
        state = await self._patience(self._state.feed, feed.feed_id, feed.url)
        now = state.last_polled_at = self._now()
        asked = Validators() if state.wants_full(now) else state.validators
        fetched = await self._fetcher.fetch(state.poll_url, asked, user_agent=feed.user_agent)
        metrics.POLLS.labels(outcome=fetched.outcome).inc()
        try:
            return await self._take(feed, state, fetched)
        finally:
            fetched.close()

    async def _take(self, feed: Feed, state: FeedState, fetched: Fetched) -> datetime | None:
        """Make of an answer what it brings, publish and remember it; return when the feed is due again."""
        if not fetched.outcome.is_success:
            return await self._remember_failure(
                feed,
                state,
                fetched.outcome,
                fetched.detail,
                weight=WEIGHT[fetched.outcome.error_class],
                headers=fetched.headers,
            )
        if fetched.outcome is Outcome.NOT_MODIFIED:
            return await self._remember(feed, state, fetched, Found())
        weight = await asyncio.to_thread(weight_of, fetched)
        async with self._rooms.share(weight) as share:
            whole = await asyncio.to_thread(fetched.loaded)
            body_hash = sha256(whole.body).hexdigest()
            if body_hash == state.body_hash:
                return await self._remember(feed, state, fetched, Found())
            try:
                with metrics.PARSE_SECONDS.time():
                    parsed = await self._parse(state, whole, body_hash)
            except FeedParseError as error:
                return await self._bury(feed, state, whole, body_hash, error)
            del whole
            changes, wishes = await self._changes(feed, state, parsed), parsed.wishes
            del parsed
            share.shrink(weight_of_articles(changes.articles))
            changes = await self._enriched(feed, changes)
            if changes.articles:
                await asyncio.to_thread(self._publisher.publish, changes.articles)
            state.body_hash = body_hash
            state.keep_wishes(wishes)
            return await self._remember(feed, state, fetched, found_in(changes), changes)

    async def _enriched(self, feed: Feed, changes: Changes) -> Changes:
        """Return what is to be published with its languages, and with the pages of what names a watched place."""
        articles = changes.articles
        if articles and self._languages is not None:
            articles = await self._languages.name(feed, articles)
        if articles and self._full_texts is not None:
            articles = await self._full_texts.enrich(feed, articles)
        return replace(changes, articles=articles)

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

    async def _changes(self, feed: Feed, state: FeedState, parsed: ParsedFeed) -> Changes:
        """Return what the document brings, given what is remembered; decided off the thread that reads the state."""
        keys = await asyncio.to_thread(
            keys_of,
            parsed.items,
            source_id=feed.source_id,
            feed_url=feed.shown_url,
            by=feed.identity_by,
        )
        rows, sightings = await self._patience(self._known, feed, parsed, keys)
        return await asyncio.to_thread(
            find_changes,
            feed,
            parsed,
            keys,
            rows,
            fetched_at=self._now(),
            is_backfilling=state.last_success_at is None and not self._rules.is_stream_clock,
            sightings=sightings,
        )

    def _known(
        self, feed: Feed, parsed: ParsedFeed, keys: Sequence[Keys | None]
    ) -> tuple[Mapping[str, ItemRow], Mapping[str, Sequence[Sighting]]]:
        """Return what is remembered of the document's items, and of others like them."""
        ids = {i for k in keys if k for i in (*k.candidates, k.article_id, k.fresh_id)}
        links = {k.alias for k in keys if k and k.alias}
        told = {
            told_key
            for item, key in zip(parsed.items, keys, strict=True)
            if key
            for told_key in keys_of_sighting(feed.source_id, key.canonical_url, item.title)
        }
        rows = self._state.items(feed.source_id, ids, links)
        return rows, self._state.sightings(told - {""})

    async def _remember(
        self,
        feed: Feed,
        state: FeedState,
        fetched: Fetched,
        found: Found,
        changes: Changes | None = None,
    ) -> datetime | None:
        """Save a poll whose articles are acknowledged; return when the feed is due again."""
        now = self._now()
        noted = note_success(
            state,
            fetched,
            found,
            now=now,
            limits=self._rules.limits,
            jitter=self._rng.uniform(-1, 1),
            obeys_wishes=not self._rules.is_stream_clock,
        )
        if changes is None:
            await self._patience(self._state.save_feed, state)
        else:
            _count(changes)
            await self._patience(
                self._state.save_poll,
                state,
                rows=changes.rows,
                seen_ids=changes.seen_ids,
                articles=changes.articles if self._rules.keeps_published else (),
                sightings=changes.sightings,
                now=now,
            )
        self.recall({feed.feed_id: state})
        _tell(feed, state, found, noted)
        return state.next_poll_at

    async def _remember_failure(
        self,
        feed: Feed,
        state: FeedState,
        reason: str,
        detail: str,
        *,
        weight: float = WEIGHT[ErrorClass.SOFT],
        headers: Mapping[str, str] | None = None,
    ) -> datetime | None:
        """Save a failure; return when to try again, None when the feed has said twice that it is gone."""
        ERRORS.labels(Service.PRODUCE, COMPONENT, reason).inc()
        is_news, url = reason != state.last_reason, state.poll_url
        note_failure(
            state,
            reason=reason,
            detail=detail,
            weight=weight,
            headers=headers or {},
            now=self._now(),
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
        await self._patience(self._state.save_feed, state)
        self._tell_host(state, url)
        return None if state.is_disabled else state.next_poll_at

    def _tell_host(self, state: FeedState, url: str) -> None:
        """Let the other feeds of a host know that it throttles us."""
        at, until = state.throttled_at, state.retry_after_until
        if state.last_reason != Outcome.THROTTLED or at is None or until is None:
            return
        if self._hosts.throttle(state.feed_id, url, at=at, until=until):
            metrics.HOSTS_PAUSED.inc()
            log.warning(
                "a server throttles several feeds: all of it is paused",
                url=without_credentials(url),
                until=until.isoformat(),
            )

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
        state.bad_body_hash, state.bad_reason, state.bad_error = body_hash, error.reason, str(error)
        return await self._remember_failure(feed, state, error.reason, str(error))


def _tell(feed: Feed, state: FeedState, found: Found, noted: Noted) -> None:
    """Count and log what a poll gave and what was noticed meanwhile."""
    if found.published:
        log.info("published", feed=feed.title, articles=found.published, items=found.total)
    if noted.is_overrun:
        metrics.WINDOW_OVERRUNS.inc()
        log.warning(
            "items may have been missed: none of the last poll's is left in the feed",
            feed=feed.title,
            items=found.total,
        )
    if noted.is_false_304:
        metrics.FALSE_304.inc()
        log.warning(
            "the server said falsely that nothing was new: it is asked for the whole "
            "feed every hour for a week",
            feed=feed.title,
        )
    if noted.move is Move.ADOPTED:
        metrics.ADOPTED.inc()
        log.warning(
            "the feed has moved: it is polled at its new address from now on",
            feed=feed.title,
            url=without_credentials(state.adopted_url),
        )


def _count(changes: Changes) -> None:
    """Count a poll's items by what became of them."""
    RECEIVED.labels(Service.PRODUCE, COMPONENT).inc(sum(changes.counts.values()))
    for outcome, count in changes.counts.items():
        if outcome in {ItemOutcome.NEW, ItemOutcome.REVISION}:
            metrics.ARTICLES.labels(kind=outcome).inc(count)
        else:
            DROPPED.labels(Service.PRODUCE, COMPONENT, outcome).inc(count)
