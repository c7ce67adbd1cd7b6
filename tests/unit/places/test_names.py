"""How names are compared and spelled, for all names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.gazetteer import Gazetteer
from placewatch.gazetteer_data import division_stem
from placewatch.place_names import fold, is_same_by_sound, skeleton, without_articles, without_marks
from placewatch.place_resolution import resolve
from placewatch.place_spellings import Tradition, spellings, with_article
from placewatch.record_base import place_id_of


LABEL_TEXT = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60
).filter(str.strip)
EMPTY = Gazetteer({}, {})


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ar-Rast\u0101n", "ar rastan"),
        ("Ma\u2018arrat an Nu\u2018m\u0101n", "maarrat an numan"),
        ("\u0130dlib", "idlib"),
        ("Fort St. John", "fort st john"),
        ("\u0141\u00f3d\u017a", "lodz"),
    ],
)
def test_folding_takes_off_what_spellings_differ_in(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        ("Khan Sheikhoun", "Kh\u0101n Shaykh\u016bn"),
        ("Maarat al-Numan", "Ma\u2018arrat an Nu\u2018m\u0101n"),
        ("Tal Rifaat", "Tall Rif\u2018at"),
        ("Deir Ezzor", "Deir ez-Zor"),
        ("Gezira", "Al Jazirah"),
        ("Shirqat", "Ash Sharq\u0101t"),
        ("Salamiya", "As Salam\u012byah"),
    ],
)
def test_spellings_of_one_name_sound_the_same(typed: str, listed: str) -> None:
    assert is_same_by_sound(typed, listed)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Baghdadi", "Baghdad"), ("Karabilah", "Karbala"), ("Daraa", "Darayya"), ("Hama", "Homs")],
)
def test_different_names_do_not(one: str, other: str) -> None:
    assert not is_same_by_sound(one, other)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Idlib Governorate", "idlib"),
        ("Southern Darfur", "south darfur"),
        ("Province", "province"),
    ],
)
def test_a_division_is_compared_without_its_kind(name: str, stem: str) -> None:
    assert division_stem(name) == stem


def test_an_article_alone_is_a_name() -> None:
    assert without_articles("al") == "al"


def test_marks_go_and_letters_stay() -> None:
    assert without_marks("Ra\u0146\u0163\u0131") == "Ranti"


def test_with_article_is_for_arabic_names_only() -> None:
    assert "al-Shirqat" in with_article("Shirqat", Tradition.ARABIC)
    assert list(with_article("Kharkiv", Tradition.SLAVIC)) == []


@given(LABEL_TEXT)
def test_a_label_always_has_the_same_id_and_it_is_a_slug(label: str) -> None:
    assert place_id_of(label) == place_id_of(label)
    assert set(place_id_of(label)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 1 <= len(place_id_of(label)) <= 200


@given(LABEL_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(LABEL_TEXT)
def test_a_name_always_sounds_like_itself(text: str) -> None:
    assert is_same_by_sound(text, text)
    assert isinstance(skeleton(text), str)


@given(LABEL_TEXT, st.sampled_from(list(Tradition)))
def test_the_name_itself_is_its_first_spelling_and_none_is_there_twice(
    name: str, tradition: Tradition
) -> None:
    forms = list(spellings(name, tradition))
    assert forms[0] == name
    assert len(forms) == len(set(forms))


@given(LABEL_TEXT)
def test_any_label_at_all_resolves_to_a_place_with_a_name(label: str) -> None:
    found = resolve(label, EMPTY).place
    assert found.place == label
    assert found.aliases
    assert all(alias.strip() for alias in found.aliases)
    assert resolve(label, EMPTY).place == found
