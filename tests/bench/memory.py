"""Memory of a worker over 50,000 articles: `make bench-memory`. Exits 1 when it grows by 5 % or more.

A quarter of the articles name tracked places, and every sentence a person nobody heard of before: what a language
model keeps of new words is what grows. The worker is a process of the pool, as in the service.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from texts import articles, corpus_texts
from throughput import tracked

from placewatch.settings import load_settings
from streams import pool


STEP = 10_000
BATCH = 16
CHUNK = 400
RELEVANT = 0.25
NAMES = 10_000
MOST_GROWTH = 0.05


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MiB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def growth(total: int) -> list[tuple[int, float]]:
    """Return after how many articles the worker has how much memory; prints them as they come."""
    settings, texts = load_settings(), corpus_texts()
    places = tracked(NAMES, texts)
    options = pool.ReaderOptions(places, settings.actors, settings.sources)
    context = multiprocessing.get_context("spawn")
    figures = []
    with ProcessPoolExecutor(1, context, pool.start, (options,)) as worker:
        pid = worker.submit(pool.warm_up).result()
        began = time.monotonic()
        for done in range(0, total, CHUNK):
            some = articles(CHUNK, RELEVANT, places, texts, seed=done, has_strangers=True)
            batches = [some[i : i + BATCH] for i in range(0, CHUNK, BATCH)]
            for _ in worker.map(pool.read, batches):
                pass
            if (done + CHUNK) % (total // 5) == 0:
                figures.append((done + CHUNK, resident_mb(pid)))
                seconds = time.monotonic() - began
                print(
                    f"{done + CHUNK:>7,} articles  {figures[-1][1]:6.0f} MiB  {seconds:5.0f} s",
                    flush=True,
                )
    return figures


def main() -> int:
    """Measure, print, and return 1 when memory grew too much after the first fifth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=5 * STEP)
    figures = growth(parser.parse_args().articles)
    first, last = figures[0][1], figures[-1][1]
    grown = last / first - 1
    print(
        f"grown by {grown:.1%} since the first {figures[0][0]:,} articles (most allowed: {MOST_GROWTH:.0%})"
    )
    return 1 if grown >= MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
