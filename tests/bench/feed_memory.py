"""The most memory a producer takes while many hostile feeds are polled at once for the first time: `make bench-feeds`.

Feeds as large as may be (5 MiB), whose texts hold one wide sign each so that every character takes four bytes, and
feeds of two thousand items that are nearly nothing but items. The producer is a process of its own with the embedded
broker; exits 1 when it takes 150 MB or more. Its workers are told beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from email.utils import format_datetime, localtime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from placewatch.local.broker import EmbeddedBroker
from placewatch.settings import Settings, load_settings
from producers import service
from producers.opml import add_feeds, make_feed
from producers.state import State


MOST_BYTES = 150 * 1000**2
LARGEST_BYTES = 5 * 1024**2
LOOK_EVERY_S = 0.02
PRODUCER = "producer"
_STAMP = format_datetime(localtime())
_HEAD = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>T</title>"
_TAIL = "</channel></rss>"
_WORDS = "Residents said the market was open and the bridge closed on the day after. " * 4000


def feed_of(path: str) -> bytes:
    """Return the feed at /KIND/N."""
    _, kind, number = path.split("/")
    items, chars = {"texts": (25, 199_000), "items": (2000, 2350), "tiny": (2000, 0)}[kind]
    text = f"<description>\U0001f600{_WORDS[:chars]}</description><pubDate>{_STAMP}</pubDate>"
    parts = (
        f"<item><guid>{kind}-{number}-{n}</guid><title>{n} of {number}</title>{text if chars else ''}</item>"
        for n in range(items)
    )
    body = f"{_HEAD}{''.join(parts)}{_TAIL}".encode()
    assert len(body) <= LARGEST_BYTES, len(body)
    return body


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = feed_of(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def produce(feeds: str, folder: str, servers: str) -> None:
    """Poll every feed once."""
    service.run(settings_in(Path(folder), feeds=Path(feeds), bootstrap_servers=servers), once=True)


def settings_in(folder: Path, **more: object) -> Settings:
    """Return settings that let a busy machine take its time."""
    return load_settings(
        state_dir=folder,
        allow_private_networks=True,
        partitions=1,
        is_broker_embedded=True,
        parse_timeout_s=120,
        fetch_timeout_s=300,
        ledger_url=None,
        **more,
    )


def processes(pid: int) -> Iterator[tuple[int, str]]:
    """Yield a process and those it has started, each with what it is (Linux)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [c for t in tasks for c in (t / "children").read_text().split()]
    except OSError:  # it has ended
        return
    modules = [part.rpartition(".")[2] for part in command if part.endswith("_child")]
    yield pid, modules[0] if modules else PRODUCER
    for child in children:
        yield from processes(int(child))


def kibibytes(pid: int, name: str) -> int:
    """Return one of a process' figures; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def peaks(producer: subprocess.Popen[bytes]) -> dict[str, int]:
    """Return the most bytes each kind of process held until the producer ended, and all of them at one time."""
    most: defaultdict[str, int] = defaultdict(int)
    while producer.poll() is None:
        together = 0
        for pid, kind in processes(producer.pid):
            # A child is a copy of its parent for the moment before it becomes what it is.
            if kind != PRODUCER or pid == producer.pid:
                most[kind] = max(most[kind], kibibytes(pid, "VmHWM") * 1024)
            together += kibibytes(pid, "VmRSS") * 1024
        most["together"] = max(most["together"], together)
        time.sleep(LOOK_EVERY_S)
    return most


def measure(counts: dict[str, int], folder: Path) -> tuple[dict[str, int], int]:
    """Return the peaks of one round of first polls, and how many of the feeds gave their articles."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base, opml = f"http://127.0.0.1:{server.server_port}", folder / "feeds.opml"
    paths = [f"{kind}/{n}" for kind, count in counts.items() for n in range(count)]
    add_feeds(opml, [make_feed(f"{base}/{path}", source_id=path) for path in paths])
    (folder / "broker").mkdir()
    with EmbeddedBroker(settings_in(folder / "broker", bootstrap_servers=None)) as broker:
        where = [str(opml), str(folder / "state"), str(broker.bootstrap_servers)]
        with subprocess.Popen(
            [sys.executable, __file__, "--produce", *where], stdout=subprocess.DEVNULL
        ) as producer:
            most = peaks(producer)
    server.shutdown()
    with State(folder / "state" / "feeds.db") as state:
        good = sum(feed.last_success_at is not None for feed in state.feeds().values())
    return most, good


def main() -> int:
    """Measure, print, and return 1 when the producer took too much or did not read a feed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for kind, count in {"texts": 20, "items": 20, "tiny": 20}.items():
        parser.add_argument(f"--{kind}", type=int, default=count, help="feeds of this kind")
    parser.add_argument("--produce", nargs=3, help=argparse.SUPPRESS)
    options = vars(parser.parse_args())
    if where := options.pop("produce"):
        produce(*where)
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        most, good = measure(options, Path(folder))
    for kind, peak in sorted(most.items()):
        sys.stdout.write(f"{kind:16} {peak / 1000**2:6.0f} MB at most\n")
    total = sum(options.values())
    sys.stdout.write(f"{good} of {total} feeds read in {time.monotonic() - began:.0f} s\n")
    return int(most[PRODUCER] >= MOST_BYTES or good < total)


if __name__ == "__main__":
    sys.exit(main())
