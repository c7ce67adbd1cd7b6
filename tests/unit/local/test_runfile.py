"""run.json: who runs here, with which broker."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from placewatch.errors import ConfigError
from placewatch.local.runfile import RunFile
from placewatch.running import RUN_FILE


def test_it_names_broker_and_process_while_services_run(tmp_path: Path) -> None:
    with RunFile(tmp_path / "state") as run_file:
        run_file.note("127.0.0.1:4711", is_embedded=True)
        content = json.loads((tmp_path / "state" / RUN_FILE).read_text())
    assert (content["bootstrap_servers"], content["pid"]) == ("127.0.0.1:4711", os.getpid())


def test_it_is_gone_when_they_have_stopped(tmp_path: Path) -> None:
    with RunFile(tmp_path) as run_file:
        run_file.note("127.0.0.1:4711", is_embedded=True)
    assert not (tmp_path / RUN_FILE).exists()


def test_a_second_one_in_the_same_folder_is_refused_by_name(tmp_path: Path) -> None:
    with RunFile(tmp_path) as run_file:
        run_file.note("127.0.0.1:4711", is_embedded=True)
        with pytest.raises(
            ConfigError,
            match=rf"already runs in .* \(process {os.getpid()}\).*PLACEWATCH_STATE_DIR",
        ):
            RunFile(tmp_path).__enter__()
        assert (tmp_path / RUN_FILE).exists()


def test_what_a_dead_one_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).write_text('{"pid": 1}')
    (tmp_path / "run.lock").touch()
    with RunFile(tmp_path) as run_file:
        run_file.note("127.0.0.1:4711", is_embedded=True)
        assert json.loads((tmp_path / RUN_FILE).read_text())["pid"] == os.getpid()


def test_two_folders_do_not_disturb_each_other(tmp_path: Path) -> None:
    with RunFile(tmp_path / "one"), RunFile(tmp_path / "two") as second:
        second.note("127.0.0.1:2", is_embedded=True)
        assert not (tmp_path / "one" / RUN_FILE).exists()
