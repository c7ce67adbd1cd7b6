"""Whose word it is: what the text itself says beside what others say in it, and what only looks planned or past."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

WAR = " The war has gone on for years."
TOLD = [
    # which ones are meant, what is still on, what went before: in whoever's words
    ("The envoy toured parts of Vale province that are held by the rebels, his office said.", "contested", "asserted", "Vale Province"),
    ("The chief said the rebels hold half of Vale province.", "contested", "claimed", "Vale Province"),
    ("The bishop said the rebels looted shops before they fled Arden.", "withdrawn", "asserted"),
    ("The bishop said the rebels would loot shops before they flee Arden.", "withdrawn", "planned"),
    ("The colonel insisted that Arden was safe following the rebels' retreat from the town.", "withdrawn", "asserted"),
    ("Rebels say army uses dogs in battle for Arden", "contested", "asserted"),
    ("Rebels say army is losing a battle in Arden", "contested", "claimed"),
    ("The rebels say the raids on Dorn were a reprisal for a drone attack on Arden.", "struck", "asserted"),
    ("The rebels say there was a drone attack on Arden.", "struck", "claimed"),
    ("Arden retreat shows army is weak, analyst says", "withdrawn", "asserted"),
    ("The army insists it took a town at the heart of fighting in Arden.", "contested", "asserted"),
    # the toll is claimed, the strike is known
    ("The coroner said six nurses had died in the strike on Arden.", "struck", "asserted"),
    ("The coroner said six nurses had died in strikes on Arden.", "struck", "claimed"),
    ("The coroner said a strike had hit Arden.", "struck", "claimed"),
    # after a quotation the text speaks for itself
    ('The doctor warned that "no bed is free" as shells hit Arden.', "struck", "asserted"),
    # the attribution at the end of a part of a headline
    ("Envoy flies home; Arden suffers power cuts, say engineers", "outage", "claimed"),
    # hedges that stand elsewhere
    ("Farms in Arden are allegedly being bombed by the army.", "struck", "claimed"),
    ("Explosions shook Arden after suspected missile strikes.", "struck", "claimed"),
    ("The rebel chief made the Arden victory claim on Friday.", "captured", "claimed"),
    ("The army continues to shell Arden, according to nurses.", "struck", "claimed"),
    ("The army continues to shell Arden.", "struck", "asserted"),
    # only looks planned
    ("The army made almost 90 air strikes on Arden on Friday.", "struck", "asserted"),
    ("The rebels almost captured Arden on Friday.", "captured", "planned"),
    ("Doctors are worried about increasing rocket fire on Arden.", "struck", "asserted"),
    ("The army is careful about entering Arden.", "entered", "planned"),
    ("Police found the drone used to attack Arden.", "struck", "asserted"),
    ("The rebels want to shell Arden.", "struck", "planned"),
    ("The garrison will try to hold Arden.", "held", "asserted"),
    ("The militia lacks the ability to hold Arden.", "held", "planned"),
    ("The minister cannot shake off the blame from the retreat from Arden.", "withdrawn", "asserted"),
    ("Speculation grew over an army withdrawal from Arden.", "withdrawn", "planned"),
    # only looks past
    ("Spies were involved in the drone attack on Arden, the judge wrote on Friday.", "struck", "asserted"),
    ("Rebels shelled Dorn in the worst week since the revolt last year, as Arden woke up under rocket fire.", "struck", "asserted"),
    ("Troops went to Arden, where the heaviest fighting of the war took place.", "contested", "historical"),
]  # fmt: skip


@pytest.mark.parametrize("case", TOLD, ids=[c[0] for c in TOLD])
def test_whose_word_it_is(read, case):
    text, state, factuality, *place = case
    told = {
        r.factuality.value
        for r in read(text + ("" if text.endswith(".") else ".") + WAR)
        if r.place == (place[0] if place else "Arden") and r.state.value == state
    }
    assert told == {factuality}


def test_a_headline_speaks_for_itself_after_a_quotation(read):
    title = "Mayor: 'We have lost our home' as Arden falls to rebels"
    told = {(r.state.value, r.factuality.value) for r in read("It rained." + WAR, title=title)}
    assert told == {("captured", "asserted")}


def test_what_remains_is_not_over(read):
    text = "Power was restored in Arden but blackouts remain after rockets hit a plant." + WAR
    assert ("outage", "asserted") in {(r.state.value, r.factuality.value) for r in read(text)}


def test_what_is_still_tried_is_told_once(read):
    text = "The rebels are still trying to advance in Vale province." + WAR
    assert [(r.state.value, r.factuality.value) for r in read(text)] == [("contested", "asserted")]


@pytest.mark.parametrize(
    "text",
    [
        "Ana remembers the night in April 2019 when planes came. Soldiers burst in and rebels shelled Arden.",
        "Two men met at the well in April 2019. That night rebels shelled Arden.",
    ],
)
def test_a_scene_of_long_ago_goes_on(read, text):
    told = {(r.state.value, r.factuality.value) for r in read(text)}
    assert told == {("struck", "historical")}


@pytest.mark.parametrize(
    ("title", "text", "factuality"),
    [
        ("Valley war: Three nurses killed in strike", "A rocket hit a ward in Arden, the mayor said.", "asserted"),
        ("Army hits dam in the hills", "Rebels say army missiles hit Arden.", "asserted"),
        ("Three nurses killed in strike, mayor says", "A rocket hit a ward in Arden, the mayor said.", "claimed"),
        ("Strike on the hills foiled, army chief told", "A rocket hit a ward in Arden, the mayor said.", "claimed"),
        ("Dorn buries its dead after strike", "A rocket hit a ward in Arden, the mayor said.", "claimed"),
        ("Nurses go home", "A rocket hit a ward in Arden, the mayor said.", "claimed"),
        ("Three killed in strike", "Rockets hit Arden and Dorn, the mayor said.", "claimed"),
    ],
)  # fmt: skip
def test_a_title_vouches_for_the_one_strike_below_it(read, title, text, factuality):
    told = {
        r.factuality.value
        for r in read(text + WAR, title=title)
        if r.place == "Arden" and r.state.value == "struck"
    }
    assert told == {factuality}


def test_what_a_title_vouches_for_is_nobodys_word(read):
    title = "Valley war: Three nurses killed in strike"
    (report,) = read("A rocket hit a ward in Arden, the mayor said." + WAR, title=title)
    assert report.attributed_to is None
    assert "speaker" not in {m.role.value for m in report.marks}
    assert report.reasons[-1] == "title"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Pilgrims walked to occupied Arden.", {("held", "asserted")}),
        ("The rebel chief visits occupied Arden.", {("held", "asserted")}),
        ("The rebels occupied Arden on Friday.", {("captured", "asserted")}),
        ("Pilgrims walked to a spot from which rebels occupied Arden.", {("captured", "asserted")}),
        ("The army used rockets to shell Arden.", {("struck", "asserted")}),
        ("The army would use rockets to shell Arden.", {("struck", "planned")}),
    ],
)
def test_what_is_occupied_and_what_is_used(read, text, told):
    assert {(r.state.value, r.factuality.value) for r in read(text + WAR)} == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The battle for Arden still looms.", {("threatened", "asserted")}),
        ("The rebels say the liberation of Arden is near.", {("recaptured", "planned")}),
        ("The battle for Arden rages.", {("contested", "asserted")}),
        ("Residents of Arden say fighting continues.", {("contested", "claimed")}),
        ("Residents of Arden say fighting continues in the hills.", set()),
        ("Rebels still hold an area of Arden.", {("contested", "asserted")}),
        ("Rebels still hold the area of Arden.", {("held", "asserted")}),
        ("Forty people were evacuated from Arden for surgery.", set()),
        ("Forty people were evacuated from Arden before the storm.", {("evacuation_ordered", "asserted")}),
    ],
)  # fmt: skip
def test_what_is_near_is_not_here(read, text, told):
    assert {(r.state.value, r.factuality.value) for r in read(text + WAR)} == told
