"""Places that a sentence does not name: told by the sentences around it, or by the text below a headline."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model


def _current(reports):
    return {
        (r.place, r.state.value) for r in reports if r.factuality.value in {"asserted", "claimed"}
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Soldiers recaptured Arden on Friday. The rebels have gone.", ("Arden", "withdrawn")),
        (
            "Fighting for Arden is over. The withdrawal of the militia began at noon.",
            ("Arden", "withdrawn"),
        ),
        (
            "The army retook Arden. During their retreat the insurgents burned the mill.",
            ("Arden", "withdrawn"),
        ),
        ("Rebels attacked Arden. The siege has lasted two months.", ("Arden", "besieged")),
    ],
)
def test_what_happens_nowhere_happens_in_the_place_of_the_text(read, text, said):
    assert said in _current(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "Arden voted on Sunday. The rebels have gone.",  # nothing else is told of Arden
        "Soldiers recaptured Arden. The rebels have gone to Quillon.",
        "Soldiers recaptured Arden. The rebels withdrew from Quillon.",
        "Soldiers recaptured Arden. The hotel siege is over.",
        "Soldiers recaptured Arden. The rebels have left 20 mines.",
    ],
)
def test_and_not_what_happens_elsewhere(read, text):
    assert not {("Arden", "withdrawn"), ("Arden", "besieged")} & _current(read(text))


def test_a_headline_leaves_the_name_to_the_text(read):
    said = _current(
        read("Only nine people still live in Arden.", "Rebels have left this border village")
    )
    assert ("Arden", "withdrawn") in said


def test_a_town_that_is_partly_liberated_is_contested(read):
    said = _current(read("Troops patrolled the partially liberated town of Arden."))
    assert said == {("Arden", "contested")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The rebels fled Arden. Militiamen entered the town and the army lost it.", "withdrawn"),
        ("Rebels shelled Arden for a day. Gunmen then seized the area.", "captured"),
        ("Arden lies on the coast. The general confirmed its capture by the rebels.", "captured"),
        ("Rebels lost Arden, whose fall surprised the army.", "captured"),
        ("Arden is the last piece of land held by the rebels.", "held"),
        ("The army wants to tighten its control of Arden.", "held"),
        ("Reporters travelled to Arden, where the army's grip has weakened.", "held"),
        ("Arden, a market town and rebel bastion, is quiet.", "held"),
        ("The rebels' last pocket in Arden has no doctor.", "held"),
        ("Soldiers are encircling rebel fighters in Arden.", "besieged"),
        ("Insurgents are boxed in around Arden.", "besieged"),
        ("In Arden children living under siege eat grass, and rebels wait.", "besieged"),
        ("Hundreds of civilians besieged in Arden say the rebels are close.", "besieged"),
        ("Rebels crossed into Dorn, and Arden, on Friday.", "entered"),
        ("A battalion of rebels blasted a path into Arden.", "entered"),
        ("The army recaptured the areas of Arden and Dorn.", "recaptured"),
        ("The rebels likely control Arden.", "captured"),
        ("There was joy in Arden following the withdrawal of rebel fighters.", "withdrawn"),
    ],
)
def test_control_is_read_where_the_parse_hangs_it_elsewhere(read, text, said):
    assert ("Arden", said) in _current(read(text))


def test_a_region_is_not_held_for_an_enclave_in_it(read):
    assert ("Vale Province", "held") not in _current(
        read("A rebel enclave in Vale province starves.")
    )


def test_a_place_that_locates_is_not_meant_by_it(read):
    said = _current(read("Rebels attacked Arden, ten miles from Dorn. Then they seized it."))
    assert ("Arden", "captured") in said
    assert ("Dorn", "captured") not in said


@pytest.mark.parametrize(
    "text",
    [
        "The minister spoke of a truce in Arden, the last rebel stronghold in the north.",
        "Troops mass for a push on Arden, the biggest opposition bastion left.",
        "Aid is stuck on the way to Arden, the country's last rebel-held town.",
        "Soldiers shelled Arden. The mountain town lies on a river and is controlled by insurgents.",
    ],
)
def test_who_holds_a_place_is_told_after_its_comma(read, text):
    assert ("Arden", "held") in _current(read(text))


def test_a_list_after_the_comma_holds_nothing(read):
    said = _current(read("Ministers spoke of Arden, the rebels and a stronghold of crime."))
    assert ("Arden", "held") not in said


def test_the_only_plant_of_the_text_is_meant_however_near_it_only_is(read):
    said = _current(
        read(
            "Inspectors heard shelling near Quill Airport. The airport occupied by the rebels burns."
        )
    )
    assert ("Quill Airport", "held") in said


def test_there_is_the_place_just_named(read):
    said = _current(read("Snow fell on Arden. Soldiers and rebels fought there all week."))
    assert said == {("Arden", "contested")}


def test_a_line_below_the_title_is_written_like_one(read):
    said = _current(
        read("Rebels say they have taken northern port town", "Fears grow for the people of Arden")
    )
    assert ("Arden", "captured") in said
