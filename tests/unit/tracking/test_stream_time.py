"""Stream time: passes for a place with its own inputs and at the end, whatever other places and their order do."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from placewatch.records import Reading
from streams.tracking.stream_time import Recording, closing
from streams.tracking.tracker import advance, tick


START = datetime(2024, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
def threatened(reading, context, watched):
    """Smallville, threatened at the start."""
    told = reading(state="threatened", actor="Redland", source="alpha.example", when=START)
    return advance(None, told, context, START, watched).state


@pytest.mark.parametrize("days", [1, 2, 28, 29, 30, 40, 400])
def test_time_that_passes_at_once_causes_what_it_causes_bit_by_bit(threatened, context, days):
    until = START + timedelta(days=days)
    state, bit_by_bit = threatened, []
    for hours in range(5, days * 24 + 1):
        step = tick(state, context, START + timedelta(hours=hours))
        state = step.state
        bit_by_bit += [*step.events, *step.alerts]
    at_once = tick(threatened, context, until)
    assert [*at_once.events, *at_once.alerts] == bit_by_bit
    assert at_once.state == state
    assert any(a.msg_type == "Update" for a in at_once.alerts) is (days >= 29)


def recorded(readings, watched, context):
    """What a recording of these readings leads to: alerts, and the newest status of each place."""
    places = {r.place_id: watched.model_copy(update={"place_id": r.place_id}) for r in readings}
    recording = Recording(
        [p.model_copy(update={"baseline": None}) for p in places.values()],
        dict.fromkeys(places, context),
    )
    end = max(r.told_at for r in readings) + timedelta(days=20)
    steps = [*map(recording.take, readings), *recording.end(end)]
    statuses = {s.status.place_id: s.status for s in steps if s.status}
    return [a for s in steps for a in s.alerts], statuses


def course(reading, seed: int, *, places: int = 3, count: int = 40) -> list[Reading]:
    """Return readings of some places over six weeks, an hour every third day, in the order in which they came out."""
    rng = random.Random(seed)
    told = []
    for number in range(count):
        place_id = f"place-{rng.randrange(places)}"
        state = rng.choice(
            ["captured", "contested", "threatened", "withdrawn", "entered", "besieged"]
        )
        factuality = rng.choice(["asserted", "asserted", "claimed", "denied"])
        source = rng.choice(
            ["alpha.example", "bravo.example", "golf", "redtv.example", "bluetv.example"]
        )
        item = reading(
            state=state,
            factuality=factuality,
            actor=rng.choice(["Redland", "Blueland", "Green Front"]),
            source=source,
            article=f"{seed}-{number}",
            when=START + timedelta(days=3 * rng.randrange(15), minutes=rng.randrange(60)),
        )
        reports = [r.model_copy(update={"place_id": place_id}) for r in item.reports]
        told.append(item.model_copy(update={"place_id": place_id, "reports": tuple(reports)}))
    return sorted(told, key=lambda r: r.told_at)


@pytest.mark.parametrize("seed", range(3))
def test_what_happens_elsewhere_changes_no_alert_of_a_place(reading, watched, context, seed):
    told = course(reading, seed)
    alone = [r for r in told if r.place_id == "place-0"]
    end = closing(watched.model_copy(update={"place_id": "place-0"}), told[-1].told_at)
    together, _ = recorded(told, watched, context)
    by_itself, _ = recorded([*alone, end], watched, context)
    assert [a for a in together if a.place_id == "place-0"] == by_itself


def what_holds(statuses):
    """What is said of the places, without when it was found out and by which alert it was told."""
    return {
        place_id: status.model_copy(update={"assessed_at": START, "alert_id": None})
        for place_id, status in statuses.items()
    }


# With a horizon of hours and minutes, 1, 9 and 11 of 60 differed: what was folded depended on the order.
@pytest.mark.parametrize("seed", [0, 1, 9, 11])
def test_the_order_within_an_hour_makes_no_difference_to_what_holds_in_the_end(
    reading, watched, context, seed
):
    told = course(reading, seed, count=80)
    rng = random.Random(seed)
    shuffled = sorted(told, key=lambda r: (r.told_at.replace(minute=0, second=0), rng.random()))
    assert shuffled != told
    _, straight = recorded(told, watched, context)
    _, mixed = recorded(shuffled, watched, context)
    assert what_holds(mixed) == what_holds(straight)


def test_the_end_says_nothing_but_that_time_has_come(threatened, watched, context):
    step = advance(threatened, closing(watched, START), context, START, watched)
    assert (step.alerts, step.events, step.status) == ((), (), None)
    assert step.state == threatened
