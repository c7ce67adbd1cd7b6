"""The demo: a newswire of our own writing, served as real feeds, through everything, on this machine alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from placewatch.errors import PlacewatchError
from placewatch.local.newswire import NewswireServer, load_newswire
from placewatch.local.progress import Progress
from placewatch.local.runfile import empty_folder
from placewatch.local.supervisor import Supervisor
from placewatch.places import load_watchlist
from placewatch.records import Alert
from placewatch.settings import Settings, seeds_dir


DEMO_DIR = "demo"
POLL_INTERVAL_S = 0.2
# Nothing has moved for this long although not all is done: something is stuck, and waiting will not mend it.
STUCK_AFTER_S = 120.0
_TURN_S = 0.05

OnAlert = Callable[[Alert], None]
OnProgress = Callable[[int, int], None]


def demo_settings(settings: Settings, *, poll_interval_s: float = POLL_INTERVAL_S) -> Settings:
    """Return the demo's settings: its own state folder, seeds and broker; how to log stays yours."""
    seeds = seeds_dir() / "demo"
    folder = settings.state_dir.absolute() / DEMO_DIR
    return Settings(
        _env_file=None,
        bootstrap_servers=None,
        security_protocol="PLAINTEXT",
        partitions=1,
        replication_factor=1,
        min_insync_replicas=None,
        state_dir=folder,
        watchlist=seeds / "watchlist.yaml",
        feeds=folder / "feeds.opml",
        sources=seeds / "sources.yaml",
        actors=seeds_dir() / "actors.yaml",
        policy=None,
        ledger_url=None,
        feed_state_url=None,
        alert_log=None,
        clock="stream",
        poll_interval_s=poll_interval_s,
        poll_floor_s=poll_interval_s / 2,
        poll_concurrency=20,
        allow_private_networks=True,
        reader_processes=settings.reader_processes,
        log_format=settings.log_format,
        log_level=settings.log_level,
        web_host="127.0.0.1",
        web_port=0,
        board_port=settings.board_port,
    )


def run_demo(
    settings: Settings,
    *,
    on_alert: OnAlert,
    on_progress: OnProgress = lambda _told, _total: None,
    newswire: Path | None = None,
) -> None:
    """Tell the newswire to the end; return when every alert has arrived in the ledger.

    Args:
        settings: as `demo_settings` gives them.
        on_alert: called with each alert, once, in the order of their arrival.
        on_progress: called with how many items were told, and of how many.
        newswire: another newswire than the seeds'.

    Raises:
        ConfigError: a demo runs already, or a file cannot be used.
        PlacewatchError: a service keeps dying, or nothing moves any more.
    """
    wire = load_newswire(newswire or seeds_dir() / "demo" / "newswire.yaml")
    empty_folder(settings.state_dir)
    with NewswireServer(wire) as server:
        settings.feeds.write_bytes(server.opml())
        watchlist = load_watchlist(settings.watchlist, settings.state_dir / "cache")
        log_path = settings.state_dir / "services.log"
        with Supervisor(settings, watchlist, output=log_path, cwd=settings.state_dir) as services:
            _tell(services, server, on_alert, on_progress, total=len(wire.items))


def _tell(
    services: Supervisor,
    server: NewswireServer,
    on_alert: OnAlert,
    on_progress: OnProgress,
    *,
    total: int,
) -> None:
    """Look after the services until the story is told and everything has arrived."""
    watch = _Watch(services)
    try:
        while True:
            services.check()
            progress = watch.progress()
            for alert in progress.new_alerts():
                on_alert(alert)
            told = min(server.story.told, total)
            on_progress(told, total)
            if server.story.is_told and progress.is_done():
                for alert in progress.new_alerts():
                    on_alert(alert)
                return
            watch.check_moving((told, progress.records))
            time.sleep(_TURN_S)
    finally:
        watch.close()


class _Watch:
    """Follows the broker of the moment, and notices when nothing moves any more."""

    def __init__(self, services: Supervisor) -> None:
        self._services = services
        self._progress: Progress | None = None
        self._servers: str | None = None
        self._mark: object = None
        self._moved_at = time.monotonic()

    def progress(self) -> Progress:
        """Return the progress on the broker that runs now."""
        if self._progress is None or self._servers != self._services.settings.bootstrap_servers:
            seen = self._progress.seen if self._progress else set()
            self.close()
            self._servers = self._services.settings.bootstrap_servers
            self._progress = Progress(self._services.settings, seen=seen)
        return self._progress

    def check_moving(self, mark: object) -> None:
        """Note how far things are.

        Raises:
            PlacewatchError: that has not changed for too long.
        """
        now = time.monotonic()
        if mark != self._mark:
            self._mark, self._moved_at = mark, now
        elif now - self._moved_at > STUCK_AFTER_S:
            raise PlacewatchError(
                f"the demo has stood still for {STUCK_AFTER_S:.0f} s: see the end of "
                f"{self._services.settings.state_dir / 'services.log'}, or run `placewatch doctor`"
            )

    def close(self) -> None:
        """Close the connections."""
        if self._progress is not None:
            self._progress.close()
