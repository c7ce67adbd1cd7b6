"""Words of war where there is none: turns of speech, crowds and envoys, battles of other years, works about them."""

from __future__ import annotations

import pytest

from placewatch.vocabulary import PlaceKind
from streams.reading.reader import Reader
from tests.unit.reading.conftest import PLACES, article_of, place_of


pytestmark = pytest.mark.model

AIRPORT = place_of("Arden airport, Syria", PlaceKind.AIRPORT)


@pytest.fixture(scope="module")
def read_with_airport(nlp, actors, sources):
    reader = Reader((*PLACES, AIRPORT), actors, sources, nlp, has_second_opinion=False)

    def told(text: str) -> set[str]:
        (readings,) = reader.read([article_of(text)])
        return {report.state for reading in readings for report in reading.reports}

    return told


def current(reports):
    return {r.state for r in reports if r.factuality in {"asserted", "claimed"}}


@pytest.mark.parametrize(
    "text",
    [
        "The army has hit a wall in Homs, and its generals know it.",
        "The rebels' advance struck a snag in Homs, analysts say.",
        "A girl of six is fighting for her life in a hospital in Homs after the shelling of a village.",
        "Columns of pilgrims poured into Homs on Friday as soldiers looked on.",
        "A stream of mourners entered Homs on foot, past army checkpoints.",
        "The rebel delegates left Homs without a deal.",
        "Army negotiators withdrew from Homs after a night of talks.",
        "The nearest soldiers are in Homs, the priest said.",
        "Soldiers took back the prison of Homs from inmates after a day.",
    ],
)
def test_a_manner_of_speaking_tells_of_no_war(read, text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("The army has hit a school in Homs with rockets.", "struck"),
        ("A missile hit the wall of a barracks in Homs.", "struck"),
        ("Soldiers are fighting for the bakery in Homs.", "contested"),
        ("Columns of tanks poured into Homs on Friday.", "entered"),
        ("Rebel fighters left Homs without a shot.", "withdrawn"),
        ("The first soldiers are in Homs, the priest said.", "entered"),
    ],
)
def test_the_same_words_of_forces_do(read, text, state):
    assert current(read(text)) == {state}


@pytest.mark.parametrize(
    "text",
    [
        "Historians reburied twelve soldiers who fell in the 1834 battle of Homs.",
        "The mayor laid a wreath for the dead of the 2013 siege of Homs.",
        "A director spent two years filming the battle for Homs.",
        "The general wants to repeat his army's victory in Homs.",
        "Rebels say that avenging the loss of Homs comes first.",
    ],
)
def test_a_battle_of_another_year_or_of_a_work_is_history(read, text):
    reports = read(text)
    assert reports
    assert current(reports) == set()


def test_the_year_of_the_text_is_no_history(read):
    assert current(read("Soldiers speak of the 2024 battle for Homs, now in its third week.")) == {
        "contested"
    }


def test_who_held_it_for_an_hour_holds_it_no_more(read):
    (report,) = read("Rebels held Homs for an hour on Thursday.")
    assert (report.state, report.factuality) == ("held", "historical")
    assert current(read("The rebels have held Homs for two days.")) == {"held"}


def test_who_has_been_there_for_years_holds_it(read):
    assert current(read("Rebel troops have been in Homs since 2018.")) == {"held"}
    assert current(read("Rebel troops have been in Homs all morning.")) == {"entered"}


def test_an_airport_that_reopens_its_canteen_was_open(read_with_airport):
    assert read_with_airport("Arden airport reopened its canteen on Thursday.") == set()
    assert read_with_airport("Arden airport reopened on Thursday.") == {"reopened"}


def test_no_power_is_an_outage_and_no_power_cuts_are_none(read):
    assert current(read("There is no power in Homs after the shelling.")) == {"outage"}
    assert current(read("The minister boasts of there being no power cuts in Homs.")) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Fight for Homs intensifies as the war enters its third year.",
        "The fight over Homs drags on, the army says.",
        "The rebels and the army are in a struggle for Homs.",
    ],
)
def test_a_fight_for_a_town_is_a_fight(read, text):
    assert current(read(text)) == {"contested"}


def test_a_commanders_men_are_armed(read):
    (report,) = read("The rebel commander said his men had taken all of Homs.")
    assert (report.state, report.factuality) == ("captured", "claimed")
