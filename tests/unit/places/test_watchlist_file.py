"""Changing a watchlist file leaves every other line alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from placewatch.errors import WatchlistError
from placewatch.places import Entry, parse_entries, parse_text
from placewatch.watchlist_file import (
    add_entries,
    insert_entries,
    read_import,
    remove_entry,
    without_entry,
)


PATH = Path("watchlist.yaml")
COMMENTED = """\
# my places
places:
  # the north
  - place: Aleppo, Syria  # since Monday
    aliases: [Halab]

  # the middle
  - {place: "Homs, Syria", baseline: {status: held, as_of: 2024-11-27}}
  - Hama, Syria

# the end
"""


def labels(text: str) -> list[str]:
    return [entry.place for entry in parse_text(text, PATH)]


def test_adding_puts_the_entry_after_the_last_and_keeps_all_lines() -> None:
    added = insert_entries(COMMENTED, [{"place": "Rastan, Syria"}], PATH)
    assert labels(added) == ["Aleppo, Syria", "Homs, Syria", "Hama, Syria", "Rastan, Syria"]
    assert [line for line in added.splitlines() if "Rastan" not in line] == COMMENTED.splitlines()


@pytest.mark.parametrize("label", ["Aleppo, Syria", "Homs, Syria", "Hama, Syria"])
def test_removing_takes_out_the_entry_and_keeps_all_comments(label: str) -> None:
    left = without_entry(COMMENTED, label, PATH)
    assert label not in labels(left)
    assert len(labels(left)) == 2
    for comment in ("# my places", "# the north", "# the middle", "# the end"):
        assert comment in left


def test_the_last_entry_can_be_removed_and_another_added() -> None:
    empty = without_entry("# mine\nplaces:\n  - place: Homs, Syria\n", "Homs, Syria", PATH)
    assert labels(empty) == []
    assert labels(insert_entries(empty, [{"place": "Hama, Syria"}], PATH)) == ["Hama, Syria"]


@pytest.mark.parametrize("text", ["", "places:\n", "places: []\n", "# a note\nplaces: []\n"])
def test_an_empty_list_takes_its_first_entry(text: str) -> None:
    assert labels(insert_entries(text, [{"place": "Homs, Syria"}], PATH)) == ["Homs, Syria"]


def test_a_plain_list_stays_one() -> None:
    assert labels(insert_entries("- Homs, Syria\n", [{"place": "Hama, Syria"}], PATH)) == [
        "Homs, Syria",
        "Hama, Syria",
    ]


def test_a_list_in_brackets_is_refused() -> None:
    with pytest.raises(WatchlistError, match="each on its own line"):
        insert_entries("places: ['Homs, Syria']\n", [{"place": "Hama, Syria"}], PATH)


def test_removing_what_is_not_there_is_refused() -> None:
    with pytest.raises(WatchlistError, match="is not in"):
        without_entry(COMMENTED, "Rastan, Syria", PATH)


def test_a_wrong_result_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("places:\n  - place: Homs, Syria\n", encoding="utf-8")
    (homs,) = parse_entries(["Homs, Syria"], path)
    with pytest.raises(WatchlistError, match="already"):
        add_entries(path, [homs])
    assert path.read_text(encoding="utf-8") == "places:\n  - place: Homs, Syria\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_entry_is_written_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    fields = {
        "place": "Homs, Syria",
        "aliases": ["Hims"],
        "kind": "populated_place",
        "geonameid": 169577,
        "baseline": {"status": "held", "holder": "Syrian government", "as_of": "2024-11-27"},
    }
    entries = parse_entries([fields], path)
    add_entries(path, entries)
    assert parse_text(path.read_text(encoding="utf-8"), path) == entries
    assert "as_of: 2024-11-27\n" in path.read_text(encoding="utf-8")
    remove_entry(path, "Homs, Syria")
    assert parse_text(path.read_text(encoding="utf-8"), path) == ()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", 'place,note\n"Goma, DR Congo",x\n', ["Goma, DR Congo"]),
        ("a.csv", "Name,Country\nGoma,DR Congo\nSake,DR Congo\n", ["Goma, DR Congo", "Sake, DR Congo"]),
        ("a.txt", "# mine\nGoma, DR Congo\n\nSake, DR Congo\n", ["Goma, DR Congo", "Sake, DR Congo"]),
        ("a.yaml", "places:\n- place: Goma, DR Congo\n", ["Goma, DR Congo"]),
    ],
)  # fmt: skip
def test_importing_reads_csv_text_and_watchlists(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert [entry.place for entry in read_import(path)] == expected


def test_a_csv_line_without_a_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("place\nGoma\n \n", encoding="utf-8")
    with pytest.raises(WatchlistError, match="line 3: no `place`"):
        read_import(path)


LABELS = st.lists(
    st.text(alphabet="abcdefg #:-'\"{[&*!|>%@", min_size=1, max_size=20)
    .map(lambda text: f"X{' '.join(text.split())}")
    .filter(lambda text: len(text) > 1),
    min_size=1,
    max_size=6,
    unique_by=lambda text: Entry(place=text).place.casefold(),
)


@given(LABELS)
def test_whatever_is_added_can_be_read_and_removed(names: list[str]) -> None:
    text = COMMENTED
    for name in names:
        text = insert_entries(text, [{"place": name}], PATH)
    assert [item["place"] for item in yaml.safe_load(text)["places"][3:]] == names
    for name in names:
        text = without_entry(text, name, PATH)
    assert text == COMMENTED
