"""Wrong files of actors are told by file, entry and fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from placewatch.actors import load_actors
from placewatch.errors import ActorsError


SIDES = "sides: {red: Red, blue: Blue}\n"
RED = "- {id: red-army, name: Red Army, side: red, kind: state_forces, countries: [Nowhere]}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "actors.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_government_and_rebel_words_become_generic_names_of_the_country(tmp_path: Path) -> None:
    text = (
        SIDES
        + "words: {government: [the army], rebels: [rebels]}\n"
        + "actors:\n"
        + RED.replace("countries", "government_of: [Nowhere], countries")
        + "- {id: band, name: Band, side: blue, kind: rebel_group, countries: [Nowhere],"
        + " rebels_of: [Nowhere], generic_in: {Nowhere: [bandits]}}\n"
    )
    actors = load_actors(written(tmp_path, text))
    assert actors.side_of("the army", "Nowhere") == "red"
    assert actors.side_of("rebels", "Nowhere") == "blue"
    assert actors.side_of("bandits", "Nowhere") == "blue"
    assert actors.find("rebels", "Elsewhere") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be a mapping"),
        ("- a list", "must be a mapping at its top level, not list"),
        ("actors: [", "is not valid YAML"),
        ("actors: []", "needs a mapping under `sides:`"),
        ("sides: []\nactors: []", "needs a mapping under `sides:`"),
        (SIDES, "needs a list under `actors:`"),
        (SIDES + "actors: [word]", r"actors\[0\] must be a mapping, not 'word'"),
        (SIDES + "country_names: {A: B}\nactors: []", "`country_names:` must map"),
        (SIDES + "words: [a]\nactors: []", "words: "),
        (
            SIDES + "words: {goverment: [x]}\nactors: []",
            "goverment: 'goverment' means nothing here: did you mean 'government'?",
        ),
        (SIDES + "actors:\n" + RED.replace("state_forces", "army"), r"\(red-army\): kind: Input"),
        (
            SIDES + "actors:\n" + RED.replace("side: red", "side: green"),
            "side 'green' is not under",
        ),
        (SIDES + "actors:\n" + RED.replace("[Nowhere]", "[]"), "countries: "),
        (
            SIDES + "actors:\n" + RED.replace("name", "nmae"),
            "name: Field required; nmae: 'nmae' means nothing here: did you mean 'name'",
        ),
        (SIDES + "actors:\n" + RED.replace("red-army", "Red Army"), "id: String should match"),
        (
            SIDES + "actors:\n" + RED + RED,
            r"actors\[1\] \(red-army\): the id 'red-army' is already",
        ),
        (
            SIDES + "actors:\n" + RED.replace("countries", "sides_in: {Nowhere: x}, countries"),
            "side 'x' is not under",
        ),
        (
            SIDES + "actors:\n" + RED.replace("countries", "government_of: Nowhere, countries"),
            "government_of: ",
        ),
        (
            SIDES + "actors:\n" + RED.replace("countries", "aliases: ['...'], countries"),
            "the name '...' has no letters",
        ),
        (
            SIDES
            + "actors:\n"
            + RED
            + RED.replace("red-army", "reds").replace("Red Army", "the red army"),
            "'the red army' everywhere already means red-army",
        ),
    ],
)
def test_fault_is_told_with_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ActorsError, match=told) as caught:
        load_actors(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 78


def test_one_generic_name_for_two_actors_in_one_country_is_refused(tmp_path: Path) -> None:
    scoped = RED.replace("countries", "generic_in: {Nowhere: [the army]}, countries")
    other = scoped.replace("red-army", "blue-army").replace("Red Army", "Blue Army")
    with pytest.raises(ActorsError, match="'the army' in Nowhere already means red-army"):
        load_actors(written(tmp_path, SIDES + "actors:\n" + scoped + other))


def test_the_same_generic_name_in_two_countries_is_fine(tmp_path: Path) -> None:
    scoped = RED.replace("countries", "generic_in: {Nowhere: [the army]}, countries")
    other = (
        scoped.replace("red-army", "blue-army")
        .replace("Red Army", "Blue Army")
        .replace("Nowhere:", "Erewhon:")
    )
    actors = load_actors(written(tmp_path, SIDES + "actors:\n" + scoped + other))
    assert {actors.find("army", c).actor_id for c in ("Nowhere", "Erewhon")} == {
        "red-army",
        "blue-army",
    }


def test_a_country_is_known_by_all_its_names(tmp_path: Path) -> None:
    scoped = RED.replace(
        "countries", "generic_in: {Nowhere: [the army]}, sides_in: {Nowhere: blue}, countries"
    )
    names = "country_names: {Nowhere: [Erewhon, The Republic of Nowhere]}\n"
    actors = load_actors(written(tmp_path, SIDES + names + "actors:\n" + scoped))
    for country in ("Nowhere", "erewhon", "Republic of Nowhere"):
        assert actors.side_of("the army", country) == "blue"
        assert "the army" in actors.surface_forms(country)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ActorsError, match=r"nothing\.yaml cannot be read: No such file"):
        load_actors(tmp_path / "nothing.yaml")


def test_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "actors.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ActorsError, match="is not UTF-8 text"):
        load_actors(path)
