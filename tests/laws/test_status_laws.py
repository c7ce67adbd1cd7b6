"""A status is a pure function of a set: order, repeats, edits and restarts make no difference to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from courses import (
    PLACE,
    SET_AND_REVOKED,
    TAKEN_TWICE_IN_A_DAY,
    Chapter,
    Line,
    course_of,
    courses,
    law,
)
from hypothesis import example, given
from hypothesis import strategies as st
from plays import START, judged, play, sent

from placewatch.records import Reading
from placewatch.vocabulary import State
from streams.tracking.assess import assess
from streams.tracking.place_state import PlaceState, assess_state
from streams.tracking.tracker import advance, tick


def shuffled(course, rng):
    """Readings in another order; what people set keeps its order, as on its topic."""
    inputs = list(course.inputs)
    places = [i for i, item in enumerate(inputs) if isinstance(item, Reading)]
    moved = rng.sample(places, len(places))
    for place, source in zip(places, moved, strict=True):
        inputs[place] = course.inputs[source]
    return replace(course, inputs=tuple(inputs))


def facts(status):
    """What a status says, whenever it was last looked at."""
    return status.model_copy(update={"alert_id": None, "assessed_at": START})


@law
@given(courses(), st.randoms(use_true_random=False), st.data())
def test_order_and_repeats_make_no_difference(context, course, rng, data):
    """Caught: `newest_revisions` that keeps the last to arrive; grouping that takes reports as they come."""
    again = data.draw(st.lists(st.sampled_from(course.readings), max_size=4)) if course.readings else []  # fmt: skip
    other = shuffled(course, rng)
    other = replace(other, inputs=(*again, *other.inputs))
    assert judged(other, context) == judged(course, context)


@law
@given(courses(), st.randoms(use_true_random=False), st.sampled_from([None, 1, 7, 30]))
def test_arriving_one_by_one_ends_where_the_set_ends(context, course, rng, hours):
    """Caught: `_with` that keeps the revision that arrives last."""
    every = timedelta(hours=hours) if hours else None
    steps = play(shuffled(course, rng), context, every=every)
    told = judged(course, context)
    state = steps[-1].did.state
    assert facts(steps[-1].status) == facts(told.status)
    assert assess_state(state, context, course.end).events == told.events


@law
@given(courses(), st.randoms(use_true_random=False), st.sampled_from([None, 1, 30]))
def test_each_step_ends_where_judging_from_scratch_ends(context, course, rng, hours):
    """What was worked out before is gone on from; this is the same with nothing worked out.

    Caught: `_chain` that keeps the event which a late report joins; `Course` that keeps what was settled since.
    """
    every = timedelta(hours=hours) if hours else None
    for step in play(shuffled(course, rng), context, every=every):
        state = step.did.state
        if state.status is None:
            continue
        given_then = state.assertions.values()
        told = assess(state.readings.values(), given_then, context, step.now, **PLACE)
        assert facts(state.status) == facts(told.status)
        assert state.event_marks == {f.event_id: f.mark for f in told.findings}


@law
@given(courses(), st.integers(0, 40))
def test_a_restart_at_any_step_changes_nothing(context, course, cut):
    """Caught: `PlaceState.sent` left out of the changelog."""
    steps = play(course, context)
    for step in steps[cut % len(steps) :][:1]:
        restored = PlaceState.from_json(step.before.to_json())
        again = (
            advance(restored, step.item, context, step.now)
            if step.item
            else tick(restored, context, step.now)
        )
        assert again == step.did
        assert again.state.to_json() == step.did.state.to_json()


@law
@given(courses())
def test_ids_are_the_same_each_time(context, course):
    """Caught: an id with the address of an object in it."""
    first, second = (sent(play(course, context)) for _ in range(2))
    assert [a.alert_id for a in first] == [a.alert_id for a in second]
    assert first == second


@law
@given(courses(), st.randoms(use_true_random=False))
@example(TAKEN_TWICE_IN_A_DAY, Random(7))
def test_event_ids_depend_on_the_set_and_are_distinct(context, course, rng):
    """Caught: an id made of the articles that tell it; one id for a taking and a second one on the same day."""
    ids = [e.event_id for e in judged(course, context).events]
    assert [e.event_id for e in judged(shuffled(course, rng), context).events] == ids
    assert len(ids) == len(set(ids))


@law
@given(courses())
def test_ids_do_not_depend_on_who_tells(context, course):
    """The same course told in other articles has the same events. Caught: an id made of the last article that tells it."""

    def retold(item):
        is_reading = isinstance(item, Reading)
        return item.model_copy(update={"article_id": f"b{item.article_id}"}) if is_reading else item

    other = replace(course, inputs=tuple(retold(i) for i in course.inputs))
    ids = [e.event_id for e in judged(course, context).events]
    assert [e.event_id for e in judged(other, context).events] == ids


@law
@given(courses(), st.integers(0, 40))
def test_an_input_delivered_again_causes_what_it_caused_and_changes_nothing(context, course, which):
    """Caught: `_is_seen` that forgets assertions; `_again` that judges anew."""
    steps = play(course, context)
    state = steps[-1].did.state
    done = [s for s in steps if s.item is not None and is_newest(s, steps)]
    step = done[which % len(done)]
    again = advance(state, step.item, context, course.end)
    kept = {a.alert_id for a in state.sent}
    assert {a.alert_id for a in again.alerts} == {a.alert_id for a in step.alerts} & kept
    assert again.state == state


def is_newest(step, steps):
    """Whether nothing of the same article or assertion came later: that would be another input."""
    later = [s.item for s in steps[steps.index(step) + 1 :] if s.item is not None]
    return not any(name_of(i) == name_of(step.item) for i in later)


def name_of(item):
    return item.article_id if isinstance(item, Reading) else item.assertion_id


@law
@given(courses(), st.integers(0, 40))
@example(SET_AND_REVOKED, 1)
def test_a_rewound_stream_says_nothing_new(context, course, back):
    """At least once: after a crash the last inputs come again, in their order, to the state they already made.

    Caught: an assertion that is judged anew though a later word replaced it.
    """
    steps = play(course, context)
    said = {a.alert_id for a in sent(steps)}
    done = [s for s in steps if s.item is not None]
    state = steps[-1].did.state
    for step in done[back % len(done) :]:
        did = advance(state, step.item, context, course.end)
        state = did.state
        assert {a.alert_id for a in did.alerts} <= said
    assert facts(state.status) == facts(steps[-1].status)


@law
@given(courses(longest_days=90))
def test_folding_says_nothing_and_keeps_what_is_shown(context, course):
    """Beyond the horizon a checkpoint stands for what was: an input that tells nothing then causes nothing either.

    What was remembered of how it came about is gone (who held it before, what it was told by), what holds is not.

    Caught: a checkpoint that forgets the holder.
    """
    steps = play(course, context)
    state, now = steps[-1].did.state, course.end + timedelta(days=45)
    for day in range(45):
        state = tick(state, context, course.end + timedelta(days=day)).state
    nothing = nothing_told(now)
    did = advance(state, nothing, context, now)
    assert set(did.state.readings) <= {nothing.article_id}
    before, after = tick(state, context, now), did
    assert [a.msg_type for a in did.alerts] == [a.msg_type for a in before.alerts]
    assert (after.state.status.control, after.state.status.holder, after.state.status.certainty) == (
        before.state.status.control, before.state.status.holder, before.state.status.certainty,
    )  # fmt: skip


def nothing_told(at):
    """A strike: it is kept, and changes nothing."""
    chapter = Chapter((Line(State.STRUCK, "tango.example"),))
    reading = course_of(None, [chapter], [], 1, 24).readings[0]
    return reading.model_copy(update={"article_id": "nothing", "published_at": at, "fetched_at": at})  # fmt: skip
