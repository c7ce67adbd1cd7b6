"""The transition table, move by move, through `assess`."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from streams.tracking.assess import assess
from streams.tracking.reasons import Move


@pytest.fixture
def outcome(context, baseline, at):
    """Assess readings from a baseline; returns control, holder, opponent and the reasons of the moves."""

    def of(*readings, given=None, now=None):
        told = assess(
            readings,
            (given or baseline(),),
            context,
            now or at(days=2),
            place_id="smallville-blueland",
            place="Smallville, Blueland",
        )
        status = told.status
        moves = [d.reason for d in told.decisions if isinstance(d.reason, Move)]
        return (status.control.value, status.holder, status.opponent), moves

    return of


def test_taken(outcome, reading):
    assert outcome(reading()) == (("held", "Redland", "Blueland"), [Move.TAKEN])


def test_retaken(outcome, reading):
    assert outcome(reading(state="recaptured"))[1] == [Move.RETAKEN]


def test_taking_ones_own_place_supports(outcome, reading):
    assert outcome(reading(actor="Blueland")) == (("held", "Blueland", None), [Move.SUPPORTED])


def test_entered_contests_and_the_holder_stays(outcome, reading):
    held = outcome(reading(state="entered"))
    assert held == (("contested", "Blueland", "Redland"), [Move.ENTERED])


def test_forces_entering_their_own_place_change_nothing(outcome, reading):
    assert outcome(reading(state="entered", actor="Blueland"))[1] == [Move.OWN_SIDE]


def fight(reading, **more):
    """Two independent outlets that tell of fighting inside: one is not enough."""
    return [reading(state="contested", source=f"{name}.example", **more) for name in "xy"]


def test_fighting_told_by_one_does_not_contest(outcome, reading):
    told, moves = outcome(reading(state="contested", source="alpha.example"))
    assert told[0] == "held"
    assert moves == [Move.SINGLE_SOURCE]


def test_a_calm_place_is_not_left_by_one_report(outcome, reading):
    told, moves = outcome(reading(state="withdrawn", actor="Blueland", source="alpha.example"))
    assert told[0] == "held"
    assert moves == [Move.SINGLE_SOURCE]


def test_what_analysts_say_of_a_taking_is_held_back(outcome, reading):
    told, moves = outcome(reading(factuality="claimed", attributed_to="Western analysts"))
    assert told[1] == "Blueland"
    assert moves == [Move.HELD_BACK_OPINION]


def test_what_residents_say_counts(outcome, reading):
    assert outcome(reading(factuality="claimed", attributed_to="residents"))[0][1] == "Redland"


def test_fighting_told_by_many_refutes_what_one_outlet_told(outcome, reading, at):
    told, moves = outcome(reading(source="alpha.example"), *fight(reading, when=at(days=1)))
    assert told == ("contested", "Blueland", "Redland")
    assert moves[-1] is Move.FIGHTING_REFUTES_CLAIM


def test_fighting_by_nobody_named_needs_two_origins(outcome, reading):
    one = reading(state="contested", actor=None)
    assert outcome(one)[1] == [Move.NO_ACTOR]
    two = reading(state="contested", actor=None, source="yankee.example")
    assert outcome(one, two) == (("contested", "Blueland", None), [Move.FIGHTING])


def test_besieged_keeps_the_holder(outcome, reading):
    assert outcome(reading(state="besieged"))[0] == ("besieged", "Blueland", "Redland")


def test_a_siege_is_weaker_than_fighting_inside(outcome, reading, at):
    _, moves = outcome(*fight(reading), reading(state="besieged", when=at(days=1)))
    assert moves == [Move.FIGHTING, Move.WEAKER]


def test_threatened_keeps_the_holder(outcome, reading):
    assert outcome(reading(state="threatened"))[0] == ("threatened", "Blueland", "Redland")


@pytest.mark.parametrize("state", ["contested", "besieged"])
def test_a_threat_never_downgrades(outcome, reading, at, state):
    many = [reading(state=state, source=f"{name}.example") for name in "xy"]
    told, moves = outcome(*many, reading(state="threatened", when=at(days=1)))
    assert told[0] == state
    assert moves[-1] is Move.WEAKER


def test_a_threat_does_not_undo_a_fresh_change(outcome, reading, at):
    told, moves = outcome(reading(), reading(state="threatened", actor="Blueland", when=at(days=1)))
    assert told[0] == "held"
    assert moves[-1] is Move.HELD_BACK_FRESH_CHANGE


def test_a_holder_does_not_threaten_its_own_place(outcome, reading):
    assert outcome(reading(state="threatened", actor="Blueland"))[1] == [Move.OWN_SIDE]


def leave(reading, **more):
    """The holder says itself that it left."""
    own = {"factuality": "claimed", "attributed_to": "Blueland"}
    return [reading(state="withdrawn", actor="Blueland", **own, **more)]


def test_withdrawal_without_taker_vacates(outcome, reading):
    told = outcome(*leave(reading))
    assert told == (("vacated", None, "Blueland"), [Move.VACATED])


def test_withdrawal_by_nobody_named_changes_nothing(outcome, reading):
    assert outcome(reading(state="withdrawn", actor=None))[1] == [Move.NO_ACTOR]


def test_withdrawal_of_who_is_not_there_changes_nothing(outcome, reading):
    assert outcome(reading(state="withdrawn", actor="Green Front"))[1] == [Move.NOT_THE_HOLDER]


def test_a_group_that_leaves_has_not_given_the_place_up(outcome, reading, baseline):
    given = baseline(holder="Redland")
    told, moves = outcome(reading(state="withdrawn", actor="Red Guns"), given=given)
    assert told[1] == "Redland"
    assert moves == [Move.PART_OF_SIDE]


def test_entering_a_place_its_holder_left_takes_it(outcome, reading, at):
    told, moves = outcome(*leave(reading), reading(state="entered", when=at(days=1)))
    assert told[:2] == ("held", "Redland")
    assert moves[-1] is Move.ENTERED_AFTER_WITHDRAWAL


def test_who_is_inside_when_the_holder_admits_leaving_has_it(outcome, reading, at):
    left = reading(
        state="withdrawn",
        actor="Blueland",
        factuality="claimed",
        attributed_to="Blueland",
        when=at(days=1),
    )
    assert outcome(reading(state="entered"), left)[0] == ("held", "Redland", "Blueland")


def test_attackers_that_admit_leaving_leave_the_holder(outcome, reading, at):
    left = reading(
        state="withdrawn", factuality="claimed", attributed_to="Redland", when=at(days=1)
    )
    told, moves = outcome(*fight(reading), left)
    assert told == ("held", "Blueland", None)
    assert moves[-1] is Move.ATTACKERS_LEFT


def test_the_loser_leaving_confirms_the_claim(outcome, reading, at):
    left = reading(state="withdrawn", actor="Blueland", when=at(days=1))
    _, moves = outcome(reading(factuality="claimed", attributed_to="Redland"), left)
    assert moves == [Move.TAKEN, Move.LOSER_ADMITS]


def test_fighting_after_a_mere_claim_disputes_it(outcome, reading, at):
    told, moves = outcome(
        reading(factuality="claimed", attributed_to="Redland"),
        reading(state="contested", when=at(days=1), actor="Blueland"),
    )
    assert told[:2] == ("held", "Redland")
    assert moves[-1] is Move.FIGHTING_DISPUTES_CLAIM


def test_an_undated_claim_does_not_undo_a_fresh_confirmed_change(outcome, reading, at):
    told, moves = outcome(
        reading(source="alpha.example"),
        reading(actor="Blueland", factuality="claimed", when=at(days=1)),
    )
    assert told[1] == "Redland"
    assert moves[-1] is Move.HELD_BACK_FRESH_CHANGE


def test_a_dated_claim_undoes_even_a_fresh_change(outcome, reading, at):
    told, _ = outcome(
        reading(source="alpha.example"),
        reading(actor="Blueland", on=date(2024, 12, 2), when=at(days=1)),
    )
    assert told[1] == "Blueland"


def test_a_side_that_lost_the_place_is_named_in_retellings(outcome, reading, at):
    told, moves = outcome(
        reading(source="alpha.example"),
        reading(actor="Blueland", source="bravo.example", when=at(days=10)),
        now=at(days=11),
    )
    assert told[1] == "Redland"
    assert moves[-1] is Move.HELD_BACK_FRESH_CHANGE


def test_an_outsider_needs_two_origins(outcome, reading, context):
    assert not context.fights_here("whites")
    told, moves = outcome(reading(actor="Whiteland"))
    assert told[1] == "Blueland"
    assert moves == [Move.HELD_BACK_OUTSIDER]
    two = [reading(actor="Whiteland"), reading(actor="Whiteland", source="yankee.example")]
    assert outcome(*two)[0][1] == "Whiteland"


def test_possession_establishes_where_nothing_is_known(outcome, reading, baseline):
    given = baseline(control="unknown", holder=None)
    told, moves = outcome(reading(state="held", actor="Green Front"), given=given)
    assert told[:2] == ("held", "Green Front")
    assert moves == [Move.ESTABLISHED]


def test_possession_in_passing_does_not_move_what_is_sure(outcome, reading):
    many = [reading(state="held", source=f"{name}.example") for name in "abcdef"]
    told, moves = outcome(*many)
    assert told[1] == "Blueland"
    assert moves == [Move.HELD_BACK_PASSING]


def test_possession_told_by_many_ends_a_doubt(outcome, reading, at):
    claim = reading(factuality="claimed", attributed_to="Redland")
    many = [
        reading(state="held", actor="Blueland", source=f"{name}.example", when=at(days=1))
        for name in "abc"
    ]
    told, moves = outcome(claim, *many)
    assert told[1] == "Blueland"
    assert moves[-1] is Move.OVERRULED


@pytest.mark.parametrize("epithet", ["occupied", "rebel-held", "occupation"])
def test_what_a_place_is_called_ends_no_doubt(outcome, reading, at, epithet):
    claim = reading(factuality="claimed", attributed_to="Redland")
    many = [
        reading(
            state="held", actor="Blueland", trigger=epithet, source=f"{n}.example", when=at(days=1)
        )
        for n in "abc"
    ]
    told, moves = outcome(claim, *many)
    assert told[1] == "Redland"
    assert moves[-1] is Move.HELD_BACK_PASSING


def test_lost_to_nobody_named_goes_to_who_presses(outcome, reading, at):
    lost = [
        reading(actor=None, against="Blueland", source=f"{name}.example", when=at(days=1))
        for name in "ab"
    ]
    assert outcome(reading(state="besieged"), *lost)[0][:2] == ("held", "Redland")


def test_lost_to_nobody_at_all_is_vacated(outcome, reading):
    lost = [reading(actor=None, against="Blueland", source=f"{name}.example") for name in "ab"]
    assert outcome(*lost)[0][:2] == ("vacated", None)


def test_events_before_the_baseline_are_old_news(outcome, reading, baseline, at):
    given = baseline(as_of=at(days=1))
    told, moves = outcome(reading(on=date(2024, 11, 1)), given=given)
    assert told[1] == "Blueland"
    assert moves == [Move.OLD_NEWS]


def test_what_was_taken_earlier_does_not_undo_what_was_taken_later(outcome, reading, at):
    told, _ = outcome(
        reading(actor="Green Front", on=date(2024, 12, 2), when=at(days=1)),
        reading(on=date(2024, 11, 28), when=at(days=1, hours=5)),
    )
    assert told[1] == "Green Front"


@pytest.mark.parametrize(
    ("state", "control"),
    [("evacuation_ordered", "evacuated"), ("closed", "closed"), ("outage", "outage")],
)
def test_civil_changes_show_and_keep_the_holder(outcome, reading, state, control):
    assert outcome(reading(state=state, actor=None))[0][:2] == (control, "Blueland")


@pytest.mark.parametrize(
    ("begin", "end"),
    [("evacuation_ordered", "evacuation_lifted"), ("closed", "reopened"), ("outage", "restored")],
)
def test_when_a_civil_change_ends_the_place_is_held_again(outcome, reading, at, begin, end):
    told, moves = outcome(
        reading(state=begin, actor=None), reading(state=end, actor=None, when=at(days=1))
    )
    assert told[:2] == ("held", "Blueland")
    assert moves == [Move.CIVIL, Move.CIVIL_ENDED]


def test_a_power_cut_of_the_same_day_does_not_hide_the_fall(outcome, reading, at):
    outage = reading(state="outage", actor=None, when=at(hours=2), source_id="late-paper")
    told, _ = outcome(reading(actor="Green Front", when=at()), outage)
    assert told[:2] == ("held", "Green Front")


def test_fighting_shows_over_an_outage(outcome, reading, at):
    told, _ = outcome(*fight(reading), reading(state="outage", actor=None, when=at(days=1)))
    assert told[0] == "contested"


def test_staleness_counts_from_the_last_confirmation(context, baseline, reading, at):
    def is_stale(now):
        return assess(
            [reading()],
            [baseline()],
            context,
            now,
            place_id="smallville-blueland",
            place="Smallville, Blueland",
        ).status.is_stale

    limit = timedelta(days=context.policy.stale_after_days)
    assert not is_stale(at() + limit)
    assert is_stale(at() + limit + timedelta(hours=1))


def test_a_threat_does_not_make_a_doubtful_holder_sure(outcome, reading, at):
    many = [
        reading(state="held", actor="Blueland", source=f"{name}.example", when=at(days=9))
        for name in "abc"
    ]
    told, moves = outcome(
        reading(source="alpha.example"),
        reading(state="threatened", actor="Green Front", when=at(days=6)),
        *many,
        now=at(days=10),
    )
    assert told[1] == "Blueland"
    assert moves[-1] is Move.OVERRULED


def added(reading, **more):
    """A report that the rules do not make, only the second opinion."""
    return reading(reasons=("second opinion:0.99",), **more)


@pytest.mark.parametrize(
    ("control", "state", "actor"),
    [
        ("held", "captured", "Redland"),
        ("besieged", "withdrawn", "Blueland"),
        ("vacated", "entered", "Redland"),
    ],
)
def test_one_second_opinion_changes_no_hands(outcome, reading, baseline, control, state, actor):
    given = baseline(control, None if control == "vacated" else "Blueland")
    told = added(reading, state=state, actor=actor, source="alpha.example")
    by_rules = reading(state=state, actor=actor, source="alpha.example")
    after, moves = outcome(told, given=given)
    assert moves == [Move.HELD_BACK_SECOND_OPINION]
    assert after == outcome(given=given)[0] != outcome(by_rules, given=given)[0]


def test_two_second_opinions_change_hands(outcome, reading):
    told = [added(reading, source=f"{name}.example") for name in "xy"]
    assert outcome(*told) == (("held", "Redland", "Blueland"), [Move.TAKEN])


def test_a_copy_is_no_second_second_opinion(outcome, reading, at):
    text = tuple(range(40))
    told = [added(reading, source=f"{s}.example", shingles=text, when=at(hours=h)) for h, s in enumerate("xy")]  # fmt: skip
    assert outcome(*told)[1] == [Move.HELD_BACK_SECOND_OPINION]


def test_one_second_opinion_does_not_back_what_rules_read_too_weakly(outcome, reading, at):
    weak = reading(state="withdrawn", actor="Blueland", source="x.example")
    told = added(reading, state="withdrawn", actor="Blueland", source="y.example", when=at(hours=1))
    assert outcome(weak)[1] == [Move.SINGLE_SOURCE]
    assert outcome(weak, told)[1] == [Move.HELD_BACK_SECOND_OPINION]


def test_a_second_opinion_joins_what_the_rules_read(outcome, reading, at):
    told = [reading(source="x.example"), added(reading, source="y.example", when=at(hours=1))]
    assert outcome(*told)[1] == [Move.TAKEN]


def test_what_the_second_opinion_only_restated_is_the_rules_own(outcome, reading):
    told = reading(reasons=("second opinion:0.99",), trigger="took")
    assert outcome(told)[1] == [Move.TAKEN]


def test_a_second_opinion_alone_changes_no_status_either(outcome, reading):
    told, moves = outcome(added(reading, state="besieged"))
    assert (told[0], moves) == ("held", [Move.HELD_BACK_SECOND_OPINION])


def test_a_second_opinion_counts_beside_what_the_rules_read_where_no_hands_change(outcome, reading):
    clashes = reading(state="contested", actor=None, source="papa.example")
    more = added(reading, state="contested", actor=None, source="quebec.example")
    assert outcome(clashes, more)[1] == [Move.FIGHTING]
