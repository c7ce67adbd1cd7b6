"""States as data: what is declared can be said, and nothing else."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from placewatch.errors import ConfigError, LexiconError
from placewatch.records import Report
from placewatch.settings import load_settings
from placewatch.states import LEXICON_VARIABLE, states
from placewatch.vocabulary import WAR_CONTROLS, Control, State


REPORT = {
    "place_id": "homs-syria",
    "place": "Homs, Syria",
    "factuality": "asserted",
    "evidence": {"sentence": "x", "start": 0, "end": 1},
}


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def write(text: str) -> None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / "states.yaml").write_text(text, "utf-8")
        monkeypatch.setenv(LEXICON_VARIABLE, str(folder))

    return write


def test_the_members_are_the_shipped_states() -> None:
    assert [state.value for state in State] == list(states().entries)
    assert set(states().controls) == {control.value for control in set(Control) - WAR_CONTROLS}


def test_a_declared_state_is_one_like_any_other(declare) -> None:
    declare("states: [{name: mined, meaning: mines lie there, begins: mined}]")
    report = Report.model_validate({**REPORT, "state": "mined"})
    assert report.state is State("mined")
    assert Report.from_json(report.to_json()) == report
    assert pickle.loads(pickle.dumps(report.state)) is report.state  # noqa: S301  # our own bytes
    assert {report.state: 1}[State("mined")] == 1
    assert report.state == "mined"
    assert Control("mined").value == "mined"


def test_what_is_not_declared_is_refused(declare) -> None:
    for state in ("mined", "MINED", ""):
        with pytest.raises(ValidationError):
            Report.model_validate({**REPORT, "state": state})
    with pytest.raises(ValueError, match="mined"):
        Control("mined")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{name: held, meaning: x}", "declared already"),
        ("{name: Mined, meaning: x}", "name"),
        ("{name: mined}", "meaning"),
        ("{name: mined, meaning: x, begins: held}", "who holds a place"),
        ("{name: mined, meaning: x, begins: a, ends: b}", "not both"),
        ("{name: mined, meaning: x, colour: red}", "colour"),
    ],
)
def test_a_wrong_entry_names_file_and_fault(declare, entry, fault) -> None:
    declare(f"states: [{entry}]")
    with pytest.raises(LexiconError, match=fault) as raised:
        states()
    assert "states.yaml" in str(raised.value)


def test_a_folder_named_in_an_env_file_reaches_the_processes_we_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEXICON_VARIABLE, "restored when the test is over")
    monkeypatch.delenv(LEXICON_VARIABLE)
    (tmp_path / "mine").mkdir()
    (tmp_path / ".env").write_text("PLACEWATCH_LEXICON=mine\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    load_settings()
    assert os.environ[LEXICON_VARIABLE] == str(tmp_path / "mine")


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEXICON_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="none"):
        load_settings()
