"""What is said of a place and what only carries or locates its name."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

NOTHING_OF_ARDEN = [
    # located by it
    "Rebels captured a village near Arden.",
    "The army took two hills north of Arden.",
    "Fighting raged on the road to Arden.",
    "Troops seized Dorn, about 60 kilometres from Arden.",
    "A convoy of rebels left on the Arden-Dorn highway.",
    # another place of the name
    "Rebels captured Arden province.",
    "The army retook the province of Arden.",
    "Rebels shelled New Arden.",
    # carries the name
    "Arden United won 3-0 after a late strike.",
    "Students at Arden University held a peaceful rally.",
    "The Arden Hotel reopened after a long siege by creditors.",
    # not war
    "The museum captured the spirit of Arden in an exhibition.",
    "A storm hit Arden and left roads flooded.",
    "The striker left Arden for a rival club.",
    "Tourists entered Arden in record numbers.",
    "The company took over Arden Foods last year.",
    "Protesters occupied a square in Arden.",
    "The mayor of Arden resigned after losing control of her party.",
    "Snow has cut many visits to Arden short.",
    "Voters in Arden fought over a bridge.",
    "The film about the battle of wits in Arden opens today.",
    "Police arrested two men in Arden over a robbery.",
    "An earthquake struck Arden on Sunday.",
    "A fire destroyed a warehouse in Arden.",
    "The festival in Arden will close on Friday.",
    "She withdrew from the race in Arden with an injury.",
    "The team advanced to Arden for the final.",
    "Arden fell silent as the choir sang.",
    "The price war between two bakers in Arden goes on.",
    "Talks on trade were held in Arden on Monday.",
    "The president flew to Arden to attack his critics.",
    "A new book tells the history of Arden.",
    "Inflation hit Arden hard.",
]


@pytest.mark.parametrize("text", NOTHING_OF_ARDEN)
def test_nothing_is_said_of_the_place(read, text):
    told = [
        r
        for r in read(text)
        if r.place == "Arden" and r.factuality.value in {"asserted", "claimed"}
    ]
    assert told == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Rebels captured Dorn and Arden.", {"Arden", "Dorn"}),
        ("The rebels seized the towns of Arden and Dorn from the army.", {"Arden", "Dorn"}),
        ("The rebels took Arden on Monday and the army left Dorn.", {"Arden", "Dorn"}),
        ("Rebels captured Arden, Vale province, on Monday.", {"Arden"}),
        ("Rebels captured Arden, the capital of Vale province.", {"Arden"}),
        ("Rebels captured Dorn, a town west of Arden.", {"Dorn"}),
        ("The army withdrew from the south, including Arden.", {"Arden"}),
        ("Rebels captured villages in Vale province.", {"Vale Province"}),
        ("Rebels captured a base in Vale province.", set()),
    ],
)
def test_lists_and_whereabouts(read, text, places):
    assert {r.place for r in read(text)} == places


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Rebels reached the outskirts of Arden.", "threatened"),
        ("Troops and rebels clashed outside Arden.", "threatened"),
        ("The army holds most of Arden.", "contested"),
        ("Rebels captured the northern districts of Arden.", "contested"),
        ("Troops reached the centre of Arden.", "entered"),
        ("The militia took the barracks in Arden.", "contested"),
    ],
)
def test_parts_and_edges(read, text, state):
    assert {r.state.value for r in read(text) if r.place == "Arden"} == {state}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Rebels surrounded Arden. They entered the city at night.", "entered"),
        ("Soldiers defended Arden for weeks, but the rebels captured it on Friday.", "captured"),
        ("Arden and Dorn were quiet. The army has retaken both towns.", "recaptured"),
    ],
)
def test_the_city_it_and_both_towns(read, text, state):
    assert ("Arden", state) in {(r.place, r.state.value) for r in read(text)}


def test_the_city_is_not_the_place_when_it_names_another(read):
    told = read("Aid came to Arden. On Friday rebels captured the city of Morrow.")
    assert told == []


@pytest.mark.parametrize(
    ("title", "state"),
    [
        ("Rebels capture Arden", "captured"),
        ("Arden Falls to Rebels as Army Retreats", "captured"),
        ("Drones attack Arden", "struck"),
        ("Army, Rebels Clash in Arden", "contested"),
        ("Rebels outside Arden as army digs in", "threatened"),
        ("Militants Close In on Arden", "threatened"),
        ("Rebels in full control of Arden", "captured"),
    ],
)
def test_headlines(read, title, state):
    assert state in {r.state.value for r in read("", title=title)}


def test_a_topic_is_no_headline(read):
    assert read("The talks went on.", title="Vale war / Battle of Arden") == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Quill airport was closed after the attack.", "closed"),
        ("Quill airport reopened on Friday.", "reopened"),
        ("Residents of Arden were told to evacuate Arden at once.", "evacuation_ordered"),
        ("Officials ordered the evacuation of Arden as the fire spread.", "evacuation_ordered"),
        ("A power cut in Arden left thousands in the dark.", "outage"),
    ],
)
def test_civil_states(read, text, state):
    assert state in {r.state.value for r in read(text)}


@pytest.mark.parametrize(
    ("text", "actor", "against"),
    [
        (
            "Syrian rebels captured Hama from government forces.",
            "Syrian rebels",
            "Syrian government",
        ),
        ("Hama was recaptured by the Syrian army.", "Syrian government", None),
        ("The Islamic State's capture of Hama shocked the region's armies.", "Islamic State", None),
        ("Hayat Tahrir al-Sham said its fighters had entered Hama.", "Hayat Tahrir al-Sham", None),
        ("Russian warplanes bombed Hama.", "Russia", None),
    ],
)
def test_who_acts(read, text, actor, against):
    (report,) = read(text)
    assert report.actor == actor
    assert against is None or report.against == against
