"""`placewatch extract`: articles as JSON lines in, what they say of the places out; no broker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from placewatch.errors import RecordError
from placewatch.records import Article, Reading


if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from placewatch.actors import Actors
    from placewatch.cli.explained import Explained
    from streams.reading.reader import Reader


BATCH_ARTICLES = 16
Answer = TypeVar("Answer")


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command(
        "extract",
        epilog="Example: placewatch extract --watchlist places.yaml articles.jsonl | jq .statuses",
    )(extract)


def extract(
    files: list[Path] = typer.Argument(
        None, help="Files of articles, JSON lines, plain or .gz; none: standard input."
    ),
    watchlist: Path | None = typer.Option(
        None,
        help="The places: a file, or a shipped list's name: syria; default: the setting `watchlist`.",
    ),
    sources: Path | None = typer.Option(None, help="The sources; default: the setting `sources`."),
    actors: Path | None = typer.Option(None, help="The actors; default: the setting `actors`."),
    processes: int = typer.Option(
        1, min=1, help="Processes that read; the output is the same with any number."
    ),
    explain: bool = typer.Option(
        False, "--explain", help="Print the sentences and why, marked for people, instead of JSON."
    ),
    html: Path | None = typer.Option(
        None, metavar="FILE", help="Write the sentences and why as one HTML page, instead of JSON."
    ),
) -> None:
    """Print what articles say of the watched places, one JSON object an article, in input order.

    `--explain` marks the words each report stands on, in colour on a terminal, and says why it was made.
    """
    setup = _setup(watchlist, actors, sources)
    batches = _batches(_articles(files or []))
    with _progress(is_shown=sys.stderr.isatty() and not sys.stdout.isatty()) as progress:
        task = progress.add_task("reading", total=None)
        if explain or html is not None:
            answers = _answers(_explain, batches, setup, processes)
            _show(_counted(answers, progress, task), explain, html)
            return
        for lines in _counted(_answers(_read, batches, setup, processes), progress, task):
            sys.stdout.writelines(lines)


def _setup(
    watchlist: Path | None, actors: Path | None, sources: Path | None
) -> tuple[Path, Path, Path]:
    from placewatch.settings import load_settings, shipped_watchlist

    settings = load_settings()
    return (
        shipped_watchlist(watchlist) if watchlist else settings.watchlist,
        actors or settings.actors,
        sources or settings.sources,
    )


def _show(answers: Iterable[list[Explained]], is_printed: bool, page: Path | None) -> None:
    """Print the explained articles, write them as a page, or both."""
    from rich.console import Console

    from placewatch.cli.explained_page import written
    from placewatch.cli.explained_terminal import print_explained

    console = Console()
    with written(page) as add:
        for explained in chain.from_iterable(answers):
            add(explained)
            if is_printed:
                print_explained(explained, console)


def _counted(
    answers: Iterable[list[Answer]], progress: Progress, task: TaskID
) -> Iterator[list[Answer]]:
    for batch in answers:
        yield batch
        progress.advance(task, len(batch))


def _progress(*, is_shown: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        # Rich would print what goes to a pipe above the bar instead.
        redirect_stdout=False,
        disable=not is_shown,
    )


def _articles(files: list[Path]) -> Iterator[Article]:
    from placewatch.recorded import article_from_recorded, read_recorded

    now = datetime.now(UTC)  # an article without a date is read as today's
    for path in files:
        yield from read_recorded(path, undated=now)
    if files:
        return
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            try:
                yield article_from_recorded(json.loads(line), undated=now)
            except (ValueError, TypeError, AttributeError, RecordError) as error:
                raise RecordError(
                    f"standard input, line {number}: not a recorded article: {error}"
                ) from error


def _batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    iterator = iter(articles)
    while batch := list(islice(iterator, BATCH_ARTICLES)):
        yield batch


def _answers(
    read: Callable[[list[Article]], list[Answer]],
    batches: Iterator[list[Article]],
    setup: tuple[Path, Path, Path],
    processes: int,
) -> Iterator[list[Answer]]:
    if processes == 1:
        _start(*setup)
        yield from map(read, batches)
        return
    from multiprocessing import get_context

    with get_context("spawn").Pool(processes, _start, setup) as pool:
        yield from pool.imap(read, batches)


_READER: list[tuple[Reader, Actors]] = []


def _start(watchlist: Path, actors: Path, sources: Path) -> None:
    """Make this process's reader."""
    from placewatch.threads import one_blas_thread

    one_blas_thread()
    from placewatch.actors import load_actors
    from placewatch.places import load_watchlist
    from placewatch.sources import load_sources
    from streams.reading.reader import Reader

    known = load_actors(actors)
    _READER[:] = [(Reader(load_watchlist(watchlist), known, load_sources(sources)), known)]


def _read(articles: list[Article]) -> list[str]:
    from streams.tracking.article_status import article_statuses

    reader, actors = _READER[0]
    answers = reader.read(articles)
    return [
        json.dumps(
            {
                "article_id": article.article_id,
                "reports": [_row(report) for reading in readings for report in _rows(reading)],
                "statuses": article_statuses(readings, actors),
            },
            ensure_ascii=False,
        )
        + "\n"
        for article, readings in zip(articles, answers, strict=True)
    ]


def _explain(articles: list[Article]) -> list[Explained]:
    from placewatch.cli.explained import Explained
    from streams.reading.plaintext import full_text
    from streams.tracking.article_status import article_statuses

    reader, actors = _READER[0]
    return [
        Explained(
            article_id=article.article_id,
            source_id=article.source_id,
            url=article.canonical_url or article.url,
            title=full_text(article).partition("\n")[0],
            published=article.published_at.date().isoformat(),
            reports=tuple(report for reading in readings for report in reading.reports),
            statuses=tuple(article_statuses(readings, actors)),
        )
        for article, readings in zip(articles, reader.read(articles), strict=True)
    ]


def _rows(reading: Reading) -> Iterator[dict[str, Any]]:
    for report in reading.reports:
        yield report.model_dump(mode="json")


def _row(report: dict[str, Any]) -> dict[str, Any]:
    """A report for people and pipes: the sentence instead of the evidence object, offsets beside it."""
    evidence = report.pop("evidence")
    return report | {
        "evidence": evidence["sentence"],
        "start": evidence["start"],
        "end": evidence["end"],
    }
