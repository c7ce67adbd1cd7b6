"""Replays of real feeds scored against dated truth; floors that only rise.

Run by `make eval-replay` (pytest tests/eval/replay_suite.py), not by `make test`: it needs the evaluation data
beside the checkout and some minutes. Each window is replayed twice and must give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest


pytestmark = [pytest.mark.slow, pytest.mark.evaluation, pytest.mark.model]

FLOORS = json.loads(Path(__file__).with_name("replay_floors.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Replayed:
    """One replay of one window, scored.

    Attributes:
        window: name of the window.
        articles: items replayed.
        seconds: wall time of the first run.
        peak_mib: largest resident size of any of its processes.
        is_repeatable: whether a second run gave the same bytes.
        score: what score_replay.py printed.
    """

    window: str
    articles: int
    seconds: float
    peak_mib: float
    is_repeatable: bool
    score: dict


def replay_and_score(evaluation_dir: Path, window: str, work_dir: Path) -> Replayed:
    """Return the figures of a window; its alerts are left in `work_dir` as WINDOW.alerts.jsonl."""
    (recorded,) = (evaluation_dir / "replay").glob(f"{window}_*.jsonl.gz")
    watchlist = evaluation_dir / "replay" / "watchlist.yaml"
    alerts = work_dir / f"{window}.alerts.jsonl"
    seconds, peak_mib = _replay(recorded, watchlist, alerts)
    again = work_dir / f"{window}.again.jsonl"
    _replay(recorded, watchlist, again)
    with gzip.open(recorded, "rt", encoding="utf-8") as lines:
        articles = sum(1 for line in lines if line.strip())
    return Replayed(
        window=window,
        articles=articles,
        seconds=round(seconds, 1),
        peak_mib=round(peak_mib),
        is_repeatable=alerts.read_bytes() == again.read_bytes(),
        score=_score(evaluation_dir, alerts, window, articles),
    )


def _replay(recorded: Path, watchlist: Path, alerts: Path, *words: str) -> tuple[float, float]:
    """Run the command; return its seconds and the peak resident MiB of its largest process."""
    command = [
        *(sys.executable, "-m", "placewatch", "replay", "--quiet"),
        *words,
        *("--watchlist", str(watchlist), str(recorded)),
    ]
    began = time.monotonic()
    with alerts.open("wb") as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - began, usage.ru_maxrss / 1024


def _score(evaluation_dir: Path, alerts: Path, window: str, articles: int) -> dict:
    scored = subprocess.run(
        [
            sys.executable,
            *(str(evaluation_dir / "score_replay.py"), str(evaluation_dir / "replay/truth.jsonl")),
            *(str(alerts), "--window", window, "--articles", str(articles), "--json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(scored.stdout)


@pytest.fixture(scope="module")
def replayed(evaluation_dir, tmp_path_factory):
    """Replay a window once for all its tests."""
    done: dict[str, Replayed] = {}

    def of(window: str) -> Replayed:
        if window not in done:
            done[window] = replay_and_score(
                evaluation_dir, window, tmp_path_factory.mktemp("replay")
            )
            print(json.dumps(asdict(done[window]), indent=1))
        return done[window]

    return of


@pytest.mark.parametrize("window", sorted(FLOORS))
@pytest.mark.timeout(1800)
def test_what_truly_happened_is_told(replayed, window):
    assert replayed(window).score["recall"] >= FLOORS[window]["recall"], replayed(window).score[
        "misses"
    ]


@pytest.mark.parametrize("window", sorted(FLOORS))
@pytest.mark.timeout(1800)
def test_what_never_happened_is_never_told(replayed, window):
    assert replayed(window).score["never_broken"] == []


@pytest.mark.parametrize("window", sorted(FLOORS))
@pytest.mark.timeout(1800)
def test_nothing_is_told_twice(replayed, window):
    assert replayed(window).score["repeats"] == []
    assert replayed(window).score["ids_emitted_twice"] == []


@pytest.mark.parametrize("window", sorted(FLOORS))
@pytest.mark.timeout(1800)
def test_alerts_are_few(replayed, window):
    assert (
        replayed(window).score["alerts_per_10k_articles"]
        <= FLOORS[window]["alerts_per_10k_articles"]
    )


@pytest.mark.parametrize("window", sorted(FLOORS))
@pytest.mark.timeout(1800)
def test_the_same_bytes_come_out_twice_and_memory_stays_bounded(replayed, window):
    assert replayed(window).is_repeatable
    assert replayed(window).peak_mib <= FLOORS[window]["peak_mib"]


@pytest.mark.broker
@pytest.mark.timeout(1800)
def test_a_window_says_the_same_bytes_through_kafka(evaluation_dir, tmp_path):
    (recorded,) = (evaluation_dir / "replay").glob("w4_*.jsonl.gz")
    watchlist = evaluation_dir / "replay" / "watchlist.yaml"
    offline, through = tmp_path / "offline.jsonl", tmp_path / "through.jsonl"
    _replay(recorded, watchlist, offline)
    _replay(recorded, watchlist, through, "--through-kafka")
    assert offline.read_bytes()
    assert through.read_bytes() == offline.read_bytes()
