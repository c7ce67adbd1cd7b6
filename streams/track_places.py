"""The story of the `track` agent: a reading or an assertion in, what it changes out, then the state is kept.

The order is what makes a kill harmless: outputs are acknowledged before the state that contains their cause is
kept, and the state before the cause is acknowledged. Seen again, a cause emits again, under the same ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from placewatch.errors import RecordError
from placewatch.log import get_logger
from placewatch.metrics import DROPPED, DURATION, ERRORS, RECEIVED, Service
from placewatch.records import Assertion, Reading, WatchedPlace
from placewatch.topics import ASSERTIONS
from streams.givens import Givens
from streams.outputs import Output, Publish, alert_output, event_output, status_output
from streams.place_table import PlaceTable, TrackedPlace
from streams.read_articles import Message, bury
from streams.reasons import DeadLetterReason, Drop
from streams.tracking.context import Context
from streams.tracking.tracker import Advance, advance, tick


AGENT = "track"

log = get_logger(__name__)

# Looked up once: a label is found under a lock.
_RECEIVED = RECEIVED.labels(Service.WORK, AGENT)
_DURATION = DURATION.labels(Service.WORK, AGENT)


class PlaceTracking:
    """Handles single inputs for the `track` agent, and its timer."""

    def __init__(
        self,
        *,
        givens: Givens,
        context: Callable[[WatchedPlace], Context],
        places: PlaceTable,
        publish: Publish,
        time_of: Literal["wall", "stream"],
    ) -> None:
        self._givens = givens
        self._context = context
        self._places = places
        self._publish = publish
        self._time_of = time_of
        # The timer and the agent take turns: both read a place's state, send, and then keep it.
        self._turn = asyncio.Lock()

    async def handle(self, message: Message) -> None:
        """Apply one input and return when all that follows from it is acknowledged and kept."""
        _RECEIVED.inc()
        with _DURATION.time():
            if message.value is None:
                DROPPED.labels(Service.WORK, AGENT, Drop.TOMBSTONE).inc()
                return
            try:
                item = _parse(message.topic, message.value)
            except RecordError as error:
                await self._bury(message, DeadLetterReason.MALFORMED, error)
                return
            place = self._givens.place(item.place_id)
            if place is None:
                DROPPED.labels(Service.WORK, AGENT, Drop.NOT_WATCHED).inc()
                return
            async with self._turn:
                await self._track(item, place, message)

    async def _track(
        self, item: Reading | Assertion, place: WatchedPlace, message: Message
    ) -> None:
        """Apply an item, send what follows, keep the state."""
        try:
            tracked, outputs = self.apply(item, place, message.partition)
        except Exception as error:
            # One place's input must not stop all places: it is buried with its reason.
            ERRORS.labels(Service.WORK, AGENT, type(error).__name__).inc()
            log.exception("input_failed", place=place.place)
            await self._bury(message, DeadLetterReason.FAILED, error)
            return
        await self._publish(outputs)
        self._places.put(place.place_id, tracked, message.partition, (item, message.value or b""))

    def apply(
        self, item: Reading | Assertion, place: WatchedPlace, partition: int
    ) -> tuple[TrackedPlace, list[Output]]:
        """Return the place with the item and every known assertion applied, and what to send."""
        known = self._places.get(place.place_id)
        moment = self._moment(item)
        now = max(known.clock, moment) if known else moment
        state = known.state if known else None
        given = state.assertions if state else {}
        news = [
            assertion
            for assertion in self._givens.assertions_of(place.place_id)
            if assertion != item and given.get(assertion.assertion_id) != assertion
        ]
        context = self._context(place)
        outputs: list[Output] = []
        for assertion in news:
            step = advance(state, assertion, context, now, place)
            state = step.state
            outputs += outputs_of(step)
        step = advance(state, item, context, now, place)
        outputs += outputs_of(step)
        return TrackedPlace(state=step.state, clock=now, partition=partition), outputs

    async def tick(self, now: datetime, owns: Callable[[int], bool]) -> int:
        """Let time pass up to `now` for the places of the partitions this worker owns; return how many changed."""
        changed = 0
        for place_id in self._places.due(now):
            async with self._turn:
                changed += await self._tick_one(place_id, now, owns)
            await asyncio.sleep(0)  # the agents have their turn: one place takes milliseconds
        return changed

    async def _tick_one(self, place_id: str, now: datetime, owns: Callable[[int], bool]) -> bool:
        """Let time pass for one place; return whether that changed anything."""
        place = self._givens.place(place_id)
        known = self._places.get(place_id)
        if place is None or known is None or not owns(known.partition):
            return False
        try:
            step = tick(known.state, self._context(place), now)
        except Exception as error:
            # One place that fails must not keep time from all that come after it.
            ERRORS.labels(Service.WORK, AGENT, type(error).__name__).inc()
            log.exception("tick_failed", place=place.place)
            return False
        if step.state is known.state:
            return False
        outputs = outputs_of(step)
        await self._publish(outputs)
        kept = known.model_copy(update={"state": step.state, "clock": max(now, known.clock)})
        self._places.put(place_id, kept, known.partition)
        return bool(outputs)

    def _moment(self, item: Reading | Assertion) -> datetime:
        """Return when an item is judged: real time is when it was fetched, stream time when it was published."""
        if isinstance(item, Assertion):
            return item.as_of
        return item.fetched_at if self._time_of == "wall" else item.told_at

    async def _bury(self, message: Message, reason: DeadLetterReason, error: Exception) -> None:
        """Send the dead letter of a message."""
        letter = bury(message, reason, str(error), agent=AGENT)
        await self._publish([letter])


def outputs_of(step: Advance) -> list[Output]:
    """Return what one step sends: the alert before the status that refers to it."""
    return [
        *(event_output(event) for event in step.events),
        *(alert_output(alert) for alert in step.alerts),
        *((status_output(step.status),) if step.status is not None else ()),
    ]


def _parse(topic: str, value: bytes) -> Reading | Assertion:
    """Return the record on one of the two topics.

    Raises:
        RecordError: it is not what its topic carries.
    """
    if topic == ASSERTIONS.name:
        return Assertion.from_json(value)
    return Reading.from_json(value).lean()
