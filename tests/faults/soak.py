"""`make soak`: recorded news of days through the services on a real Kafka, at full speed; fails when memory or lag grows.

The recording is published in portions to the topic of articles, in its order; worker and sink are started as
deploy/systemd starts them. Every second the memory of each, with the processes it started, and how much waits are
noted. It passes when no service has grown by more than 5 % since the first fifth of the recording and nothing waits
at the end. `--recorded` names a file of articles as `placewatch replay` takes it; without one the news are put together
from our own corpus.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from story import story
from world import World

from placewatch.kafka import make_producer
from placewatch.recorded import read_recorded
from placewatch.records import Article
from placewatch.topics import ARTICLES


sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

MOST_GROWTH = 0.05
PORTION = 250
# Published, and not yet read: as much as keeps the worker busy.
MOST_WAITING = 1000
WARM_UP = 0.2
SAMPLE_S = 1.0
SERVICES = ("worker", "sink")


@dataclass(frozen=True, slots=True)
class Sample:
    """How it stood at a moment: seconds since the start, articles published and read, MiB of each service."""

    at_s: float
    published: int
    read: int
    memory: dict[str, float]


def put_together(world: World, count: int) -> Iterator[Article]:
    """Yield articles from our own corpus, a twentieth of them on the world's places, a minute apart."""
    from texts import articles, corpus_texts  # noqa: PLC0415  # from the folder beside

    from placewatch.places import load_watchlist  # noqa: PLC0415

    places = load_watchlist(world.settings.watchlist).places
    for n, article in enumerate(articles(count, 0.05, places, corpus_texts(), has_strangers=True)):
        at = article.published_at + timedelta(minutes=n)
        yield article.model_copy(
            update={"article_id": f"soak-{n}", "published_at": at, "fetched_at": at}
        )


class Soak:
    """One telling of a recording, with what was measured meanwhile."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._began = time.monotonic()
        self.published = 0
        self.samples: list[Sample] = []

    def run(self, articles: Iterator[Article]) -> None:
        """Publish everything as fast as it is read, and wait until all is written."""
        producer = make_producer(self._world.settings)
        while portion := list(islice(articles, PORTION)):
            for article in portion:
                key = article.article_id.encode()
                producer.send(ARTICLES.name, key=key, value=article.to_json(), partition=0)
            producer.flush(timeout=60)
            self.published += len(portion)
            self._until_read(self.published - MOST_WAITING)
        producer.close()
        self._until_read(self.published)
        self._world.until(self._world.is_done, "the end")
        self._sample()

    def _until_read(self, count: int) -> None:
        def is_read() -> bool:
            if not self.samples or self._now() - self.samples[-1].at_s >= SAMPLE_S:
                self._sample()
            return self.samples[-1].read >= count

        self._world.until(is_read, "what was published")

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _sample(self) -> None:
        memory = {name: family_mib(self._world.units[name].pid) for name in SERVICES}
        self.samples.append(Sample(self._now(), self.published, self._world.read(), memory))


def family_mib(pid: int | None) -> float:
    """Return the memory of a process and of all that it started, in MiB; 0 of one that has just ended (Linux)."""
    from memory import resident_mb  # noqa: PLC0415  # from the folder beside

    try:
        lists = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(child) for found in lists for child in found.read_text("ascii").split()]
        return resident_mb(int(pid or 0)) + sum(family_mib(child) for child in children)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def growth(samples: Sequence[Sample], total: int, service: str) -> tuple[float, float, float]:
    """Return a service's MiB after the first fifth, in the last tenth, and by what share it grew."""
    warm = [s.memory[service] for s in samples if total * WARM_UP <= s.read < total * 0.3]
    last = [s.memory[service] for s in samples if s.read >= total * 0.9]
    before, after = statistics.median(warm), statistics.median(last)
    return before, after, after / before - 1


def report(samples: Sequence[Sample], total: int, days: float, deaths: int) -> tuple[str, bool]:
    """Return the table, and whether all is as it should be."""
    seconds = samples[-1].at_s
    lag = samples[-1].published - samples[-1].read
    lines = [
        f"{total:,} articles of {days:.1f} days in {seconds:.0f} s ({total / seconds:.0f} a second)",
        "",
        "| service | MiB after a fifth | MiB at the end | grown by |",
        "|---|---:|---:|---:|",
    ]
    is_well = lag == 0 and deaths == 0
    for service in SERVICES:
        before, after, grown = growth(samples, total, service)
        lines.append(f"| {service} | {before:.0f} | {after:.0f} | {grown:+.1%} |")
        is_well &= grown <= MOST_GROWTH
    most = max(s.published - s.read for s in samples)
    lines += ["", f"lag: at most {most:,} articles, {lag} at the end; services died {deaths} times"]
    return "\n".join(lines), is_well


def plot(samples: Sequence[Sample], path: Path) -> None:
    """Draw memory and lag over the articles read."""
    import matplotlib as mpl  # noqa: PLC0415  # a second that only this pays

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, (above, below) = plt.subplots(2, sharex=True, figsize=(8, 6))
    read = [sample.read for sample in samples]
    for service in SERVICES:
        above.plot(read, [sample.memory[service] for sample in samples], label=service)
    above.set(ylabel="memory, MiB", ylim=0)
    above.legend()
    below.plot(read, [sample.published - sample.read for sample in samples])
    below.set(ylabel="articles that wait", xlabel="articles read", ylim=0)
    figure.savefig(path)


def main() -> int:
    """Run it, write table, plot and samples, and return 1 where something grew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recorded", type=Path, help="articles as JSON lines, also .gz")
    parser.add_argument("--watchlist", type=Path, help="the places to track in it")
    parser.add_argument("--days", type=float, default=2.0, help="how much of the recording")
    parser.add_argument("--articles", type=int, default=5000, help="how many of our own")
    parser.add_argument("--out", type=Path, default=Path("artifacts/soak"))
    asked = parser.parse_args()
    more = {"watchlist": asked.watchlist.absolute()} if asked.watchlist else {}
    with (
        tempfile.TemporaryDirectory(prefix="placewatch-soak-") as folder,
        World(Path(folder) / "world", story([0]), {}, services=SERVICES, **more) as world,
    ):
        if asked.recorded:
            articles = sorted(read_recorded(asked.recorded), key=lambda a: a.told_at)
            ends = articles[0].told_at + timedelta(days=asked.days)
            articles = [article for article in articles if article.told_at <= ends]
        else:
            articles = list(put_together(world, asked.articles))
        days = (articles[-1].told_at - articles[0].told_at) / timedelta(days=1)
        soak = Soak(world)
        soak.run(iter(articles))
        deaths = sum(unit.deaths for unit in world.units.values())
    text, is_well = report(soak.samples, len(articles), days, deaths)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.with_suffix(".md").write_text(text + "\n")
    asked.out.with_suffix(".jsonl").write_text(
        "".join(json.dumps(asdict(sample)) + "\n" for sample in soak.samples)
    )
    plot(soak.samples, asked.out.with_suffix(".svg"))
    print(text)
    return 0 if is_well else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main())
