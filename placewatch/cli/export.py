"""`placewatch export`: alerts and statuses from the ledger as files that other programs read; articles for a replay."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from placewatch.cli.ledgers import LedgerOption, known_place, opened
from placewatch.errors import ConfigError
from placewatch.records import Alert, Status


if TYPE_CHECKING:
    from sinks.ledger import Ledger

# Fewer are written before anybody could read a progress bar.
LONG = 5_000
# What a shell says of a program whose reader went away.
READER_GONE = 128 + 13

export_app = typer.Typer(
    name="export",
    no_args_is_help=True,
    help="Alerts and statuses from the ledger as files: csv, parquet, geojson, cap, atom; articles from Kafka.",
)

PlaceOption = Annotated[
    str | None, typer.Option("--place", help='Only this place: "Homs, Syria", "homs" or its id.')
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="From then on: 2024-12-06, 2024-12-06T10:00 (UTC), 36h or 7d."),
]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Before then, likewise: that moment is left out.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Into FILE instead of stdout.")
]
OutFileOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write.")
]
OutFolderOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="FOLDER", help="The folder to write into.")
]
NewestOption = Annotated[int, typer.Option("--newest", min=1, help="At most so many, the newest.")]
SummaryOption = Annotated[
    bool, typer.Option("--json", help="Say what was written as JSON, with --out.")
]


def register(app: typer.Typer) -> None:
    """Add the group `export` to `app`."""
    app.add_typer(export_app)


@dataclass(slots=True)
class Selection:
    """What of the ledger is exported; counts what was taken of it.

    Attributes:
        written: how many alerts or statuses so far.
    """

    ledger: Ledger
    place_id: str | None
    since: datetime | None
    until: datetime | None
    written: int = 0

    def alerts(self) -> Iterator[Alert]:
        """Yield the alerts, oldest first, with a progress bar for a person when there are many."""
        total = self.ledger.count_alerts(self.place_id, self.since, self.until)
        console = Console(stderr=True)
        with Progress(
            console=console, transient=True, disable=total < LONG or not console.is_terminal
        ) as progress:
            task = progress.add_task("exporting", total=total)
            for alert in self.ledger.each_alert(self.place_id, self.since, self.until):
                self.written += 1
                yield alert
                progress.advance(task)

    def statuses(self) -> Iterator[Status]:
        """Yield the statuses that began in the time, by place."""
        for status in self.ledger.statuses():
            if self._holds(status):
                self.written += 1
                yield status

    def _holds(self, status: Status) -> bool:
        began = status.since
        return (
            (self.place_id is None or status.place_id == self.place_id)
            and (self.since is None or (began is not None and began >= self.since))
            and (self.until is None or (began is not None and began < self.until))
        )


@contextmanager
def _selected(
    ledger_url: str | None, place: str | None, since: str | None, until: str | None
) -> Iterator[Selection]:
    """Give what a person asked for.

    Raises:
        ConfigError: a time cannot be read.
        NotFoundError: there is no ledger, or no such place.
    """
    from sinks.tailing import parse_moment

    now = datetime.now(UTC)
    start = None if since is None else parse_moment(since, "--since", now)
    end = None if until is None else parse_moment(until, "--until", now)
    with opened(ledger_url) as ledger:
        place_id = None if place is None else known_place(ledger, place)
        yield Selection(ledger, place_id, start, end)


@export_app.command("csv")
def export_csv(
    out: OutOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    place: PlaceOption = None,
    is_json: SummaryOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Write alerts as a table with ACLED, CAMEO and PLOVER codes; the columns are in docs/writers.md.

    Example: placewatch export csv --since 30d --out alerts.csv
    """
    from sinks.rendering.csvtable import csv_table

    with _selected(ledger_url, place, since, until) as selection:
        _write(out, csv_table(selection.alerts()))
        _summarise(selection.written, "alerts", out, is_json)


@export_app.command("parquet")
def export_parquet(
    out: OutFileOption,
    since: SinceOption = None,
    until: UntilOption = None,
    place: PlaceOption = None,
    is_json: SummaryOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Write the same table as Apache Parquet, with types; needs the extra: pip install 'placewatch[parquet]'.

    Example: placewatch export parquet --out alerts.parquet
    """
    from sinks.rendering.parquet import write_parquet

    with _selected(ledger_url, place, since, until) as selection:
        with _replacing(out) as file:
            write_parquet(selection.alerts(), file)
        _summarise(selection.written, "alerts", out, is_json)


@export_app.command("geojson")
def export_geojson(
    out: OutOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    place: PlaceOption = None,
    is_json: SummaryOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Write what holds now as a map layer; --since and --until choose by when it began.

    Example: placewatch export geojson --out places.geojson
    """
    from sinks.rendering.geojson import geojson

    with _selected(ledger_url, place, since, until) as selection:
        _write(out, geojson(selection.statuses()))
        _summarise(selection.written, "places", out, is_json)


@export_app.command("atom")
def export_atom(
    out: OutOption = None,
    newest: NewestOption = 100,
    title: Annotated[str, typer.Option("--title", help="The feed's title.")] = "placewatch alerts",
    since: SinceOption = None,
    until: UntilOption = None,
    place: PlaceOption = None,
    is_json: SummaryOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Write the newest alerts as an Atom feed.

    Example: placewatch export atom --newest 50 --out alerts.atom
    """
    from sinks.rendering.atom import Feed, atom_feed, entry_of, merged

    with _selected(ledger_url, place, since, until) as selection:
        entries = [entry_of(alert) for alert in deque(selection.alerts(), maxlen=newest)]
        _write(out, [atom_feed(Feed(title), merged(entries, (), newest))])
        _summarise(len(entries), "alerts", out, is_json)


@export_app.command("cap")
def export_cap(
    out: OutFolderOption,
    sender: Annotated[
        str, typer.Option("--sender", help="Who sends them, unique in the world: a mail address.")
    ],
    newest: NewestOption = 100,
    since: SinceOption = None,
    until: UntilOption = None,
    place: PlaceOption = None,
    is_json: SummaryOption = False,
    ledger_url: LedgerOption = None,
) -> None:
    """Write an OASIS CAP 1.2 file of each alert, and index.atom of the newest.

    Example: placewatch export cap --sender watch@example.org --since 7d --out cap
    """
    from pydantic import ValidationError

    from sinks.rendering.atom import Feed
    from sinks.rendering.cap import CapSender
    from sinks.writers.atom import FeedFile
    from sinks.writers.cap import INDEX, listed, write_message

    try:
        known_sender = CapSender(sender=sender)
    except ValidationError as error:
        raise ConfigError(
            f"--sender {sender} cannot be used: it has neither spaces nor commas, < and &"
        ) from error
    with _selected(ledger_url, place, since, until) as selection:
        entries: deque[object] = deque(maxlen=newest)
        with _as_config_error(out):
            for alert in selection.alerts():
                write_message(out, alert, known_sender, selection.ledger.alert)
                entries.append(listed(alert))
            FeedFile(out / INDEX, Feed("placewatch alerts", sender), newest).add(list(entries))
        _summarise(selection.written, "alerts", out, is_json)


@export_app.command("articles")
def export_articles(
    since: Annotated[
        str, typer.Option("--since", help="Those that came in from then on, as for the others.")
    ] = "14d",
    out: OutOption = None,
    is_json: SummaryOption = False,
) -> None:
    """Write the articles on their topic as JSON lines: what `replay` reads, with another lexicon or policy.

    Example: placewatch export articles --since 7d --out week.jsonl && placewatch replay week.jsonl
    """
    from placewatch.settings import load_settings
    from placewatch.topic_so_far import TopicSoFar
    from placewatch.topics import ARTICLES
    from sinks.tailing import parse_moment

    moment = parse_moment(since, "--since", datetime.now(UTC))
    arrived = TopicSoFar(load_settings(), ARTICLES, moment)
    console = Console(stderr=True)
    is_hidden = arrived.count < LONG or not console.is_terminal
    with Progress(console=console, transient=True, disable=is_hidden) as progress:
        task = progress.add_task("exporting", total=arrived.count)
        tracked = progress.track(arrived.records(), task_id=task)
        written = count(1)
        _write(out, (record.value + b"\n" for record in tracked if next(written)))
    _summarise(next(written) - 1, "articles", out, is_json)


def _write(out: Path | None, pieces: Iterable[bytes]) -> None:
    """Write into a file, all of it or nothing, or to standard output as it comes."""
    if out is not None:
        with _replacing(out) as file:
            file.writelines(pieces)
        return
    try:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(READER_GONE) from None


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    from sinks.files import replacing

    with _as_config_error(out), replacing(out) as file:
        yield file


@contextmanager
def _as_config_error(out: Path) -> Iterator[None]:
    """Turn what the disk says into an error that names the option."""
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"--out {out} cannot be written ({error.strerror}): name another place"
        ) from error


def _summarise(written: int, what: str, out: Path | None, is_json: bool) -> None:
    """Say what was written where: to a person on standard error, as JSON to a program."""
    if out is None:
        return
    if is_json:
        print(json.dumps({"written": written, "what": what, "out": str(out)}))
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"{written} {what} written to {escape(str(out))}"
        )
