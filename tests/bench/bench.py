"""Performance as ratios against a baseline in the same run: `make bench`. Machines differ; ratios hold better.

First articles a second, the whole spaCy pipeline against placewatch (throughput.py); then single steps, and polls of feeds (feed_polls.py). Each of the steps is the median of interleaved runs (baseline, ours, baseline, ours ...) of process CPU time. Prints a
table, or one JSON object with --json. Texts are the demo's own newswire; nothing outside the project is needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from placewatch.threads import one_blas_thread


one_blas_thread()  # numpy reads the limit when it is imported

import yaml
from feed_polls import feeds_a_core_keeps, poll_figures
from rich.console import Console
from rich.table import Table
from throughput import cells, table_of

from placewatch.actors import load_actors
from placewatch.places import load_watchlist, parse_entries, resolve_entries
from placewatch.records import Article, Evidence, Reading, Report
from placewatch.settings import load_settings, seeds_dir
from placewatch.sources import load_sources
from placewatch.vocabulary import Factuality, State
from streams.reading.plaintext import full_text
from streams.reading.reader import Reader, load_nlp
from streams.tracking.assess import assess
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


ROUNDS = 5
START = datetime(2024, 12, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison: medians in CPU milliseconds, and baseline divided by ours (above 1, ours is cheaper)."""

    name: str
    baseline: str
    baseline_ms: float
    ours_ms: float
    ratio: float


def compare(
    name: str, baseline: str, run_baseline: Callable[[], object], run_ours: Callable[[], object]
) -> Figure:
    """Return the medians of interleaved runs after one warm-up of each."""
    run_baseline()
    run_ours()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for run, times in zip((run_baseline, run_ours), spent, strict=True):
            began = time.process_time()
            run()
            times.append((time.process_time() - began) * 1000)
    before, after = (statistics.median(times) for times in spent)
    return Figure(name, baseline, round(before, 2), round(after, 2), round(before / after, 2))


def demo_articles() -> list[Article]:
    """Return the demo's items as articles."""
    newswire = yaml.safe_load((seeds_dir() / "demo" / "newswire.yaml").read_text("utf-8"))
    return [
        Article(
            article_id=item["id"],
            source_id=item["outlet"],
            title=item["title"],
            text=item["summary"],
            published_at=START,
            fetched_at=START,
        )
        for item in newswire["items"]
    ]


def reading_figures() -> list[Figure]:
    """Return what the gate and the hit sentences save against parsing every article whole."""
    settings = load_settings()
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)
    articles, nlp = demo_articles(), load_nlp()
    watched = load_watchlist(seeds_dir() / "demo" / "watchlist.yaml")
    elsewhere = resolve_entries(parse_entries([{"place": "Goma, DR Congo"}], seeds_dir()))
    texts = [full_text(article) for article in articles]
    near, far = Reader(watched, actors, sources, nlp), Reader(elsewhere, actors, sources, nlp)

    def parse_all() -> object:
        return list(nlp.pipe(texts, batch_size=16))

    return [
        compare(
            "read articles of tracked places",
            "parse every article",
            parse_all,
            lambda: near.read(articles),
        ),
        compare(
            "read articles of other places",
            "parse every article",
            parse_all,
            lambda: far.read(articles),
        ),
    ]


def _readings(count: int) -> list[Reading]:
    place = {"place_id": "homs-syria", "place": "Homs, Syria"}
    states = (State.THREATENED, State.CONTESTED, State.STRUCK, State.HELD)
    return [
        Reading(
            **place,
            article_id=f"a{n}",
            source_id=f"outlet{n % 17}.example",
            published_at=START + timedelta(hours=n),
            fetched_at=START + timedelta(hours=n),
            shingles=tuple(range(n * 40, n * 40 + 40)),
            reports=(
                Report(
                    **place,
                    state=states[n % 4],
                    factuality=Factuality.ASSERTED,
                    actor="Syrian rebels",
                    evidence=Evidence(sentence="Rebels advance on Homs.", start=0, end=23),
                ),
            ),
        )
        for n in range(count)
    ]


def tracking_figures() -> list[Figure]:
    """Return what ten times the readings cost: a ratio near 0.1 is linear, far below it is not."""
    settings = load_settings()
    context = Context(
        policy=load_policy(),
        actors=load_actors(settings.actors),
        sources=load_sources(settings.sources),
        country="Syria",
    )

    def run(readings: list[Reading]) -> Callable[[], object]:
        now = readings[-1].fetched_at
        return lambda: assess(
            readings, (), context, now, place_id="homs-syria", place="Homs, Syria"
        )

    return [
        compare(
            "assess 300 readings", "assess 30 readings", run(_readings(30)), run(_readings(300))
        )
    ]


def main() -> None:
    """Run every comparison and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object a figure")
    as_json = parser.parse_args().json
    speeds = [*cells()]
    polls = poll_figures()
    unchanged, changed = polls[0].ours_ms, polls[-1].ours_ms
    figures = [*reading_figures(), *tracking_figures()]
    if as_json:
        for figure in (*speeds, *figures, *polls):
            print(json.dumps(asdict(figure)))
        return
    console = Console(width=120)
    console.print(table_of(speeds))
    table = Table("what", "baseline", "baseline, CPU ms", "ours, CPU ms", "baseline / ours")
    for f in (*figures, *polls):
        table.add_row(
            f.name, f.baseline, f"{f.baseline_ms:.1f}", f"{f.ours_ms:.1f}", f"{f.ratio:.2f}"
        )
    console.print(table)
    console.print(
        f"polls: a core keeps {feeds_a_core_keeps(unchanged, changed):,} feeds at a quarter of an hour, "
        "one poll in five finding something new"
    )


if __name__ == "__main__":
    main()
