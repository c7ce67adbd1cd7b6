"""Strikes and withdrawals that the text tells beside the place, and what only looks like a strike."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

# An article of war: the reading of strikes leans on it.
BESIDE = " The war has gone on for years."


@pytest.mark.parametrize(
    "text",
    [
        "Arden shelling: two houses burn",
        "Arden strike death toll rises",
        "Families in Arden have endured weeks of shelling.",
        "Arden is again under fire.",
        "Relentless bombardment has turned Arden into a ruin.",
        "The town of Arden was attacked with drones before sunrise.",
        "Warplanes carried out raids on Arden.",
        "A missile ripped through a dormitory in Arden.",
        "Mortar fire killed two farmers in Arden.",
        "Air strikes in and around Arden killed five.",
        "Mortar fire killed a farmer in Arden.",
        "A rocket salvo left one person dead and six injured in Arden.",
        "Arden families who have endured relentless shelling want peace.",
        "Two nurses were hurt in an Arden rocket attack as sirens howled.",
        "Farmers flee Arden shelling.",
        "The army is blamed for missile strikes across the country, including on eastern Arden.",
        "In the city of Arden, crews fought a fire at a school that had been hit by rebel rockets.",
        "Missile attacks shook the coast and one fisherman was killed in Arden.",
        "Neighbours walk the streets of Arden after drone strikes.",
    ],
)
def test_a_strike_is_read(read, text):
    assert {report.state for report in read(text + BESIDE)} == {"struck"}


@pytest.mark.parametrize(
    "text",
    [
        "A car bomb killed three people in Arden.",
        "A bomb blast hit a bus in Arden.",
        "Nurses went on strike in Arden over pay.",
        "A hunger strike in Arden ended.",
        "Drones built in Arden hit a ship.",
        "Near Arden, one strike destroyed a truck.",
        "Shelling killed two people in Tolmin, an official in Arden said.",
    ],
)
def test_what_is_no_strike_on_the_place_is_silent(read, text):
    assert "struck" not in {report.state for report in read(text + BESIDE)}


@pytest.mark.parametrize(
    "text",
    [
        "There was joy in Arden after the rebels retreated.",
        "Rebel troops forced out of Arden.",
        "The rebels have gone from Arden.",
        "Government soldiers fled their posts in Arden.",
    ],
)
def test_a_withdrawal_is_read(read, text):
    assert {report.state for report in read(text + BESIDE)} == {"withdrawn"}


@pytest.mark.parametrize(
    "text",
    [
        "People in Arden cheered after the rebels retreated to Dorn.",
        "Arden was left without a mayor.",
        "Arden has been mostly abandoned since the shelling began.",
        "Markets near Arden opened after the rebels fled.",
    ],
)
def test_a_retreat_elsewhere_is_no_withdrawal_from_the_place(read, text):
    told = [r for r in read(text + BESIDE) if r.place == "Arden"]
    assert "withdrawn" not in {report.state for report in told}


def test_what_is_still_to_be_reopened_is_closed(read):
    told = read("The minister threatened strikes unless the rebels reopen Quill airport." + BESIDE)
    assert {(r.state, r.factuality) for r in told} == {("closed", "asserted")}


def test_a_report_without_an_actor_adds_nothing_to_the_same_one_with_it(read):
    told = read("The army shelled Arden. Shells landed in Arden." + BESIDE)
    assert [r.state for r in told] == ["struck"]
    assert told[0].actor is not None
