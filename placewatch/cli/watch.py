"""Commands of the group watch: the tracked places."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from placewatch.errors import BrokerError, NotFoundError, WatchlistError
from placewatch.places import (
    Entry,
    Problem,
    ProblemKind,
    Watchlist,
    load_watchlist,
    parse_entries,
    publish_place,
    read_entries,
    resolve_entries,
)
from placewatch.record_base import place_id_of
from placewatch.records import WatchedPlace
from placewatch.running import with_running_broker
from placewatch.settings import Settings, load_settings, shipped_watchlist
from placewatch.vocabulary import Certainty, Control, PlaceKind
from placewatch.watchlist_file import add_entries, read_import, remove_entry


WatchlistOption = Annotated[
    Path | None,
    typer.Option(
        "--watchlist", help="The file; PLACEWATCH_WATCHLIST or watchlist.yaml if not given."
    ),
]
AliasOption = Annotated[
    list[str] | None, typer.Option("--alias", help="Another name it has; may be repeated.")
]
KindOption = Annotated[
    PlaceKind | None, typer.Option("--kind", help="What it is, where its name does not tell.")
]
GeonameidOption = Annotated[
    int | None, typer.Option("--geonameid", help="Which of several places of that name.")
]
PartOfOption = Annotated[
    str | None,
    typer.Option(
        "--part-of", help="The tracked town it is a quarter, suburb, base or the airport of."
    ),
]
BaselineOption = Annotated[Control | None, typer.Option("--baseline", help="What holds there now.")]
HolderOption = Annotated[str | None, typer.Option("--holder", help="Who holds it now.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Since when that is known; today if not given."
    ),
]
CertaintyOption = Annotated[
    Certainty | None, typer.Option("--certainty", help="How sure; settled if not given.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for pipes.")]
_SHOWN_ALIASES = 12
_RESOLUTION_COLOURS = {"resolved": "green", "ambiguous": "yellow", "unresolved": "red"}

watch_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The places that are tracked: add, remove, list, check, import.",
)


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.add_typer(watch_app, name="watch")


@watch_app.command("add")
def add(
    label: Annotated[str, typer.Argument(help='"Name, Country", such as "Rastan, Syria".')],
    alias: AliasOption = None,
    kind: KindOption = None,
    geonameid: GeonameidOption = None,
    part_of: PartOfOption = None,
    baseline: BaselineOption = None,
    holder: HolderOption = None,
    as_of: AsOfOption = None,
    certainty: CertaintyOption = None,
    watchlist: WatchlistOption = None,
) -> None:
    """Track a place: look it up, show what it was taken for, write it to the watchlist, tell running services.

    Example: placewatch watch add "Rastan, Syria" --baseline held --holder "Syrian government" --as-of 2024-11-27
    """
    settings = _settings(watchlist)
    fields: dict[str, Any] = {"place": label, "kind": kind, "geonameid": geonameid}
    fields["part_of"] = part_of
    fields["aliases"] = tuple(alias or ())
    fields["baseline"] = _baseline_fields(baseline, holder, as_of, certainty)
    (entry,) = parse_entries([fields], settings.watchlist)
    known = _existing(settings.watchlist)
    if any(place_id_of(e.place) == place_id_of(entry.place) for e in known):
        raise WatchlistError(
            f"{entry.place!r} is in {settings.watchlist} already: edit it there, or remove it first"
        )
    together = resolve_entries([*known, entry], _cache(settings))
    place = together.by_label[entry.place]
    add_entries(settings.watchlist, [entry])
    console = Console(soft_wrap=True)
    _show(place, console)
    _show_problems([p for p in together.problems if p.place == entry.place], console)
    _announce(settings, [place], console)


def _baseline_fields(
    status: Control | None,
    holder: str | None,
    as_of: datetime | None,
    certainty: Certainty | None,
) -> dict[str, Any] | None:
    """Return the baseline of an entry as its file would have it, None without one."""
    if status is None:
        if holder or as_of or certainty:
            raise typer.BadParameter(
                "--holder, --as-of and --certainty say more about --baseline: give that too"
            )
        return None
    given = {"status": status, "holder": holder, "as_of": as_of or _today(), "certainty": certainty}
    return {name: value for name, value in given.items() if value is not None}


@watch_app.command("remove")
def remove(
    label: Annotated[str, typer.Argument(help="As `watch list` shows it, or its id.")],
    watchlist: WatchlistOption = None,
) -> None:
    """Stop tracking a place; what was found out about it stays in the ledger.

    Example: placewatch watch remove "Rastan, Syria"
    """
    settings = _settings(watchlist)
    wanted = place_id_of(label)
    entries = [e for e in read_entries(settings.watchlist) if place_id_of(e.place) == wanted]
    if not entries:
        raise NotFoundError(
            f"{label!r} is not in {settings.watchlist}: `placewatch watch list` shows what is"
        )
    (entry,) = entries
    gone = WatchedPlace(place_id=wanted, place=entry.place, name=entry.place, is_removed=True)
    remove_entry(settings.watchlist, entry.place)
    console = Console(soft_wrap=True)
    console.print(f"no longer tracked: [bold]{escape(entry.place)}[/]", highlight=False)
    _announce(settings, [gone], console)


@watch_app.command("list")
def list_places(watchlist: WatchlistOption = None, is_json: JsonOption = False) -> None:
    """List the tracked places as they were resolved.

    Example: placewatch watch list --json | jq -r 'select(.resolution != "resolved") | .place'
    """
    settings = _settings(watchlist)
    places = load_watchlist(settings.watchlist, _cache(settings))
    if is_json:
        for place in places:
            print(place.to_json().decode())
        return
    table = Table(title=f"tracked in {settings.watchlist}: {len(places)}", title_justify="left")
    for column in ("Place", "Kind", "Where", "Found", "Baseline", "Names"):
        table.add_column(column, overflow="fold")
    for place in places:
        colour = _RESOLUTION_COLOURS[place.resolution]
        table.add_row(
            escape(place.place),
            place.kind.value.replace("_", " "),
            escape(place.admin1 or ""),
            f"[{colour}]{place.resolution}[/]",
            escape(_baseline(place)),
            str(len(place.aliases)),
        )
    Console().print(table)


@watch_app.command("check")
def check(watchlist: WatchlistOption = None, is_json: JsonOption = False) -> None:
    """Tell what deserves a look: names not found, names of several places, names shared with other places.

    Exits with 0 when the file can be used, whatever is told, and with 78 when it cannot.

    Example: placewatch watch check --watchlist my-places.yaml
    """
    settings = _settings(watchlist)
    places = load_watchlist(settings.watchlist, _cache(settings))
    if is_json:
        for problem in places.problems:
            print(json.dumps(_as_json(problem), ensure_ascii=False))
        return
    console = Console(soft_wrap=True)
    _show_problems(places.problems, console)
    console.print(_summary(places), highlight=False)


@watch_app.command("import")
def import_places(
    file: Annotated[
        Path,
        typer.Argument(
            help="A watchlist (.yaml), a .csv with `place`, or `name` and `country`, or one label a line; "
            "or a list that comes with placewatch: syria, ukraine, sudan, drc, myanmar."
        ),
    ],
    watchlist: WatchlistOption = None,
) -> None:
    """Add all places of a file that are not tracked yet.

    Example: placewatch watch import syria
    """
    settings = _settings(watchlist)
    known = _existing(settings.watchlist)
    known_ids = {place_id_of(entry.place) for entry in known}
    offered = read_import(shipped_watchlist(file))
    new = [entry for entry in offered if place_id_of(entry.place) not in known_ids]
    console = Console(soft_wrap=True)
    if new:
        resolved = resolve_entries(new, _cache(settings))
        add_entries(settings.watchlist, new)
        _show_problems(resolved.problems, console)
        _announce(settings, resolved.places, console)
    console.print(
        f"added {len(new)} of {len(offered)} to {escape(str(settings.watchlist))}; "
        f"there already: {len(offered) - len(new)}",
        highlight=False,
    )


def _settings(watchlist: Path | None) -> Settings:
    return load_settings(**({"watchlist": watchlist} if watchlist else {}))


def _cache(settings: Settings) -> Path:
    return settings.state_dir / "cache"


def _existing(path: Path) -> tuple[Entry, ...]:
    return read_entries(path) if path.exists() else ()


def _today() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _baseline(place: WatchedPlace) -> str:
    given = place.baseline
    if given is None:
        return ""
    return f"{given.control.value}{f' by {given.holder}' if given.holder else ''} ({given.as_of:%Y-%m-%d})"


def _show(place: WatchedPlace, console: Console) -> None:
    """Print what a label was taken for and the names it is matched by."""
    where = ", ".join(part for part in (place.admin1, place.country) if part)
    at = (
        f" at {place.latitude:.3f}, {place.longitude:.3f}"
        if place.latitude is not None and place.longitude is not None
        else ""
    )
    people = f", {place.population:,} people" if place.population else ""
    console.print(
        f"tracked: [bold]{escape(place.place)}[/], {place.kind.value.replace('_', ' ')}"
        f"{escape(f' in {where}' if where else '')}{at}{people}",
        highlight=False,
    )
    if place.part_of is not None:
        console.print(f"  part of: {escape(place.part_of)}", highlight=False)
    shown = ", ".join(place.aliases[:_SHOWN_ALIASES])
    more = len(place.aliases) - _SHOWN_ALIASES
    console.print(
        f"  matched as: {escape(shown)}{f' and {more} more' if more > 0 else ''}", highlight=False
    )


def _show_problems(problems: Sequence[Problem], console: Console) -> None:
    for problem in problems:
        colour = "red" if problem.kind is ProblemKind.UNRESOLVED else "yellow"
        console.print(
            f"[{colour}]{problem.kind.value}[/] {escape(problem.message)}", highlight=False
        )
        for candidate in problem.candidates:
            console.print(f"    {escape(candidate)}", highlight=False)


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind.value,
        "place": problem.place,
        "message": problem.message,
        "candidates": list(problem.candidates),
    }


def _summary(places: Watchlist) -> str:
    counts = Counter(place.resolution for place in places)
    parts = [f"{counts[name]} {name}" for name in _RESOLUTION_COLOURS if counts[name]]
    return f"places: {len(places)} ({', '.join(parts) or 'none yet'})"


def _announce(settings: Settings, places: Sequence[WatchedPlace], console: Console) -> None:
    """Tell running services through the watchlist topic; without a broker they take it up when they start."""
    running = with_running_broker(settings)
    if running is None:
        return
    from placewatch.kafka import telling
    from placewatch.topics import WATCHLIST

    try:
        with telling(running, WATCHLIST) as told:
            for place in places:
                publish_place(place, told)
    except BrokerError as error:
        console.print(
            f"[yellow]the services could not be told[/] and take it up at their next start: {escape(str(error))}",
            highlight=False,
        )
