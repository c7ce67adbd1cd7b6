"""Every scenario in seeds/scenarios holds; those with whole articles need the language model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from placewatch.cli.scenarios import ScenarioRunner, load_scenario
from placewatch.errors import ConfigError
from placewatch.settings import Settings


FOLDER = Path(__file__).resolve().parents[3] / "seeds" / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
SCENARIOS = [
    pytest.param(path, id=path.stem, marks=pytest.mark.model)
    if load_scenario(path).needs_model
    else pytest.param(path, id=path.stem)
    for path in FILES
]


@pytest.fixture(scope="module")
def runner() -> ScenarioRunner:
    return ScenarioRunner(Settings(_env_file=None))


@pytest.mark.parametrize("path", SCENARIOS)
def test_scenario_holds(runner, path):
    assert runner.differences(load_scenario(path)) == []


def test_there_are_enough_scenarios():
    assert len(FILES) >= 20


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
    assert "step 2: expected 1 alerts: control contested | said 0: nothing" in result.stdout
    assert "1 differ" in result.stdout


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
