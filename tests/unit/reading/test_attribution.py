"""Who stands behind a statement: what speakers claim, and what a sentence takes as known whoever speaks."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

TITLES = [
    ("Rebels push into Arden: eyewitnesses", "claimed"),
    ("Government troops enter Hama: Russia", "claimed"),
    ("Army: rebels push into Arden", "claimed"),
    ("Rebels push into Arden", "asserted"),
]
KNOWN = [
    # after what is known
    ("The minister said the march went on after the success of retaking Arden.", "recaptured"),
    ("The general said his men would rest soon after they captured Arden.", "captured"),
    ("Officials said 40 graves were found following the rebels' withdrawal from Arden.", "withdrawn"),
    # the subject of a remark
    ("The analyst said the fall of Arden was a heavy blow to the army.", "captured"),
    ("He told reporters that families had settled near Arden, which is now held by the rebels.", "held"),
    ("The council said it would not come, blaming the army's assault on Arden.", "threatened"),
    ("The chief demanded more shells for the battle of Arden, he said.", "contested"),
    ("Our man reports live from Dorn, a mile from Arden, which the rebels captured on Monday.", "captured"),
    # advice, not a claim
    ("Tourists are warned to stay away as rebels close in on Arden.", "threatened"),
    ("The retreat allowed the rebels to seize Arden.", "captured"),
    ("Volunteers who helped liberate Arden from the rebels were honoured.", "recaptured"),
    ("Donors paid for boots in preparation for the Arden offensive.", "threatened"),
]  # fmt: skip
CLAIMED = [
    ("The army engaged in heavy fighting with rebels in Arden, officials said.", "contested"),
    ("Hours after the ministry reported that its forces had seized Arden, shops closed.", "captured"),
    ("There are conflicting reports about the success of the rebels' advance into Arden.", "entered"),
    ("Air raids reported in Arden as peace talks open.", "struck"),
    ("The president praised the rebels for their claimed capture of Arden.", "captured"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "factuality"), TITLES)
def test_a_headline_may_name_its_source_at_the_end(read, title, factuality):
    told = [r.factuality.value for r in read("The war has gone on for years.", title=title)]
    assert set(told) == {factuality}


@pytest.mark.parametrize(("text", "state"), KNOWN, ids=[c[0] for c in KNOWN])
def test_what_is_known_is_asserted(read, text, state):
    assert (state, "asserted") in _told(read(text + " The war has gone on for years."))


@pytest.mark.parametrize(("text", "state"), CLAIMED, ids=[c[0] for c in CLAIMED])
def test_what_is_said_is_claimed(read, text, state):
    told = _told(read(text + " The war has gone on for years."))
    assert (state, "claimed") in told
    assert (state, "asserted") not in told


def test_an_excerpt_may_begin_inside_a_quotation(read):
    told = _told(read('We go on," he said. Rebels captured Arden. "All is lost," she said.'))
    assert told == {("captured", "asserted")}


def _told(reports):
    return {(r.state.value, r.factuality.value) for r in reports if r.place == "Arden"}


@pytest.mark.parametrize(
    ("text", "state", "factuality"),
    [
        # who speaks at the end speaks of it all
        ("Twenty people were treated after rebels shelled Arden, state television said on Friday.", "struck", "claimed"),
        ("Rebels stormed the gates and captured Arden, say officials.", "captured", "claimed"),
        ("Our reporter sends a film after rebels captured Arden.", "captured", "asserted"),
        ("Mortar rounds, the mayor said, landed in Arden at noon.", "struck", "claimed"),
        ("As rebels entered Arden, the minister announced a new law.", "entered", "asserted"),
        ("The rebels hold Arden; the envoy says he has hope.", "held", "asserted"),
        ("The ministry dismissed as fabrications the reports that Arden had been taken by rebels.", "captured", "denied"),
        ("No rocket fell on Arden on Saturday.", "struck", "denied"),
        ("Half of Arden is in rebel hands, the ombudsman warns.", "contested", "claimed"),
        ("The army says it has no plan to withdraw from Arden.", "withdrawn", "denied"),
        ("At no point did the rebels capture Arden.", "captured", "denied"),
        ("Saboteurs attempted to attack Arden on Monday.", "threatened", "asserted"),
        # to come, begun, called off, foiled
        ("The rebels have set 12 December as the date for a bombardment of Arden.", "struck", "planned"),
        ("Army to withdraw from Arden before winter", "withdrawn", "planned"),
        ("The troops are to leave Arden by 30 March.", "withdrawn", "planned"),
        ("The army will continue to shell Arden, its chief of staff wrote.", "struck", "asserted"),
        ("The rebels will rest until the army leaves Arden.", "withdrawn", "planned"),
        ("The long-awaited offensive on Arden has begun.", "threatened", "asserted"),
        ("The army dropped a plan to withdraw from Arden.", "withdrawn", "denied"),
        ("The militia launched an operation to seize Arden.", "captured", "planned"),
        ("Guards thwarted an air strike on Arden.", "struck", "denied"),
        ("Troops are not leaving Arden as fast as many hoped.", "withdrawn", "asserted"),
    ],
)  # fmt: skip
def test_what_stands_at_the_end_or_is_to_come(read, text, state, factuality):
    told = _told(read(text + " The war has gone on for years."))
    assert {f for s, f in told if s == state} == {factuality}
