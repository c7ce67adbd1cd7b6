"""Alerts of generated courses: said once, taken back when nobody says so any more, never back and forth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from courses import (
    BLUE,
    CLAIMED_IN_TURN,
    DARK_AND_LIT_AGAIN_UNDER_A_THREAT,
    GRADED,
    SILENCE_BETWEEN,
    TAKING_HANDED_OVER_BY_AN_EDIT,
    THREAT_STANDS_AGAIN,
    THREATENED,
    UNKNOWN_TILL_A_TAKING_THAT_IS_TAKEN_BACK,
    Line,
    courses,
    denial,
    law,
    told_in_turn,
)
from hypothesis import event, example, given
from plays import judged, play, sent, side_of

from placewatch.records import Assertion, Reading
from placewatch.vocabulary import WAR_CONTROLS, Certainty, Control, MsgType, State
from streams.tracking.place_state import assess_state
from streams.tracking.reasons import MOVED, Grounds, Move
from streams.tracking.standing import SURE


RANK = {
    Certainty.DISPUTED: 0,
    Certainty.CLAIMED: 1,
    Certainty.CONFIRMED: 2,
    Certainty.SETTLED: 3,
}


def direction(said, context):
    """What an alert tells, whoever is named for the side."""
    return said.control, side_of(said.holder, context)


@law
@given(courses(longest_days=60))
def test_no_id_is_sent_twice(context, course):
    """Caught: `changes` that does not ask whether the id was sent."""
    ids = [a.alert_id for a in sent(play(course, context))]
    assert len(ids) == len(set(ids))


@law
@given(courses(longest_days=60))
@example(SILENCE_BETWEEN)
def test_no_alert_repeats_what_the_last_one_said(context, course):
    """Caught: `_kind_of_change` that compares with the status before only."""
    alerts = sent(play(course, context))
    for last, alert in pairwise(alerts):
        if MsgType.CANCEL in {last.msg_type, alert.msg_type}:
            continue
        is_as_sure = min(RANK[last.certainty], 2) == min(RANK[alert.certainty], 2)
        assert direction(last, context) != direction(alert, context) or not is_as_sure


@law
@given(courses(longest_days=60))
@example(THREAT_STANDS_AGAIN)
def test_updates_and_cancels_refer_to_the_chain_that_stands(context, course):
    """All they refer to was sent and is of one chain: an Alert and what was said of it since, never a cancelled one.

    Caught: a chain of the last alert alone.
    """
    chains: list[list[str]] = []
    for alert in sent(play(course, context)):
        event(alert.msg_type.value)
        if alert.msg_type is MsgType.ALERT:
            assert alert.references == ()
            chains.append([alert.alert_id])
            continue
        assert chains, alert
        assert alert.references == tuple(chains[-1])
        if alert.msg_type is MsgType.CANCEL:
            chains.pop()
        else:
            chains[-1].append(alert.alert_id)


def event_behind(alert, events):
    """The event an alert told of, as kind and side, or None where it is not known or was given."""
    found = [e for e in events if e.event_id in alert.event_ids]
    return (found[0].state, found[0].side) if found else None


def still_told(what, events):
    """Whether anybody tells it; who named nobody may turn out to mean somebody when more is told."""
    state, side = what
    return any(
        e.state == state and e.origins and (e.side == side or None in {e.side, side})
        for e in events
    )


def observed(course, context):
    """Yield each step with the place as it is judged after it, and what the last alert until then told of."""
    last, what = None, None
    for step in play(course, context):
        told = assess_state(step.did.state, context, step.now)
        yield step, told, last, what
        if step.alerts:
            last = step.alerts[-1]
            what = event_behind(last, told.events)


@law
@given(courses())
@example(TAKING_HANDED_OVER_BY_AN_EDIT)
@example(UNKNOWN_TILL_A_TAKING_THAT_IS_TAKEN_BACK)
def test_what_nobody_tells_any_more_is_taken_back(context, course):
    """What was told and is told by nobody now is not left standing: it is cancelled, or something newer was told.

    Caught: `_is_retraction` that looks for the same articles whatever they say now.
    """
    for step, told, last, what in observed(course, context):
        if last is None or what is None or still_told(what, told.events):
            continue
        if last.msg_type is MsgType.CANCEL or is_folded(last, step.did.state):
            continue
        if direction(last, context) != direction(told.status, context):
            assert step.alerts, (last, told.status)


def is_folded(alert, state):
    return not {c.article_id for c in alert.citations} <= set(state.readings)


@law
@given(courses())
@example(THREATENED)
def test_what_is_still_told_is_not_taken_back(context, course):
    """A Cancel is not for what was overtaken by events: then the newer status is told.

    Caught: `_is_retraction` that asks no event.
    """
    for step, told, last, what in observed(course, context):
        for alert in step.alerts:
            if alert.msg_type is MsgType.CANCEL and what is not None:
                cited = {c.article_id for c in last.citations if c.is_evidence_for}
                tellers = {
                    c.article_id
                    for e in told.events
                    if (e.state, e.side) == what and e.origins
                    for c in e.citations
                    if c.is_evidence_for
                }
                assert not cited & tellers


def why_surer(step, before, after):
    """Return why a status may be surer than it was, or None: the only reasons there are."""
    if isinstance(step.item, Assertion):
        return "analyst"
    if step.was.certainty is Certainty.CONFIRMED and step.status.certainty is Certainty.SETTLED:
        return "settled"
    is_edit = step.item is not None and step.item.revision > 0
    if is_edit and moved_by(before) != moved_by(after):
        return "what an edit took back had changed it"
    if denials(before.events) - denials(after.events) or fights(before) - fights(after):
        return "denial withdrawn"
    known = [((e.state, e.side), {o.origin_id for o in e.origins}) for e in before.events]
    for event_now in after.events:
        origins = {o.origin_id for o in event_now.origins}
        if not any(w == (event_now.state, event_now.side) and origins <= had for w, had in known):
            return "new independent origin"
    grounds = {(e.event_id, e.grounds) for e in after.events} - {
        (e.event_id, e.grounds) for e in before.events
    }
    new = {g for _, g in grounds}
    named = {Grounds.ADMITTED: "admission", Grounds.OWN_VOICE: "own voice"}
    return next((why for ground, why in named.items() if ground in new), None)


def moved_by(told):
    return told.moved_by.event_id if told.moved_by is not None else None


def denials(events):
    return {(e.event_id, c.article_id) for e in events for c in e.citations if c.counted == "counted_as_denial"}  # fmt: skip


def fights(told):
    return {a for d in told.decisions if d.reason is Move.FIGHTING_DISPUTES_CLAIM for a in d.article_ids}  # fmt: skip


@law
@given(courses())
def test_certainty_never_rises_without_a_reason(context, course):
    """Caught: origins counted by article."""
    for step in play(course, context):
        if step.was is None or direction(step.was, context) != direction(step.status, context):
            continue
        if RANK[step.status.certainty] > RANK[step.was.certainty]:
            before = assess_state(step.before, context, step.now)
            after = assess_state(step.did.state, context, step.now)
            why = why_surer(step, before, after)
            event(str(why))
            assert why is not None, (step.was, step.status)


@law
@given(courses())
@example(told_in_turn([Line(State.CAPTURED, GRADED[0])], [denial(State.CAPTURED, BLUE)]))
def test_a_graded_voice_confirms_only_what_no_other_side_denies_since(context, course):
    """Caught: a well-graded outlet's own word that confirms though the side that loses by it denies it afterwards."""
    for told in judged(course, context).events:
        if told.grounds != Grounds.OWN_VOICE:
            continue
        gainer = None if told.state is State.WITHDRAWN else told.side
        denied = [
            c.published_at
            for c in told.citations
            if c.counted == "counted_as_denial" and c.origin.side not in {None, gainer}
        ]
        voices = [
            c.published_at
            for c in told.citations
            if c.counted == "counted_own_voice"
            and c.origin.reliability in context.policy.own_voice_reliability
        ]
        assert not denied or max(voices) > max(denied)


@law
@given(courses(longest_days=60))
@example(CLAIMED_IN_TURN)
def test_nothing_flaps(context, course):
    """A claim is one Alert a place and direction in min_dwell_days: only what is sure may come back sooner.

    Or a claim after something else was sure, for then control really changed, or after a Cancel.

    Caught: `changes` without FLAPPING.
    """
    dwell = timedelta(days=context.policy.min_dwell_days)
    told: dict[object, object] = {}
    for step in play(course, context):
        for alert in step.alerts:
            where = direction(alert, context)
            if alert.msg_type is MsgType.CANCEL:
                told = {}
            if alert.certainty in SURE:
                told = {there: at for there, at in told.items() if there == where}
            if alert.msg_type is MsgType.ALERT:
                is_soon = where in told and alert.at - told[where] < dwell
                assert not is_soon or alert.certainty in SURE or alert.reason == Move.SET_BY_ANALYST
                told[where] = alert.at


@law
@given(courses())
def test_backfill_alone_never_alerts(context, course):
    """Caught: `_not_news` without BACKFILL."""
    inputs = tuple(
        i.model_copy(update={"is_backfill": True}) if isinstance(i, Reading) else i
        for i in course.inputs
    )
    given_words = [i for i in inputs if isinstance(i, Assertion)]
    alerts = sent(play(replace(course, inputs=inputs), context))
    if not given_words:
        assert [a for a in alerts if a.msg_type is not MsgType.UPDATE] == []


@law
@given(courses())
def test_every_alert_names_what_moved_it(context, course):
    """Caught: a taking whose reason is `supported`."""
    for alert in sent(play(course, context)):
        if alert.msg_type is MsgType.ALERT:
            assert Move(alert.reason) in MOVED
        if alert.control in WAR_CONTROLS - {Control.VACATED, Control.CONTESTED}:
            assert (alert.holder or "") in alert.headline
        assert "None" not in alert.headline


@law
@given(courses(longest_days=60))
@example(THREATENED)
@example(DARK_AND_LIT_AGAIN_UNDER_A_THREAT)
def test_time_alone_tells_only_of_lapsed_threats_and_of_certainty(context, course):
    """Caught: a lapse told as a Cancel."""
    for step in play(course, context):
        if step.item is None:
            for alert in step.alerts:
                before = (alert.previous_control, alert.previous_holder)
                is_surer = alert.msg_type is MsgType.UPDATE and before == (alert.control, alert.holder)  # fmt: skip
                is_held_back = direction(alert, context) in {
                    direction(a, context) for a in step.before.sent
                }
                is_lapse = (alert.reason, alert.msg_type) == (Move.THREAT_LAPSED, MsgType.UPDATE)
                assert is_surer or is_held_back or is_lapse
