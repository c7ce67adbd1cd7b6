"""What a sentence names and does not tell of the place: pieces of a region, other towns, memories, leavings not done."""

from __future__ import annotations

import pytest

from placewatch.vocabulary import PlaceKind
from streams.reading.reader import Reader
from tests.unit.reading.conftest import PLACES, article_of, place_of


pytestmark = pytest.mark.model

KYIV, MOGADISHU = place_of("Kyiv, Ukraine"), place_of("Mogadishu, Somalia")


@pytest.fixture(scope="module")
def read_of(nlp, actors, sources):
    region = place_of("Kherson Oblast, Ukraine", PlaceKind.ADMIN, ("Kherson region",))
    towns = (KYIV, MOGADISHU, region)
    reader = Reader((*PLACES, *towns), actors, sources, nlp, has_second_opinion=False)

    def reports(text: str, title: str = "") -> list:
        (readings,) = reader.read([article_of(text, title)])
        return [report for reading in readings for report in reading.reports]

    return reports


def states(reports) -> set[tuple[str, str]]:
    return {(r.state.value, r.factuality.value) for r in reports}


@pytest.mark.parametrize(
    "text",
    [
        "Russian troops left the Kherson region west of the river on Friday.",
        "The army has abandoned the Kherson region on the right bank.",
    ],
)
def test_a_piece_of_a_region_that_is_left_is_marked(read_of, text):
    left = [r for r in read_of(text) if r.state == "withdrawn"]
    assert left
    assert all(r.is_of_region_part for r in left)


def test_a_piece_of_a_region_that_is_taken_leaves_the_region_contested(read_of):
    text = "Ukrainian forces recaptured the Kherson region west of the river."
    assert {s for s, _ in states(read_of(text))} == {"contested"}


def test_a_region_that_is_left_is_whole(read_of):
    (left,) = read_of("Russian troops left the Kherson region on Friday.")
    assert not left.is_of_region_part


def test_an_advance_on_villages_of_a_region_is_none_on_the_region(read_of):
    assert read_of("Russian forces are pushing towards four villages in the Kherson region.") == []


@pytest.mark.parametrize(
    "text",
    [
        "He has lived abroad since the rebels stormed Homs.",
        "The truck was sold long before the rebels entered Homs, the trader said.",
    ],
)
def test_a_time_clause_dates_another_thing_and_is_past(read_of, text):
    assert {f for _, f in states(read_of(text))} == {"historical"}


@pytest.mark.parametrize(
    "text",
    [
        "The rebels shelled the depots for two days before they entered Homs.",
        "The army fled hours before the rebels entered Homs.",
    ],
)
def test_what_one_thing_leads_to_is_news(read_of, text):
    assert ("entered", "asserted") in states(read_of(text))


def test_a_taking_that_is_only_thought_of_is_none(read_of):
    told = read_of("A rebel victory in Homs will be a heavy blow to the army.")
    assert not {("captured", "asserted"), ("captured", "claimed")} & states(told)
    known = read_of("The fall of Homs to the rebels will cost the army its last bridge.")
    assert ("captured", "asserted") in states(known)


@pytest.mark.parametrize(
    "text",
    [
        "The rebels keep up an offensive aimed at seizing Homs.",
        "The warlord, once a cook, has made seizing Homs a private obsession.",
        "There was wild speculation around the rebels' apparent seizure of Homs.",
    ],
)
def test_an_aim_or_a_rumour_is_no_deed(read_of, text):
    taken = {f for s, f in states(read_of(text)) if s in {"captured", "recaptured"}}
    assert taken == {"planned"}


@pytest.mark.parametrize(
    ("text", "is_leaving"),
    [
        ("The army is retreating from Homs.", True),
        ("The rebels have begun to withdraw from Homs.", True),
        ("The army withdrew from Homs on Thursday.", False),
        ("The rebels have left Homs.", False),
    ],
)
def test_who_is_leaving_has_not_left(read_of, text, is_leaving):
    (left,) = [r for r in read_of(text) if r.state == "withdrawn"]
    assert left.is_still_leaving is is_leaving


@pytest.mark.parametrize(
    "text",
    [
        "Germany considers sending Kyiv more tanks ahead of a looming Russian offensive.",
        "Allies debate jets for Kyiv as a Russian offensive looms.",
    ],
)
def test_whom_arms_are_given_to_is_a_government(read_of, text):
    assert read_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Al-Shabaab gunmen have stormed a crowded hotel in Mogadishu, police said.",
        "Militants lay siege to a restaurant in Mogadishu.",
    ],
)
def test_a_raid_on_guests_is_no_fight_for_the_city(read_of, text):
    assert not {"contested", "besieged"} & {s for s, _ in states(read_of(text))}


def test_men_who_storm_a_palace_fight_for_the_city(read_of):
    told = read_of("Al-Shabaab gunmen stormed the presidential palace in Mogadishu.")
    assert "contested" in {s for s, _ in states(told)}


def test_the_town_is_the_last_one_named_watched_or_not(read_of):
    lead = "The army regrouped in Homs on Monday. "
    far = "The rebels said they had entered Borim. The army said the town remained contested."
    assert "contested" not in {s for s, _ in states(read_of(lead + far))}
    near = "It rained. The army said the town remained contested."
    assert "contested" in {s for s, _ in states(read_of(lead + near))}


def test_a_key_town_in_a_headline_is_another_than_the_one_it_names(read_of):
    told = read_of("Nobody could confirm it.", "Rebels near gates of Homs after seizing key town")
    assert "captured" not in {s for s, _ in states(told)}
