"""Reading routes.yaml and finding the way through the tree."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from placewatch.errors import RoutesError
from sinks.matchers import labels_of
from sinks.routes import Routes, load_routes


TREE = """
time_intervals: {nights: {from: "22:00", to: "06:00"}}
route:
  receiver: a
  group_by: [country]
  group_wait: 1m
  routes:
    - matchers: [certainty = disputed]
      receiver: nobody
    - matchers: [grade at least B2]
      receiver: b
      continue: true
      mute_time_intervals: [nights]
      routes:
        - matchers: [msg_type = Cancel]
          group_wait: 0s
          mute_time_intervals: []
    - matchers: [country = Syria]
      receiver: c
      group_by: [admin1]
    - matchers: [country = Syria, control = held]
      receiver: b
"""


def receivers(routes: Routes, alert) -> list[str | None]:
    return [leg.receiver for leg in routes.legs(labels_of(alert))]


def test_the_first_child_that_matches_is_taken_and_continue_goes_on(routes, alert) -> None:
    tree = routes(TREE)
    assert receivers(tree, alert(1)) == ["b", "c"]
    assert receivers(tree, alert(1, admiralty="C3")) == ["c"]
    assert receivers(tree, alert(1, country="Iraq")) == ["b"]
    assert receivers(tree, alert(1, country="Iraq", admiralty="C3")) == ["a"]
    assert receivers(tree, alert(1, certainty="disputed")) == ["nobody"]


def test_children_inherit_what_they_do_not_say(routes, alert) -> None:
    tree = routes(TREE)
    (leg, _) = tree.legs(labels_of(alert(1, msg_type="Cancel")))
    assert (leg.receiver, leg.group_by) == ("b", ("country",))
    assert (leg.group_wait, leg.group_interval) == (timedelta(0), timedelta(minutes=5))
    assert leg.stretches == ()
    (usual, syria) = tree.legs(labels_of(alert(1)))
    assert (usual.group_wait, len(usual.stretches)) == (timedelta(minutes=1), 1)
    assert syria.group_of(labels_of(alert(1))) == "admin1=Homs"


def test_a_receiver_is_reached_once_however_many_routes_lead_there(routes, alert) -> None:
    tree = routes(
        "route: {receiver: a, routes: ["
        "{matchers: [country = Syria], receiver: b, continue: true, group_wait: 1s},"
        "{matchers: [control = held], receiver: b, group_wait: 9s}]}"
    )
    (leg,) = tree.legs(labels_of(alert(1)))
    assert leg.group_wait == timedelta(seconds=1)


def test_without_a_file_nobody_is_told(alert) -> None:
    assert receivers(load_routes(None), alert(1)) == [None]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("route: {receiver: d}", "the root route names the receiver 'd'; there are a, b, c"),
        ("route: {receiver: a, routes: [{matchers: [contry = x]}]}", "route.routes.0.matchers"),
        ("route: {receiver: a, matchers: [country = Syria]}", "the root takes every alert"),
        ("route: {receiver: a, group_wait: soon}", "'soon' is no duration"),
        ("route: {receiver: a, group_wait: 5}", "5 is no duration"),
        ("route: {receiver: a, group_by: [town]}", "'town' is no label"),
        ("route: {receiver: a, mute_time_intervals: [nights]}", "time interval 'nights'"),
        ("route: {receivr: a}", "route.receivr"),
        ("{route: {receiver: a}, inhibit_rules: [{equal: [x]}]}", "inhibit_rules.0"),
        ("{route: {receiver: a}, receivers: [{name: log, log: {path: x}}]}", "sink's own"),
        ("{route: {receiver: a}, receivers: [{name: a}]}", "exactly one kind"),
        (
            "{route: {receiver: a}, receivers: [{name: a, log: {path: x}}, {name: a, log: {path: y}}]}",
            "there twice",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(routes, text: str, hint: str) -> None:
    with pytest.raises(RoutesError) as caught:
        routes(text)
    assert hint in str(caught.value)


def test_a_fault_beside_a_secret_does_not_print_it(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(
        "receivers: [{name: a, log: {path: x, password: hunter2}}]\nroute: {receiver: a}"
    )
    with pytest.raises(RoutesError) as caught:
        load_routes(path)
    assert "password" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a", "route: {receiver: a}", "receivers: []", "{"])
def test_what_is_no_routes_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(text)
    with pytest.raises(RoutesError, match=r"routes\.yaml"):
        load_routes(path)


def test_a_file_that_is_not_there_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match="PLACEWATCH_ROUTES"):
        load_routes(tmp_path / "none.yaml")
