"""The demo as a user runs it, and ways to kill its parts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from placewatch.records import Alert
from sinks.ledger import Ledger


@dataclass
class DemoRun:
    """A demo that has ended.

    Attributes:
        exit_status: of the command.
        printed: the alerts it printed, in order.
        state_dir: its user's state folder.
        stderr: what it said besides.
    """

    exit_status: int
    printed: list[Alert]
    state_dir: Path
    stderr: str

    @property
    def ledger_ids(self) -> set[str]:
        """The ids of the alerts in its ledger."""
        with Ledger(f"sqlite:///{self.state_dir}/demo/ledger.db") as ledger:
            return {alert.alert_id for alert in ledger.alerts()}


def command_environment(state_dir: Path) -> dict[str, str]:
    """Return an environment in which placewatch finds nobody's settings but its state folder."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    return inherited | {"PLACEWATCH_STATE_DIR": str(state_dir)}


def child_of(pid: int, word: str) -> int:
    """Return the process id of the child of `pid` whose command line contains `word`."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and word in command:
            return int(folder.name)
    pytest.fail(f"process {pid} has no child {word}")


def run_demo(
    state_dir: Path, on_alert: Callable[[int, int], None] = lambda _pid, _n: None
) -> DemoRun:
    """Run `placewatch demo --json` to its end; `on_alert` gets its pid and how many alerts came so far."""
    errors = state_dir / "stderr"
    state_dir.mkdir(parents=True, exist_ok=True)
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "placewatch", "demo", "--json", "--fast"],
            env=command_environment(state_dir),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=state_dir,
        ) as process,
    ):
        assert process.stdout is not None
        printed = []
        try:
            for line in process.stdout:
                printed.append(Alert.model_validate(json.loads(line)))
                on_alert(process.pid, len(printed))
            status = process.wait()
        except BaseException:
            process.send_signal(signal.SIGTERM)
            raise
    return DemoRun(status, printed, state_dir, errors.read_text())


@pytest.fixture(scope="session")
def demo_in() -> Callable[..., DemoRun]:
    """Runs a demo in a state folder."""
    return run_demo


@pytest.fixture(scope="session")
def kill_child() -> Callable[[int, str], None]:
    """Kills a child of a process by a word of its command line, with SIGKILL."""

    def kill(pid: int, word: str) -> None:
        os.kill(child_of(pid, word), signal.SIGKILL)

    return kill


@pytest.fixture(scope="session")
def command_in() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs one placewatch command in a state folder."""

    def run(state_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "placewatch", *words],
            env=command_environment(state_dir),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=state_dir,
        )

    return run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """The demo, told once to the end with nothing in its way."""
    return run_demo(tmp_path_factory.mktemp("undisturbed"))
