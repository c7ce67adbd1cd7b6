"""Laws for readings drawn at random, whatever they say; tests/laws has those of plausible courses."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placewatch.records import Alert, Assertion, Evidence, Reading, Report
from placewatch.vocabulary import Control, DatePrecision, Factuality, MsgType, State
from streams.tracking.assess import assess
from streams.tracking.place_state import PlaceState
from streams.tracking.reasons import Move
from streams.tracking.tracker import advance, tick


START = datetime(2024, 12, 1, tzinfo=UTC)
NOW = START + timedelta(days=20)
PLACE = {"place_id": "smallville-blueland", "place": "Smallville, Blueland"}
ACTORS = [None, "Redland", "Red Guns", "Blueland", "Green Front", "Whiteland", "CNN's reporter"]
VOICES = [None, None, "Redland", "Blueland", "The Watch", "a resident"]
SOURCES = ["alpha.example", "bravo.example", "charlie.example", "redtv.example", "x.example"]

reports = st.builds(
    lambda state, factuality, actor, voice, back: Report(
        **PLACE,
        state=state,
        factuality=factuality,
        actor=actor,
        attributed_to=voice,
        evidence=Evidence(sentence=f"{actor} {state}", start=0, end=1),
        event_date=None if back is None else (START + timedelta(days=back)).date(),
        date_precision=DatePrecision.DAY if back is not None else DatePrecision.UNKNOWN,
    ),
    st.sampled_from(list(State)),
    st.sampled_from(list(Factuality)),
    st.sampled_from(ACTORS),
    st.sampled_from(VOICES),
    st.one_of(st.none(), st.integers(-5, 19)),
)
readings = st.builds(
    lambda number, revision, reread, hours, source, told, backfill, base: Reading(
        **PLACE,
        article_id=f"a{number}",
        revision=revision,
        reread=reread,
        source_id=source,
        published_at=START + timedelta(hours=hours),
        fetched_at=START + timedelta(hours=hours, minutes=10),
        is_backfill=backfill,
        shingles=tuple(range(base, base + 20)),
        reports=told,
    ),
    st.integers(0, 11),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(0, 19 * 24),
    st.sampled_from(SOURCES),
    st.lists(reports, max_size=2).map(tuple),
    st.booleans(),
    st.sampled_from([0, 5, 100, 200, 300]),
)


def one_of_each_revision(items):
    """An article's revision, read once or anew, has one content: keep the first of each."""
    return list({item.cause: item for item in items}.values())


histories = st.lists(readings, min_size=1, max_size=9).map(one_of_each_revision)
baselines = st.one_of(
    st.none(),
    st.builds(
        lambda control, holder: Assertion(
            assertion_id="given",
            **PLACE,
            control=control,
            holder=holder,
            as_of=START - timedelta(days=100),
        ),
        st.sampled_from([Control.HELD, Control.CONTESTED, Control.OPEN]),
        st.sampled_from(["Blueland", "Redland", None]),
    ),
)
law = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def judged(items, baseline, context, now=NOW):
    given_facts = [baseline] if baseline else []
    return assess(items, given_facts, context, now, **PLACE)


def play(items, baseline, context, now=NOW):
    """Advance through all items at one moment; returns the last state and what each caused."""
    state = PlaceState(**PLACE)
    caused = []
    for item in ([baseline] if baseline else []) + list(items):
        step = advance(state, item, context, now)
        state = step.state
        caused.append((item, step.alerts))
    return state, caused


def facts(status):
    return status.model_copy(update={"alert_id": None})


@law
@given(histories, baselines, st.data())
def test_what_is_dropped_and_comes_again_makes_no_difference(context, items, baseline, data):
    gone = data.draw(st.sampled_from(items))
    without = [item for item in items if item != gone]
    judged(without, baseline, context)
    assert judged([*without, gone], baseline, context) == judged(items, baseline, context)


@law
@given(histories, baselines)
def test_every_event_and_report_has_its_reason(context, items, baseline):
    told = judged(items, baseline, context)
    of_events = [d for d in told.decisions if d.event_id]
    assert [d.event_id for d in of_events] == [e.event_id for e in told.events]
    newest = {}
    for item in items:
        if item.article_id not in newest or newest[item.article_id].version < item.version:
            newest[item.article_id] = item
    with_reports = {i.article_id for i in newest.values() if i.reports}
    assert {a for d in told.decisions for a in d.article_ids} == with_reports


@law
@given(histories, baselines)
def test_backfill_alone_never_alerts(context, items, baseline):
    backfill = [item.model_copy(update={"is_backfill": True}) for item in items]
    _, caused = play(backfill, baseline, context)
    assert [a for _, alerts in caused for a in alerts if a.msg_type is MsgType.ALERT] == []


@law
@given(histories, baselines)
def test_time_alone_tells_only_of_lapsed_threats_and_what_the_dwell_held_back(
    context, items, baseline
):
    state, _ = play(items, baseline, context)
    for days in (1, 10, 30):
        step = tick(state, context, NOW + timedelta(days=days))
        assert all(a.reason == Move.THREAT_LAPSED or _held_back(a, state) for a in step.alerts)
        state = step.state


def _held_back(alert, state):
    """How sure the same status is, or that an unconfirmed claim stands that was told and contradicted before."""
    says = (alert.control, alert.holder)
    if alert.msg_type is MsgType.UPDATE:
        return says == (alert.previous_control, alert.previous_holder)
    return any(says == (a.control, a.holder) for a in state.sent if a.msg_type is MsgType.ALERT)


@law
@given(histories, baselines)
def test_unconfirmed_claims_alert_each_direction_once_in_the_dwell_time(context, items, baseline):
    """Unless something else was sure in between: then control really changed."""
    _, caused = play(items, baseline, context)
    dwell = timedelta(days=context.policy.min_dwell_days)
    told = {}
    for alert in (alert for _, alerts in caused for alert in alerts):
        says = (alert.control, context.side(alert.holder))
        is_sure = alert.certainty in {"confirmed", "settled"}
        if is_sure or alert.msg_type is MsgType.CANCEL:
            told = {there: at for there, at in told.items() if there == says}
        if alert.msg_type is MsgType.ALERT:
            assert is_sure or says not in told or alert.at - told[says] >= dwell
            told[says] = alert.at


@law
@given(histories, baselines)
def test_a_state_from_the_changelog_goes_on_as_the_one_in_memory(context, items, baseline):
    state, _ = play(items[:-1], baseline, context)
    restored = PlaceState.from_json(state.to_json())
    assert advance(restored, items[-1], context, NOW) == advance(state, items[-1], context, NOW)


@law
@given(histories, baselines)
def test_what_was_worked_out_before_makes_no_difference(context, items, baseline):
    """Mutation caught: keeping the model of a copy whose first text was edited away."""
    warm = cold = PlaceState(**PLACE)
    now = START
    for item in ([baseline] if baseline else []) + list(items):
        now = max(now, item.fetched_at) if isinstance(item, Reading) else now
        step = advance(warm, item, context, now)
        assert advance(PlaceState.from_json(cold.to_json()), item, context, now) == step
        warm = cold = step.state


@law
@given(histories, baselines)
def test_how_often_the_clock_is_looked_at_makes_no_difference(context, items, baseline):
    often = seldom = play(items, baseline, context)[0]
    told: list[Alert] = []
    for hours in range(0, 40 * 24, 7):
        step = tick(often, context, NOW + timedelta(hours=hours))
        told += step.alerts
        often = step.state
    step = tick(seldom, context, NOW + timedelta(hours=hours))
    assert (tuple(told), often) == (step.alerts, step.state)


@law
@given(histories, baselines)
def test_certainty_settles_only_with_standing_origins(context, items, baseline):
    told = judged(items, baseline, context)
    for event in told.events:
        if not event.origins:
            assert event.event_id not in told.status.event_ids


def test_a_year_of_reports_stays_small(context):
    rng = random.Random(7)
    state = PlaceState(**PLACE)
    largest = 0
    for hour in range(0, 24 * 365, 8):
        at = START + timedelta(hours=hour)
        item = Reading(
            **PLACE,
            article_id=f"y{hour}",
            source_id=rng.choice(SOURCES),
            published_at=at,
            fetched_at=at,
            reports=(
                Report(
                    **PLACE,
                    state=rng.choice(["contested", "captured", "threatened", "held", "struck"]),
                    factuality=rng.choice(["asserted", "claimed"]),
                    actor=rng.choice(ACTORS),
                    evidence=Evidence(sentence="word " * 60, start=0, end=300),
                ),
            ),
        )
        state = advance(state, item, context, at).state
        largest = max(largest, len(state.readings))
    assert largest <= 3 * (context.policy.horizon_days + 8)
    assert len(state.to_json()) < 300_000
