"""Who is who in a country, however the country and the parties are called."""

from __future__ import annotations

import pytest

from placewatch.actors import Actors, load_actors
from placewatch.settings import Settings
from placewatch.sources import Sources
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


@pytest.fixture(scope="module")
def actors() -> Actors:
    return load_actors(Settings(_env_file=None).actors)


@pytest.fixture
def seen_in(actors):
    """The context of a place in a country, with the shipped actors."""

    def of(country):
        return Context(load_policy(), actors, Sources([]), country)

    return of


@pytest.mark.parametrize("label", ["Gaza Strip", "Palestine", "Palestinian Territory"])
def test_a_side_fights_in_a_country_by_each_of_its_names(seen_in, label):
    assert seen_in(label).fights_here("israel")
    assert not seen_in(label).fights_here("russia")


@pytest.mark.parametrize(
    ("country", "army"), [("Mozambique", "Mozambican army"), ("DR Congo", "Congolese army")]
)
def test_a_country_that_holds_a_place_is_its_government(seen_in, country, army):
    context = seen_in(country)
    assert context.side(country) == context.side(army)


def test_a_country_elsewhere_is_not_this_ones_government(seen_in):
    assert seen_in("DR Congo").side("Rwanda") == "m23"


def test_what_helpers_take_for_a_government_that_government_holds(seen_in):
    context = seen_in("Mozambique")
    assert context.side("Rwandan troops") == context.side("Mozambican army")
    assert context.holder_name(context.side("Rwandan troops"), ("Rwandan troops",)) == (
        "Mozambican army"
    )


def test_a_side_without_a_government_is_called_as_the_news_do(seen_in):
    names = ("HTS", "HTS", "Syrian rebels")
    assert seen_in("Syria").holder_name("syrian-opposition", names) == "Hayat Tahrir al-Sham"


def test_helpers_that_leave_do_not_give_the_place_up(seen_in):
    context = seen_in("Mozambique")
    side = context.side("Mozambican army")
    assert context.is_part(side, ("Rwandan troops",))
    assert not context.is_part(side, ("Mozambican army",))


def test_a_unit_or_some_men_of_a_side_are_a_part_of_it(seen_in):
    context = seen_in("Ukraine")
    side = context.side("Russia")
    assert context.is_part(side, ("a Russian army unit",))
    assert context.is_part(side, ("Some Russian troops", "several Russian fighters"))
    assert not context.is_part(side, ("Russian army", "Russian garrison"))
