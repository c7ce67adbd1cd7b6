"""What labels are taken for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from placewatch.gazetteer import Gazetteer, load_gazetteer
from placewatch.place_labels import country_of, kind_words, parse_label
from placewatch.place_resolution import ProblemKind, Resolved, resolve
from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind


Place = Callable[[str], WatchedPlace]


@pytest.mark.parametrize(
    ("label", "geonameid"),
    [
        ("Rastan, Syria", 172946),
        ("Ar-Rastan, Syria", 172946),
        ("Talbiseh, Syria", 163779),
        ("Homs, Syria", 169577),
        ("Khan Sheikhoun, Syria", 168325),
        ("Odesa, Ukraine", 698740),
        ("Odessa, Ukraine", 698740),
        ("Kiev, Ukraine", 703448),
        ("Izium, Ukraine", 707292),
        ("Izyum, Ukraine", 707292),
        ("El Fasher, Sudan", 379555),
        ("Al-Fashir, Sudan", 379555),
        ("Goma, DR Congo", 216281),
        ("Goma, Democratic Republic of the Congo", 216281),
        ("Goma, DRC", 216281),
        ("Loikaw, Myanmar", 1313479),
        ("Loikaw, Burma", 1313479),
        ("Hodeidah, Yemen", 79415),
        ("Tripoli, Lebanon", 266826),
        ("Tripoli, Libya", 2210247),
        ("Khan Yunis, Gaza Strip", 281124),
        ("Khan Yunis, Palestine", 281124),
        ("Shirqat, Iraq", 91057),
    ],
)
def test_a_town_is_found_by_any_of_its_spellings(place: Place, label: str, geonameid: int) -> None:
    found = place(label)
    assert found.geonameid == geonameid
    assert found.kind is PlaceKind.POPULATED_PLACE
    assert found.latitude is not None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Idlib Governorate, Syria", PlaceKind.ADMIN),
        ("Sumy Oblast, Ukraine", PlaceKind.ADMIN),
        ("North Kivu, DR Congo", PlaceKind.ADMIN),
        ("South Darfur, Sudan", PlaceKind.ADMIN),
        ("Gezira State, Sudan", PlaceKind.ADMIN),
        ("Rakhine State, Myanmar", PlaceKind.ADMIN),
        ("Panjshir Province, Afghanistan", PlaceKind.ADMIN),
        ("Haditha District, Iraq", PlaceKind.ADMIN),
        ("Lower Shabelle, Somalia", PlaceKind.ADMIN),
        ("Syria", PlaceKind.COUNTRY),
        ("DR Congo", PlaceKind.COUNTRY),
        ("Gaza Strip", PlaceKind.AREA),
        ("Nagorno-Karabakh, Azerbaijan", PlaceKind.AREA),
        ("Eastern Ghouta, Syria", PlaceKind.AREA),
        ("northern Aleppo countryside, Syria", PlaceKind.AREA),
        ("Lachin corridor, Azerbaijan", PlaceKind.AREA),
        ("Goma International Airport, DR Congo", PlaceKind.AIRPORT),
        ("Abu al-Duhur air base, Syria", PlaceKind.BASE),
        ("Bagram Airfield, Afghanistan", PlaceKind.BASE),
        ("Rafah Border Crossing, Gaza Strip", PlaceKind.CROSSING),
        ("Jordan border crossings in Daraa, Syria", PlaceKind.CROSSING),
        ("Zaporizhzhia Nuclear Power Plant, Ukraine", PlaceKind.FACILITY),
        ("Al-Hawl camp, Syria", PlaceKind.FACILITY),
        ("Misrata\u2013Sirte coastal road, Libya", PlaceKind.ROAD),
        ("M5 highway, Syria", PlaceKind.ROAD),
        ("M5, Syria", PlaceKind.ROAD),
        ("Karrada (Baghdad), Iraq", PlaceKind.DISTRICT),
        ("Port Sudan, Sudan", PlaceKind.POPULATED_PLACE),
        ("Walikale, DR Congo", PlaceKind.POPULATED_PLACE),
        ("Stoke-on-Trent, United Kingdom", PlaceKind.POPULATED_PLACE),
    ],
)
def test_the_name_tells_the_kind(place: Place, label: str, kind: PlaceKind) -> None:
    assert place(label).kind is kind


def test_a_town_has_its_province_country_and_population(place: Place) -> None:
    rastan = place("Rastan, Syria")
    assert (rastan.admin1, rastan.country, rastan.country_code) == ("Homs", "Syria", "SY")
    assert rastan.population == 53152
    assert (rastan.latitude, rastan.longitude) == (34.92667, 36.73241)
    assert rastan.resolution == "resolved"


@pytest.mark.parametrize(
    ("label", "latitude", "longitude"),
    [
        ("Goma International Airport, DR Congo", -1.671, 29.239),
        ("Goma airport, DR Congo", -1.671, 29.239),
        ("Kavumu Airport, DR Congo", -2.309, 28.809),
        ("Khartoum Airport, Sudan", 15.590, 32.553),
        ("Bagram Airfield, Afghanistan", 34.946, 69.265),
    ],
)
def test_an_airport_stands_where_it_is(
    place: Place, label: str, latitude: float, longitude: float
) -> None:
    found = place(label)
    assert found.resolution == "resolved"
    assert (found.latitude, found.longitude) == pytest.approx((latitude, longitude), abs=0.001)
    assert found.geonameid is None


def test_another_facility_stands_where_the_town_of_its_name_does(place: Place) -> None:
    plant, town = place("Zaporizhzhia Nuclear Power Plant, Ukraine"), place("Zaporizhzhia, Ukraine")
    assert (plant.latitude, plant.longitude) == (town.latitude, town.longitude)
    assert plant.resolution == "resolved"


def test_a_province_stands_where_its_largest_town_does(place: Place) -> None:
    assert place("North Kivu, DR Congo").latitude == place("Goma, DR Congo").latitude


@pytest.mark.parametrize(
    ("label", "wrong_town"),
    [
        ("Al-Baghdadi, Iraq", "Baghdad"),
        ("Karabilah, Iraq", "Karbala"),
        ("Kyslivka, Ukraine", "Kyselivka"),
        ("Burri, Sudan", "Barah"),
    ],
)
def test_a_name_with_the_same_consonants_only_is_suggested_not_taken(
    resolved: Callable[[str], Resolved], label: str, wrong_town: str
) -> None:
    found = resolved(label)
    assert found.place.resolution == "unresolved"
    assert found.place.aliases[0] == parse_label(label).name
    assert wrong_town not in found.place.aliases
    assert found.problems[0].kind is ProblemKind.UNRESOLVED


def test_what_is_not_found_is_kept_and_reported(resolved: Callable[[str], Resolved]) -> None:
    found = resolved("Xqzvlmbrg, Syria")
    assert found.place.resolution == "unresolved"
    assert found.place.aliases == ("Xqzvlmbrg",)
    (problem,) = found.problems
    assert problem.kind is ProblemKind.UNRESOLVED
    assert "check the spelling" in problem.message


def test_a_label_without_a_known_country_says_so(resolved: Callable[[str], Resolved]) -> None:
    (problem,) = resolved("Springfield, Freedonia").problems
    assert '"Name, Country"' in problem.message


def test_several_towns_of_one_name_are_reported_with_candidates(
    resolved: Callable[[str], Resolved],
) -> None:
    found = resolved("Lyman, Ukraine")
    assert found.place.resolution == "ambiguous"
    assert found.place.geonameid == 704204
    assert found.place.candidates[0].startswith("Lyman, Donetsk (20,066 people, geonameid 704204)")
    ambiguous = next(p for p in found.problems if p.kind is ProblemKind.AMBIGUOUS)
    assert ambiguous.candidates == found.place.candidates


def test_a_geonameid_says_which(gazetteer: Gazetteer) -> None:
    found = resolve("Lyman, Ukraine", gazetteer, geonameid=703071)
    assert (found.place.resolution, found.place.admin1) == ("resolved", "Kharkiv")


def test_a_middle_part_says_in_which_province() -> None:
    of_france = load_gazetteer(["US"])
    found = resolve("Montpelier, Idaho, United States", of_france)
    assert found.place.admin1 == "Idaho"
    assert found.place.resolution == "resolved"
    assert found.place.country == "United States"


def test_a_hamlet_of_the_same_name_does_not_make_a_city_ambiguous(place: Place) -> None:
    assert place("Kyiv, Ukraine").resolution == "resolved"
    assert place("Homs, Syria").candidates == ()


def test_a_better_known_namesake_is_warned_of(resolved: Callable[[str], Resolved]) -> None:
    kinds = {p.kind: p for p in resolved("Tripoli, Lebanon").problems}
    assert any("Libya" in c for c in kinds[ProblemKind.NAMESAKE].candidates)
    assert ProblemKind.NAMESAKE not in {p.kind for p in resolved("Rastan, Syria").problems}


def test_a_name_that_is_a_word_is_warned_of(resolved: Callable[[str], Resolved]) -> None:
    assert ProblemKind.COMMON_WORD in {p.kind for p in resolved("Sake, DR Congo").problems}
    assert ProblemKind.COMMON_WORD not in {p.kind for p in resolved("Goma, DR Congo").problems}


def test_what_the_person_says_is_the_kind_wins(gazetteer: Gazetteer) -> None:
    found = resolve("Azovstal, Ukraine", gazetteer, kind=PlaceKind.FACILITY)
    assert found.place.kind is PlaceKind.FACILITY


def test_aliases_given_are_added_as_they_are(gazetteer: Gazetteer) -> None:
    found = resolve("Rastan, Syria", gazetteer, aliases=("Rstn", "Of"))
    assert {"Rstn", "Of"} <= set(found.place.aliases)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Goma, DR Congo", "CD"),
        ("Rafah, Gaza Strip", "PS"),
        ("Abidjan, Ivory Coast", "CI"),
        ("Yangon, Burma", "MM"),
        ("Ankara, T\u00fcrkiye", "TR"),
        ("London, UK", "GB"),
        ("Syria", "SY"),
        ("Darfur", "SD"),
        ("Springfield, Freedonia", None),
    ],
)
def test_country_names_people_use_are_known(label: str, code: str | None) -> None:
    assert country_of(label) == code


def test_a_label_is_taken_apart() -> None:
    label = parse_label("al-Maqwas (Suwayda), Syria")
    assert (label.name, label.within, label.country_name) == ("al-Maqwas", "Suwayda", "Syria")


def test_a_plain_name_tells_no_kind() -> None:
    assert kind_words("Rastan") is None
