"""What it adds to a claim that the side which held the place is told to have left it."""

from __future__ import annotations

import pytest

from streams.tracking.assess import assess


@pytest.fixture
def certainty(context, baseline, at):
    """Assess readings of Blueland's Smallville; returns holder and certainty two days on."""

    def of(*readings):
        told = assess(
            readings,
            (baseline(),),
            context,
            at(days=2),
            place_id="smallville-blueland",
            place="Smallville, Blueland",
        )
        return told.status.holder, told.status.certainty.value

    return of


@pytest.fixture
def claim(reading):
    """Redland says that it has taken the town."""
    return reading(factuality="claimed", attributed_to="Redland", source="golf.example")


@pytest.fixture
def departure(reading):
    """Somebody says that Blueland's forces have left; a voice of its own or quoted."""

    def build(**more):
        return reading(state="withdrawn", actor="Blueland", source="golf.example", **more)

    return build


@pytest.mark.parametrize("days", [0, 1])
def test_a_third_party_that_saw_them_leave_confirms_the_claim(
    certainty, claim, departure, at, days
):
    watch = departure(factuality="claimed", attributed_to="The Watch", when=at(days=days))
    assert certainty(claim, watch)[0] == "Redland"
    assert certainty(claim, watch)[1] in {"confirmed", "settled"}


@pytest.mark.parametrize("days", [0, 1])
def test_the_takers_word_that_they_fled_adds_nothing(certainty, claim, departure, at, days):
    boast = departure(factuality="claimed", attributed_to="Redland", when=at(days=days))
    assert certainty(claim, boast) == ("Redland", "claimed")


@pytest.mark.parametrize("days", [0, 1])
def test_one_origin_for_both_is_one_origin(certainty, reading, departure, at, days):
    taken = reading(factuality="claimed", attributed_to="The Watch", source="golf.example")
    left = departure(factuality="claimed", attributed_to="The Watch", when=at(days=days))
    assert certainty(taken, left) == ("Redland", "claimed")


def test_a_departure_long_before_does_not_confirm(certainty, reading, departure, at):
    left = departure(factuality="claimed", attributed_to="The Watch", when=at(days=-5))
    late = reading(factuality="claimed", attributed_to="Redland", source="golf.example")
    assert certainty(left, late) == ("Redland", "claimed")


@pytest.mark.parametrize("days", [0, 1])
def test_against_a_denial_one_third_party_is_not_enough(
    certainty, claim, departure, reading, at, days
):
    denial = reading(factuality="denied", attributed_to="Blueland", when=at(hours=2))
    watch = departure(factuality="claimed", attributed_to="The Watch", when=at(days=days))
    assert certainty(claim, denial, watch) == ("Redland", "disputed")


@pytest.mark.parametrize("days", [0, 1])
def test_the_losers_own_word_ends_the_dispute(certainty, claim, departure, reading, at, days):
    denial = reading(factuality="denied", attributed_to="Blueland", when=at(hours=2))
    word = departure(factuality="claimed", attributed_to="Blueland", when=at(days=days, hours=4))
    assert certainty(claim, denial, word)[1] in {"confirmed", "settled"}


def test_what_a_departure_confirms_settles_after_a_day(context, baseline, claim, departure, at):
    word = departure(factuality="claimed", attributed_to="The Watch", when=at(hours=4))

    def told(hours):
        assessment = assess(
            (claim, word), (baseline(),), context, at(hours=hours),
            place_id="smallville-blueland", place="Smallville, Blueland",
        )  # fmt: skip
        return assessment.status.certainty.value, assessment.status.grounds

    assert told(27) == ("confirmed", "independent_origins")
    assert told(28) == ("settled", "independent_origins")


def test_a_denial_after_it_keeps_it_from_settling(certainty, claim, departure, reading, at):
    word = departure(factuality="claimed", attributed_to="The Watch", when=at(days=1, hours=1))
    denial = departure(factuality="denied", attributed_to="Blueland", when=at(days=1, hours=2))
    assert certainty(claim, word, denial)[1] != "settled"


def test_attackers_cleared_out_that_admit_it_make_it_sure(context, baseline, reading, at):
    given = baseline(control="contested", opponent="Redland")
    cleared = reading(
        state="recaptured", actor="Blueland", factuality="claimed", attributed_to="Blueland"
    )
    word = reading(
        state="withdrawn", factuality="claimed", attributed_to="Redland", when=at(days=3)
    )
    told = assess(
        (cleared, word), (given,), context, at(days=3),
        place_id="smallville-blueland", place="Smallville, Blueland",
    )  # fmt: skip
    assert (told.status.control, told.status.holder) == ("held", "Blueland")
    assert told.status.certainty == "confirmed"
