"""Single steps as ratios against a baseline in the same run. Machines differ; ratios hold better.

Each figure is the median of interleaved runs (baseline, ours, baseline, ours ...) of process CPU time. Texts are the
demo's own newswire; nothing outside the project is needed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml

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
