"""`placewatch demo`: real feeds in, alerts about real towns out; each change once, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from placewatch.records import Alert
from placewatch.vocabulary import Control, MsgType


pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.slow]

INSURGENTS = "Syrian rebels"
Command = Callable[..., subprocess.CompletedProcess[str]]


def of(run: Any, place: str) -> list[Alert]:
    return [alert for alert in run.printed if alert.place == f"{place}, Syria"]


def is_taken(alert: Alert) -> bool:
    return alert.control is Control.HELD and alert.holder == INSURGENTS


def test_it_ends_by_itself_with_exit_0(undisturbed: Any) -> None:
    assert undisturbed.exit_status == 0, undisturbed.stderr


def test_every_alert_it_printed_is_in_the_ledger_and_no_other(undisturbed: Any) -> None:
    assert {alert.alert_id for alert in undisturbed.printed} == undisturbed.ledger_ids
    assert len(undisturbed.printed) == len(undisturbed.ledger_ids)


def test_hama_is_held_by_the_insurgents_in_the_end(undisturbed: Any) -> None:
    assert is_taken(of(undisturbed, "Hama")[-1])


@pytest.mark.parametrize("town", ["Rastan", "Talbiseh"])
def test_the_towns_on_the_way_to_homs_are_entered_or_captured(undisturbed: Any, town: str) -> None:
    alerts = of(undisturbed, town)
    assert alerts
    assert all(
        is_taken(a) or (a.control is Control.CONTESTED and a.opponent == INSURGENTS) for a in alerts
    )


def test_homs_is_threatened_before_it_falls(undisturbed: Any) -> None:
    alerts = of(undisturbed, "Homs")
    threatened = next(i for i, a in enumerate(alerts) if a.control is Control.THREATENED)
    fallen = next(i for i, a in enumerate(alerts) if is_taken(a))
    assert threatened < fallen


def test_damascus_does_not_fall_before_8_december(undisturbed: Any) -> None:
    alerts = of(undisturbed, "Damascus")
    assert alerts
    assert min(a.at for a in alerts) >= datetime(2024, 12, 8, tzinfo=UTC)


def test_each_change_is_told_once(undisturbed: Any) -> None:
    told = []
    taken_back: Counter[str] = Counter()
    for alert in undisturbed.printed:
        if alert.msg_type is MsgType.CANCEL:
            # What was taken back and comes true later is another change.
            taken_back[alert.place] += 1
        elif alert.msg_type is MsgType.ALERT:
            told.append((alert.place, alert.control, alert.holder, taken_back[alert.place]))
    assert [change for change, count in Counter(told).items() if count > 1] == []


def test_places_the_story_leaves_alone_have_no_alert(undisturbed: Any) -> None:
    assert of(undisturbed, "Latakia") == []
    assert of(undisturbed, "Tartus") == []


def test_why_names_alert_event_origins_article_and_sentence(
    undisturbed: Any, command_in: Command
) -> None:
    done = command_in(undisturbed.state_dir, "why", "Rastan, Syria")
    assert done.returncode == 0, done.stderr
    assert "Rastan" in done.stdout
    assert ".example/news/" in done.stdout
    assert any(
        " ".join(c.sentence.split())[:30] in " ".join(done.stdout.split())
        for a in of(undisturbed, "Rastan")
        for c in a.citations
    )


@pytest.mark.parametrize(
    "words", [("status",), ("history", "Homs, Syria"), ("tail", "--no-follow")]
)
def test_the_other_commands_find_the_demos_ledger(
    undisturbed: Any, command_in: Command, words: tuple[str, ...]
) -> None:
    done = command_in(undisturbed.state_dir, *words)
    assert done.returncode == 0, done.stderr
    assert "Homs" in done.stdout


def test_kill_9_of_the_worker_changes_nothing_in_the_ledger(
    undisturbed: Any,
    demo_in: Callable[..., Any],
    kill_child: Callable[[int, str], None],
    tmp_path: Path,
) -> None:
    def kill_in_the_middle(pid: int, count: int) -> None:
        if count == len(undisturbed.printed) // 2:
            kill_child(pid, "placewatch.local.worker")

    disturbed = demo_in(tmp_path, kill_in_the_middle)
    assert disturbed.exit_status == 0, disturbed.stderr
    assert "service_died" in disturbed.stderr
    assert disturbed.ledger_ids == undisturbed.ledger_ids
    assert len(disturbed.printed) == len(disturbed.ledger_ids)


def test_ctrl_c_ends_it_and_everything_it_started(
    tmp_path: Path, demo_in: Callable[..., Any]
) -> None:
    pids: list[int] = []

    def interrupt(pid: int, count: int) -> None:
        if count == 1:
            pids.append(pid)
            os.kill(pid, signal.SIGINT)

    run = demo_in(tmp_path, interrupt)
    assert run.exit_status == 130, run.stderr
    assert "Traceback" not in run.stderr
    for _ in range(50):
        if not processes_in(tmp_path):
            break
        time.sleep(0.1)
    assert processes_in(tmp_path) == []


def processes_in(state_dir: Path) -> list[str]:
    """Return the command lines of processes whose environment names the state folder."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            is_ours = folder.name.isdigit() and (
                str(state_dir).encode() in (folder / "environ").read_bytes()
            )
            if is_ours:
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return [command for command in found if command]
