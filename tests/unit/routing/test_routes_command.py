"""`placewatch routes` and `placewatch silence` as a person uses them, and the shipped example with its cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from placewatch.cli.app import app
from placewatch.errors import ConfigError, NotFoundError, PlacewatchError
from placewatch.settings import seeds_dir
from sinks.ledger import Ledger
from sinks.route_cases import Case, differences, load_cases
from sinks.routes import load_routes
from sinks.silence_book import SilenceBook


EXAMPLE = seeds_dir() / "routes.yaml"
CASES = load_cases(seeds_dir() / "routes-cases.yaml")

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PLACEWATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("PLACEWATCH_ROUTES", raising=False)

    def run_it(*arguments: str, fails: type[PlacewatchError] | None = None) -> Result:
        result = CliRunner().invoke(app, list(arguments))
        if fails is None:
            assert result.exception is None or isinstance(result.exception, SystemExit), result
        else:
            assert isinstance(result.exception, fails), result.output
        return result

    return run_it


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_routes_do_as_the_shipped_cases_say(case: Case) -> None:
    assert differences(case, load_routes(EXAMPLE)) == []


def test_there_are_forty_cases_and_they_show_every_reason_that_routes_can_give() -> None:
    assert len(CASES) >= 40
    said = " ".join(w for case in CASES for each in case.expect.values() for w in each.values())
    for reason in (
        "notified",
        "notified_as_correction",
        "grouped_and_waiting",
        "quiet_hours",
        "silenced",
        "behind_an_earlier_one",
        "inhibited",
        "already_delivered",
        "muted_by_route",
    ):
        assert reason in said.split()


def test_cases_are_run_and_differences_shown(run: Run, tmp_path: Path) -> None:
    assert run("routes", "test").exit_code == 0
    for name in ("routes.yaml", "routes-cases.yaml"):
        shutil.copy(seeds_dir() / name, tmp_path)
    routes = tmp_path / "routes.yaml"
    routes.write_text(routes.read_text().replace("control = threatened", "control = besieged"))
    result = run("routes", "test", str(tmp_path / "routes-cases.yaml"))
    assert result.exit_code == 1
    assert "differs a claimed threat is told to nobody" in result.output
    assert "- homs to nobody: muted_by_route" in result.output
    assert "+ homs to syria-team: grouped_and_waiting until 2024-12-06T13:00:30Z" in result.output


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("cases: []", "cases"),
        ("cases: [{name: x, alerts: [{id: a, at: 2024-12-06}]}]", "expects something"),
        (
            "cases: [{name: x, alerts: [{id: a, at: 2024-12-06}], expect: {b: {}}}]",
            "expect speaks of 'b'",
        ),
        ("cases: [{name: x, alerts: [{id: a}], expect: {a: {}}}]", "at"),
        ("{", "cannot be read"),
    ],
)
def test_faulty_cases_say_what_is_wrong(run: Run, tmp_path: Path, text: str, hint: str) -> None:
    cases = tmp_path / "cases.yaml"
    cases.write_text(text)
    result = run("routes", "test", str(cases), "--routes", str(EXAMPLE), fails=ConfigError)
    assert hint in str(result.exception)


def test_the_example_has_nothing_odd(run: Run) -> None:
    result = run("routes", "check", "example")
    assert (result.exit_code, "nothing odd" in result.output) == (0, True)


ODD = """
receivers:
  - {name: a, log: {path: a}}
  - {name: b, log: {path: b}}
  - {name: chat, apprise: {url_env: NO_SUCH_VARIABLE}}
time_intervals: {unused: {from: "1:00", to: "2:00"}, ever: {from: "5:00", to: "5:00"}}
route:
  receiver: a
  routes:
    - {matchers: [country = Syria], receiver: chat, continue: true, mute_time_intervals: [ever]}
    - {receiver: a, routes: [{group_wait: 1s}, {matchers: [country = Iraq]}]}
    - {matchers: [country = Iraq]}
inhibit_rules: [{source_matchers: [kind = admin], target_matchers: [kind = base]}]
"""


def test_what_is_odd_is_said_and_what_is_wrong_refused(run: Run, tmp_path: Path) -> None:
    routes = tmp_path / "routes.yaml"
    routes.write_text(ODD)
    result = run("routes", "check", str(routes))
    assert result.exit_code == 1
    for hint in (
        "receiver 'b' is told nothing",
        "time interval 'unused'",
        "is always quiet",
        "route 3 is never reached: route 2 before it",
        "route 2 > route 2 is never reached",
        "an inhibit rule has no equal",
        "NO_SUCH_VARIABLE",
    ):
        assert hint in result.output
    routes.write_text("receivers: []\nroute: {receiver: a}")
    assert "receiver 'a'" in str(run("routes", "check", str(routes), fails=ConfigError).exception)


def test_a_root_that_continue_routes_pass_over_is_odd(run: Run, tmp_path: Path) -> None:
    routes = tmp_path / "routes.yaml"
    routes.write_text(
        "receivers: [{name: a, log: {path: a}}, {name: b, log: {path: b}}]\n"
        "route: {receiver: a, routes: [{matchers: [country = Syria], receiver: b, continue: true}]}"
    )
    assert "does not reach 'a'" in run("routes", "check", str(routes)).output


def test_a_word_that_means_nothing_is_named_with_the_one_that_was_meant(
    run: Run, tmp_path: Path
) -> None:
    routes = tmp_path / "routes.yaml"
    routes.write_text(
        "receivers: [{name: a, log: {path: a}}]\n"
        "route: {receiver: a, routes: [{matcher: [country = Syria], receiver: a}]}"
    )
    said = str(run("routes", "check", str(routes), fails=ConfigError).exception)
    assert "route.routes.0.matcher: 'matcher' means nothing here: did you mean 'matchers'?" in said


WATCHED = """places:
  - {place: "Homs, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
  - {place: "Goma, Democratic Republic of the Congo"}
"""


@pytest.fixture
def watchlist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHED)
    monkeypatch.setenv("PLACEWATCH_WATCHLIST", str(path))
    return path


def test_a_matcher_that_no_watched_place_fulfils_is_odd(
    run: Run, tmp_path: Path, watchlist: Path
) -> None:
    routes = tmp_path / "routes.yaml"
    routes.write_text(
        "receivers: [{name: a, log: {path: a}}]\n"
        "route:\n"
        "  receiver: a\n"
        "  routes:\n"
        "    - {matchers: [country = Siria], receiver: a}\n"
        "    - {matchers: [place = Homs], receiver: a}\n"
        "    - {matchers: [place = Atlantis], receiver: a}\n"
        "    - {matchers: ['place =~ goma.*', country = syria], receiver: a}\n"
        "    - {matchers: [place != Homs], receiver: a}\n"
    )
    said = run("routes", "check", str(routes)).output
    assert "country=\"Siria\" fits no place of the watchlist: did you mean 'Syria'?" in said
    assert 'place="Homs" fits no place of the watchlist' in said
    assert 'place="Atlantis" fits no place of the watchlist: is it watched?' in said
    assert said.count("fits no place") == 3


def test_a_silence_that_fits_no_watched_place_says_so_and_is_made(
    run: Run, watchlist: Path
) -> None:
    result = run("silence", "add", "country = Siria")
    assert "did you mean 'Syria'?" in result.stderr
    assert result.stdout.startswith("silence ")
    assert run("silence", "add", "country = Syria").stderr == ""
    watchlist.write_text("places: 3")
    result = run("silence", "add", "country = Syria")
    assert "not compared with the watchlist" in result.stderr
    assert result.stdout.startswith("silence ")


def test_without_routes_it_says_how_to_have_some(run: Run) -> None:
    result = run("routes", "show", fails=ConfigError)
    assert "PLACEWATCH_ROUTES" in str(result.exception)


def test_the_tree_is_shown_with_what_is_inherited(run: Run) -> None:
    text = run("routes", "show", "example").output
    assert 'country="Syria" → syria-team (log)' in text
    assert "wait 30s, then 1h; quiet in nights" in text
    legs = json.loads(run("routes", "show", "example", "--json").output)
    assert [leg["receiver"] for leg in legs][:2] == ["desk", "public-feed"]
    assert legs[1]["continue"] is True


def test_a_silence_is_added_listed_and_expired(run: Run, tmp_path: Path) -> None:
    run("silence", "add", "place = Homs, Syria", "control = held", "--for", "4h", "--by", "R. H.")
    (told,) = json.loads(run("silence", "list", "--json").output)
    assert told["matchers"] == ['place="Homs, Syria"', 'control="held"']
    assert "R. H." in run("silence", "list").output
    run("silence", "expire", told["silence_id"])
    assert "no silence is in force" in run("silence", "list").output
    assert "over" in run("silence", "list", "--all").output
    with Ledger(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}") as ledger:
        assert len(SilenceBook(ledger).all()) == 1


def test_a_silence_that_is_none_is_refused(run: Run) -> None:
    run("silence", "add", "plce = Homs", fails=ConfigError)
    run("silence", "add", "place = Homs", "--for", "long", fails=ConfigError)
    run("silence", "add", "place = Homs")
    run("silence", "expire", "nothing", fails=NotFoundError)
