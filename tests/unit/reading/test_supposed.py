"""What is only supposed, only shown, or done to somebody of the place: no news of who holds it."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

CURRENT = {"asserted", "claimed"}
CHANGES = {"captured", "recaptured", "entered", "besieged", "withdrawn", "outage", "threatened"}


def _told(reports) -> set[str]:
    return {r.state for r in reports if r.factuality in CURRENT and r.state in CHANGES}


@pytest.mark.parametrize(
    "text",
    [
        "If the rebels capture Arden, they will control the oil fields.",
        "Should the rebels seize Arden, thousands would flee.",
        "Were Arden to fall, the army would lose the north.",
        "Had the rebels captured Arden, the war would be over.",
        "It was the invasion that many thought would see Arden fall within days.",
        "The coming days will see the rebels capture Arden.",
        "Fact check: the video does not show rebels entering Arden.",
        "An old video claims to show rebels capturing Arden.",
        "Footage purporting to show rebels entering Arden was filmed years ago.",
        "The mayor of Arden was seized by rebels.",
        "The army commander in Arden was captured by rebels.",
        "A journalist from Arden was seized by rebels.",
        "Militants besiege an Arden hotel.",
        "The truce follows the collapse of the rebels' long assault on Arden.",
        "A million are without power in the west after the attack, Arden spared.",
    ],
)
def test_what_is_only_supposed_shown_or_done_to_people_is_not_told(read, text):
    assert _told(read(text)) == set()


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("The rebels have captured Arden, and if they hold it the war will change.", "captured"),
        ("The rebels captured Arden, if not all of its suburbs.", "captured"),
        ("The offensive saw the rebels capture Arden.", "captured"),
        ("The video shows rebels entering Arden.", "entered"),
        ("The city of Arden was captured by rebels.", "captured"),
        ("Arden, which was seized by rebels on Monday, is quiet.", "captured"),
        ("Rebels besiege Arden.", "besieged"),
        ("The collapse of the truce was followed by a rebel assault on Arden.", "threatened"),
        ("Arden was left without power, but its hospital was spared.", "outage"),
    ],
)
def test_the_same_words_told_of_the_place_are_read(read, text, state):
    assert state in _told(read(text))
