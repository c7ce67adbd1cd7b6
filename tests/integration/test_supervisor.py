"""The supervisor with services that die, on a broker that dies."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from placewatch.errors import ConfigError, PlacewatchError
from placewatch.kafka import make_consumer
from placewatch.local.supervisor import Service, Supervisor
from placewatch.places import Watchlist
from placewatch.records import Assertion, WatchedPlace
from placewatch.running import RUN_FILE
from placewatch.settings import Settings, load_settings
from placewatch.topics import ASSERTIONS, WATCHLIST
from placewatch.vocabulary import Control


pytestmark = pytest.mark.broker

FOREVER = "import time; time.sleep(1000)"


def service(name: str, code: str) -> Service:
    return Service(name, (sys.executable, "-c", code))


def only(*services: Service) -> Callable[..., tuple[Service, ...]]:
    return lambda *, is_embedded: services


def looked_after(supervisor: Supervisor, is_done: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, "it did not happen in time"
        supervisor.check()
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(state_dir=tmp_path / "state", bootstrap_servers=None, ledger_url=None)


@pytest.fixture
def watchlist() -> Watchlist:
    baseline = Assertion(
        assertion_id="baseline-homs",
        place_id="homs-syria",
        place="Homs, Syria",
        control=Control.HELD,
        holder="Syrian government",
        as_of="2024-11-27T00:00:00Z",
    )
    place = WatchedPlace(place_id="homs-syria", place="Homs, Syria", name="Homs", baseline=baseline)
    return Watchlist((place,))


def values(settings: Settings, topic: str, count: int) -> list[bytes]:
    consumer = make_consumer(settings, topic)
    found: list[bytes] = []
    for _ in range(100):
        found += [r.value for records in consumer.poll(100).values() for r in records]
        if len(found) >= count:
            break
    consumer.close()
    return found


def test_a_service_that_dies_is_started_again(settings: Settings) -> None:
    services = only(service("worker", FOREVER))
    with Supervisor(settings, Watchlist(), services=services) as supervisor:
        first = supervisor.pid("worker")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        looked_after(supervisor, lambda: supervisor.pid("worker") not in {None, first})


def test_a_service_that_keeps_dying_is_given_up_with_its_exit_status(settings: Settings) -> None:
    services = only(service("worker", "raise SystemExit(3)"))
    output = settings.state_dir.parent / "services.log"
    with (
        Supervisor(settings, Watchlist(), services=services, output=output) as supervisor,
        pytest.raises(
            PlacewatchError,
            match=r"worker died 5 times within 60 s \(last exit status 3\): see the end of .*services\.log",
        ),
    ):
        looked_after(supervisor, lambda: False, seconds=30)


def test_a_service_that_is_not_needed_is_left_alone_when_it_keeps_dying(settings: Settings) -> None:
    board = dataclasses.replace(service("board", "raise SystemExit(3)"), is_needed=False)
    services = only(board, service("worker", FOREVER))
    with capture_logs() as logged, Supervisor(settings, Watchlist(), services=services) as running:

        def is_left_alone() -> bool:
            return any(line["event"] == "service_left_alone" for line in logged)

        looked_after(running, is_left_alone, seconds=60)
        assert running.pid("worker") is not None
        assert running.pid("board") is None


def test_with_the_broker_everything_is_started_again(
    settings: Settings, watchlist: Watchlist
) -> None:
    services = only(service("worker", FOREVER), service("sink", FOREVER))
    with Supervisor(settings, watchlist, services=services) as supervisor:
        before = supervisor.broker_pid, supervisor.pid("worker"), supervisor.pid("sink")
        old_settings = supervisor.settings
        assert before[0] is not None
        os.kill(before[0], signal.SIGKILL)
        looked_after(supervisor, lambda: supervisor.broker_pid not in {None, before[0]})
        after = supervisor.broker_pid, supervisor.pid("worker"), supervisor.pid("sink")
        assert not set(before) & set(after)
        assert not any(is_running(pid) for pid in before if pid)
        assert supervisor.settings.bootstrap_servers != old_settings.bootstrap_servers
        noted = (settings.state_dir / RUN_FILE).read_text()
        assert str(supervisor.settings.bootstrap_servers) in noted
        # The new broker was told what the old one knew.
        assert values(supervisor.settings, WATCHLIST.name, 1) == [watchlist.places[0].to_json()]
        baseline = watchlist.places[0].baseline
        assert baseline is not None
        assert values(supervisor.settings, ASSERTIONS.name, 1) == [baseline.to_json()]


def test_stopping_leaves_no_process_not_even_of_a_service(
    settings: Settings, tmp_path: Path
) -> None:
    note = tmp_path / "grandchild"
    code = (
        "import subprocess, sys, time, pathlib\n"
        f"p = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid))\n"
        f"{FOREVER}"
    )
    with Supervisor(settings, Watchlist(), services=only(service("worker", code))) as supervisor:
        looked_after(supervisor, lambda: note.exists() and note.read_text() != "")
        pids = [int(note.read_text()), supervisor.pid("worker"), supervisor.broker_pid]
        assert all(pid is not None and is_running(pid) for pid in pids)
    for _ in range(100):
        if not any(is_running(pid) for pid in pids if pid):
            break
        time.sleep(0.02)
    assert not any(is_running(pid) for pid in pids if pid)
    assert not (settings.state_dir / RUN_FILE).exists()


def test_services_stop_against_the_stream(settings: Settings, tmp_path: Path) -> None:
    note = tmp_path / "order"

    def ends_with_a_note(name: str) -> Service:
        return service(
            name,
            "import signal, sys, time\n"
            "def end(*_):\n"
            f"    open({str(note)!r}, 'a').write('{name} ')\n"
            "    sys.exit()\n"
            "signal.signal(signal.SIGTERM, end)\n"
            f"open({str(tmp_path / name)!r}, 'w').close()\n"
            f"{FOREVER}",
        )

    names = ("sink", "worker", "producer")
    services = only(*(ends_with_a_note(name) for name in names))
    with Supervisor(settings, Watchlist(), services=services) as supervisor:
        looked_after(supervisor, lambda: all((tmp_path / name).exists() for name in names))
    assert note.read_text().split() == ["producer", "worker", "sink"]


def test_a_second_one_in_the_same_folder_is_refused(settings: Settings) -> None:
    with (
        Supervisor(settings, Watchlist(), services=only()),
        pytest.raises(ConfigError, match="already runs"),
    ):
        Supervisor(settings, Watchlist(), services=only()).__enter__()


def test_a_broker_that_is_set_is_used_and_none_is_started(
    broker_settings: Settings, watchlist: Watchlist
) -> None:
    embedded: list[bool] = []

    def services(*, is_embedded: bool) -> tuple[Service, ...]:
        embedded.append(is_embedded)
        return ()

    own = broker_settings.model_copy(update={"is_broker_embedded": False})
    with Supervisor(own, watchlist, services=services) as supervisor:
        assert supervisor.broker_pid is None
        assert supervisor.settings.bootstrap_servers == broker_settings.bootstrap_servers
    assert embedded == [False]
    assert len(values(broker_settings, WATCHLIST.name, 1)) == 1
