"""What is near the news and is not it: aims, battles to come, a plant's own power, one unit's flight, a capital's talk."""

from __future__ import annotations

import pytest

from placewatch.vocabulary import PlaceKind
from streams.reading.reader import Reader
from tests.unit.reading.conftest import PLACES, article_of, place_of


pytestmark = pytest.mark.model

KYIV = place_of("Kyiv, Ukraine")


@pytest.fixture(scope="module")
def read_of_kyiv(nlp, actors, sources):
    reader = Reader((*PLACES, KYIV), actors, sources, nlp, has_second_opinion=False)

    def told(text: str) -> set[str]:
        (readings,) = reader.read([article_of(text)])
        return {report.state for reading in readings for report in reading.reports}

    return told


@pytest.mark.parametrize(
    "text",
    [
        "The general's obsession with capturing Homs has cost his rebels dearly.",
        "The army's fixation on retaking Homs baffles its allies.",
        "The rebels are obsessed with seizing Homs.",
        "Their appetite for taking Homs has grown, the rebels' rivals say.",
        "The rebel chief's men made seizing Homs a priority.",
        "The rebels' preoccupation with capturing Homs worries their sponsors.",
    ],
)
def test_what_somebody_is_set_on_is_no_deed(read, text):
    taken = {r.factuality for r in read(text) if r.state in {"captured", "recaptured"}}
    assert taken == {"planned"}


@pytest.mark.parametrize(
    "text",
    [
        "The rebels succeeded in capturing Homs.",
        "The rebels celebrated after capturing Homs.",
        "Rebels captured Homs, the obsession of their leader.",
    ],
)
def test_what_is_done_stays_done(read, text):
    assert {r.factuality for r in read(text) if r.state == "captured"} == {"asserted"}


@pytest.mark.parametrize(
    "text",
    [
        "The battle for Homs is still ahead, a rebel commander said.",
        "The battle for Homs lies ahead, and the army digs in.",
        "The army is facing the battle for Homs, its commander said.",
    ],
)
def test_a_battle_ahead_is_not_fought_yet(read, text):
    told = {(r.state, r.factuality) for r in read(text)}
    assert not told & {("contested", "asserted"), ("contested", "claimed")}


@pytest.mark.parametrize(
    "text",
    [
        "The battle for Homs rages on between rebels and the army.",
        "Families face fighting in Homs as rebels push in.",
        "The army said it lost ten men in the battle for Homs.",
    ],
)
def test_a_battle_that_is_fought_is(read, text):
    assert "contested" in {r.state for r in read(text) if r.factuality in {"asserted", "claimed"}}


@pytest.mark.parametrize(
    "text",
    [
        "The nuclear plant in Arden has lost its external power supply, the army said.",
        "The Arden nuclear station was left without electricity after shelling.",
        "Shelling hit lines: the atomic plant at Arden lost its power again.",
        "Power cuts hit the war-torn coast as Arden nuclear station went off the grid.",
    ],
)
def test_a_nuclear_plant_without_power_is_no_town_without_power(read, text):
    assert "outage" not in {report.state for report in read(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Residents of Arden lost power after shelling hit a substation.",
        "A strike on a nuclear plant in Arden left the town without power.",
        "The power plant in Arden was shelled and the town lost electricity.",
    ],
)
def test_a_town_without_power_is(read, text):
    assert "outage" in {report.state for report in read(text)}


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("A Syrian brigade fled its positions in Homs.", "Syrian brigade"),
        ("A battalion of the Syrian army abandoned Homs.", "battalion of the Syrian army"),
        ("The rebels say an army regiment fled from Homs.", "army regiment"),
    ],
)
def test_a_unit_that_leaves_is_told_as_itself(read, text, actor):
    assert {r.actor for r in read(text) if r.state == "withdrawn"} == {actor}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Syrian troops fled their positions in Homs.", "withdrawn"),
        ("The Syrian army abandoned Homs.", "withdrawn"),
        ("A Syrian army brigade entered Homs.", "entered"),
    ],
)
def test_an_army_that_leaves_and_a_unit_that_comes_are_their_side(read, text, state):
    assert {r.actor for r in read(text) if r.state == state} == {"Syrian government"}


@pytest.mark.parametrize(
    "text",
    [
        "Kyiv asked its friends for tanks ahead of a Russian offensive in spring.",
        "Kyiv says it lacks shells ahead of a Russian offensive.",
        "Kyiv wants more jets before Russia's next offensive.",
        "The chancellor faces calls from NATO and Kyiv to send tanks ahead of a Russian offensive.",
        "Both leaders toured the front ahead of an expected Kyiv counteroffensive.",
    ],
)
def test_a_capital_that_talks_is_a_government(read_of_kyiv, text):
    assert "threatened" not in read_of_kyiv(text)


@pytest.mark.parametrize(
    "text",
    [
        "Kyiv braces for a Russian offensive.",
        "Kyiv residents leave ahead of a Russian offensive.",
        "Kyiv prepares for a Russian assault on the city.",
    ],
)
def test_a_capital_that_is_to_be_attacked_is_a_town(read_of_kyiv, text):
    assert "threatened" in read_of_kyiv(text)


VALE_TOWN, VALE_REGION = (
    place_of("Vale"),
    place_of("Vale Province", PlaceKind.ADMIN, ("Vale province",)),
)


@pytest.fixture(scope="module")
def places_told(nlp, actors, sources):
    reader = Reader((VALE_TOWN, VALE_REGION), actors, sources, nlp, has_second_opinion=False)

    def told(text: str) -> set[str]:
        (readings,) = reader.read([article_of(text)])
        return {report.place for reading in readings for report in reading.reports}

    return told


@pytest.mark.parametrize(
    "text",
    [
        "Rebels won a foothold on the army-held eastern bank in Vale.",
        "Rebels hold the left bank of Vale, the army said.",
        "Rebels fight for the far bank of Vale as the army shells them.",
    ],
)
def test_a_bank_is_not_of_the_town(places_told, text):
    assert "Vale" not in places_told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rebels captured Vale.",
        "Rebels hold the left bank and the army holds the city of Vale.",
        "Rebels robbed a bank and then captured Vale.",
    ],
)
def test_a_bank_elsewhere_leaves_the_town_itself(places_told, text):
    assert places_told(text) == {"Vale"}


@pytest.mark.parametrize(
    "text",
    [
        "A museum in Arden reopens amid rebel attacks.",
        "Arden festival opens amid rebel attacks",
        "Schools in Arden stay open amid attacks by the army.",
    ],
)
def test_attacks_that_go_on_meanwhile_threaten_nobodys_hold(read, text):
    assert "threatened" not in {report.state for report in read(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Families leave Arden amid a rebel offensive.",
        "Shops close in Arden amid a rebel onslaught.",
        "Families flee Arden before the rebel assault.",
    ],
)
def test_an_offensive_that_goes_on_meanwhile_threatens(read, text):
    assert "threatened" in {report.state for report in read(text)}
