"""`placewatch routes`: who is told of which alerts: look a file over, see its tree, run cases through it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from placewatch.errors import RoutesError
from placewatch.places import load_watchlist
from placewatch.settings import Settings, load_settings, seeds_dir


if TYPE_CHECKING:
    from sinks.route_tree import Leg
    from sinks.routes import Routes

# The name of the routes that placewatch ships, as an example.
EXAMPLE = "example"
FileArgument = Annotated[
    Path | None,
    typer.Argument(
        help=f"A file of routes, or `{EXAMPLE}` for the shipped one; default: the setting `routes`."
    ),
]

routes_app = typer.Typer(
    name="routes",
    no_args_is_help=True,
    help="Who is told of which alerts, together with which others, and when not.",
)


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.add_typer(routes_app)


@routes_app.command("check")
def check(file: FileArgument = None) -> None:
    """Look a file of routes over: can it be used, is a secret missing, does it name places that nobody watches?

    Exits with 0 when all is well, with 1 when something is odd or missing, with 78 when the file cannot be used.

    Example: placewatch routes check routes.yaml
    """
    from sinks.receivers import faults_of
    from sinks.route_check import oddities, slips

    settings = load_settings()
    path, routes = _loaded(file, settings)
    console = Console(highlight=False, soft_wrap=True)
    found = [*oddities(routes, datetime.now(UTC)), *faults_of(routes.receivers, settings)]
    if settings.watchlist.exists() and str(file) != EXAMPLE:
        found += slips(
            routes, load_watchlist(settings.watchlist, settings.state_dir / "cache").places
        )
    for each in found:
        console.print(Text(f"odd: {each}", style="yellow"))
    count = sum(1 for _ in routes.nodes())
    told = f"{path}: {len(routes.receivers)} receivers, {count} routes"
    console.print(Text(f"{told}, {len(found)} to look at" if found else f"{told}, nothing odd"))
    if found:
        raise typer.Exit(1)


@routes_app.command("show")
def show(
    file: FileArgument = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="JSON, for pipes, instead of text.")
    ] = False,
) -> None:
    """Show the tree with everything that is inherited.

    Example: placewatch routes show example
    """
    from sinks.durations import in_short

    path, routes = _loaded(file, load_settings())
    if is_json:
        print(json.dumps([_as_json(depth, leg, on) for depth, leg, on in routes.nodes()]))
        return

    tree, above = Tree(Text(str(path), style="bold")), dict[int, Tree]()
    kinds = {receiver.name: receiver.kind for receiver in routes.receivers}
    for depth, leg, goes_on in routes.nodes():
        node = above[depth - 1] if depth else tree
        above[depth] = node.add(_in_text(leg, goes_on, kinds))
    console = Console(highlight=False, soft_wrap=True)
    console.print(tree)
    for rule in routes.inhibit_rules:
        source, target = (
            " and ".join(map(str, m)) for m in (rule.source_matchers, rule.target_matchers)
        )
        same = ", ".join(rule.equal)
        console.print(
            Text(f"{source}\n  mutes {target}, where equal: {same}, within {in_short(rule.within)}")
        )


@routes_app.command("test")
def run_cases(
    cases: Annotated[
        Path | None, typer.Argument(help="A file of cases; default: the shipped example's.")
    ] = None,
    routes_file: Annotated[
        Path | None,
        typer.Option("--routes", help="The routes; default: routes.yaml beside the cases."),
    ] = None,
) -> None:
    """Run cases through the routes: what comes and when, what becomes of it for whom, and why.

    One line a case. Where one differs: "-" before what was expected, "+" before what came. Nobody is told anything.
    Exits with 0 when all hold, with 1 when any differs, with 78 when a file cannot be used.

    Example: placewatch routes test routes-cases.yaml --routes routes.yaml
    """
    from sinks.route_cases import differences, load_cases
    from sinks.routes import load_routes

    path = cases or seeds_dir() / "routes-cases.yaml"
    loaded = load_cases(path)
    routes = load_routes(routes_file or path.parent / "routes.yaml")
    console = Console(highlight=False, soft_wrap=True)
    failed = 0
    for case in loaded:
        found = differences(case, routes)
        failed += bool(found)
        word = Text("differs ", style="red") if found else Text("holds   ", style="green")
        console.print(word.append(case.name, style="default"))
        for line in found:
            console.print(indent(line, "  "), markup=False)
    console.print(f"{len(loaded) - failed} hold, {failed} differ")
    if failed:
        raise typer.Exit(1)


def _loaded(file: Path | None, settings: Settings) -> tuple[Path, Routes]:
    """Return the routes a person means.

    Raises:
        RoutesError: they named none, or it cannot be used.
    """
    from sinks.routes import load_routes

    path = file or settings.routes
    if path is None:
        raise RoutesError(
            f"no routes are set, so alerts go to the ledger and the alert log only: name a file, or `{EXAMPLE}` for "
            "the shipped one, or set PLACEWATCH_ROUTES"
        )
    if str(path) == EXAMPLE and not path.exists():
        path = seeds_dir() / "routes.yaml"
    return path, load_routes(path)


def _in_text(leg: Leg, goes_on: bool, kinds: dict[str, str]) -> Text:

    from sinks.durations import in_short

    name = leg.receiver or "nobody"
    text = Text(leg.own or "everything", style="cyan").append(" → ", style="dim")
    text.append(name, style="bold")
    text.append(f" ({kinds[name]})" if name in kinds else "", style="dim")
    text.append(", and on" if goes_on else "", style="magenta")
    together = ", ".join(leg.group_by) or "everything"
    text.append(
        f"\nby {together}; wait {in_short(leg.group_wait)}, then {in_short(leg.group_interval)}",
        style="dim",
    )
    if leg.mute_time_intervals:
        text.append(f"; quiet in {', '.join(leg.mute_time_intervals)}", style="dim")
    return text


def _as_json(depth: int, leg: Leg, goes_on: bool) -> dict[str, Any]:
    return {
        "depth": depth,
        "route": leg.path,
        "receiver": leg.receiver,
        "continue": goes_on,
        "group_by": list(leg.group_by),
        "group_wait_s": leg.group_wait.total_seconds(),
        "group_interval_s": leg.group_interval.total_seconds(),
        "mute_time_intervals": list(leg.mute_time_intervals),
    }
