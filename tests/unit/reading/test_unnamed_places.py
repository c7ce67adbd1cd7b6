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
