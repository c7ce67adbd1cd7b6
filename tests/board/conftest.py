"""A ledger with a short war in it, and the board over it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as NotInTimeError

from placewatch.records import Alert, Citation, Event, Origin, Status
from placewatch.settings import Settings
from sinks.board.app import make_app
from sinks.board.service import BoardServer
from sinks.ledger import Ledger


# Patience for a machine that does much else at the same time; a test that passes does not wait for it.
expect.set_options(timeout=20_000)

NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
TOKEN = "a-token-of-enough-length"
HOSTILE = "<img src=x onerror=alert(1)>\"'&<script>alert(2)</script>"


def citation(number: int, **changes: Any) -> Citation:
    fields: dict[str, Any] = {
        "article_id": f"article-{number}",
        "source_id": "wire.example",
        "url": f"https://wire.example/{number}",
        "title": f"Fighters enter Rastan ({number})",
        "published_at": NOON + timedelta(hours=number),
        "origin": Origin(origin_id=f"monitor-{number}", name=f"Monitor {number}", reliability="B"),
        "state": "captured",
        "factuality": "asserted",
        "sentence": "Fighters took Rastan without much of a battle.",
    }
    return Citation.model_validate(fields | changes)


def alert(number: int, **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "alert_id": f"alert-{number}",
        "msg_type": "Alert",
        "place_id": "rastan-syria",
        "place": "Rastan, Syria",
        "at": NOON + timedelta(hours=number),
        "control": "held",
        "holder": "Syrian rebels",
        "certainty": "claimed",
        "previous_control": "held",
        "previous_holder": "Syrian government",
        "reason": "taken",
        "grounds": "one_origin",
        "headline": "Rastan, Syria is held by Syrian rebels.",
        "cap_certainty": "Possible",
        "admiralty": "B3",
        "event_ids": ("event-1",),
        "citations": (citation(1),),
        "latitude": 34.93,
        "longitude": 36.73,
    }
    return Alert.model_validate(fields | changes)


def status(**changes: Any) -> Status:
    fields: dict[str, Any] = {
        "place_id": "rastan-syria",
        "place": "Rastan, Syria",
        "control": "held",
        "holder": "Syrian rebels",
        "opponent": "Syrian government",
        "certainty": "confirmed",
        "grounds": "loser_admits",
        "since": NOON,
        "last_confirmed_at": NOON,
        "assessed_at": NOON,
        "reason": "taken",
        "event_ids": ("event-1",),
        "citations": (citation(1),),
        "alert_id": "alert-2",
        "latitude": 34.93,
        "longitude": 36.73,
    }
    return Status.model_validate(fields | changes)


def event(**changes: Any) -> Event:
    fields: dict[str, Any] = {
        "event_id": "event-1",
        "place_id": "rastan-syria",
        "place": "Rastan, Syria",
        "state": "captured",
        "actor": "Syrian rebels",
        "side": "rebels",
        "event_date": NOON.date(),
        "certainty": "confirmed",
        "credibility": "2",
        "grounds": "loser_admits",
        "move": "taken",
        "origins": (citation(1).origin, citation(2).origin),
        "citations": (citation(1), citation(2, factuality="denied", counted="unconfirmed")),
        "first_reported_at": NOON,
        "last_reported_at": NOON + timedelta(hours=2),
        "assessed_at": NOON + timedelta(hours=2),
    }
    return Event.model_validate(fields | changes)


def write_war(ledger: Ledger) -> None:
    """Write five places: one taken, one contested, one besieged and stale, one hostile in its words, one calm."""
    update = {"msg_type": "Update", "references": ("alert-1",), "certainty": "confirmed"}
    homs = {"place_id": "homs-syria", "place": "Homs, Syria", "latitude": 34.73, "longitude": 36.72}
    hama = {"place_id": "hama-syria", "place": "Hama, Syria", "latitude": 35.13, "longitude": 36.75}
    calm = {
        "place_id": "tripoli-lebanon",
        "place": "Tripoli, Lebanon",
        "latitude": 34.43,
        "longitude": 35.84,
    }
    hostile = {
        "place_id": "hostile",
        "place": f"{HOSTILE}, Syria",
        "latitude": 35.5,
        "longitude": 37.5,
    }
    words = citation(5, url="javascript:alert(3)", title=HOSTILE, sentence=HOSTILE, actor=HOSTILE)
    ledger.write_events(
        [
            event(),
            event(
                event_id="event-5", citations=(words,), origins=(words.origin,), actor=HOSTILE
            ).model_copy(update={"place_id": "hostile", "place": hostile["place"]}),
        ]
    )
    ledger.write_alerts(
        [
            alert(1),
            alert(2, **update),
            alert(3, control="contested", holder="Syrian government", opponent="Syrian rebels",
                  headline="Homs, Syria is contested.", **homs),
            alert(4, msg_type="Cancel", references=("alert-3",), control="held",
                  holder="Syrian government", headline="Homs, Syria: withdrawn.", **homs),
            alert(5, headline=HOSTILE, holder=HOSTILE, event_ids=("event-5",), citations=(words,),
                  **hostile),
        ]
    )  # fmt: skip
    ledger.write_statuses(
        [
            status(),
            status(control="contested", holder="Syrian government", alert_id="alert-4", **homs),
            status(control="besieged", is_stale=True, alert_id=None, **hama),
            status(holder=HOSTILE, alert_id="alert-5", event_ids=("event-5",), **hostile),
            status(holder="Lebanese government", alert_id=None, event_ids=(), **calm),
        ]
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        state_dir=tmp_path / "state",
        watchlist=tmp_path / "watchlist.yaml",
        ledger_url=f"sqlite:///{tmp_path / 'ledger.db'}",
    )


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with Ledger(settings.ledger) as opened:
        write_war(opened)
        yield opened


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve the board on a free port as `placewatch board` does; gives its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = BoardServer(make_app(settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not server.started:
                assert thread.is_alive(), "the server died at its start"
                assert time.monotonic() < deadline, "the server has not started"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)


@pytest.fixture
def board(settings: Settings, ledger: Ledger) -> Iterator[httpx.Client]:
    with served(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def war(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a board over the war, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("war")
    settings = Settings(
        _env_file=None,
        state_dir=folder / "state",
        watchlist=folder / "watchlist.yaml",
        ledger_url=f"sqlite:///{folder / 'ledger.db'}",
    )
    with Ledger(settings.ledger) as ledger:
        write_war(ledger)
    with served(settings) as address:
        yield address


@pytest.fixture
def asked(war: str) -> Iterator[httpx.Client]:
    """A client of that board."""
    with httpx.Client(base_url=war, timeout=60) as client:
        yield client


@pytest.fixture
def serve() -> Callable[[Settings], AbstractContextManager[str]]:
    """Serves a board and gives its address."""
    return served


@pytest.fixture
def new_alert() -> Callable[..., Alert]:
    return alert


@pytest.fixture
def hostile() -> str:
    """What must never become anything but text."""
    return HOSTILE


@pytest.fixture
def board_with(settings: Settings) -> Iterator[Callable[..., httpx.Client]]:
    """The board with other settings, over whatever ledger there is."""
    with ExitStack() as stack:

        def make(**changes: Any) -> httpx.Client:
            address = stack.enter_context(served(settings.model_copy(update=changes)))
            return stack.enter_context(httpx.Client(base_url=address, timeout=60))

        yield make


@pytest.fixture(scope="module")
def chromium() -> str:
    """Debian's Chromium; installed where that is allowed, as CI is."""
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (
            ["update", "-qq"],
            ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ):
            # Two files of tests run at a time: whoever comes second would find apt locked, and skip.
            one_at_a_time = ["flock", f"{tempfile.gettempdir()}/placewatch-tests-apt.lock"]
            subprocess.run(
                [*one_at_a_time, "apt-get", *command], check=False, capture_output=True, timeout=240
            )
        found = shutil.which("chromium")
    if found is None:
        pytest.skip(
            "there is no Chromium, and only root could install it (apt-get install chromium)"
        )
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One headless browser for a file of tests; it is gone before any other file's event loop runs."""
    switches = [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ]  # fmt: skip
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield launched
        launched.close()


class Tab:
    """A page of the board, and everything in it that must not happen."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        shape = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        self.context = browser.new_context(base_url=address, **(shape | options))
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.network_changes = 0
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", lambda request: self._request(request.url, address))
        self.page.on("requestfinished", lambda request: self._answered(request.url))
        self.page.on("requestfailed", self._failed)

    def open(self, path: str = "/") -> Page:
        """Open an address of the board and wait until it shows what there is."""
        for is_last in (False, True):
            self.network_changes = 0
            self.page.goto(path)
            if self._is_ready(patience_s=10 if self.network_changes else 60):
                break
            if is_last or not self.network_changes:
                pytest.fail(
                    f"the page is not ready; without answer: {self.asked}; it says: {self._said()}"
                )
        return self.page

    def _is_ready(self, *, patience_s: float) -> bool:
        """Return whether the page comes to show what there is."""
        try:
            self.page.wait_for_selector("body[data-ready]", timeout=1000 * patience_s)
        except NotInTimeError:
            return False
        return True

    def _said(self) -> str:
        """Return what the page says of its troubles."""
        return str(
            self.page.evaluate("[banner.textContent, live.textContent, location.href].join()")
        )

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        # The browser says itself what its policy refused and what failed to load.
        if message.type == "error" and "Content Security Policy" in message.text:
            self.wrong.append(message.text)

    def _failed(self, request: Any) -> None:
        # Chromium drops what is under way when any interface of the machine comes or goes, loopback's requests too.
        self.network_changes += "ERR_NETWORK_CHANGED" in (request.failure or "")
        self._answered(request.url)

    def _answered(self, url: str) -> None:
        if url in self.asked:
            self.asked.remove(url)

    def _request(self, url: str, address: str) -> None:
        self.asked.append(url)
        if not url.startswith((address, "data:")):
            self.wrong.append(f"request to {url}")


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens pages; fails at the end when one did what none may: a dialog, an error, a request to somebody else."""
    tabs: list[Tab] = []

    def make(address: str, **options: Any) -> Tab:
        tabs.append(Tab(browser, address, **options))
        return tabs[-1]

    yield make
    for each in tabs:
        each.context.close()
    assert [wrong for each in tabs for wrong in each.wrong] == []


@pytest.fixture
def shot(repo_root: Path) -> Callable[[Page, str], None]:
    """Writes a screenshot where people look at it."""
    folder = repo_root / "artifacts" / "board"
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=folder / f"{name}.png")
