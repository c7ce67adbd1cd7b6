"""The parts that run the services: latency at rising load, what is sustained, one worker and two, on each broker."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from live import Run, Step, listening, news, run_step, sustained, topic_bytes
from rich.progress import Progress
from section import Plot, Section, Table, load_of_others
from services import Services, resident_mb, services_on, write_watchlist
from texts import corpus_texts
from throughput import tracked

from placewatch.errors import BrokerError
from placewatch.local.kafka_broker import require_java
from placewatch.local.kafka_jars import POM, version_in
from placewatch.records import WatchedPlace


PLACES = 10_000
RATES = (5, 10, 25, 50, 100, 200, 300, 400, 500, 600)
QUICK_RATES = (10, 50)
# No quantile of a handful: a step has two hundred articles at least.
STEP_S = 20
LEAST_ARTICLES = 200
MOST_ARTICLES = 8_000
SUSTAINED_ARTICLES = 12_000
WARM_UP_S = 300.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Field:
    """Where the services run: the tracked places, what articles are made of, and how long to measure."""

    places: Sequence[WatchedPlace]
    texts: Sequence[str]
    is_quick: bool

    @classmethod
    def of(cls, *, is_quick: bool) -> Field:
        """Return the places drawn from the gazetteer."""
        texts = corpus_texts()
        places = tracked(100 if is_quick else 3 * PLACES, texts)
        return cls(places[:PLACES], texts, is_quick)


def brokers() -> Iterator[tuple[str, str, Path | None]]:
    """Yield the brokers that are here: word, name for people, and Kafka's jars."""
    yield "embedded", "the embedded broker (Tansu)", None
    jars = kafka_jars()
    if jars is not None:
        yield "kafka", f"Apache Kafka {version_in(jars)} (one node, KRaft)", jars


def kafka_jars() -> Path | None:
    """Return the folder of Kafka's jars: the one that is named, else fetched once by Maven; None where neither is."""
    try:
        require_java()
    except BrokerError:
        return None
    folder = Path(os.environ.get("PLACEWATCH_KAFKA_LIBS") or ROOT / ".venv" / "kafka")
    if version_in(folder) is None and shutil.which("mvn") is not None:
        words = ["-q", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        subprocess.run(["mvn", *words, f"-DoutputDirectory={folder}"], check=False, timeout=300)
    return folder if version_in(folder) is not None else None


@contextmanager
def ready(
    broker: str, jars: Path | None, field: Field, *, readers: int = 2, workers: int = 1
) -> Iterator[Services]:
    """Yield services that read: every worker ready, its readers loaded."""
    with tempfile.TemporaryDirectory(prefix="placewatch-bench-") as outer:
        folder = Path(outer) / "state"
        folder.mkdir()
        watchlist = Path(outer) / "watchlist.yaml"
        write_watchlist(field.places, watchlist)
        with services_on(broker, folder, watchlist, readers=readers, jars=jars) as services:
            for _ in range(workers):
                services.start_worker()
            services.wait_until_ready()
            warm_up(services, field)
            yield services


def warm_up(services: Services, field: Field) -> None:
    """Return when the readers have read: they load the model at the first article.

    Raises:
        BrokerError: they have not after five minutes.
    """
    some = news(120, field.places, field.texts, "warm", relevant=1.0)
    with listening(services) as told:
        step = run_step(services, told, some, 60, drain_s=WARM_UP_S)
    if not step.is_drained:
        raise BrokerError("the workers have not read 120 articles within five minutes")


def latency_part(*, is_quick: bool) -> Section:
    """Measure latency at rising load on each broker."""
    section = Section("latency", "From article to alert at rising load", is_quick=is_quick)
    field = Field.of(is_quick=is_quick)
    section.text.append(
        f"Seconds from an article's planned time on its topic to its alert at a consumer of the alerts' topic, at 5 % relevant, with {len(field.places):,} "
        "tracked places and one worker with two reader processes. The articles come whether or not the worker keeps up, and generator, broker, worker and "
        "consumer share the machine. Processor time is the worker's and the broker's, an article. "
        f"Processes that wanted a core before it began: {load_of_others():.1f}."
    )
    lines = {}
    for word, name, jars in brokers():
        with ready(word, jars, field) as services:
            steps = list(_steps(services, field, name))
        section.tables[f"On {name}"] = _table(steps)
        kept_up = [s for s in steps if s.is_drained and s.alerts]
        for percent in (50, 95):
            lines[f"p{percent}, {word}"] = [(s.rate, s.quantiles[percent]) for s in kept_up]
        section.figures |= {
            f"{word}_p95_at_{s.rate:g}": s.quantiles[95] for s in kept_up if not is_quick
        }
    section.plots.append(
        Plot("latency", "Article on the topic to alert on the topic", "articles/s", "seconds", lines, limit=1.0)
    )  # fmt: skip
    return section


def _steps(services: Services, field: Field, name: str) -> Iterator[Step]:
    """Yield a step for each rate, up to the first at which the worker does not keep up."""
    rates = QUICK_RATES if field.is_quick else RATES
    with listening(services) as told, Progress() as progress:
        for rate in rates:
            least = 100 if field.is_quick else LEAST_ARTICLES
            count = max(least, min(MOST_ARTICLES, rate * (4 if field.is_quick else STEP_S)))
            some = news(count, field.places, field.texts, f"at{rate}")
            task = progress.add_task(f"{name}: {rate} articles/s", total=count)
            step = run_step(services, told, some, rate, lambda n, t=task: progress.advance(t, n))
            yield step
            if not step.is_drained:
                break


def _table(steps: Sequence[Step]) -> Table:
    columns = (
        "articles/s", "articles", "alerts", "p50, s", "p95, s", "p99, s", "longest, s", "keeps up",
        "worker, CPU ms", "broker, CPU ms",
    )  # fmt: skip
    rows = tuple(
        (
            f"{s.rate:g}", f"{s.articles:,}", f"{s.alerts:,}",
            *("-" if math.isnan(q) else f"{q:.2f}" for q in s.quantiles.values()),
            "yes" if s.is_drained else "no", f"{s.worker_ms:.2f}", f"{s.broker_ms:.2f}",
        )
        for s in steps
    )  # fmt: skip
    return Table(columns, rows)


def sustained_part(*, is_quick: bool) -> Section:
    """Measure what one worker and two sustain on each broker, and what that leaves on the topics."""
    section = Section(
        "sustained", "Articles a second, sustained; one worker and two", is_quick=is_quick
    )
    field = Field.of(is_quick=is_quick)
    section.text.append(
        f"The clock starts when all articles lie on the topic, and stops when one in twenty is left; 5 % are relevant, {len(field.places):,} places are "
        "tracked. Tracking and alerts are included; the broker runs on the same cores. Cores busy are the "
        "processor time of workers and broker by wall time: what is missing to the machine's cores others took, or nobody."
    )  # fmt: skip
    count = 400 if is_quick else SUSTAINED_ARTICLES
    rows = []
    for word, name, jars in brokers():
        for workers, readers in ((1, 1), (1, 2), (2, 1)):
            if workers > 1 and word == "embedded":
                continue  # it has one partition
            with ready(word, jars, field, readers=readers, workers=workers) as services:
                run = sustained(services, news(count, field.places, field.texts, "bulk"), name)
                section.figures |= _facts(services, word, workers, readers, run)
            rows.append(
                (name, f"{workers}", f"{workers * readers}", f"{run.rate:,.0f}", f"{run.cores:.2f}",
                 f"{run.worker_ms:.2f}", f"{run.broker_ms:.2f}")
            )  # fmt: skip
    columns = (
        "broker",
        "workers",
        "reader processes",
        "articles/s",
        "cores busy",
        "workers, CPU ms an article",
        "broker, CPU ms",
    )
    section.tables["Sustained"] = Table(columns, tuple(rows))
    if is_quick:
        section.figures = {n: v for n, v in section.figures.items() if "sustained" not in n}
    return section


def _facts(services: Services, word: str, workers: int, readers: int, run: Run) -> dict[str, float]:
    if (workers, readers) != (1, 2):
        return {}
    found = {
        f"{word}_sustained": run.rate,
        f"{word}_worker_ms": run.worker_ms,
        f"{word}_broker_ms": run.broker_ms,
        "worker_mb": resident_mb(services.worker_pids),
        "articles": run.articles,
    }
    return found | topic_bytes(services)
