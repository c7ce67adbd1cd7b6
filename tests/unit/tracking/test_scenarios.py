"""Every scenario in seeds/scenarios holds; those with whole articles need the language model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from placewatch.cli.scenarios import ScenarioRunner, load_scenario
from placewatch.errors import ConfigError
from placewatch.settings import Settings
from streams.tracking.scenarios import Scenario


FOLDER = Path(__file__).resolve().parents[3] / "seeds" / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
LOADED = {path: load_scenario(path) for path in FILES}
SCENARIOS = [
    pytest.param(scenario, id=path.stem, marks=[pytest.mark.model] * scenario.needs_model)
    for path, scenario in LOADED.items()
]


@pytest.fixture(scope="module")
def runner() -> ScenarioRunner:
    return ScenarioRunner(Settings(_env_file=None))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_holds(runner, scenario):
    differences = runner.differences(scenario)
    assert not differences, "\n".join(differences)


def _days(scenario: Scenario) -> int:
    times = [r.at for step in scenario.steps for r in step.told]
    return (max(times) - min(times)).days


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario, id=path.stem)
        for path, scenario in LOADED.items()
        if scenario.steps[-1].expect.statuses and not scenario.needs_model and _days(scenario) < 30
    ],
)
def test_a_course_ends_the_same_in_any_order_of_arrival(runner, scenario):
    differences = runner.differences(scenario.model_copy(update={"any_order": True}))
    assert not differences, "\n".join(differences)


def test_there_are_enough_scenarios():
    assert len(FILES) >= 60


def test_no_two_scenarios_have_one_name():
    names = [scenario.name for scenario in LOADED.values()]
    assert len(set(names)) == len(names)


@pytest.fixture
def written(tmp_path):
    """Write a scenario on Odesa from its steps."""

    def write(*steps: str, top: str = "") -> Path:
        path = tmp_path / "written.yaml"
        places = "[{place: O, baseline: {status: held, holder: Ukraine, as_of: 2022-02-24}}]"
        lines = [f"  - {step}".replace("Odesa", '"Odesa, Ukraine"') for step in steps]
        head = ["name: written", f"places: {places}".replace("O,", '"Odesa, Ukraine",'), top]
        path.write_text("\n".join([*head, "steps:", *lines]))
        return path

    return write


CLAIM = "report: {place: Odesa, state: captured, actor: Russia, at: 2023-07-19T03:00, source: one.example, article: a}"
OTHER = "report: {place: Odesa, state: captured, actor: Russia, at: 2023-07-19T05:00, source: two.example, article: b}"
TWICE = """expect: {alerts: [{certainty: claimed}, {certainty: confirmed}]}"""
HELD = "expect: {statuses: {Odesa: {holder: Ukraine}}}"


def test_a_difference_tells_what_was_expected_what_came_and_why(runner, written):
    path = written(CLAIM, OTHER, "expect: {alerts: [{certainty: claimed}, {control: contested}]}")
    [told] = runner.differences(load_scenario(path))
    said = "Odesa, Ukraine: held, holder Russia"
    assert told.splitlines() == [
        "step 3, 2023-07-19 05:00 UTC",
        "  alerts, in this order",
        f"      Alert 19 Jul 03:00: {said}, claimed; reason taken; told by one.example",
        "    - control contested",
        f"    + Update 19 Jul 05:00: {said}, confirmed; reason taken; told by one.example, two.example",
        "  why, event by event, of Odesa, Ukraine",
        "      2023-07-19 captured by Russia, confirmed, told by one.example, two.example: taken",
    ]


def test_a_status_that_differs_is_told_field_by_field(runner, written):
    [told] = runner.differences(load_scenario(written(CLAIM, HELD)))
    assert "  status of Odesa, Ukraine\n    - holder Ukraine\n    + holder Russia\n" in told


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("{any_of: [{control: contested}]}", "    - control contested"),
        ("{never: [{control: held}]}", "  never an alert of control held"),
        ("{silent: [Odesa]}", "  no alert of Odesa, Ukraine"),
        ("{reasons: {Odesa: [old_news]}}", "    - reason old_news"),
        ("{statuses: {Odesa: {reason: entered}}}", "    - reason entered"),
    ],
)
def test_each_kind_of_expectation_can_fail(runner, written, expected, line):
    [told] = runner.differences(load_scenario(written(CLAIM, f"expect: {expected}")))
    assert line in told.splitlines()


def test_an_edit_was_published_with_its_first_version_and_told_when_edited(runner, written):
    edit = (
        CLAIM.replace("captured", "struck").replace("T03", "T09").replace("a}", "a, revision: 1}")
    )
    path = written(CLAIM, edit, "expect: {alerts: [{msg_type: Alert}, {msg_type: Alert}]}")
    [told] = runner.differences(load_scenario(path))
    assert "+ Cancel 19 Jul 09:00" in told


def test_any_order_tells_of_the_order_that_differs(runner, written):
    baseline = "set: {place: Odesa, status: held, holder: Ukraine, at: 2023-07-19T04:00}"
    path = written(CLAIM, baseline, HELD, top="any_order: true")
    assert runner.differences(load_scenario(path)) == []
    late = "report: {place: Odesa, state: captured, actor: Russia, at: 2023-09-19T05:00, source: two.example}"
    path = written(
        CLAIM, late, "expect: {statuses: {Odesa: {is_stale: true}}}", top="any_order: true"
    )
    told = runner.differences(load_scenario(path))
    assert any(t.startswith("delivered in another order, the newest first") for t in told)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([CLAIM.replace("Odesa", "Lviv"), HELD], "step 1: Lviv is not among the places"),
        ([CLAIM, "again: z", HELD], "step 2: no article z came before"),
        ([CLAIM], "the last step must be expect"),
        ([CLAIM, "expect: {}"], "an empty expect checks nothing"),
        ([CLAIM, "expect: {reasons: {Odesa: [because]}}"], "because|Input should be"),
    ],
)
def test_a_scenario_that_could_not_fail_or_run_is_refused(written, steps, message):
    with pytest.raises(ConfigError, match=message):
        load_scenario(written(*steps))


def run_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "placewatch", "test", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_command_tells_what_differs_and_exits_with_1(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        """
name: a strike that is expected to matter
places: [{place: "Odesa, Ukraine", baseline: {status: held, holder: Ukraine, as_of: 2022-02-24}}]
steps:
  - report: {place: "Odesa, Ukraine", state: struck, actor: Russia, at: 2023-07-19T03:00}
  - expect: {alerts: [{control: contested}]}
"""
    )
    result = run_command(wrong)
    assert result.returncode == 1
    assert "differs a strike that is expected to matter" in result.stdout
    assert "- control contested" in result.stdout
    assert "a report in article" in result.stdout
    assert "strike_changes_nothing" in result.stdout
    assert "0 hold, 1 differ" in result.stdout


def test_the_command_tells_of_a_file_that_is_no_scenario(tmp_path):
    path = tmp_path / "half.yaml"
    path.write_text("name: half\nplaces: []\n")
    result = run_command(path)
    assert result.returncode == 78
    assert "half.yaml is wrong: steps: Field required" in result.stderr


def test_the_command_exits_with_0_where_all_hold():
    result = run_command(FOLDER / "strike-alone.yaml")
    assert result.returncode == 0, result.stderr
    assert "1 hold, 0 differ" in result.stdout


def test_a_path_without_scenarios_is_told(tmp_path):
    result = run_command(tmp_path)
    assert result.returncode == 66
    assert "there is no scenario" in result.stderr


def test_a_misspelt_field_is_named(tmp_path):
    path = tmp_path / "typo.yaml"
    path.write_text("name: x\nplaces: []\nsteps: [{raport: {}}]\n")
    with pytest.raises(ConfigError, match="raport"):
        load_scenario(path)
