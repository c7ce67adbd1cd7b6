"""How a course is played: step by step through the tracker, and the transitions that the fold makes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest.mock import patch

from courses import PLACE, START, Course, Input

from placewatch.records import Alert, Reading, Status
from streams.tracking import workings as working
from streams.tracking.assess import Assessment, assess
from streams.tracking.context import Context
from streams.tracking.place_state import PlaceState
from streams.tracking.reasons import Move
from streams.tracking.standing import Standing, Told
from streams.tracking.tracker import Advance, advance, tick


@dataclass(frozen=True)
class Step:
    """One input, or the passing of time, and what it caused."""

    item: Input | None
    now: datetime
    before: PlaceState
    did: Advance

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return self.did.alerts

    @property
    def was(self) -> Status | None:
        return self.before.status

    @property
    def status(self) -> Status:
        assert self.did.state.status is not None
        return self.did.state.status


def judged(course: Course, context: Context, now: datetime | None = None) -> Assessment:
    """Assess all that a course says, as a set."""
    return assess(course.readings, course.assertions, context, now or course.end, **PLACE)


def play(
    course: Course, context: Context, *, every: timedelta | None = timedelta(days=1)
) -> list[Step]:
    """Give a course to the tracker step by step; between inputs time is let pass, `every` so often."""
    state, now, steps = PlaceState(**PLACE), START, []
    inputs = [*([(course.given, START)] if course.given else []), *zip(course.inputs, course.moments, strict=True)]  # fmt: skip
    for item, moment in [*inputs, (None, course.end)]:
        while every is not None and now + every < moment:
            now += every
            if state.status is not None:
                steps.append(Step(None, now, state, tick(state, context, now)))
                state = steps[-1].did.state
        now = moment
        if item is None and state.status is None:
            continue
        did = advance(state, item, context, now) if item else tick(state, context, now)
        steps.append(Step(item, now, state, did))
        state = did.state
    return steps


def sent(steps: list[Step]) -> list[Alert]:
    """Return all alerts of a play in the order in which they were sent."""
    return [alert for step in steps for alert in step.alerts]


Transition = tuple[Standing, Told, Move, Standing]


@contextmanager
def transitions() -> Iterator[list[Transition]]:
    """Yield a list that fills with each transition of the fold while the context is open."""
    seen: list[Transition] = []
    real = working.apply

    def recording(standing: Standing, told: Told, policy: object) -> tuple[Move, Standing]:
        move, after = real(standing, told, policy)  # type: ignore[arg-type]
        seen.append((standing, told, move, after))
        return move, after

    with patch.object(working, "apply", recording):
        yield seen


def told_lines(item: Reading) -> list[tuple[str, str]]:
    """Return what a reading says, as state and factuality."""
    return [(r.state.value, r.factuality.value) for r in item.reports]


def side_of(name: str | None, context: Context) -> str | None:
    """Return the side that a name means in Blueland."""
    return context.side(name)
