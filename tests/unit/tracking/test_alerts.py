"""Alerts: said once, in plain words, graded, taken back when they do not hold."""

from __future__ import annotations

from datetime import date

import pytest

from placewatch.vocabulary import CapCertainty, Control, MsgType
from streams.tracking.alerts import Silence
from streams.tracking.tracker import advance, tick


@pytest.fixture
def steps(context, baseline):
    """Advance through items; returns the step that each caused, without the baseline's."""

    def through(*items, given=None):
        state, found, now = None, [], None
        for item in (given or baseline(), *items):
            moment = getattr(item, "published_at", None) or item.as_of
            now = max(now, moment) if now else moment
            step = advance(state, item, context, now)
            state = step.state
            found.append(step)
        return found[1:]

    return through


def test_an_alert_says_who_holds_what_from_whom(steps, reading):
    alert = steps(reading(source="alpha.example"))[0].alerts[0]
    assert alert.headline == "Smallville, Blueland is held by Redland, taken from Blueland."
    assert (alert.previous_control, alert.previous_holder) == ("held", "Blueland")


def test_a_claim_says_that_it_is_one(steps, reading):
    alert = steps(reading(factuality="claimed", attributed_to="Redland"))[0].alerts[0]
    assert alert.headline.endswith("(claimed, not yet confirmed).")
    assert alert.cap_certainty is CapCertainty.POSSIBLE


def test_a_confirmed_change_is_likely_and_graded_by_its_best_origin(steps, reading):
    alert = steps(reading(source="alpha.example"))[0].alerts[0]
    assert alert.cap_certainty is CapCertainty.LIKELY
    assert alert.admiralty == "A2"


def test_a_taking_by_a_state_has_its_codes(steps, reading):
    alert = steps(reading())[0].alerts[0]
    assert (alert.acled, alert.cameo, alert.plover) == (
        "Government regains territory",
        "192",
        "COERCE/seize",
    )


def test_a_taking_by_rebels_has_theirs(steps, reading):
    alert = steps(reading(actor="Green Front"))[0].alerts[0]
    assert alert.acled == "Non-state actor overtakes territory"


def test_an_alert_carries_the_sentence_that_says_it(steps, reading):
    citation = steps(reading())[0].alerts[0].citations[0]
    assert citation.sentence == "Redland captured Smallville."
    assert citation.counted == "counted_own_voice"


def test_stream_time_is_that_of_the_article_that_tipped_it(steps, reading, at):
    late = steps(reading(state="struck", when=at(days=1)), reading(when=at()))
    assert late[1].alerts[0].at == at()


def test_the_same_told_again_is_silent(steps, reading, at):
    again = steps(reading(source="alpha.example"), reading(source="bravo.example", when=at(days=1)))
    assert again[1].alerts == ()
    assert again[1].silence is Silence.SAME


def test_a_threat_that_lapses_over_an_older_civil_change_is_no_news_of_that(reading, at, context):
    lifted = advance(None, reading(state="evacuation_lifted", actor=None), context, at())
    pressed = reading(state="threatened", when=at(days=5))
    threatened = advance(lifted.state, pressed, context, at(days=5))
    step = tick(threatened.state, context, at(days=34))
    assert [(a.msg_type, a.control, a.reason) for a in step.alerts] == [
        (MsgType.UPDATE, Control.NORMAL, "threat_lapsed")
    ]


def test_possession_in_passing_is_silent(steps, reading, baseline):
    given = baseline(control="unknown", holder=None)
    step = steps(reading(state="held"), given=given)[0]
    assert step.silence is Silence.PASSING


def test_days_gone_by_are_silent(steps, reading, at):
    step = steps(reading(on=date(2024, 11, 20), when=at()))[0]
    assert step.status.holder == "Redland"
    assert step.silence is Silence.DAYS_GONE_BY


def test_backfill_is_silent(steps, reading):
    step = steps(reading(is_backfill=True))[0]
    assert step.status.holder == "Redland"
    assert step.silence is Silence.BACKFILL


def test_an_update_refers_to_the_alert_and_all_since(steps, reading, at):
    told = steps(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(factuality="denied", attributed_to="Blueland", when=at(hours=1)),
        reading(factuality="claimed", attributed_to="Blueland", when=at(hours=5)),
    )
    ids = [step.alerts[0].alert_id for step in told]
    assert told[2].alerts[0].references == (ids[0], ids[1])
    assert told[2].alerts[0].msg_type is MsgType.UPDATE


def test_a_denial_that_goes_away_is_not_told(steps, reading, at):
    told = steps(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(factuality="denied", attributed_to="Blueland", when=at(hours=1), article="d"),
        reading(article="d", revision=1, when=at(hours=1), is_empty=True),
    )
    assert told[2].status.certainty == "claimed"
    assert told[2].alerts == ()


def test_a_cancel_says_what_is_taken_back(steps, reading):
    told = steps(
        reading(factuality="claimed", attributed_to="Redland", article="x"),
        reading(article="x", revision=1, is_empty=True),
    )
    cancel = told[1].alerts[0]
    assert cancel.msg_type is MsgType.CANCEL
    assert cancel.headline == (
        "Earlier alert withdrawn (is held by Redland, taken from Blueland):"
        " Smallville, Blueland is held by Blueland."
    )
    assert cancel.previous_holder == "Redland"


def test_what_was_taken_back_and_is_told_again_is_alerted_again(steps, reading, at):
    def claim(by, hours):
        return reading(factuality="claimed", attributed_to=by, when=at(hours=hours))

    gone = reading(factuality="denied", attributed_to="Redland", when=at(hours=1))
    told = steps(claim("Redland", 0), gone, claim("The Watch", 2))
    alerts = [alert for step in told for alert in step.alerts]
    assert [a.msg_type for a in alerts] == [MsgType.ALERT, MsgType.CANCEL, MsgType.ALERT]
    assert (alerts[2].control, alerts[2].certainty) == ("held", "claimed")
    assert len({a.alert_id for a in alerts}) == 3


def test_a_change_back_by_new_events_is_an_alert_not_a_cancel(steps, reading, at):
    told = steps(
        reading(),
        reading(actor="Blueland", state="recaptured", when=at(days=5)),
    )
    assert told[1].alerts[0].msg_type is MsgType.ALERT


def test_the_id_depends_on_what_is_said_not_on_who_said_it(steps, reading):
    first = steps(reading(source="a.example", article="one"))[0].alerts[0]
    second = steps(reading(source="b.example", article="two"))[0].alerts[0]
    assert first.alert_id == second.alert_id


def test_an_edit_that_keeps_the_claim_says_nothing(steps, reading):
    told = steps(reading(article="x"), reading(article="x", revision=1))
    assert told[1].alerts == ()


def test_an_edit_before_its_first_version_wins(steps, reading):
    told = steps(reading(article="x", revision=1, is_empty=True), reading(article="x"))
    assert told[1].alerts == ()
    assert told[1].state.status.holder == "Blueland"


def test_an_article_that_says_nothing_is_not_kept(steps, reading):
    assert steps(reading(is_empty=True))[0].state.readings == {}


def test_the_worker_is_told_of_changed_events_only(steps, reading, at):
    told = steps(reading(), reading(state="threatened", actor="Green Front", when=at(days=6)))
    assert [e.state for e in told[0].events] == ["captured"]
    assert [e.state for e in told[1].events] == ["threatened"]


def test_a_restored_status_is_referred_to(steps, reading, baseline, at):
    given = baseline(
        assertion_id="ledger", kind="ledger", holder="Redland", opponent="Blueland",
        certainty="claimed", as_of=at(), since=at(), alert_id="a" * 16,
    )  # fmt: skip
    told = steps(reading(when=at(hours=3), source="alpha.example"), given=given)
    assert told[0].alerts[0].references == ("a" * 16,)
    assert told[0].alerts[0].certainty == "confirmed"


def test_an_analyst_is_told_of_and_can_take_it_back(steps, baseline, at):
    word = baseline(assertion_id="w", kind="analyst", control="contested", as_of=at())
    back = word.model_copy(update={"is_revoked": True})
    told = steps(word, back)
    assert [s.alerts[0].msg_type for s in told] == [MsgType.ALERT, MsgType.CANCEL]
    assert told[0].alerts[0].reason == "set_by_analyst"


def test_an_analyst_takes_it_back_and_what_shows_again_was_told_before(
    steps, reading, baseline, at
):
    threat = reading(state="threatened", when=at())
    word = baseline(assertion_id="w", kind="analyst", control="contested", as_of=at(hours=4))
    told = steps(threat, word, word.model_copy(update={"is_revoked": True}))
    assert [s.alerts[0].msg_type.value for s in told] == ["Alert", "Alert", "Cancel"]
    assert told[2].alerts[0].control == "threatened"
    assert told[2].alerts[0].references == (told[1].alerts[0].alert_id,)


def test_an_edit_that_leaves_a_plan_of_a_deed_cancels_the_deed(steps, reading, at):
    plan = reading(article="x", revision=1, factuality="planned")
    told = steps(reading(article="x"), plan)
    assert told[1].alerts[0].msg_type is MsgType.CANCEL
    assert told[1].alerts[0].control == "threatened"


def test_a_lapsed_threat_is_no_claim_that_could_be_taken_back(context, baseline, reading, at):
    first = advance(None, baseline(), context, at())
    threat = advance(first.state, reading(state="threatened", when=at()), context, at())
    lapsed = tick(threat.state, context, at(days=40))
    entered = reading(state="entered", when=at(days=40))
    told = advance(lapsed.state, entered, context, at(days=40))
    kinds = [s.alerts[0].msg_type.value for s in (threat, lapsed, told)]
    assert kinds == ["Alert", "Update", "Alert"]


def test_coordinates_of_the_watchlist_are_passed_on(reading, context, at, watched):
    step = advance(None, reading(), context, at(), watched)
    assert (step.alerts[0].latitude, step.alerts[0].longitude) == (1.5, 2.5)
    assert step.status.latitude == 1.5


def test_where_the_place_lies_is_passed_on_to_be_routed_by(reading, context, at, watched):
    suburb = watched.model_copy(update={"admin1": "Greater Metropolis", "part_of": "metropolis"})
    told = advance(None, reading(), context, at(), suburb).alerts[0]
    assert (told.country, told.admin1, told.kind) == (
        "Blueland",
        "Greater Metropolis",
        "populated_place",
    )
    assert told.part_of == "metropolis"


def test_the_baseline_of_the_watchlist_is_taken_over(reading, context, at, watched):
    step = advance(None, reading(), context, at(), watched)
    assert step.alerts[0].previous_holder == "Blueland"


def test_a_tick_without_change_says_nothing(steps, reading, context, at):
    state = steps(reading())[0].state
    step = tick(state, context, at(hours=1))
    assert (step.status, step.alerts, step.events) == (None, (), ())


def test_a_dispute_is_not_told_back_and_forth(steps, reading, at):
    told = steps(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(factuality="denied", attributed_to="Blueland", when=at(hours=1)),
        reading(source="alpha.example", when=at(hours=2)),
        reading(factuality="denied", attributed_to="Blueland", when=at(hours=3)),
        reading(source="alpha.example", when=at(hours=4)),
        reading(factuality="claimed", attributed_to="Blueland", when=at(days=5)),
    )
    said = [a.certainty for step in told for a in step.alerts]
    assert said == ["claimed", "disputed", "confirmed"]
    assert told[3].silence is Silence.TOLD_BEFORE


def test_an_update_leads_with_how_sure_it_is(steps, reading, at):
    told = steps(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(factuality="claimed", attributed_to="Blueland", when=at(hours=5)),
    )
    assert (
        told[1].alerts[0].headline.startswith("Confirmed: Smallville, Blueland is held by Redland")
    )


def test_a_claim_that_the_loser_confirms_by_leaving_is_probably_true(steps, reading, at):
    left = reading(
        state="withdrawn", actor="Blueland", factuality="claimed", attributed_to="Blueland",
        when=at(days=1),
    )  # fmt: skip
    told = steps(reading(factuality="claimed", attributed_to="Redland"), left)
    assert told[0].alerts[0].admiralty == "F3"
    assert told[1].alerts[0].admiralty == "F2"
