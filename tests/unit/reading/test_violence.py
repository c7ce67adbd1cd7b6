"""Fights, strikes and threats: how news tell them of a place, and what only looks so."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

# An article of war: the reading of violence leans on it.
BESIDE = " The war has gone on for years."
CURRENT = {"asserted", "claimed"}


def _states(reports) -> set[str]:
    return {report.state for report in reports if report.factuality in CURRENT}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Shops in Arden stayed shut, as heavy fighting went on for a third day.", "contested"),
        (
            "In recent weeks, airstrikes against the town of Arden have killed scores.",
            "struck",
        ),
        ("Gunmen attacked an army post in Arden at dawn.", "contested"),
        ("Mortar fire on Arden hurt two drivers.", "struck"),
        ("The army seized a barracks from insurgents in the heart of Arden.", "contested"),
        ("The fighting spread outside Arden and into the hills.", "contested"),
        ("Insurgents carried out an attack against soldiers at a camp in Arden.", "threatened"),
        ("The insurgents launched scores of rockets into Arden.", "struck"),
        ("A drone blew up a bakery in Arden.", "struck"),
        ("For hours Arden was under siege by drones.", "struck"),
        ("In Arden, a teacher died when a shell hit her car.", "struck"),
        ("The fighting in the Arden sector goes on.", "threatened"),
        ("The army prepares to defend Arden.", "threatened"),
        ("Shops in Arden closed as people braced for a rebel offensive.", "threatened"),
        ("Arden's mayor ordered everybody out as the army's assault loomed.", "threatened"),
        ("Both sides are preparing for the battle for Arden.", "threatened"),
        ("Reinforcements were promised before the battle of Arden.", "threatened"),
        ("She praised the men in the ongoing fight for Arden.", "contested"),
    ],
)
def test_violence_is_read(read, text, state):
    assert state in _states(read(text + BESIDE))


@pytest.mark.parametrize(
    "text",
    [
        "Defending Arden was a mistake, generals warned.",
        "The arrests weaken the army's ability to defend Arden.",
        "He went there to help defend Arden.",
        "Gunfire was heard outside Arden.",
        "He visited soldiers fighting in Vale province.",
        "Two militias clashed at a border post in Vale province.",
        "Shops in Arden closed as people braced for a storm.",
        "Pupils in Arden prepare for an attack of stage fright.",
    ],
)
def test_what_is_not_going_on_in_the_place_is_not_read(read, text):
    assert _states(read(text + BESIDE)) == set()


def test_an_attempt_adds_nothing_to_the_fight_it_is(read):
    text = "Tanks rolled into Arden as soldiers tried to capture the town."
    assert _states(read(text + BESIDE)) == {"entered"}


def test_members_of_the_group_are_not_asked_for_in_circles(read):
    text = "Several members of the group said on Monday the fighters of the group left Arden."
    assert _states(read(text + BESIDE)) == {"withdrawn"}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Arden was struck by a shell at noon. Mortars rained down until dusk.", "struck"),
        ("Rebels hold Arden. Families hid in cellars during air raids.", "struck"),
        ("Rebels hold Arden. Clashes broke out at midnight, witnesses said.", "contested"),
    ],
)
def test_violence_told_after_the_place_is_its(read, text, state):
    assert state in _states(read(text + BESIDE))


@pytest.mark.parametrize(
    "text",
    [
        "Rebels hold Arden. The fighting has changed many lives.",
        "Rebels hold Arden. Clashes broke out in Selm at midnight.",
        "Rebels hold Arden. A young mother faces a battle to survive.",
        "Rebels hold Arden. Rebels hold Dorn. Families hid in cellars during air raids.",
    ],
)
def test_violence_that_may_be_elsewhere_is_nobodys(read, text):
    assert _states(read(text + BESIDE)) == {"held"}


@pytest.mark.parametrize(
    "text",
    [
        "She toured Vale province, partly occupied by insurgents.",
        "The army forced the insurgents' line back in Vale province.",
        "Insurgents have won back half of the ground that the army took in Vale province.",
        "The army seized some ninety miles of territory in Vale province.",
        "The insurgents are still holding land they captured in Vale province.",
    ],
)
def test_ground_that_changes_hands_puts_a_region_in_dispute(read, text):
    assert _states(read(text + BESIDE)) == {"contested"}


def test_a_town_that_changes_hands_does_not(read):
    text = "The army pushed the insurgents out of the town of Selm in Vale province."
    assert _states(read(text + BESIDE)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "The liberated village of Selm in Vale province was shelled.",
        "The liberated town of Arden in Vale province was shelled after it was retaken.",
    ],
)
def test_a_region_that_locates_a_town_is_left_alone(read, text):
    assert "Vale Province" not in {report.place for report in read(text + BESIDE)}


def test_a_region_beside_a_town_takes_no_strike_from_it(read):
    text = "In Vale province, the last people of Arden live under constant bombardment."
    assert {(r.place, r.state) for r in read(text + BESIDE)} == {("Arden", "struck")}


def test_a_raid_on_foot_is_no_strike(read):
    assert _states(read("Four people of Arden were killed in a raid by troops." + BESIDE)) <= {
        "entered"
    }
