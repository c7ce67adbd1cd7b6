"""The story of the `listen` agent: who was heard of comes in, heartbeats go out, by articles and by the passing of time.

One worker hears all: every record lies under one key, so in one partition. What is remembered are sets of hours,
so a record seen again changes nothing; outputs are acknowledged before the state that contains their cause is kept.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import product
from typing import Literal, NamedTuple

from placewatch.errors import RecordError
from placewatch.heartbeats import Heard, Hearing
from placewatch.log import get_logger
from placewatch.metrics import DROPPED, DURATION, RECEIVED, Service
from placewatch.vocabulary import Pulse, SubjectKind
from streams.givens import Givens
from streams.metrics import HEARTBEATS
from streams.outputs import Output, Publish, forgotten_output, heartbeat_output
from streams.read_articles import Message, bury
from streams.reasons import DeadLetterReason, Drop
from streams.tables import Listened, Stored
from streams.tracking.heartbeat import STREAM_ID, Judged, Subject, hear, judge, taken_leave_of
from streams.tracking.pace import Pace, hour_of
from streams.tracking.policy import Policy
from streams.tracking.reasons import Beat


AGENT = "listen"
# After so many the other agents have their turn.
_JUDGED_AT_ONCE = 200
_STREAM_KEY = f"{SubjectKind.STREAM}:{STREAM_ID}"

log = get_logger(__name__)


class _Change(NamedTuple):
    """A subject after a judgement, where its state lies, and what to send."""

    key: str
    partition: int
    judged: Judged


class SilenceWatch:
    """Handles single records for the `listen` agent, and its timer."""

    def __init__(
        self,
        *,
        givens: Givens,
        policy: Policy,
        subjects: Stored,
        publish: Publish,
        time_of: Literal["wall", "stream"],
    ) -> None:
        self._givens = givens
        self._policy = policy
        self._subjects = subjects
        self._publish = publish
        self._time_of = time_of
        # The timer and the agent take turns: both read a subject, send, and then keep it.
        self._turn = asyncio.Lock()
        self._judges_from: datetime | None = None
        self._judged_at: int | None = None

    async def handle(self, message: Message) -> None:
        """Take in who was heard of; return when all that follows from it is acknowledged and kept."""
        RECEIVED.labels(Service.WORK, AGENT).inc()
        with DURATION.labels(Service.WORK, AGENT).time():
            if message.value is None:
                DROPPED.labels(Service.WORK, AGENT, Drop.TOMBSTONE).inc()
                return
            try:
                heard = Heard.from_json(message.value)
            except RecordError as error:
                letter = bury(message, DeadLetterReason.MALFORMED, str(error), agent=AGENT)
                await self._publish([letter])
                return
            async with self._turn:
                await self._take_in(heard.hearings, message.partition)
                if self._time_of == "stream":
                    await self._judge_in_stream_time()

    async def tick(self, now: datetime, owns: Callable[[int], bool]) -> int:
        """Judge all subjects of the partitions this worker owns by real time; return how many are told of.

        When everything was silent and something arrives again, each has its chance before it is judged.
        """
        async with self._turn:
            if self._judges_from is not None and now < self._judges_from:
                log.info("not_judged", reason=str(Beat.HELD_BACK_STREAM_BACK))
                return 0
            return await self._judge_all(now, owns)

    async def _take_in(self, hearings: Iterable[Hearing], partition: int) -> None:
        """Remember who was heard of; what was quiet is told to be heard again at once."""
        changes = []
        for hearing in hearings:
            if hearing.kind is SubjectKind.PLACE and not self._givens.place(hearing.subject_id):
                DROPPED.labels(Service.WORK, AGENT, Drop.NOT_WATCHED).inc()
                continue
            known: Listened | None = self._subjects.get(hearing.key)
            before = known.subject if known else None
            after = hear(before, hearing, self._policy)
            if after == before:
                continue
            judged = Judged(after)
            if after.state is Pulse.QUIET and after.quiet_since is None:
                now = max(after.last_heard_at, after.told_at or after.last_heard_at)
                judged = judge(after, self._stream(), self._policy, now)
                if hearing.key == _STREAM_KEY:
                    # An hour more, for what is heard is known by the beginning of its hour.
                    self._judges_from = now + timedelta(hours=1 + self._policy.grace_after_start_h)
            changes.append(_Change(hearing.key, partition, judged))
        await self._keep(changes)

    async def _judge_in_stream_time(self) -> None:
        """Judge all once an hour of the articles' own time; a worker that hears owns all that is heard."""
        known: Listened | None = self._subjects.get(_STREAM_KEY)
        if known is None or hour_of(known.subject.last_heard_at) == self._judged_at:
            return
        self._judged_at = hour_of(known.subject.last_heard_at)
        await self._judge_all(known.subject.last_heard_at, lambda _partition: True)

    async def _judge_all(self, now: datetime, owns: Callable[[int], bool]) -> int:
        """Judge everything, the stream first; while that is quiet, nothing else. Return how many are told of."""
        known: list[tuple[str, Listened]] = [
            (key, listened)
            for key in self._subjects.keys()  # noqa: SIM118  # a table's keys, not a dict's
            if owns((listened := self._subjects.get(key)).partition)
        ]
        stream = next((each for key, each in known if key == _STREAM_KEY), None)
        if stream is not None:
            judged = judge(stream.subject, None, self._policy, now)
            await self._keep([_Change(_STREAM_KEY, stream.partition, judged)])
            if judged.subject is not None and judged.subject.state is Pulse.QUIET:
                held_back = len(known) - 1
                log.warning(
                    "not_judged", reason=str(Beat.HELD_BACK_STREAM_QUIET), subjects=held_back
                )
                known = []
        pace = self._stream()
        told = []
        for number, (key, each) in enumerate(known):
            if key == _STREAM_KEY:
                continue
            judged = self._judged(each.subject, pace, now)
            if judged.heartbeat is not None:
                told.append(_Change(key, each.partition, judged))
            if number % _JUDGED_AT_ONCE == 0:
                await asyncio.sleep(0)
        await self._keep(told)
        self._count(owns)
        return len(told)

    def _judged(self, subject: Subject, pace: Pace | None, now: datetime) -> Judged:
        """Return the judgement of one subject; of a place that is no longer watched, the last."""
        if subject.kind is SubjectKind.PLACE and not self._givens.place(subject.subject_id):
            return taken_leave_of(subject, Beat.NOT_WATCHED, now)
        return judge(subject, pace, self._policy, now)

    async def _keep(self, changes: Iterable[_Change]) -> None:
        """Send what is told and then keep it; what is forgotten is told once more and leaves topic and table."""
        changes = list(changes)
        outputs: list[Output] = []
        for change in changes:
            if change.judged.heartbeat is not None:
                outputs.append(heartbeat_output(change.judged.heartbeat))
            if change.judged.subject is None:
                outputs.append(forgotten_output(change.key))
        if outputs:
            await self._publish(outputs)
        for change in changes:
            subject = change.judged.subject
            if subject is None:
                self._subjects.remove(change.key, change.partition)
            else:
                kept = Listened(subject=subject, partition=change.partition)
                self._subjects.put(change.key, kept, change.partition)

    def _stream(self) -> Pace | None:
        known: Listened | None = self._subjects.get(_STREAM_KEY)
        return known.subject.pace if known else None

    def _count(self, owns: Callable[[int], bool]) -> None:
        """Set the gauges of how many are alive, quiet and unknown."""
        listened = (self._subjects.get(key) for key in self._subjects.keys())  # noqa: SIM118  # as above
        counted = Counter(
            (each.subject.kind, each.subject.state) for each in listened if owns(each.partition)
        )
        for kind, state in product(SubjectKind, Pulse):
            HEARTBEATS.labels(kind, state).set(counted[kind, state])
