"""The story of the `read` agent: a batch of articles in, readings out, in order, whatever is in it.

Parse, gate (most articles name no watched place and end here), read the rest in processes, take back what a
new revision no longer says, tell who was heard of, send, remember.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Protocol

from placewatch.errors import RecordError
from placewatch.heartbeats import Heard
from placewatch.log import get_logger
from placewatch.metrics import DROPPED, DURATION, RECEIVED, Service
from placewatch.records import Article, WatchedPlace
from placewatch.vocabulary import SubjectKind
from streams.givens import Givens
from streams.outputs import Output, Publish, dead_letter_output, heard_output, reading_output
from streams.reader_pool import TOGETHER, Begun, Outcome, ReaderPool, Unread
from streams.reading.languages import is_readable
from streams.reading.revisions import Reported, emitted
from streams.reasons import DeadLetterReason, Drop
from streams.tables import Stored
from streams.tracking.heartbeat import STREAM_ID, hearings_of


AGENT = "read"
# So many articles that name a place are read before what they say is sent: it waits for no more than these.
MOST_AT_ONCE = 32
# After so many messages the other agents have their turn: some milliseconds.
TURN = 32

log = get_logger(__name__)


class Message(Protocol):
    """What of a Kafka message the agents use; `timestamp` in seconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: float


class GateLike(Protocol):
    """Says which watched places an article names."""

    def places_in(self, article: Article) -> frozenset[str]:
        """Return the ids of the places named."""


class _Parsed(NamedTuple):
    """A message and the article in it."""

    message: Message
    article: Article
    place_ids: frozenset[str]

    @property
    def is_to_read(self) -> bool:
        """Whether it names a watched place in a language that we read."""
        return bool(self.place_ids) and is_readable(self.article.language)


@dataclass(slots=True)
class _Taken:
    """Messages that were looked at, what came of it at once, and what the readers have begun."""

    parsed: list[_Parsed] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    named: list[_Parsed] = field(default_factory=list)
    begun: list[Begun] = field(default_factory=list)


class ArticleReading:
    """Handles batches for the `read` agent."""

    def __init__(
        self,
        *,
        givens: Givens,
        pool: ReaderPool,
        make_gate: Callable[[tuple[WatchedPlace, ...]], GateLike],
        reported: Stored,
        publish: Publish,
        time_of: Literal["wall", "stream"],
    ) -> None:
        self._givens = givens
        self._time_of = time_of
        self._pool = pool
        self._make_gate = make_gate
        self._reported = reported
        self._publish = publish
        self._version: int | None = None
        self._gate: GateLike | None = None

    async def handle(self, messages: Sequence[Message]) -> None:
        """Read one batch and return when all that follows from it is acknowledged."""
        RECEIVED.labels(Service.WORK, AGENT).inc(len(messages))
        with DURATION.labels(Service.WORK, AGENT).time():
            gate = self.prepare()
            waiting = iter(messages)
            while (taken := await self._take(waiting, gate)) is not None:
                await self._finish(taken)

    async def _take(self, messages: Iterator[Message], gate: GateLike) -> _Taken | None:
        """Look at messages until the readers have enough to do, which they begin at once; None when there are none."""
        taken, together = _Taken(), list[Article]()
        for number, message in enumerate(messages, 1):
            item = self._parse(message, gate, taken.outputs)
            if item is not None:
                taken.parsed.append(item)
                if item.is_to_read:
                    taken.named.append(item)
                    together.append(item.article)
            if len(together) == TOGETHER:
                taken.begun += self._pool.begin(together)
                together = []
            if len(taken.named) == MOST_AT_ONCE:
                break
            if number % TURN == 0:
                await asyncio.sleep(0)
        taken.begun += self._pool.begin(together) if together else []
        return taken if taken.parsed or taken.outputs else None

    async def _finish(self, taken: _Taken) -> None:
        """Wait for the readers, send what follows, and remember it."""
        outputs, named = taken.outputs, taken.named
        articles = [item.article for item in named]
        outcomes = await self._pool.read(articles, taken.begun) if named else []
        read = dict(zip((id(item) for item in named), outcomes, strict=True))
        remembered: dict[str, tuple[Reported, int]] = {}
        for item in taken.parsed:
            outputs += self._apply(item, read.get(id(item)), remembered)
        hearings = hearings_of(time for item in taken.parsed for time in self._heard(item))
        if hearings:
            outputs.append(heard_output(Heard(hearings=hearings)))
        await self._publish(outputs)
        for article_id, (record, partition) in remembered.items():
            self._reported.put(article_id, record, partition)

    def prepare(self) -> GateLike:
        """Return the gate for the watchlist in force; a changed watchlist also gets new readers."""
        if self._gate is None or self._version != self._givens.version:
            self._version = self._givens.version
            self._gate = self._make_gate(self._givens.places)
            self._pool.use(self._givens.places)
            self._pool.warm_up()
        return self._gate

    def _heard(self, item: _Parsed) -> Iterator[tuple[SubjectKind, str, str, datetime]]:
        """Yield who is heard of by an article: everything, its feed, and the places it names, whatever it says of them.

        What a first poll finds of the past was not heard now, and when it would have been nobody knows.
        """
        article = item.article
        if article.is_backfill:
            return
        told_at = article.updated_at if article.revision else None
        at = article.fetched_at
        if self._time_of == "stream":
            at = min(at, told_at or article.published_at)
        yield SubjectKind.STREAM, STREAM_ID, "everything that arrives", at
        yield SubjectKind.FEED, article.source_id, article.source_id, at
        for place_id in item.place_ids:
            if (place := self._givens.place(place_id)) is not None:
                yield SubjectKind.PLACE, place_id, place.place, at

    def _parse(self, message: Message, gate: GateLike, outputs: list[Output]) -> _Parsed | None:
        """Return the article in a message and the places it names; bury what is none."""
        if message.value is None:
            DROPPED.labels(Service.WORK, AGENT, Drop.TOMBSTONE).inc()
            return None
        try:
            article = Article.from_json(message.value)
        except RecordError as error:
            outputs.append(self.buried(message, DeadLetterReason.MALFORMED, str(error)))
            return None
        return _Parsed(message, article, gate.places_in(article))

    def _apply(
        self, item: _Parsed, outcome: Outcome | None, remembered: dict[str, tuple[Reported, int]]
    ) -> list[Output]:
        """Return what one article leads to, and note which places it reports on; None: it was not read."""
        if isinstance(outcome, Unread):
            return [self.buried(item.message, outcome.reason, outcome.error)]
        article = item.article
        pending = remembered.get(article.article_id)
        before = pending[0] if pending else self._reported.get(article.article_id)
        readings, reported = emitted(article, outcome, before)
        if reported is not None and reported != before:
            remembered[article.article_id] = (reported, item.message.partition)
        if not readings:
            DROPPED.labels(Service.WORK, AGENT, _silence(item, outcome)).inc()
        return [reading_output(reading) for reading in readings]

    def buried(self, message: Message, reason: DeadLetterReason, error: str) -> Output:
        """Return the dead letter of a message and count it."""
        return bury(message, reason, error, agent=AGENT)


def _silence(item: _Parsed, outcome: Outcome | None) -> Drop:
    """Return why nothing came of an article: it names no place, is in a language we cannot read, or says nothing."""
    if not item.place_ids:
        return Drop.NO_WATCHED_PLACE
    return Drop.NO_MODEL if outcome is None else Drop.NO_REPORT


def bury(message: Message, reason: DeadLetterReason, error: str, *, agent: str) -> Output:
    """Return the dead letter of a message; count and log it under its reason.

    It bears the time of the message, so that a message that is delivered twice is buried once.
    """
    where = f"{message.topic}[{message.partition}]@{message.offset}"
    DROPPED.labels(Service.WORK, agent, reason).inc()
    log.warning("record_buried", agent=agent, where=where, reason=str(reason), error=error)
    return dead_letter_output(
        reason,
        error,
        where=where,
        at=datetime.fromtimestamp(message.timestamp, tz=UTC),
        key=message.key,
        value=message.value,
    )
