"""Who holds, comes near, gets in and is driven out: constructions, each in words of our own."""

from __future__ import annotations

import pytest

from placewatch.vocabulary import TAKING_STATES as TAKING
from placewatch.vocabulary import Factuality


pytestmark = pytest.mark.model

# An article of war: what is held and by whom is only told in one.
BESIDE = " The war has gone on for years."


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Hundreds fled Arden, the gunmen's final refuge.", "held"),
        ("Planes circled over the rebel enclave of Arden.", "held"),
        ("Arden is mostly controlled by insurgents.", "contested"),
        ("Soldiers have partly recaptured Arden.", "contested"),
        ("Insurgents were mostly driven out of Arden, the army said.", "contested"),
        ("Gunmen tried to seize the hospital in the centre of Arden.", "contested"),
        ("The soldiers stand four kilometres from Arden.", "threatened"),
        ("The insurgents are closing in on the outskirts of Arden.", "threatened"),
        ("Soldiers are advancing around Arden in small groups.", "threatened"),
        ("The army chief said he was leading an offensive on Arden.", "threatened"),
        ("Families living under siege in Arden ate grass.", "besieged"),
        ("The noose around Arden was tightened by the army.", "besieged"),
        ("The army announced an incursion into the rebel bastion known as Arden.", "entered"),
        ("Insurgents planted their flag over Arden.", "captured"),
        ("Arden is run by insurgents.", "held"),
        ("Arden, under rebel control since spring, has no doctor.", "held"),
        ("The army's soldiers now control Arden.", "captured"),
        ("The army has full control of Arden.", "captured"),
        ("Soldiers continue to push insurgents out of Arden.", "contested"),
        ("Arden is the scene of fierce fighting.", "contested"),
        ("Arden is at the heart of the battle.", "contested"),
        ("The insurgents overran the police compound in Arden.", "contested"),
        ("Arden is held by a group linked to the Houthis.", "held"),
    ],
)
def test_a_construction_is_read(read, text, state):
    assert state in {
        report.state for report in read(text + BESIDE) if report.factuality != "planned"
    }


@pytest.mark.parametrize(
    "text",
    [
        "Planes circled over the Kurdish enclave of Arden.",
        "Military exercises surrounding Arden ended.",
    ],
)
def test_a_people_and_an_exercise_hold_nothing(read, text):
    assert read(text + BESIDE) == []


@pytest.mark.parametrize(
    "text",
    [
        "Soldiers prepare for a battle for Arden.",
        "Trains were stopped before the battle for Arden.",
    ],
)
def test_a_fight_ahead_is_a_threat(read, text):
    assert {report.state for report in read(text + BESIDE)} == {"threatened"}


def test_who_defends_is_not_who_attacks(read):
    (report,) = read("The army prepares to defend Arden." + BESIDE)
    assert (report.actor, report.against) == (None, "army")


def test_of_two_sides_that_clash_the_rebels_attack(read):
    reports = read("The Syrian army clashed with rebel fighters in Homs.")
    assert {(r.state, r.actor) for r in reports} == {("contested", "Syrian rebels")}


def test_a_power_that_looks_on_is_no_party(read):
    reports = read("Fighting raged in Homs, the United States said.")
    assert {(r.state, r.actor) for r in reports} == {("contested", None)}


def test_a_battle_is_on_whatever_is_planned_around_it(read):
    reports = read("The militia said it will pull its men from the battle for Arden." + BESIDE)
    assert ("contested", "asserted") in {(r.state, r.factuality) for r in reports}


def test_the_first_time_is_no_look_back(read):
    (report,) = read("It is the first time in years that soldiers have entered Arden." + BESIDE)
    assert (report.state, report.factuality) == ("entered", "asserted")


def test_a_siege_is_over_once_the_besieger_is_in(read):
    reports = read("The army besieged Arden. Later the army captured Arden.")
    assert {(r.state, r.factuality) for r in reports} == {
        ("besieged", "historical"),
        ("captured", "asserted"),
    }


def test_an_attack_told_beside_a_strike_is_that_strike(read):
    reports = read("The army shelled Arden on Monday. The army's attack on Arden killed nine.")
    assert {r.state for r in reports} == {"struck"}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Captured by insurgents on Friday, the mill town of Arden lay empty.", "captured"),
        ("Driven from Arden by the army, the insurgents regrouped in the woods.", "captured"),
        ("Arden shelled again, two dead in the war", "struck"),
        ("Arden retaken after a week of fighting", "recaptured"),
        ("Insurgents have cut every road into Arden.", "besieged"),
        ("Arden is ringed by insurgents.", "besieged"),
        ("Insurgents are holed up in the barracks of Arden.", "contested"),
        ("Insurgents were sighted four kilometres from Arden.", "threatened"),
        ("Insurgents and soldiers traded shots across the market of Arden.", "contested"),
        ("Arden belongs to the insurgents.", "held"),
        ("Arden changed hands on Friday as insurgents walked in.", "captured"),
        ("The soldiers fled, leaving Arden to the insurgents.", "captured"),
        ("The army fired on Arden with mortars.", "struck"),
        ("The insurgents control 70 per cent of Arden.", "contested"),
        ("Army loses Arden, races to save the road", "captured"),
        ("Arden is ours again, the army's commander said.", "recaptured"),
        ("Half of Arden in rebel hands, priest says", "contested"),
        ("Insurgents inside Arden, police station on fire.", "entered"),
        ("Insurgents 6 km from Arden, officials say.", "threatened"),
        ("Soldiers and insurgents fired on each other in Arden.", "contested"),
        ("The insurgents are within sight of Arden.", "threatened"),
        ("A rebel flag is flying over Arden.", "captured"),
        ("Soldiers crossed the river and occupied Arden.", "captured"),
        ("The army has come within five kilometres of Arden.", "threatened"),
        ("The army pushed the insurgents out of three of Arden's four wards.", "contested"),
        ("Arden is free of insurgents, the governor said.", "recaptured"),
        ("Insurgents out of Arden after two days.", "withdrawn"),
        ("The army keeps 300 soldiers in Arden.", "held"),
        ("An exchange of fire in Arden killed a nurse.", "contested"),
    ],
)
def test_a_wording_of_reports_is_read(read, text, state):
    assert state in {report.state for report in read(text + BESIDE)}


@pytest.mark.parametrize(
    "text",
    [
        "Arden struck back with a rebate for tourists.",
        "Rival stallholders opened fire on each other over a kiosk in Arden.",
        "An aid convoy entered Arden with flour.",
        "The militia blocked the road to Arden for an hour.",
        "Arden has changed hands six times.",
        "The miners are digging in around Arden.",
        "Arden is free of charge on Sundays.",
        "Investors have come within a day of Arden's deadline.",
    ],
)
def test_what_only_sounds_like_it_is_not_read(read, text):
    assert read(text + BESIDE) == []


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("The mill across the river is ash. Arden is still theirs.", {"held"}),
        ("Foreign troops remain in Arden, its mayor said.", {"held"}),
        ("Insurgents overrun Arden, mayor flees", {"captured"}),
        ("By nightfall soldiers had secured Arden.", {"captured"}),
        ("The militia handed Arden to the insurgents.", {"captured", "withdrawn"}),
        ("The army handed over Arden to the militia.", {"captured", "withdrawn"}),
        ("Dozens of air raids hit Arden.", {"struck"}),
        ("Mortar shells land in Arden.", {"struck"}),
        ("A rocket lands at a tannery in Arden.", {"struck"}),
        ("Shells hit Arden's brickworks.", {"struck"}),
        ("Insurgents still hold three wards of Arden.", {"contested"}),
    ],
)
def test_what_a_side_keeps_hands_over_or_hits_is_read(read, text, states):
    assert {report.state for report in read(text + BESIDE)} == states


@pytest.mark.parametrize(
    "text",
    [
        "About 300 insurgents remain in Arden prison's archive.",
        "Soldiers were securing Arden for the visit.",
        "He handed Arden to the insurgents, his critics wrote.",
        "The insurgents insulted Arden's brewer.",
    ],
)
def test_what_only_sounds_like_keeping_or_hitting_is_not_read(read, text):
    assert read(text + BESIDE) == []


def test_a_dateline_run_into_the_text_is_no_part_of_the_sentence(read):
    (report,) = read("HALLIN Insurgents said on Sunday that they had captured Arden.")
    assert (report.state, report.attributed_to) == ("captured", "Insurgents")


def test_a_headline_says_who_is_told_to_leave_and_not_by_whom(read):
    (report,) = read(
        "The river rose by a metre.", title="Dyke breach: villagers told to leave Arden"
    )
    assert (report.state, report.factuality, report.actor) == (
        "evacuation_ordered",
        "asserted",
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "Arden fell silent at noon as the shelling of Dorn went on.",
        "Arden has fallen victim to the drought, officials said.",
        "By midnight Arden falls quiet and the cafes close.",
    ],
)
def test_what_falls_silent_is_not_taken(read, text):
    assert not [r for r in read(text) if r.place == "Arden" and r.state in TAKING]


@pytest.mark.parametrize(
    "text",
    [
        "Soldiers were seen leaving Dorn for Arden, a town that fell early in the war.",
        "Arden was captured by the rebels at the start of the invasion.",
    ],
)
def test_what_fell_early_in_the_war_is_history(read, text):
    taken = [r for r in read(text) if r.place == "Arden" and r.state in TAKING]
    assert all(r.factuality is Factuality.HISTORICAL for r in taken)
