"""Actors are found by what news calls them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.actors import Actor, Actors, Words
from placewatch.names import fold_name
from placewatch.vocabulary import ActorKind


def actor(actor_id: str, name: str, kind: ActorKind = ActorKind.REBEL_GROUP, **more) -> Actor:
    fields = {"id": actor_id, "name": name, "side": actor_id, "kind": kind, "countries": ("Syria",)}
    return Actor(**{**fields, **more})


GOVERNMENT = actor(
    "government",
    "Syrian government",
    ActorKind.STATE_FORCES,
    adjectives=("Syrian",),
    metonyms=("Damascus",),
    generic_in={"Syria": ("the army", "government forces")},
)
REBELS = actor(
    "rebels",
    "Hayat Tahrir al-Sham",
    aliases=("HTS", "Hay'at Tahrir al-Sham"),
    generic_in={"Syria": ("rebels", "insurgents", "SNA")},
)
MALI = actor("mali", "Mali", ActorKind.STATE_FORCES, countries=("Mali",), adjectives=("Malian",))
SOMALIA = actor("somalia", "Somali National Army", generic_in={"Somalia": ("SNA", "the army")})
RUSSIA = actor("russia", "Russia", ActorKind.STATE_FORCES, sides_in={"Syria": "government"})
WORDS = Words(
    force=("troops", "officials", "defence", "ministry", "spokesman"),
    fighters=("rebels", "fighters"),
    before=("senior", "officials", "in", "spokesman", "for"),
    titles=("spokesman",),
)


@pytest.fixture
def actors() -> Actors:
    return Actors([GOVERNMENT, REBELS, MALI, SOMALIA, RUSSIA], WORDS)


@pytest.mark.parametrize(
    "name",
    [
        "HTS",
        "Hayat Tahrir al-Sham",
        "Hay\u2019at Tahrir al-Sham",
        "Hay\u02bcat Tahr\u012br al-Sham",
        "the Hayat Tahrir Al Sham",
        "HTS\u2019s",
        "Hayat Tahrir al-Sham (HTS)",
        "Levant Liberation Committee (HTS)",
        "HTS (formerly Nusra)",
        "HTS fighters",
        "HTS rebels",
        "HTS spokesman Hassan Abdul-Ghani",
        "spokesman for HTS",
        "senior HTS officials",
    ],
)
def test_spellings_titles_and_brackets_mean_the_same_actor(actors: Actors, name: str) -> None:
    assert actors.find(name) is REBELS


def test_generic_words_mean_somebody_only_in_their_country(actors: Actors) -> None:
    assert actors.find("the insurgents", "Syria") is REBELS
    assert actors.find("insurgents", "Mali") is None
    assert actors.find("insurgents") is None


def test_one_acronym_means_another_actor_in_another_country(actors: Actors) -> None:
    assert actors.find("SNA", "Syria") is REBELS
    assert actors.find("SNA", "Somalia") is SOMALIA


def test_country_labels_are_folded(actors: Actors) -> None:
    assert actors.find("rebels", "SYRIA") is REBELS
    assert actors.side(RUSSIA, "syria") == "government"


def test_adjective_before_force_words_is_the_government(actors: Actors) -> None:
    assert actors.find("Syrian troops") is GOVERNMENT
    assert actors.find("the Syrian defence ministry spokesman") is GOVERNMENT


def test_adjective_before_fighters_is_not_the_government(actors: Actors) -> None:
    assert actors.find("Syrian fighters") is None
    assert actors.find("Malian rebels") is None


def test_country_name_before_rebels_is_not_its_government(actors: Actors) -> None:
    assert actors.find("Mali rebels") is None
    assert actors.find("Mali troops") is MALI


def test_adjective_alone_is_nobody(actors: Actors) -> None:
    assert actors.find("Syrian") is None


@pytest.mark.parametrize("name", ["hts", "Hts", "mali", "sna", "damascus"])
def test_a_word_without_its_capitals_is_no_name(actors: Actors, name: str) -> None:
    assert actors.find(name, "Syria") is None


def test_capitals_of_a_headline_do_no_harm(actors: Actors) -> None:
    assert actors.find("REBELS", "Syria") is REBELS
    assert actors.find("SYRIAN TROOPS") is GOVERNMENT
    assert actors.find("MALI") is MALI


def test_metonym_speaks_but_is_never_a_surface_form(actors: Actors) -> None:
    assert actors.find("officials in Damascus") is GOVERNMENT
    assert "Damascus" not in actors.surface_forms("Syria")


@pytest.mark.parametrize("name", ["", " ", "()", "the", "residents", "...", "(", "a (b"])
def test_nobody_known_is_none(actors: Actors, name: str) -> None:
    assert actors.find(name, "Syria") is None
    assert actors.side_of(name, "Syria") is None


def test_side_is_the_one_it_fights_on_in_that_country(actors: Actors) -> None:
    assert actors.side_of("Russia") == "russia"
    assert actors.side_of("Russia", "Ukraine") == "russia"
    assert actors.side_of("Russia", "Syria") == "government"
    assert actors.side_within("russia", "Syria") == "government"
    assert actors.side_within("nobody", "Syria") == "nobody"
    assert actors.side_within("russia", None) == "russia"


def test_surface_forms_keep_the_spelling_and_add_the_scope(actors: Actors) -> None:
    assert actors.surface_forms()["HTS"] == "rebels"
    assert "SNA" not in actors.surface_forms()
    assert actors.surface_forms("Somalia")["SNA"] == "somalia"
    assert actors.surface_forms("Syria")["SNA"] == "rebels"


def test_adjective_forms_name_the_actor(actors: Actors) -> None:
    assert actors.adjective_forms() == {"Syrian": "government", "Malian": "mali"}


def test_by_id_gives_the_actor_or_none(actors: Actors) -> None:
    assert actors.by_id("mali") is MALI
    assert actors.by_id("atlantis") is None
    assert len(actors) == 5


@given(st.text(max_size=60), st.sampled_from([None, "Syria", "Mali", "", "\u0301"]))
def test_find_never_fails_and_ignores_an_article(name: str, country: str | None) -> None:
    actors = Actors([GOVERNMENT, REBELS, MALI, SOMALIA, RUSSIA], WORDS)
    found = actors.find(name, country)
    if fold_name(name):
        assert actors.find(f"the {name}", country) is found


@given(st.text(max_size=60))
def test_folding_is_idempotent(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("The U.S.", "u s"),
        ("Ta'ang National Liberation Army", "taang national liberation army"),
        ("Houthis' forces", "houthis forces"),
        ("Ukraine\u2019s army", "ukraine army"),
        ("\u0627\u0644\u062c\u064a\u0634", "\u0627\u0644\u062c\u064a\u0634"),
        ("the", "the"),
    ],
)
def test_folding_examples(name: str, folded: str) -> None:
    assert fold_name(name) == folded
