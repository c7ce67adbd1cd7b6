from __future__ import annotations

from pathlib import Path

import pytest

from placewatch.errors import ConfigError, NotFoundError
from placewatch.settings import Settings
from sinks.ledger import Ledger
from sinks.lookup import choose_ledger, find_place, is_place


PLACES = {
    "rastan-syria": "Ar-Rastān, Syria",
    "homs-syria": "Homs, Syria",
    "tripoli-libya": "Tripoli, Libya",
    "tripoli-lebanon": "Tripoli, Lebanon",
    "donetsk-airport": "Donetsk airport",
}


@pytest.mark.parametrize(
    ("wanted", "place_id"),
    [
        ("rastan-syria", "rastan-syria"),
        ("Ar-Rastān, Syria", "rastan-syria"),
        ("ar rastan, syria", "rastan-syria"),
        ("homs", "homs-syria"),
        ("HOMS, SYRIA", "homs-syria"),
        ("Donetsk Airport", "donetsk-airport"),
        ("tripoli, lebanon", "tripoli-lebanon"),
    ],
)
def test_a_place_is_found_by_id_label_or_name(wanted: str, place_id: str) -> None:
    assert find_place(PLACES, wanted) == place_id


def test_a_name_of_several_places_lists_them() -> None:
    with pytest.raises(NotFoundError, match=r"Tripoli, Lebanon.*Tripoli, Libya"):
        find_place(PLACES, "Tripoli")


def test_an_unknown_place_lists_near_names() -> None:
    with pytest.raises(NotFoundError, match=r'did you mean "Homs, Syria"\?'):
        find_place(PLACES, "Hims")


def test_a_place_like_no_other_says_where_to_look() -> None:
    with pytest.raises(NotFoundError, match="placewatch watch list"):
        find_place(PLACES, "Ulaanbaatar")


@pytest.mark.parametrize("wanted", ["homs", "Homs, Syria", "homs-syria"])
def test_a_filter_takes_any_way_to_write_a_place(wanted: str) -> None:
    assert is_place(wanted, "homs-syria", "Homs, Syria")
    assert not is_place(wanted, "hama-syria", "Hama, Syria")


def settings_in(folder: Path, **changes: object) -> Settings:
    return Settings(_env_file=None, state_dir=folder, **changes)


def make_ledger(file: Path) -> str:
    url = f"sqlite:///{file}"
    Ledger(url).close()
    return url


def test_ones_own_ledger_comes_before_the_demos(tmp_path: Path) -> None:
    own = make_ledger(tmp_path / "ledger.db")
    make_ledger(tmp_path / "demo" / "ledger.db")
    choice = choose_ledger(settings_in(tmp_path), None)
    assert (choice.url, choice.is_demo) == (own, False)


def test_the_demos_ledger_is_shown_when_there_is_no_other(tmp_path: Path) -> None:
    demo = make_ledger(tmp_path / "demo" / "ledger.db")
    choice = choose_ledger(settings_in(tmp_path), None)
    assert (choice.url, choice.is_demo) == (demo, True)


def test_a_ledger_that_was_set_is_never_replaced_by_the_demos(tmp_path: Path) -> None:
    make_ledger(tmp_path / "demo" / "ledger.db")
    with pytest.raises(NotFoundError, match="placewatch demo"):
        choose_ledger(settings_in(tmp_path, ledger_url=f"sqlite:///{tmp_path / 'mine.db'}"), None)


def test_a_ledger_named_by_hand_must_be_there_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no ledger at"):
        choose_ledger(settings_in(tmp_path), f"sqlite:///{tmp_path / 'typo.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_named_by_hand_must_be_a_url(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sqlite:////path"):
        choose_ledger(settings_in(tmp_path), "ledger.db")


def test_a_ledger_on_a_server_is_taken_at_its_word(tmp_path: Path) -> None:
    url = "postgresql://placewatch@db/ledger"
    assert choose_ledger(settings_in(tmp_path, ledger_url=url), None).url == url
