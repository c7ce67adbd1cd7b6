"""`placewatch replay`: recorded articles through reading and tracking in stream time, alerts as JSON lines out.

The same files, watchlist and policy give the same bytes each time, with any number of processes.
"""

from __future__ import annotations

import functools
import heapq
import json
import logging
import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from placewatch.errors import ConfigError, ModelError
from placewatch.log import configure_logging
from placewatch.places import Watchlist, load_watchlist
from placewatch.recorded import read_recorded
from placewatch.records import Alert, Article, Reading
from placewatch.settings import Settings, load_settings, shipped_watchlist


if TYPE_CHECKING:
    from rich.progress import Progress

    from placewatch.records import Status
    from streams.reading.revisions import Reported
    from streams.tracking.tracker import Advance

# Recorded feeds are nearly in order; an article may stand this many lines from its place.
REORDER_LINES = 2_000
CHUNK_NAMED = 32
CHUNK_ARTICLES = 500
CHUNKS_AHEAD = 4

Readings = tuple[Reading, ...]
_Chunk = list[tuple[Article, bool]]


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
        None,
        help="The places: a file, or a shipped list's name: syria; default: the setting `watchlist`.",
    ),
    policy: Path | None = typer.Option(None, help="A policy; default: the setting `policy`."),
    processes: int = typer.Option(
        2, min=1, help="Processes that read; the output is the same with any number."
    ),
    statuses: Path | None = typer.Option(
        None, help="Write what holds in the end here, one JSON object a place, sorted by place."
    ),
    is_through_kafka: bool = typer.Option(
        False,
        "--through-kafka",
        help="Through broker and worker; the broker of PLACEWATCH_BOOTSTRAP_SERVERS, or an embedded one.",
    ),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Print the alerts that recorded articles would have caused, one JSON object a line, in stream time."""
    settings = load_settings(**({"policy": policy} if policy else {}))
    if watchlist is not None:
        settings = settings.model_copy(update={"watchlist": shipped_watchlist(watchlist)})
    places = load_watchlist(settings.watchlist, settings.state_dir / "cache")
    with _progress(is_shown=not quiet) as progress:
        articles = functools.partial(in_order, files)
        if is_through_kafka:
            told = _through_kafka(articles, places, settings, processes, progress)
        else:
            read = read_all(_counted(articles(), progress), places, settings, processes)
            told = told_of(steps_of(read, places, settings))
        with closing(told):
            newest = print_alerts(told)
    if statuses is not None:
        write_statuses(newest, statuses)


def told_of(steps: Iterable[Advance]) -> Generator[Alert | Status]:
    """Yield the alerts and statuses of steps, as a worker publishes them."""
    for step in steps:
        yield from step.alerts
        if step.status is not None:
            yield step.status


def print_alerts(told: Iterable[Alert | Status]) -> dict[str, Status]:
    """Print each alert once, as it comes; return the newest status of each place, by its label."""
    printed: set[str] = set()
    newest: dict[str, Status] = {}
    for record in told:
        if not isinstance(record, Alert):
            newest[record.place] = record
        elif record.alert_id not in printed:
            printed.add(record.alert_id)
            sys.stdout.write(line_of(record) + "\n")
            sys.stdout.flush()
    return newest


def write_statuses(newest: Mapping[str, Status], path: Path) -> None:
    """Write statuses as JSON lines, sorted by place.

    Raises:
        ConfigError: the file cannot be written.
    """
    lines = [newest[place].to_json() + b"\n" for place in sorted(newest)]
    try:
        path.write_bytes(b"".join(lines))
    except OSError as error:
        raise ConfigError(
            f"the statuses cannot be written to {path}: {error.strerror}; name another file"
        ) from error


def in_order(files: Sequence[Path]) -> Iterator[Article]:
    """Yield the articles of all files as they came out, holding no more than a window of each file.

    An article further from its place than the window comes late, as late news do.
    """
    return heapq.merge(*(_nearly_sorted(path) for path in files), key=_time_of)


def _time_of(article: Article) -> tuple[datetime, str, int]:
    return article.told_at, article.article_id, article.revision


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
    """Yield, for each article, its time and readings, in order.

    The gate runs here; articles that pass are read in chunks by spawned processes, a few chunks ahead.

    Raises:
        ModelError: a reading process could not start or died.
    """
    from streams import pool

    chunks = _chunks(articles, places)
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
    executor: ProcessPoolExecutor, chunks: Iterable[_Chunk], most_waiting: int
) -> Iterator[tuple[datetime, Readings]]:
    """Yield what the processes read, in order, no more than `most_waiting` chunks ahead."""
    from streams import pool

    waiting: deque[tuple[_Chunk, Future[list[Readings]]]] = deque()
    reported: dict[str, Reported] = {}
    for chunk in chunks:
        named = [article for article, is_named in chunk if is_named]
        waiting.append((chunk, executor.submit(pool.read, named)))
        if len(waiting) > most_waiting:
            yield from _finished(*waiting.popleft(), reported)
    while waiting:
        yield from _finished(*waiting.popleft(), reported)


def _chunks(articles: Iterable[Article], places: Watchlist) -> Iterator[_Chunk]:
    """Yield the articles in portions, each article with whether it is to be read: it names a watched place."""
    from streams.reading.gate import Gate
    from streams.reading.languages import is_readable

    gate = Gate(places)
    chunk: _Chunk = []
    named = 0
    for article in articles:
        is_named = is_readable(article.language) and bool(gate.places_in(article))
        chunk.append((article, is_named))
        named += is_named
        if named == CHUNK_NAMED or len(chunk) == CHUNK_ARTICLES:
            yield chunk
            chunk, named = [], 0
    if chunk:
        yield chunk


def _finished(
    chunk: _Chunk, future: Future[list[Readings]], reported: dict[str, Reported]
) -> Iterator[tuple[datetime, Readings]]:
    """Yield each article's time and readings; a revision takes back what it no longer says."""
    from streams.reading.revisions import emitted

    found = iter(future.result())
    for article, is_named in chunk:
        read = next(found) if is_named else None
        readings, remembered = emitted(article, read, reported.get(article.article_id))
        if remembered is not None:
            reported[article.article_id] = remembered
        yield article.told_at, tuple(readings)


def steps_of(
    read: Iterable[tuple[datetime, Readings]], places: Watchlist, settings: Settings
) -> Iterator[Advance]:
    """Yield what readings in stream time cause, and what the end of the recording does."""
    from placewatch.actors import load_actors
    from placewatch.sources import load_sources
    from streams.tracking.context import Context
    from streams.tracking.policy import load_policy
    from streams.tracking.stream_time import Recording

    policy = load_policy(settings.policy)
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)
    contexts = {p.place_id: Context(policy, actors, sources, p.country) for p in places}
    recording = Recording(places, contexts)
    yield from recording.begin()
    ends_at = datetime.min.replace(tzinfo=UTC)
    for told_at, readings in read:
        ends_at = max(ends_at, told_at)
        for reading in readings:
            yield recording.take(reading)
    if ends_at.year > 1:
        yield from recording.end(ends_at)


def line_of(alert: Alert) -> str:
    """Return an alert as one JSON line; `status` is its control, the word that scorers and people look for.

    ASCII only: a line separator of Unicode within a sentence would break the line for many readers.
    """
    fields = alert.model_dump(mode="json", exclude_none=True)
    head = {name: fields.get(name) for name in ("alert_id", "at", "place", "holder", "certainty")}
    head |= {"status": fields["control"], "msg_type": fields["msg_type"]}
    return json.dumps(head | fields)


def _through_kafka(
    articles: Callable[[], Iterator[Article]],
    places: Watchlist,
    settings: Settings,
    processes: int,
    progress: Progress,
) -> Generator[Alert | Status]:
    """Yield what comes out of the topics, showing how much was published and read."""
    from placewatch.cli.services import ended_by_signals
    from placewatch.local.replay import through_kafka

    configure_logging(settings.log_format, "WARNING")
    # The supervisor says in one line that a broker died; its clients would say it in a hundred.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    task = progress.add_task("starting broker and worker", total=None)

    def show(what: str, done: int, total: int) -> None:
        progress.update(task, description=what, completed=done, total=total or None)

    settings = settings.model_copy(update={"reader_processes": processes})
    with ended_by_signals():
        yield from through_kafka(articles, places, settings, on_progress=show)


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
