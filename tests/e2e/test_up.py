"""`placewatch up`: supervised services on files of your own; a broker that dies; what is wrong is said clearly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from placewatch.local.broker import free_port
from placewatch.local.newswire import NewswireServer, load_newswire
from placewatch.local.progress import Progress
from placewatch.settings import Settings, load_settings, seeds_dir
from placewatch.vocabulary import Control
from sinks.ledger import Ledger


BOARD_TOKEN = "a-token-of-enough-length"
pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.slow]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user's set-up: the demo's places and sources, feeds.opml in the folder, the news' own time."""
    seeds = seeds_dir() / "demo"
    own = {
        "STATE_DIR": tmp_path / "state",
        "WATCHLIST": seeds / "watchlist.yaml",
        "SOURCES": seeds / "sources.yaml",
        "FEEDS": tmp_path / "feeds.opml",
        "CLOCK": "stream",
        "POLL_INTERVAL_S": "0.1",
        "POLL_FLOOR_S": "0.05",
        "ALLOW_PRIVATE_NETWORKS": "true",
        "WEB_PORT": "0",
        "BOARD_PORT": free_port(),
        "BOARD_TOKEN": BOARD_TOKEN,
        "LOG_FORMAT": "json",
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    return inherited | {f"PLACEWATCH_{name}": str(value) for name, value in own.items()}


@pytest.fixture
def up(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `placewatch up`; what it says is in the file `up.log`."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str, **more: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "up.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "placewatch", "up", *words],
                env=environment | more,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=tmp_path,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture
def command_with(
    environment: dict[str, str], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs one placewatch command in the user's set-up."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "placewatch", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )

    return run


def wait(what: Callable[[], Any], log: Path, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            pytest.fail(
                f"it did not happen in {seconds} s; the log ends:\n{log.read_text()[-3000:]}"
            )
        time.sleep(0.1)
    return found


def bootstrap(environment: dict[str, str]) -> str | None:
    try:
        noted = (Path(environment["PLACEWATCH_STATE_DIR"]) / "run.json").read_text()
    except FileNotFoundError:
        return None
    servers: str = json.loads(noted)["bootstrap_servers"]
    return servers


def settings_for(environment: dict[str, str], servers: str) -> Settings:
    return load_settings(
        state_dir=environment["PLACEWATCH_STATE_DIR"],
        bootstrap_servers=servers,
        is_broker_embedded=True,
        ledger_url=None,
    )


def wait_until_done(settings: Settings, log: Path) -> None:
    """Return when everything published has been read, tracked and written."""
    progress = Progress(settings)

    def is_done() -> bool:
        progress.new_alerts()
        return progress.is_done()

    wait(is_done, log)
    progress.close()


def say_on_the_board(environment: dict[str, str], place_id: str, word: dict[str, str]) -> Any:
    """Say what holds at a place on the board that `up` runs, and return its answer."""
    address = f"http://127.0.0.1:{environment['PLACEWATCH_BOARD_PORT']}/api/v1/places/{place_id}"
    request = urllib.request.Request(
        f"{address}/word",
        data=json.dumps(word).encode(),
        headers={"authorization": f"Bearer {BOARD_TOKEN}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def alert_lines(environment: dict[str, str]) -> list[str]:
    path = Path(environment["PLACEWATCH_STATE_DIR"]) / "alerts.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def test_stopped_and_started_again_it_tells_nothing_twice_and_keeps_what_was_set(
    up: Callable[..., subprocess.Popen[bytes]],
    command_with: Callable[..., subprocess.CompletedProcess[str]],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    wire = load_newswire(seeds_dir() / "demo" / "newswire.yaml")
    beginning = wire.model_copy(update={"items": wire.items[:25]})
    log = tmp_path / "up.log"
    ledger_url = f"sqlite:///{environment['PLACEWATCH_STATE_DIR']}/ledger.db"

    def control_of(place_id: str) -> Control | None:
        with Ledger(ledger_url) as ledger:
            status = ledger.status(place_id)
        return status.control if status else None

    with NewswireServer(beginning) as server:
        (tmp_path / "feeds.opml").write_bytes(server.opml())
        process = up()
        wait(lambda: server.story.is_told, log)
        wait_until_done(settings_for(environment, wait(lambda: bootstrap(environment), log)), log)
        done = command_with("set", "Latakia, Syria", "contested", "--by", "R. Haddad")
        assert done.returncode == 0, done.stderr
        said = say_on_the_board(
            environment, "tartus-syria", {"control": "threatened", "by": "M. K."}
        )
        assert said == {
            "place_id": "tartus-syria",
            "place": "Tartus, Syria",
            "control": "threatened",
            "by": "M. K.",
        }
        wait(lambda: control_of("latakia-syria") is Control.CONTESTED, log)
        wait(lambda: control_of("tartus-syria") is Control.THREATENED, log)
        process.terminate()
        assert process.wait(timeout=60) == 0
        before = alert_lines(environment)
        assert before
        up()
        wait(lambda: log.read_text().count("refilled the embedded broker") == 2, log)
        wait_until_done(settings_for(environment, wait(lambda: bootstrap(environment), log)), log)
    assert alert_lines(environment) == before
    assert control_of("latakia-syria") is Control.CONTESTED
    assert control_of("tartus-syria") is Control.THREATENED


def test_kill_9_of_the_broker_loses_nothing_and_tells_nothing_twice(
    undisturbed: Any,
    up: Callable[..., subprocess.Popen[bytes]],
    environment: dict[str, str],
    kill_child: Callable[[int, str], None],
    tmp_path: Path,
) -> None:
    wire = load_newswire(seeds_dir() / "demo" / "newswire.yaml")
    log = tmp_path / "up.log"
    with NewswireServer(wire) as server:
        (tmp_path / "feeds.opml").write_bytes(server.opml())
        process = up()
        wait(lambda: server.story.told > len(wire.items) // 2, log)
        before = bootstrap(environment)
        kill_child(process.pid, "tansu")
        wait(lambda: bootstrap(environment) != before, log)
        wait(lambda: server.story.is_told, log)
        settings = settings_for(environment, wait(lambda: bootstrap(environment), log))
        wait_until_done(settings, log)
    with Ledger(settings.ledger) as ledger:
        ids = [alert.alert_id for alert in ledger.alerts()]
    assert set(ids) == undisturbed.ledger_ids
    lines = settings.alert_log_path.read_text().splitlines()
    assert sorted(json.loads(line)["alert_id"] for line in lines) == sorted(ids)


def test_kill_9_of_up_itself_leaves_no_process(
    up: Callable[..., subprocess.Popen[bytes]], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><head/><body/></opml>")
    process = up()
    log = tmp_path / "up.log"
    # The board may be one more.
    wait(lambda: log.read_bytes().count(b'"service_started"') >= 3, log)
    process.send_signal(signal.SIGKILL)
    process.wait()
    marker = environment["PLACEWATCH_STATE_DIR"].encode()

    def is_alone() -> bool:
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and marker in (folder / "environ").read_bytes():
                    return False
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return True

    wait(is_alone, log, seconds=30)


def test_sigterm_ends_everything_with_exit_0_and_a_second_up_is_refused(
    up: Callable[..., subprocess.Popen[bytes]], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><head/><body/></opml>")
    process = up()
    log = tmp_path / "up.log"
    wait(lambda: bootstrap(environment), log)
    second = subprocess.run(
        [sys.executable, "-m", "placewatch", "up"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    assert second.returncode == 78
    assert "already runs" in second.stderr
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert bootstrap(environment) is None
    assert b"Traceback" not in log.read_bytes()


def test_a_busy_health_port_is_said_before_anything_starts(
    command_with: Callable[..., subprocess.CompletedProcess[str]],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><head/><body/></opml>")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        environment["PLACEWATCH_WEB_PORT"] = port
        done = command_with("up")
    assert done.returncode == 78
    assert f"cannot have port {port}" in done.stderr
    assert "broker_started" not in done.stderr


def test_a_busy_port_is_said_and_nothing_is_left_running(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><head/><body/></opml>")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "placewatch", "up", "--broker-port", port],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
        )
    assert done.returncode == 69
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("missing", "message"),
    [("PLACEWATCH_FEEDS", "feed list"), ("PLACEWATCH_WATCHLIST", "watchlist")],
)
def test_a_missing_file_is_said_before_anything_starts(
    environment: dict[str, str], tmp_path: Path, missing: str, message: str
) -> None:
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><head/><body/></opml>")
    done = subprocess.run(
        [sys.executable, "-m", "placewatch", "up"],
        env=environment | {missing: str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 78
    assert message in done.stderr
    assert "broker_started" not in done.stderr
