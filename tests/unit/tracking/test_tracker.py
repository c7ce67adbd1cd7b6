"""Inputs one after the other: what each causes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from placewatch.records import Alert
from streams.tracking.place_state import PlaceState
from streams.tracking.tracker import Advance, advance, tick


@pytest.fixture
def run(context, baseline):
    """Advance through items from the baseline; returns the last state and all alerts in order."""

    def through(*items, given=None, state=None):
        alerts: list[Alert] = []
        now = None
        for item in (given or baseline(), *items) if state is None else items:
            moment = getattr(item, "published_at", None) or item.as_of
            now = max(now, moment) if now else moment
            step = advance(state, item, context, now)
            state = step.state
            alerts += step.alerts
        return state, alerts

    return through


def told(alerts):
    return [(a.msg_type.value, a.control.value, a.holder, a.certainty.value) for a in alerts]


def test_a_claim_is_alerted_at_once(run, reading):
    _, alerts = run(reading(factuality="claimed", attributed_to="Redland"))
    assert told(alerts) == [("Alert", "held", "Redland", "claimed")]


def test_a_second_independent_origin_confirms(run, reading, at):
    _, alerts = run(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(when=at(hours=2), source="yankee.example"),
    )
    assert told(alerts) == [
        ("Alert", "held", "Redland", "claimed"),
        ("Update", "held", "Redland", "confirmed"),
    ]
    assert alerts[1].references == (alerts[0].alert_id,)


def test_a_denial_makes_a_claim_disputed(run, reading, at):
    _, alerts = run(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(factuality="denied", attributed_to="Blueland", when=at(hours=2)),
    )
    assert told(alerts)[-1] == ("Update", "held", "Redland", "disputed")


def test_the_baseline_itself_is_silent(run):
    state, alerts = run()
    assert alerts == []
    assert state.status.control == "held"
    assert state.status.holder == "Blueland"


def test_an_input_seen_again_causes_the_same_alert_again(run, reading, context, at):
    item = reading()
    state, alerts = run(item)
    again = advance(state, item, context, at(days=1))
    assert again.alerts == tuple(alerts)
    assert again.state == state
    assert again.events


def test_an_edit_that_takes_the_claim_back_cancels(run, reading, at):
    first = reading(factuality="claimed", attributed_to="Redland", article="x")
    edit = reading(when=at(), article="x", revision=1, is_empty=True)
    _, alerts = run(first, edit)
    assert told(alerts)[-1] == ("Cancel", "held", "Blueland", "settled")
    assert alerts[-1].references == (alerts[0].alert_id,)


def test_what_another_lexicon_no_longer_reads_is_cancelled_once(run, reading):
    first = reading(factuality="claimed", attributed_to="Redland", article="x")
    anew = first.model_copy(update={"reread": 1, "reports": ()})
    _, alerts = run(first, anew, first, anew)
    assert [alert.msg_type for alert in alerts] == ["Alert", "Cancel", "Alert", "Cancel"]
    assert len({alert.alert_id for alert in alerts}) == 2
    assert alerts[1].references == (alerts[0].alert_id,)


def test_settling_is_silent_and_shows_in_the_status(run, reading, context, at):
    state, _ = run(reading(source="alpha.example"))
    step = tick(state, context, at(days=2))
    assert isinstance(step, Advance)
    assert step.alerts == ()
    assert step.status.certainty == "settled"


def test_the_state_survives_json(run, reading):
    state, _ = run(reading(), reading(source="bravo.example"))
    assert PlaceState.from_json(state.to_json()) == state


def test_a_threat_that_nobody_mentions_lapses(run, reading, context, at):
    state, alerts = run(reading(state="threatened"))
    assert told(alerts) == [("Alert", "threatened", "Blueland", "claimed")]
    step = tick(state, context, at(days=29))
    assert told(step.alerts) == [("Update", "held", "Blueland", "settled")]
    assert tick(step.state, context, at(days=30)).alerts == ()
    assert timedelta(0) < step.status.assessed_at - at()
