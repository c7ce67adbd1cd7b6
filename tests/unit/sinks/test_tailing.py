"""What a person asks of `tail`: from where on, which alerts, until what holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from placewatch.actors import load_actors
from placewatch.errors import ConfigError
from placewatch.settings import seeds_dir
from placewatch.vocabulary import Certainty, Control
from sinks.tailing import (
    Start,
    Wanted,
    check_grade,
    duration,
    parse_start,
    parse_until,
    same_holder,
)


NOW = datetime(2024, 12, 8, 12, tzinfo=UTC)
IS_SAME = same_holder(load_actors(seeds_dir() / "actors.yaml"))


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("beginning", Start()),
        ("end", Start(last=0)),
        ("0", Start(offset=0)),
        ("120", Start(offset=120)),
        ("2h", Start(since=NOW - timedelta(hours=2))),
        ("90s", Start(since=NOW - timedelta(seconds=90))),
        ("2024-12-06", Start(since=datetime(2024, 12, 6, tzinfo=UTC))),
        ("2024-12-06T10:00", Start(since=datetime(2024, 12, 6, 10, tzinfo=UTC))),
        ("2024-12-06T10:00+03:00", Start(since=datetime(2024, 12, 6, 7, tzinfo=UTC))),
    ],
)
def test_where_to_start(text: str, start: Start) -> None:
    assert parse_start(text, NOW) == start


@pytest.mark.parametrize("text", ["yesterday", "", "-1", "1.5", "2024-13-01", "3w"])
def test_no_place_to_start(text: str) -> None:
    with pytest.raises(ConfigError, match="neither an offset nor a time"):
        parse_start(text, NOW)


def test_durations() -> None:
    assert duration("10m", "--timeout") == timedelta(minutes=10)
    with pytest.raises(ConfigError, match="--timeout ten is no duration"):
        duration("ten", "--timeout")


@pytest.mark.parametrize(
    ("wanted", "is_fitting"),
    [
        ({}, True),
        ({"places": ("Rastan",)}, True),
        ({"places": ("Homs, Syria", "rastan-syria")}, True),
        ({"places": ("Homs",)}, False),
        ({"countries": ("syria",)}, True),
        ({"countries": ("Sudan",)}, False),
        ({"controls": (Control.CONTESTED, Control.HELD)}, True),
        ({"controls": (Control.CONTESTED,)}, False),
        ({"holders": ("HTS",)}, True),
        ({"holders": ("hayat tahrir al sham",)}, True),
        ({"holders": ("Syrian government",)}, False),
        ({"certainties": (Certainty.CLAIMED,)}, True),
        ({"certainties": (Certainty.CONFIRMED,)}, False),
        ({"msg_types": ("Alert",)}, True),
        ({"msg_types": ("Cancel",)}, False),
        ({"grades": ("B3",)}, True),
        ({"grades": ("b",)}, True),
        ({"grades": ("3",)}, True),
        ({"grades": ("A", "B2")}, False),
        ({"since": datetime(2024, 12, 6, 13, tzinfo=UTC)}, True),
        ({"since": datetime(2024, 12, 6, 13, 1, tzinfo=UTC)}, False),
        ({"places": ("Rastan",), "certainties": (Certainty.CONFIRMED,)}, False),
    ],
)
def test_which_alerts(make_alert, wanted: dict, is_fitting: bool) -> None:
    assert Wanted(is_same_holder=IS_SAME, **wanted)(make_alert(1)) is is_fitting


def test_the_country_of_the_watched_place_counts_before_its_label(make_alert) -> None:
    alert = make_alert(1, place="Goma, DR Congo", country="Democratic Republic of the Congo")
    assert Wanted(is_same_holder=IS_SAME, countries=("democratic republic of the Congo",))(alert)


def test_only_without_a_filter_everything_is_wanted() -> None:
    assert Wanted(is_same_holder=IS_SAME).is_everything
    assert not Wanted(is_same_holder=IS_SAME, grades=("B",)).is_everything


@pytest.mark.parametrize("text", ["", "C7", "BB", "2B", "good"])
def test_no_grade(text: str) -> None:
    with pytest.raises(ConfigError, match="no Admiralty grade"):
        check_grade(text)


@pytest.mark.parametrize(
    ("condition", "is_held"),
    [
        ("held", True),
        ("HELD", True),
        ("contested", False),
        ("held by HTS", True),
        ("held by Hayat Tahrir al-Sham", True),
        ("held by Hayat", False),
        ("by HTS", True),
        ("by Syrian government", False),
        ("held by HTS confirmed", True),
        ("held by HTS claimed", True),
        ("held by HTS settled", False),
        ("held by HTS disputed", False),
        ("held confirmed", True),
        ("confirmed", True),
        ("by HTS settled", False),
    ],
)
def test_until_what_holds(make_status, condition: str, is_held: bool) -> None:
    until = parse_until(f"Rastan, Syria={condition}", IS_SAME)
    assert until.holds(make_status()) is is_held


def test_settled_is_at_least_confirmed_but_disputed_is_not_claimed(make_status) -> None:
    confirmed = parse_until("Rastan=held confirmed", IS_SAME)
    assert confirmed.holds(make_status(certainty="settled"))
    assert not confirmed.holds(make_status(certainty="claimed"))
    assert not parse_until("Rastan=claimed", IS_SAME).holds(make_status(certainty="disputed"))


def test_what_nobody_has_confirmed_for_long_is_not_waited_for(make_status) -> None:
    assert not parse_until("Rastan, Syria=held by HTS", IS_SAME).holds(make_status(is_stale=True))


def test_until_is_about_one_place(make_status) -> None:
    assert parse_until("Rastan, Syria=held", IS_SAME).is_about(make_status())
    assert parse_until("rastan=held", IS_SAME).is_about(make_status())
    assert not parse_until("Homs, Syria=held", IS_SAME).is_about(make_status())


@pytest.mark.parametrize("text", ["Homs, Syria", "=held", "Homs=", "Homs=by", "Homs=held of X"])
def test_no_condition(text: str) -> None:
    with pytest.raises(ConfigError, match="is no condition"):
        parse_until(text, IS_SAME)


def test_a_status_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(
        ConfigError, match="taken is no status of a place; those are held, contested"
    ):
        parse_until("Homs, Syria=taken", IS_SAME)
