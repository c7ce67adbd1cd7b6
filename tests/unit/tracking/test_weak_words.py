"""Words that tell less than they seem to: of a departure, an attack, a fight just over, a supply that is back."""

from __future__ import annotations

import pytest

from placewatch.records import Evidence
from placewatch.vocabulary import OF_REGION_PART, STILL_LEAVING
from streams.tracking.assess import assess


@pytest.fixture
def outcome(context, baseline, at):
    """Assess readings of Blueland's Smallville; returns the control two days on and the reasons of what was decided."""

    def of(*readings, given=None):
        told = assess(
            readings,
            (given or baseline(),),
            context,
            at(days=2),
            place_id="smallville-blueland",
            place="Smallville, Blueland",
        )
        return told.status.control.value, [d.reason.value for d in told.decisions]

    return of


@pytest.fixture
def leaving(reading):
    """Two graded outlets tell that Blueland's forces leave, in the same words."""

    def build(**more):
        return [
            reading(state="withdrawn", actor="Blueland", source=f"{name}.example", **more)
            for name in ("alpha", "bravo")
        ]

    return build


@pytest.mark.parametrize(
    "words", [{"trigger": "retreat"}, {"trigger": "Pullout"}, {"reasons": (STILL_LEAVING,)}]
)
def test_who_is_leaving_has_not_left(outcome, leaving, words):
    assert outcome(*leaving(**words)) == ("held", ["held_back_still_leaving"])


def test_one_who_tells_that_they_are_gone_is_enough_beside_them(outcome, leaving, reading):
    gone = reading(state="withdrawn", actor="Blueland", source="golf.example", trigger="fled")
    assert outcome(*leaving(trigger="retreat"), gone)[0] == "vacated"


def test_that_their_enemy_says_they_are_gone_is_not(outcome, leaving, reading):
    boast = reading(
        state="withdrawn", actor="Blueland", factuality="claimed", attributed_to="Redland"
    )
    assert outcome(*leaving(trigger="retreat"), boast)[0] == "held"


def test_a_piece_of_a_region_that_is_left_leaves_the_region_as_it_is(outcome, leaving):
    control, reasons = outcome(*leaving(reasons=(OF_REGION_PART,)))
    assert (control, set(reasons)) == ("held", {"only_a_part_of_the_region_is_left"})


def test_attacks_of_one_origin_may_be_shells(outcome, reading):
    attacks = reading(state="threatened", trigger="attacks", source="alpha.example")
    assert outcome(attacks) == ("held", ["held_back_single_source"])
    assert outcome(attacks, reading(state="threatened", trigger="attack"))[0] == "threatened"
    assert outcome(reading(state="threatened", trigger="advance"))[0] == "threatened"


def test_the_fight_before_they_left_is_told_on(outcome, leaving, reading, at):
    fights = [
        reading(state="contested", source=f"{name}.example", when=at(days=1)) for name in "ab"
    ]
    assert outcome(*leaving(), *fights) == (
        "vacated",
        ["withdrawn_without_taker", "held_back_fresh_change"],
    )


def test_men_encircled_in_a_region_are_fighting_in_it(outcome, reading):
    siege = [reading(state="besieged", geo_precision=2, source=f"{name}.example") for name in "ab"]
    assert outcome(*siege)[0] == "contested"


def of_supply(sentence):
    return {"actor": None, "evidence": Evidence(sentence=sentence, start=0, end=len(sentence))}


@pytest.mark.parametrize(
    ("begun", "ended", "control"),
    [
        ("Smallville is without electricity.", "Tap water is back in Smallville.", "outage"),
        ("Smallville is without electricity.", "The lights are on in Smallville.", "held"),
        ("Smallville has no water.", "Tap water is back in Smallville.", "held"),
    ],
)
def test_only_the_power_that_is_back_ends_a_power_cut(outcome, reading, at, begun, ended, control):
    cut = reading(state="outage", **of_supply(begun))
    back = reading(state="restored", when=at(days=1), **of_supply(ended))
    assert outcome(cut, back)[0] == control
