"""`placewatch replay`: recorded articles through reading and tracking in stream time, alerts as JSON lines out.

The same files, watchlist and policy give the same bytes each time, with any number of processes.
"""

from __future__ import annotations

import heapq
import json
import multiprocessing
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from placewatch.errors import ModelError
from placewatch.places import Watchlist, load_watchlist
from placewatch.recorded import read_recorded
from placewatch.records import Alert, Article, Reading
from placewatch.settings import Settings, load_settings


if TYPE_CHECKING:
    from rich.progress import Progress

    from streams.tracking.tracker import PlaceState

# Recorded feeds are nearly in order; an article may stand this many lines from its place.
REORDER_LINES = 2_000
CHUNK_ARTICLES = 32
CHUNKS_AHEAD = 4
TICK = timedelta(days=1)

Readings = tuple[Reading, ...]


def register(app: typer.Typer) -> None:
    """Add `replay` to `app`."""
    app.command(
        "replay",
        epilog="Example: placewatch replay --watchlist places.yaml articles.jsonl.gz > alerts.jsonl",
    )(replay)


def replay(
    files: list[Path] = typer.Argument(
        help="Files of recorded articles, JSON lines, plain or .gz."
    ),
    watchlist: Path | None = typer.Option(
        None, help="The places; default: the setting `watchlist`."
    ),
    policy: Path | None = typer.Option(None, help="A policy; default: the setting `policy`."),
    processes: int = typer.Option(
        2, min=1, help="Processes that read; the output is the same with any number."
    ),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Print the alerts that recorded articles would have caused, one JSON object a line, in stream time."""
    settings = load_settings(**({"policy": policy} if policy else {}))
    places = load_watchlist(watchlist or settings.watchlist, settings.state_dir / "cache")
    with _progress(is_shown=not quiet) as progress:
        articles = _counted(in_order(files), progress)
        for alert in alerts_of(read_all(articles, places, settings, processes), places, settings):
            sys.stdout.write(line_of(alert) + "\n")
            sys.stdout.flush()


def in_order(files: Sequence[Path]) -> Iterator[Article]:
    """Yield the articles of all files by time of publication, holding no more than a window of each file.

    An article further from its place than the window comes late, as late news do.
    """
    return heapq.merge(*(_nearly_sorted(path) for path in files), key=_time_of)


def _time_of(article: Article) -> tuple[datetime, str, int]:
    return article.published_at, article.article_id, article.revision


def _nearly_sorted(path: Path) -> Iterator[Article]:
    window: list[tuple[tuple[datetime, str, int], int, Article]] = []
    arrival = count()
    for article in read_recorded(path):
        heapq.heappush(window, (_time_of(article), next(arrival), article))
        if len(window) > REORDER_LINES:
            yield heapq.heappop(window)[2]
    while window:
        yield heapq.heappop(window)[2]


def read_all(
    articles: Iterable[Article], places: Watchlist, settings: Settings, processes: int
) -> Iterator[tuple[datetime, Readings]]:
    """Yield, for each article that names a watched place, its time and readings, in order.

    The gate runs here; articles that pass are read in chunks by spawned processes, a few chunks ahead.

    Raises:
        ModelError: a reading process could not start or died.
    """
    from streams import pool

    chunks = _chunks(_named_in(articles, places))
    options = pool.ReaderOptions(places.places, settings.actors, settings.sources)
    executor = ProcessPoolExecutor(
        max_workers=processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=pool.start,
        initargs=(options,),
    )
    try:
        yield from _read_ahead(executor, chunks, processes * CHUNKS_AHEAD)
    except BrokenProcessPool as error:
        raise ModelError(
            "a process that reads articles ended: what it said stands above; `placewatch doctor` checks the model"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _read_ahead(
    executor: ProcessPoolExecutor, chunks: Iterable[list[Article]], most_waiting: int
) -> Iterator[tuple[datetime, Readings]]:
    """Yield what the processes read, in order, no more than `most_waiting` chunks ahead."""
    from streams import pool

    waiting: deque[tuple[list[Article], Future[list[Readings]]]] = deque()
    for chunk in chunks:
        waiting.append((chunk, executor.submit(pool.read, chunk)))
        if len(waiting) > most_waiting:
            yield from _finished(*waiting.popleft())
    while waiting:
        yield from _finished(*waiting.popleft())


def _named_in(articles: Iterable[Article], places: Watchlist) -> Iterator[Article]:
    from streams.reading.gate import Gate

    gate = Gate(places)
    return (article for article in articles if gate.places_in(article))


def _chunks(articles: Iterator[Article]) -> Iterator[list[Article]]:
    chunk: list[Article] = []
    for article in articles:
        chunk.append(article)
        if len(chunk) == CHUNK_ARTICLES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _finished(
    chunk: list[Article], future: Future[list[Readings]]
) -> Iterator[tuple[datetime, Readings]]:
    for article, readings in zip(chunk, future.result(), strict=True):
        yield article.published_at, tuple(sorted(readings, key=lambda r: r.place_id))


def alerts_of(
    read: Iterable[tuple[datetime, Readings]], places: Watchlist, settings: Settings
) -> Iterator[Alert]:
    """Yield the alerts of readings in stream time; every place is looked at again once a day."""
    from placewatch.actors import load_actors
    from placewatch.sources import load_sources
    from streams.tracking.context import Context
    from streams.tracking.policy import load_policy
    from streams.tracking.tracker import advance, tick

    policy = load_policy(settings.policy)
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)
    contexts = {p.place_id: Context(policy, actors, sources, p.country) for p in places}
    states: dict[str, PlaceState] = {}
    now = datetime.min.replace(tzinfo=UTC)
    for published_at, readings in read:
        for day in _days_between(now, published_at):
            for place_id in sorted(states):
                step = tick(states[place_id], contexts[place_id], day)
                states[place_id] = step.state
                yield from step.alerts
        now = max(now, published_at)
        for reading in readings:
            place_id = reading.place_id
            step = advance(
                states.get(place_id), reading, contexts[place_id], now, places.by_id[place_id]
            )
            states[place_id] = step.state
            yield from step.alerts


def _days_between(before: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the midnights after `before` up to `now`; none before the first article."""
    if before.year == 1:
        return
    day = before.replace(hour=0, minute=0, second=0, microsecond=0) + TICK
    while day <= now:
        yield day
        day += TICK


def line_of(alert: Alert) -> str:
    """Return an alert as one JSON line; `status` is its control, the word that scorers and people look for.

    ASCII only: a line separator of Unicode within a sentence would break the line for many readers.
    """
    fields = alert.model_dump(mode="json", exclude_none=True)
    head = {name: fields.get(name) for name in ("alert_id", "at", "place", "holder", "certainty")}
    head |= {"status": fields["control"], "msg_type": fields["msg_type"]}
    return json.dumps(head | fields)


def _counted(articles: Iterable[Article], progress: Progress) -> Iterator[Article]:
    """Pass articles through, showing how many there were and how far stream time has come."""
    task = progress.add_task("replaying", total=None)
    for number, article in enumerate(articles, start=1):
        if number % 100 == 0:
            progress.update(
                task, completed=number, description=f"replaying {article.published_at:%Y-%m-%d}"
            )
        yield article


def _progress(*, is_shown: bool) -> AbstractContextManager[Progress]:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        Elapsed(),
        console=Console(stderr=True),
        # Rich would print what goes to a pipe above the bar instead.
        redirect_stdout=sys.stdout.isatty(),
        disable=not is_shown,
    )
