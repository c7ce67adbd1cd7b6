"""Words of war beside a place that tell of something else, and the same words where they do tell of it."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

BESIDE = " The war has gone on for years."
CURRENT = {"asserted", "claimed"}


def _states(reports) -> set[str]:
    return {report.state for report in reports if report.factuality in CURRENT}


@pytest.mark.parametrize(
    "text",
    [
        "Norland brought down its own drone over Arden by mistake.",
        "Riot police opened fire on protesters in Arden.",
        "The consul was hurt in an attack on his house in Arden.",
        "People laid flowers for the victims of the bombing in Arden.",
        "The embassy in Arden was evacuated overnight.",
        "Two planes evacuated diplomats and their families from Arden.",
        "Parliament passed a law annexing Arden.",
        "Ministers would like to annex parts of Arden.",
        "They laid wreaths for the dead of Friday's bombing in Arden.",
        "The demand that the army withdraw from Arden was repeated.",
        "Norland praised the proposal that the army cede Arden.",
        "A drone that had lost control over Arden fell into a field.",
        "Our negotiators will stand united on Arden, he said.",
        "Foreign soldiers are in Arden training recruits.",
        "A pump burned down during the invasion, in Arden, engineers said.",
    ],
)
def test_what_only_stands_beside_the_place_is_not_read(read, text):
    assert _states(read(text + BESIDE)) == set()


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("An enemy drone hit Arden after its pilots lost contact.", "struck"),
        ("The army opened fire on Arden with mortars.", "struck"),
        ("The army's bombing of Arden killed nine.", "struck"),
        ("The air force said it downed every drone in the assault on Arden.", "struck"),
        ("The army has cut Arden off from the coast.", "besieged"),
        ("The claim that the army withdrew from Arden came at noon.", "withdrawn"),
        ("The army attacked Arden at dawn.", "threatened"),
        ("The army's assault on Arden is in its third week.", "threatened"),
        ("The rebels evacuated Arden overnight.", "withdrawn"),
        ("Officials evacuated residents from Arden.", "evacuation_ordered"),
        ("The militia lost control of Arden to the army.", "captured"),
        ("Rebel troops are now in Arden.", "entered"),
        ("The invasion of Arden began at night.", "entered"),
    ],
)
def test_the_same_words_told_of_the_place_are_read(read, text, state):
    assert state in _states(read(text + BESIDE))


@pytest.mark.parametrize(
    "text",
    [
        "The army's drone assault on Arden lasted all night.",
        "It was the third missile onslaught on Arden this week by the army.",
        "Gunners downed most of the missiles in a new attack on Arden by Russia.",
    ],
)
def test_an_attack_from_the_air_is_a_strike(read, text):
    states = _states(read(text + BESIDE))
    assert "struck" in states
    assert "threatened" not in states


def test_an_attack_told_again_is_the_strike_told_before(read):
    text = "Missiles hit Arden at night. The army has attacked Arden five times this month."
    assert "threatened" not in _states(read(text + BESIDE))


def test_an_attack_that_men_beat_back_is_no_strike(read):
    text = "Shells hit Arden at night. Rebels are repelling attacks on Arden by the army."
    assert {"struck", "threatened"} <= _states(read(text + BESIDE))


def test_cut_off_from_power_is_no_siege(read):
    assert "besieged" not in _states(read("Arden was cut off from electricity on Sunday." + BESIDE))
    assert "besieged" in _states(read("Arden was cut off by the army on Sunday." + BESIDE))


@pytest.mark.parametrize("word", ["all", "almost all", "nearly all"])
def test_nearly_all_of_a_place_is_a_part_of_it(read, word):
    states = _states(read(f"The army took {word} of Arden on Friday." + BESIDE))
    assert states == ({"captured"} if word == "all" else {"contested"})


def test_fighting_told_beside_a_region_is_not_its_own(read):
    reports = read("Strikes hit Vale Province. Schools shut as fighting went on." + BESIDE)
    assert "contested" not in _states(reports)


@pytest.mark.parametrize(
    "text",
    [
        "A film shows the daily work of drones in Arden.",
        "Norland's officials fled Arden on Tuesday.",
        "Families flee Arden bombardment.",
        "These civilian departures from Arden were filmed.",
        "Border clashes over Arden left two dead.",
        "In Arden, the rebel party is on the rise.",
        "The town recalled the last weeks of the army's occupation of Arden.",
        "They told of the horrors of the Arden siege.",
        "The two armies traded fire in Vale Province.",
    ],
)
def test_what_is_looked_back_on_or_aimed_elsewhere_is_not_current(read, text):
    states = _states(read(text + BESIDE))
    assert not states & {"withdrawn", "contested", "held", "besieged", "entered"}
    assert "drones" not in text or "struck" not in states


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("A swarm of drones hit Arden.", "struck"),
        ("Rebel soldiers fled Arden on Tuesday.", "withdrawn"),
        ("Clashes in Arden left two soldiers dead.", "contested"),
        ("The army's occupation of Arden goes on.", "held"),
        ("Soldiers and rebels fought on the streets of Arden.", "contested"),
        ("The two armies traded fire in Arden.", "contested"),
    ],
)
def test_what_goes_on_in_the_place_is_current(read, text, state):
    assert state in _states(read(text + BESIDE))
