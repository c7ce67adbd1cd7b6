"""The names a place is matched by, and those it must never be matched by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from placewatch.gazetteer import Gazetteer, load_gazetteer
from placewatch.gazetteer_data import Town, common_words, country_table
from placewatch.place_aliases import MAX_ALIASES, MAX_BLOCKERS
from placewatch.place_names import fold
from placewatch.place_resolution import resolve
from placewatch.records import WatchedPlace


Place = Callable[[str], WatchedPlace]
LABELS = (
    "Rastan, Syria", "Talbiseh, Syria", "Damascus, Syria", "Douma, Syria", "Deir ez-Zor, Syria", "Suwayda, Syria",
    "Odesa, Ukraine", "Kyiv, Ukraine", "Bakhmut, Ukraine", "Makariv, Ukraine", "Zaporizhzhia, Ukraine",
    "El Fasher, Sudan", "Nyala, Sudan", "Goma, DR Congo", "Loikaw, Myanmar", "Hodeidah, Yemen", "Fallujah, Iraq",
    "Gaza City, Palestine", "Khan Yunis, Gaza Strip", "Tripoli, Libya", "Idlib Governorate, Syria",
    "North Kivu, DR Congo", "Goma International Airport, DR Congo", "Panjshir Province, Afghanistan",
)  # fmt: skip


@pytest.mark.parametrize(
    ("label", "aliases"),
    [
        ("Rastan, Syria", ["Ar Rastan", "Al-Rastan", "al-Rastan", "Ar-Rastan"]),
        ("Talbiseh, Syria", ["Talbisa", "Talbisah"]),
        ("Deir ez-Zor, Syria", ["Deir Ezzor", "Deir al-Zor", "Deir al-Zour", "Deir ez Zor"]),
        ("Suwayda, Syria", ["Sweida", "Suweida", "As-Suwayda", "al-Suwayda"]),
        ("Odesa, Ukraine", ["Odessa"]),
        ("Kyiv, Ukraine", ["Kiev"]),
        ("Izium, Ukraine", ["Izyum"]),
        ("Zaporizhzhia, Ukraine", ["Zaporizhzhya", "Zaporozhye", "Zaporizhia"]),
        ("Balakliia, Ukraine", ["Balakliya", "Balaklia"]),
        ("El Fasher, Sudan", ["Al-Fashir", "El-Fasher", "al-Fasher"]),
        ("Shirqat, Iraq", ["al-Shirqat"]),
        ("Stepanakert, Azerbaijan", ["Khankendi"]),
        ("Khan Yunis, Gaza Strip", ["Khan Younis"]),
        ("Idlib Governorate, Syria", ["Idlib province", "Idlib Province", "province of Idlib", "Idleb province"]),
        ("Suwayda Governorate, Syria", ["Suweida province", "Sweida province"]),
        ("Sumy Oblast, Ukraine", ["Sumy region", "Sumy oblast"]),
        ("Odesa Oblast, Ukraine", ["Odessa region"]),
        ("North Kivu, DR Congo", ["North Kivu province"]),
        ("Panjshir Province, Afghanistan", ["Panjshir"]),
        ("Rakhine State, Myanmar", ["Rakhine", "Rakhine state"]),
        ("Goma International Airport, DR Congo", ["Goma airport", "Goma's airport", "Goma\u2019s airport"]),
        ("Abu al-Duhur air base, Syria", ["Abu al-Duhur airbase", "Abu al-Duhur military airport"]),
        ("Misrata\u2013Sirte coastal road, Libya", ["Misrata-Sirte coastal road"]),
        ("Gaza Strip", ["Gaza"]),
        ("Burma", ["Myanmar"]),
        ("Karrada (Baghdad), Iraq", ["Karrada"]),
        ("Dahieh, Lebanon", ["Dahiya", "Dahiyeh"]),
        ("Yunusiyeh, Syria", ["Yunusieh"]),
        ("Tal Abyad, Syria", ["Tel Abyad"]),
        ("Buurhakaba, Somalia", ["Burhakaba"]),
        ("al-Walid Crossing, Iraq", ["Walid crossing", "al-Walid border crossing"]),
        ("Al-Hawl camp, Syria", ["Al-Hawl refugee camp"]),
        ("Bahi oil field, Libya", ["Bahi field", "Bahi oilfield"]),
        ("Gatwick Airport, United Kingdom", ["Gatwick"]),
        ("Zaporizhzhia Nuclear Power Plant, Ukraine", ["Zaporizhzhia's nuclear plant"]),
        ("Gao-Ansongo road, Mali", ["road from Gao to Ansongo", "Ansongo-Gao road"]),
    ],
)  # fmt: skip
def test_spellings_of_the_news_are_among_the_aliases(
    place: Place, label: str, aliases: list[str]
) -> None:
    assert set(aliases) <= set(place(label).aliases)


@pytest.mark.parametrize(
    ("label", "alias"),
    [
        ("Idlib Governorate, Syria", "Idlib"),
        ("Sumy Oblast, Ukraine", "Sumy"),
        ("Goma International Airport, DR Congo", "Goma"),
        ("Gaza City, Palestine", "Gaza"),
        ("Damascus, Syria", "Sham"),
        ("Damascus, Syria", "al-Sham"),
        ("Douma, Syria", "Duma"),
        ("Makariv, Ukraine", "Makarov"),
        ("Donetsk, Ukraine", "Stalin"),
        ("Mayadin, Syria", "Al Mayadeen"),
        ("Jordan border crossings in Daraa, Syria", "Jordan crossing"),
        ("Syria", "SY"),
    ],
)
def test_names_of_something_else_are_not(place: Place, label: str, alias: str) -> None:
    assert alias not in place(label).aliases


@pytest.mark.parametrize("word", ["Of", "Police", "Battle", "March", "Reading", "Nice", "Mobile"])
def test_an_english_word_is_no_alias_of_a_town_that_has_it_as_another_name(word: str) -> None:
    town = Town(1, "Qarya", "SY", "11", 34.0, 36.0, 900, alternates=(word, "Qarya"))
    found = resolve("Qarya, Syria", Gazetteer({"SY": (town,)}, {"SY": ()}))
    assert word not in found.place.aliases
    assert "Qarya" in found.place.aliases


@pytest.mark.parametrize("word", ["Nice", "Reading"])
def test_a_town_keeps_its_own_name_even_when_it_is_a_word(word: str) -> None:
    country = {"Nice": "France", "Reading": "United Kingdom"}[word]
    found = resolve(f"{word}, {country}", load_gazetteer(["FR" if word == "Nice" else "GB"]))
    assert word in found.place.aliases


@pytest.mark.parametrize("label", LABELS)
def test_no_alias_is_empty_short_lower_case_or_a_word(place: Place, label: str) -> None:
    found = place(label)
    derived = [alias for alias in found.aliases if alias != found.name]
    assert len(set(found.aliases)) == len(found.aliases) <= MAX_ALIASES + 2
    for alias in derived:
        assert len(alias) >= 4
        assert any(character.isupper() for character in alias)
        assert fold(alias) not in common_words()
        assert fold(alias) not in country_table() or found.kind == "country"


@pytest.mark.parametrize("label", LABELS)
def test_a_blocker_is_longer_than_an_alias_it_holds_and_no_alias(place: Place, label: str) -> None:
    found = place(label)
    assert len(found.blockers) <= MAX_BLOCKERS
    assert not set(found.blockers) & set(found.aliases)
    for blocker in found.blockers:
        assert any(alias in blocker and alias != blocker for alias in found.aliases)


@pytest.mark.parametrize(
    ("label", "blocker"),
    [
        ("Hama, Syria", "Hama province"),
        ("Hama, Syria", "Hama countryside"),
        ("Homs, Syria", "Homs Governorate"),
        ("Kupiansk, Ukraine", "Kupiansk-Vuzlovyi"),
        ("Odesa, Ukraine", "Odessa, Texas"),
        ("Tripoli, Lebanon", "Tripoli, Libya"),
        ("Gaza, Palestine", "Gaza Strip"),
        ("Gaza Strip", "Gaza City"),
    ],
)
def test_longer_names_of_other_places_block(place: Place, label: str, blocker: str) -> None:
    assert blocker in place(label).blockers
