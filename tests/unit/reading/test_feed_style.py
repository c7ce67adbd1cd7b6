"""How headlines and one-line summaries of feeds put it: what is ordered, claimed, ranked, known or long over."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

TITLES = [
    # a retreat that is ordered or announced has not happened yet
    ("Army orders withdrawal from Arden, key port on the coast", "withdrawn", "planned"),
    ("Army Orders Retreat From Arden, a Blow to the President", "withdrawn", "planned"),
    ("Rebels announce their withdrawal from Arden", "withdrawn", "planned"),
    ("Rebels complete withdrawal from Arden", "withdrawn", "asserted"),
    # what is claimed by a noun, or of a noun
    ("What the rebels' claim to control Arden means for the war", "held", "claimed"),
    ("Army claims all rebels withdrawn from Arden", "withdrawn", "claimed"),
    ("Army Claims Capture of Arden", "captured", "claimed"),
    ("Army Completes Capture of Arden", "captured", "asserted"),
    ("At least 4 killed in missile strikes on Arden, local official says", "struck", "claimed"),
    ("Airstrikes reported on Arden", "struck", "claimed"),
    ("Army says Arden strike was part of new campaign", "struck", "asserted"),
    ("Army says Arden strike killed ten rebels", "struck", "claimed"),
    ("Governor says no sign of rebel withdrawal from Arden", "withdrawn", "denied"),
]
TEXTS = [
    ("There were also reports of rebels fleeing Arden.", "withdrawn", "claimed"),
    ("There were pictures of rebels fleeing Arden.", "withdrawn", "asserted"),
    # what goes on while the rest is said
    ("Officers said they had lost two tanks during fighting in Arden.", "contested", "asserted"),
    ("Officers said there was fighting in Arden.", "contested", "claimed"),
    ("Twenty men died, according to the army, as the battle for Arden grinds on.", "contested", "asserted"),
    ("Shells hit Arden, killing twenty men, according to the army.", "struck", "claimed"),
    ("Investigators have found graves since retaking Arden, the governor says.", "recaptured", "asserted"),
    # who vows to keep what he has has it, who says he keeps it says so
    ("Officials say the army is continuing to hold on to Arden.", "held", "claimed"),
    ("The army vowed to keep control of Arden.", "held", "asserted"),
    ("The rebels have helped the army make advances in Arden.", "contested", "asserted"),
    ("All residents of Arden have been ordered to leave their homes.", "evacuation_ordered", "asserted"),
    ("The mayor plans to order residents of Arden to leave.", "evacuation_ordered", "planned"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "state", "factuality"), TITLES, ids=[c[0] for c in TITLES])
def test_headlines(read, title, state, factuality):
    assert _told(read("The war has gone on for years.", title=title), state) == {factuality}


@pytest.mark.parametrize(("text", "state", "factuality"), TEXTS, ids=[c[0] for c in TEXTS])
def test_summaries(read, text, state, factuality):
    assert _told(read(text + " The war has gone on for years."), state) == {factuality}


def _told(reports, state):
    return {r.factuality.value for r in reports if r.place == "Arden" and r.state.value == state}
