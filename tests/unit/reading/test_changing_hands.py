"""How places change hands, in the many ways that news tell it: each sentence our own."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model


def _current(reports) -> set[str]:
    return {r.state.value for r in reports if r.factuality.value in {"asserted", "claimed"}}


BESIDE = " The war between rebels and the army has gone on for years."


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Arden changed hands on Monday.", "captured"),
        ("A rebel banner flies over Arden.", "captured"),
        ("With Arden now in rebel hands, the coast road is shut.", "captured"),
        ("Arden is now under the control of the army.", "captured"),
        ("The rebels say they are now in control of Arden.", "captured"),
        ("The army was pushed out of Arden by insurgents.", "captured"),
        ("Insurgents routed the army at Arden.", "captured"),
        ("Arden is the latest town to fall to the insurgents.", "captured"),
        ("The garrison of Arden surrendered to the insurgents.", "captured"),
        ("Arden is back under army control.", "recaptured"),
        ("Arden is back in government hands.", "recaptured"),
        ("Arden returned to army control on Sunday.", "recaptured"),
        ("Arden, where the rebels are in control, is poor.", "held"),
        ("Soldiers landed in Arden by helicopter.", "entered"),
        ("No food has reached Arden since rebels sealed it off.", "besieged"),
        ("Tanks rumbled into Arden before dawn.", "entered"),
        ("Soldiers have made it into Arden.", "entered"),
        ("Buses carried the last insurgents out of Arden.", "withdrawn"),
        ("The evacuation of rebel fighters from Arden began at noon.", "withdrawn"),
        ("The troops stationed in Arden were withdrawn.", "withdrawn"),
        ("The army moved its headquarters out of Arden.", "withdrawn"),
        ("Rebels cut the last supply road to Arden.", "besieged"),
        ("The army's ring around Arden has closed.", "besieged"),
        ("The front line runs through Arden.", "contested"),
        ("Soldiers are going house to house in Arden.", "contested"),
    ],
)
def test_a_change_is_read(read, text, state):
    assert state in _current(read(text + BESIDE))


@pytest.mark.parametrize(
    "text",
    [
        "Books changed hands at a fair in Arden.",
        "A storm cut the road to Arden.",
        "Families were bused out of Arden to the fair.",
        "Volunteers went house to house in Arden with soup.",
        "The festival's banner flies over Arden.",
        "Arden may be the next town to fall to the rebels.",
    ],
)
def test_what_only_sounds_like_it_changes_nothing(read, text):
    taken = {"captured", "recaptured", "entered", "withdrawn", "besieged", "contested"}
    assert not taken & _current(read(text + BESIDE))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("In Arden life is slow. The rebels claim victory.", "captured"),
        ("People in Arden were silent after the rebels claimed victory.", "captured"),
        ("The rebels spoke of efforts to maintain control of Arden.", "held"),
        (
            "Our reporter speaks from Arden, Vale province, Norland, a town freed from rebels.",
            "recaptured",
        ),
        ("In Arden little changed: the withdrawal of rebel forces brought no bread.", "withdrawn"),
    ],
)
def test_what_stands_apart_from_the_place_is_read(read, text, state):
    assert state in _current(read(text + " Soldiers and rebels fought in Arden."))


def test_a_stronghold_in_a_region_is_of_the_region(read):
    said = read("The rebels fired from their stronghold in Vale province." + BESIDE)
    assert ("Vale Province", "held") in {(r.place, r.state.value) for r in said}
