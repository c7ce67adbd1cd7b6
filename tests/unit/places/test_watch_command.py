"""The watch commands as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the installed command in an empty folder with a state folder of its own."""
    command = Path(sys.executable).with_name("placewatch")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    env |= {"PLACEWATCH_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "200"}

    def call(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(command), "watch", *arguments],
            cwd=tmp_path,
            env=env | extra,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call


def test_add_makes_the_file_and_shows_what_was_found(run: Run, tmp_path: Path) -> None:
    done = run(
        "add", "Rastan, Syria", "--alias", "Rstn", "--baseline", "held",
        "--holder", "Syrian government", "--as-of", "2024-11-27",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Rastan, Syria, populated place in Homs, Syria at 34.927, 36.732" in done.stdout
    text = (tmp_path / "watchlist.yaml").read_text(encoding="utf-8")
    assert "holder: Syrian government" in text
    listed = run("list", "--json")
    (place,) = (json.loads(line) for line in listed.stdout.splitlines())
    assert place["baseline"]["control"] == "held"
    assert "Rstn" in place["aliases"]


def test_a_part_is_added_to_its_town_and_the_town_stays_while_it_has_parts(
    run: Run, tmp_path: Path
) -> None:
    quarter = ("add", "Baba Amr, Syria", "--kind", "district", "--part-of", "homs, syria")
    early = run(*quarter)
    assert early.returncode == 78
    assert "part_of names 'homs, syria', which is not in the file" in early.stderr
    assert run("add", "Homs, Syria").returncode == 0
    done = run(*quarter)
    assert done.returncode == 0, done.stderr
    assert "part of: homs-syria" in done.stdout
    assert "part_of: homs, syria" in (tmp_path / "watchlist.yaml").read_text(encoding="utf-8")
    gone = run("remove", "Homs, Syria")
    assert gone.returncode == 78
    assert "Baba Amr, Syria" in gone.stderr


def test_check_tells_of_circles(run: Run, tmp_path: Path) -> None:
    (tmp_path / "watchlist.yaml").write_text(
        "- {place: 'Homs, Syria', part_of: 'Hama, Syria'}\n"
        "- {place: 'Hama, Syria', part_of: 'Homs, Syria'}\n"
    )
    done = run("check")
    assert done.returncode == 78
    assert "goes in a circle: Homs, Syria -> Hama, Syria -> Homs, Syria" in done.stderr


def test_add_warns_of_twins_and_suggests(run: Run) -> None:
    assert "Tripoli, Libya" in run("add", "Tripoli, Lebanon").stdout
    unclear = run("add", "Rstn, Syria")
    assert unclear.returncode == 0
    assert "unresolved" in unclear.stdout
    assert "Ar Rastan, Homs (53,152 people, geonameid 172946)" in unclear.stdout


def test_add_refuses_what_is_there(run: Run) -> None:
    run("add", "Homs, Syria")
    again = run("add", "homs,  syria")
    assert again.returncode == 78
    assert "already" in again.stderr


def test_a_holder_without_a_baseline_is_a_usage_error(run: Run) -> None:
    done = run("add", "Homs, Syria", "--holder", "Syrian government")
    assert done.returncode == 2
    assert "--baseline" in done.stderr


def test_remove_takes_it_out_by_label_or_id(run: Run, tmp_path: Path) -> None:
    (tmp_path / "watchlist.yaml").write_text(
        "places:\n  # mine\n  - Homs, Syria\n  - Hama, Syria\n", encoding="utf-8"
    )
    assert run("remove", "homs-syria").returncode == 0
    text = (tmp_path / "watchlist.yaml").read_text(encoding="utf-8")
    assert text == "places:\n  # mine\n  - Hama, Syria\n"
    missing = run("remove", "Homs, Syria")
    assert missing.returncode == 66
    assert "watch list" in missing.stderr


def test_check_is_content_with_warnings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "watchlist.yaml").write_text("- Lyman, Ukraine\n- Homs, Syria\n", encoding="utf-8")
    done = run("check")
    assert done.returncode == 0, done.stderr
    assert "places: 2 (1 resolved, 1 ambiguous)" in done.stdout
    problems = [json.loads(line) for line in run("check", "--json").stdout.splitlines()]
    ambiguous = next(p for p in problems if p["kind"] == "ambiguous")
    assert (ambiguous["place"], len(ambiguous["candidates"])) == ("Lyman, Ukraine", 2)


@pytest.mark.parametrize("command", ["check", "list"])
def test_a_wrong_file_exits_with_78(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "other.yaml").write_text("- {place: 'Homs, Syria', kind: castle}\n", "utf-8")
    done = run(command, "--watchlist", "other.yaml")
    assert done.returncode == 78
    assert "other.yaml, entry 1 (Homs, Syria): kind" in done.stderr


def test_import_adds_what_is_new(run: Run, tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text("name,country\nGoma,DR Congo\nSake,DR Congo\n", "utf-8")
    run("add", "Goma, DR Congo")
    done = run("import", "towns.csv")
    assert "added 1 of 2 to watchlist.yaml; there already: 1" in done.stdout
    assert "tracked in watchlist.yaml: 2" in run("list").stdout


def test_a_broker_that_is_away_is_said_and_stops_nothing(run: Run) -> None:
    done = run("add", "Homs, Syria", PLACEWATCH_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert done.returncode == 0
    assert "take it up at their next start" in done.stdout


def test_the_broker_of_the_services_that_run_here_is_used(run: Run, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "run.json").write_text(
        '{"bootstrap_servers": "127.0.0.1:2", "is_broker_embedded": true}', "utf-8"
    )
    done = run("add", "Homs, Syria")
    assert done.returncode == 0
    assert "127.0.0.1:2" in done.stdout


@pytest.mark.parametrize("command", ["add", "remove", "list", "check", "import"])
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"Example: placewatch watch {command}" in " ".join(done.stdout.split())
