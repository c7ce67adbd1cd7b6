"""How sure an event is."""

from __future__ import annotations

import pytest
from occurring import occurrences_of

from streams.tracking.credibility import judge


@pytest.fixture
def verdict(context, at):
    """The verdict on the only event of some readings; Blueland held the place before."""

    def of(*readings, now=None, kind=None):
        found, _ = occurrences_of(readings, context)
        chosen = [o for o in found if kind in {None, o.kind}]
        return judge(chosen[0], "blues", context).at(now or at(hours=12))

    return of


def claim(reading, by="Redland", **more):
    return reading(factuality="claimed", attributed_to=by, **more)


def denial(reading, by="Blueland", **more):
    return reading(factuality="denied", attributed_to=by, **more)


def test_one_party_claims(verdict, reading):
    assert verdict(claim(reading)).certainty == "claimed"


def test_two_voices_of_one_side_still_claim(verdict, reading):
    told = verdict(claim(reading), claim(reading, by="Red Guns"), reading(source="redtv.example"))
    assert len(told.origins) == 3
    assert told.certainty == "claimed"


def test_the_gainer_and_a_neutral_outlet_confirm(verdict, reading):
    assert verdict(claim(reading), reading()).certainty == "confirmed"


def test_two_unknown_neutral_outlets_confirm(verdict, reading):
    assert verdict(reading(), reading(source="yankee.example")).certainty == "confirmed"


def test_one_unknown_outlet_claims(verdict, reading):
    assert verdict(reading()).certainty == "claimed"


@pytest.mark.parametrize(
    ("source", "certainty"),
    [("alpha.example", "confirmed"), ("bravo.example", "confirmed"), ("golf", "claimed")],
)
def test_a_well_graded_outlet_in_its_own_voice_confirms(verdict, reading, source, certainty):
    assert verdict(reading(source=source)).certainty == certainty


def test_what_only_the_second_opinion_reads_in_a_well_graded_outlet_does_not_confirm(
    verdict, reading
):
    read = reading(source="alpha.example", trigger="", reasons=("second opinion:1.00",))
    assert verdict(read).certainty == "claimed"


def test_a_hedged_word_of_nobody_does_not_confirm_what_the_gainer_claims(verdict, reading):
    own = reading(factuality="claimed", attributed_to="Redland")
    hedged = reading(factuality="claimed", source="papa.example")
    found = verdict(own, hedged)
    assert (found.certainty, found.is_corroborated) == ("claimed", True)


def test_a_well_graded_outlet_that_quotes_does_not_confirm(verdict, reading):
    assert verdict(claim(reading, source="alpha.example")).certainty == "claimed"


def test_a_bold_title_over_a_quoting_text_does_not_confirm(verdict, reading, report):
    both = reading(
        report(), report(factuality="claimed", attributed_to="Redland"), source="alpha.example"
    )
    assert verdict(both).certainty == "claimed"


def test_the_loser_admits(verdict, reading):
    told = verdict(claim(reading, by="Blueland"))
    assert told.is_admitted
    assert told.certainty == "confirmed"


def test_the_losers_own_outlet_admits(verdict, reading):
    assert verdict(reading(source="bluetv.example")).is_admitted


def test_who_leaves_admits_by_saying_so(verdict, reading):
    left = claim(reading, by="Blueland", state="withdrawn", actor="Blueland")
    assert verdict(left).certainty == "confirmed"


def test_a_claim_and_a_denial_are_disputed(verdict, reading, at):
    assert verdict(claim(reading), denial(reading, when=at(hours=1))).certainty == "disputed"


def test_a_denial_does_not_undo_an_admission(verdict, reading, at):
    told = verdict(
        claim(reading),
        denial(reading, when=at(hours=1)),
        claim(reading, by="Blueland", when=at(hours=9)),
    )
    assert told.certainty == "confirmed"


def test_against_a_denial_three_neutral_origins_are_needed(verdict, reading, at):
    denied = denial(reading, when=at(hours=3))
    two = [reading(source="a.example"), reading(source="b.example")]
    assert verdict(denied, *two).certainty == "disputed"
    assert verdict(denied, *two, reading(source="c.example")).certainty == "confirmed"


def test_a_well_graded_outlet_after_the_denial_confirms(verdict, reading, at):
    told = verdict(
        claim(reading),
        denial(reading, when=at(hours=1)),
        reading(source="alpha.example", when=at(hours=6)),
    )
    assert told.certainty == "confirmed"


def test_confirmed_a_day_ago_is_settled(verdict, reading, at):
    told = [reading(), reading(source="yankee.example", when=at(hours=6))]
    assert verdict(*told, now=at(hours=29)).certainty == "confirmed"
    assert verdict(*told, now=at(hours=30)).certainty == "settled"


def test_a_claim_does_not_settle_however_old(verdict, reading, at):
    assert verdict(claim(reading), now=at(days=20)).certainty == "claimed"


def test_an_origin_that_takes_it_back_stands_by_nothing(verdict, reading, at):
    told = verdict(claim(reading), denial(reading, by="Redland", when=at(hours=2)))
    assert not told.is_standing


def test_an_origin_that_says_it_again_after_denying_stands_by_it(verdict, reading, at):
    told = verdict(
        claim(reading),
        denial(reading, by="Redland", when=at(hours=2)),
        claim(reading, when=at(hours=4)),
    )
    assert told.is_standing


@pytest.mark.parametrize(
    ("builders", "credibility"),
    [
        (["a", "b"], "1"),
        (["alpha"], "2"),
        (["a"], "3"),
        (["claim"], "3"),
        (["claim", "denial"], "4"),
    ],
)
def test_admiralty_credibility(verdict, reading, at, builders, credibility):
    build = {
        "a": lambda: reading(source="a.example"),
        "b": lambda: reading(source="b.example"),
        "alpha": lambda: reading(source="alpha.example"),
        "claim": lambda: claim(reading),
        "denial": lambda: denial(reading, when=at(hours=1)),
    }
    assert verdict(*(build[name]() for name in builders)).credibility == credibility


def test_a_neutral_outlet_that_missed_it_is_no_dispute(verdict, reading, at):
    seen = reading(source="alpha.example")
    missed = reading(factuality="denied", source="x.example", when=at(hours=3))
    assert verdict(seen, missed).certainty == "confirmed"


def test_a_neutral_outlet_disputes_what_only_a_party_claims(verdict, reading, at):
    missed = reading(factuality="denied", source="x.example", when=at(hours=3))
    assert verdict(claim(reading), missed).certainty == "disputed"
