from __future__ import annotations

import pytest

from placewatch.errors import RoutesError
from sinks.matchers import LABELS, labels_of, parse_matcher


@pytest.mark.parametrize(
    ("text", "is_match"),
    [
        ("country = Syria", True),
        ("country=syria", True),
        ('country = "Syria"', True),
        ("country = Iraq", False),
        ("country != Iraq", True),
        ("control =~ held|contested", True),
        ("control =~ hel", False),
        ("control !~ hel.*", False),
        ("holder = Hayat Tahrir al-Sham", True),
        ('holder = ""', False),
        ('opponent = ""', True),
        ("opponent !~ .+", True),
        ("msg_type = alert", True),
        ("grade = B2", True),
        ("grade at least B2", True),
        ("grade >= c3", True),
        ("grade at least B1", False),
        ("grade at least A2", False),
        ("grade at most B2", True),
        ("grade <= A1", True),
        ("grade at most C3", False),
        ("certainty at least confirmed", True),
        ("certainty at least claimed", True),
        ("certainty at least settled", False),
        ("certainty at most claimed", False),
        ("previous_certainty at least claimed", False),
        ("place =~ .*, syria", True),
        ("kind = populated_place", True),
        ("previous_control = unknown", True),
    ],
)
def test_a_matcher_holds_for_the_alert_it_speaks_of(alert, text: str, is_match: bool) -> None:
    assert parse_matcher(text).matches(labels_of(alert(1))) is is_match


@pytest.mark.parametrize(
    ("grade", "is_enough"),
    [("A1", True), ("B2", True), ("A3", False), ("C1", False), ("F6", False), ("F2", False)],
)
def test_at_least_b2_asks_for_source_and_information(alert, grade: str, is_enough: bool) -> None:
    matcher = parse_matcher("grade at least B2")
    assert matcher.matches(labels_of(alert(1, admiralty=grade))) is is_enough


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("contry = Syria", "did you mean 'country'"),
        ("control = hold", "did you mean 'held'"),
        ("certainty = sure", "claimed, confirmed, disputed, settled"),
        ("msg_type = Cancelled", "did you mean 'cancel'"),
        ("kind = town", "populated_place"),
        ("grade at least Z9", "Admiralty grade"),
        ("grade at least", "no value"),
        ("place at least Homs", "no order"),
        ("control =~ (held", "faulty expression"),
        ("Syria", "is no matcher"),
        ("", "is no matcher"),
    ],
)
def test_what_no_alert_can_fulfil_is_refused_with_what_was_meant(text: str, hint: str) -> None:
    with pytest.raises(RoutesError, match="matcher") as caught:
        parse_matcher(text)
    assert hint in str(caught.value)


def test_a_matcher_written_out_is_read_back_as_the_same() -> None:
    for text in ("country = Syria", 'holder = the "Tigers"', "grade at least B2", "place !~ x.*"):
        matcher = parse_matcher(text)
        assert parse_matcher(str(matcher)) == matcher


def test_every_alert_has_every_label(alert) -> None:
    assert tuple(labels_of(alert(1))) == LABELS


def test_a_country_the_watchlist_does_not_know_is_that_of_the_label(alert) -> None:
    assert labels_of(alert(1, country=None))["country"] == "Syria"
    assert labels_of(alert(1, country=None, place="Rastan"))["country"] == ""
