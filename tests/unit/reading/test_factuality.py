"""State and factuality of sentences of our own, one construction each."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

CASES = [
    # told by the text itself
    ("The rebels captured Arden on Thursday.", "captured", "asserted"),
    ("Arden was captured by the rebels.", "captured", "asserted"),
    ("After seizing Arden, the rebels rested for a day.", "captured", "asserted"),
    ("The army confirmed that rebels had seized Arden.", "captured", "asserted"),
    ("Officials acknowledged that Arden had fallen to the rebels.", "captured", "asserted"),
    ("Residents fled following the fall of Arden to the militants.", "captured", "asserted"),
    ("The rebels have entered Arden and are moving house to house.", "entered", "asserted"),
    ("Government troops retook Arden from the insurgents this week.", "recaptured", "asserted"),
    ("Heavy fighting raged in Arden between the army and rebels.", "contested", "asserted"),
    ("The rebels seized parts of Arden from the army.", "contested", "asserted"),
    ("The army has besieged Arden since spring.", "besieged", "asserted"),
    ("Arden remains under siege by the army.", "besieged", "asserted"),
    ("The insurgents are advancing on Arden.", "threatened", "asserted"),
    ("Rebel fighters are closing in on Arden.", "threatened", "asserted"),
    ("Troops are now four kilometres from Arden, a rebel town.", "threatened", "asserted"),
    ("Government warplanes bombed Arden overnight.", "struck", "asserted"),
    ("Three people died in shelling of Arden by the army.", "struck", "asserted"),
    ("The army withdrew from Arden at dawn.", "withdrawn", "asserted"),
    ("Aid reached rebel-held Arden on Tuesday.", "held", "asserted"),
    ("The town of Arden is under rebel control.", "held", "asserted"),
    # told by others
    ("The rebels say they have captured Arden.", "captured", "claimed"),
    ("The rebels have captured Arden, a monitoring group said.", "captured", "claimed"),
    ("According to residents, soldiers entered Arden on Friday.", "entered", "claimed"),
    ("The militants claimed control of Arden on Friday.", "captured", "claimed"),
    ("The army has reportedly withdrawn from Arden.", "withdrawn", "claimed"),
    ("The rebels appear to have captured Arden.", "captured", "claimed"),
    (
        "Activists reported heavy clashes in Arden between troops and rebels.",
        "contested",
        "claimed",
    ),
    ('"Our fighters have liberated Arden," a rebel commander said.', "recaptured", "claimed"),
    # denied
    ("The army denied that rebels had captured Arden.", "captured", "denied"),
    ("The rebels have not captured Arden, the minister said.", "captured", "denied"),
    ("The militants failed to capture Arden.", "captured", "denied"),
    ("Soldiers never entered Arden.", "entered", "denied"),
    # planned
    ("The army plans to retake Arden.", "recaptured", "planned"),
    ("The rebels vowed to capture Arden.", "captured", "planned"),
    ("Troops will enter Arden on Monday.", "entered", "planned"),
    ("The army is preparing an assault on Arden.", "threatened", "planned"),
    ("The rebels are poised to capture Arden.", "captured", "planned"),
    ("Arden could fall to the rebels within days.", "captured", "planned"),
    ("Arden is on the verge of being captured by the rebels.", "captured", "planned"),
    ("The president ordered troops to withdraw from Arden.", "withdrawn", "planned"),
    # long past
    ("The rebels captured Arden in 2016.", "captured", "historical"),
    ("The army lost Arden to the rebels eight years ago.", "captured", "historical"),
    ("Arden was previously held by the militants.", "held", "historical"),
    ("Last year the army besieged Arden for a month.", "besieged", "historical"),
    # not confirmed
    ("The army has not confirmed whether it has withdrawn from Arden.", "withdrawn", "unconfirmed"),
    ("It is unclear whether rebels have entered Arden.", "entered", "unconfirmed"),
]


@pytest.mark.parametrize(("text", "state", "factuality"), CASES, ids=[c[0] for c in CASES])
def test_state_and_factuality(read, text, state, factuality):
    told = {(r.state.value, r.factuality.value) for r in read(text) if r.place == "Arden"}
    assert (state, factuality) in told
    assert {f for s, f in told if s == state} == {factuality}


@pytest.mark.parametrize(
    "text",
    [
        "If the rebels capture Arden, the road to the coast is open.",
        "Unless help comes, the army will lose heart, and if Arden falls the war is over.",
        "Has the army withdrawn from Arden?",
        "The capture of Arden would cut the rebels' supply line.",
    ],
)
def test_conditions_and_questions_say_nothing(read, text):
    assert [r for r in read(text) if r.factuality.value in {"asserted", "claimed"}] == []


def test_an_attempt_under_way_threatens(read):
    told = {
        (r.state.value, r.factuality.value) for r in read("The army is trying to encircle Arden.")
    }
    assert told == {("besieged", "planned"), ("threatened", "asserted")}


def test_no_longer_held_is_lost(read):
    (report,) = read("The town of Arden is no longer under government control, rebels say.")
    assert (report.state.value, report.factuality.value) == ("captured", "claimed")


def test_what_the_text_overtakes_is_history(read):
    told = {
        (r.state.value, r.factuality.value)
        for r in read(
            "Rebels captured Arden on Friday. Soldiers had slept in army-held Arden for years."
        )
    }
    assert ("captured", "asserted") in told
    assert ("held", "asserted") not in told


def test_a_speaker_is_named(read):
    (report,) = read(
        "The rebels have captured Arden, the Syrian Observatory for Human Rights said."
    )
    assert "Observatory" in (report.attributed_to or "")


def test_a_headline_names_its_source_at_the_end(read):
    (report,) = read("", title="Rebels take control of Arden - mayor")
    assert (report.factuality.value, report.attributed_to) == ("claimed", "mayor")
