"""Commands of the group feeds: the list of feeds, their health, and a dry run of one."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from placewatch.cli.discover import discover
from placewatch.cli.ledgers import plain
from placewatch.errors import NotFoundError
from placewatch.settings import Settings, load_settings, seeds_dir


if TYPE_CHECKING:
    from producers.check import Check
    from producers.feed_state import FeedState
    from producers.health import Health
    from producers.opml import Feed

JSON = typer.Option(False, "--json", help="One JSON object a line, for pipes.")
FEEDS_FILE = typer.Option(
    None, "--feeds", help="The OPML file; PLACEWATCH_FEEDS or feeds.opml if not given."
)
_HEALTH_COLOURS = {
    "ok": "green",
    "slow": "yellow",
    "moved": "yellow",
    "stale": "yellow",
    "failing": "red",
    "blocked": "red",
    "gone": "red",
    "never polled": "dim",
}
_SHOWN_ITEMS = 10

feeds_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The feeds that are polled: list, check, discover, add, remove, import, export.",
)


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    feeds_app.command("discover")(discover)
    app.add_typer(feeds_app, name="feeds")


@feeds_app.command("list")
def list_feeds(
    feeds: Path | None = FEEDS_FILE,
    as_json: bool = JSON,
) -> None:
    """List the feeds and how each does.

    Health comes from the last polls of `placewatch produce` or `up`: ok, slow (it answers late or throttles us),
    stale (nothing new for three times its usual gap, and two days at least), failing, moved (polled at its new
    address), gone (it said so twice), blocked (it refuses us), never polled. `reason` says why in a word.

    Example: placewatch feeds list --json | jq 'select(.health == "failing")'
    """
    from producers.health import judge_health
    from producers.opml import load_feeds

    settings, now = _settings(feeds), datetime.now(UTC)
    rows = [
        (feed, state, judge_health(state, now))
        for feed, state in _with_states(settings, load_feeds(settings.feeds))
    ]
    if as_json:
        for row in rows:
            print(json.dumps(_health(*row)))
        return
    table = Table(title=f"{len(rows)} feeds in {settings.feeds}", title_justify="left")
    for column in ("Feed", "Source", "Health", "Items", "Every", "Last news", "Next poll", "Why"):
        table.add_column(column, overflow="fold")
    for feed, state, health in rows:
        colour = _HEALTH_COLOURS[health.state]
        is_plain = health.state in {"ok", "never polled"} and not state.last_error
        parts = ("" if is_plain else health.reason, state.last_error, health.advice)
        table.add_row(
            _shown(feed.title),
            _shown(feed.source_id),
            f"[{colour}]{health.state}[/]",
            str(state.last_count) if state.last_success_at else "",
            f"{state.interval_s / 60:.0f} min" if state.interval_s else "",
            _time(state.last_new_at),
            "" if state.is_disabled else _time(state.next_poll_at),
            _shown("; ".join(part for part in parts if part)),
        )
    Console().print(table)


@feeds_app.command()
def check(
    url: str = typer.Argument(help="The feed's address."),
    as_json: bool = JSON,
) -> None:
    """Poll one address once and show what would come of it; nothing is written or published.

    Shows the request, the answer's headers, the verdict, and the first items with the ids and dates they would
    get, and what both come from. What the OPML file says of the address holds. Ends with 1 when it is not a feed.

    Example: placewatch feeds check https://feeds.bbci.co.uk/news/world/rss.xml
    """
    from producers.check import check_feed
    from producers.opml import load_feeds, make_feed

    settings = load_settings()
    listed = load_feeds(settings.feeds) if settings.feeds.exists() else ()
    feed = next((feed for feed in listed if feed.url == url), None) or make_feed(url)
    result = asyncio.run(check_feed(feed, settings, now=datetime.now(UTC)))
    if as_json:
        print(json.dumps(_check_json(result)))
    else:
        _print_check(result)
    if result.problem:
        sys.exit(1)


@feeds_app.command()
def add(
    url: str = typer.Argument(help="The feed's address, http or https."),
    title: str = typer.Option("", help="What to call it."),
    source: str = typer.Option("", help="The outlet's id in sources.yaml; else the domain."),
    category: str = typer.Option("", help="The folder to file it under."),
    language: str = typer.Option("", help="Its language, such as `en`, if the feed is wrong."),
    feeds: Path | None = FEEDS_FILE,
) -> None:
    """Add a feed to the OPML file; the file is made if it is missing. A running producer takes it up by itself.

    Example: placewatch feeds add https://example.org/world.xml --title "Example World" --source example
    """
    from dataclasses import replace

    from producers.opml import add_feeds, make_feed

    path = _settings(feeds).feeds
    feed = make_feed(url, title=title, source_id=source)
    feed = replace(feed, category=category, language=language or None)
    added = add_feeds(path, [feed])
    print(f"added {url} to {path}" if added else f"{url} is in {path} already")


@feeds_app.command()
def remove(
    url: str = typer.Argument(help="The feed's address as `feeds list --json` shows it."),
    feeds: Path | None = FEEDS_FILE,
) -> None:
    """Take a feed out of the OPML file. A running producer stops polling it.

    Example: placewatch feeds remove https://example.org/world.xml
    """
    from producers.opml import remove_feed

    path = _settings(feeds).feeds
    if not remove_feed(path, url):
        raise NotFoundError(
            f"{url} is not in {path}: `placewatch feeds list --json` shows the addresses"
        )
    print(f"removed {url} from {path}")


@feeds_app.command()
def poll(
    url: str = typer.Argument(help="The feed's address as `feeds list --json` shows it."),
    feeds: Path | None = FEEDS_FILE,
) -> None:
    """Have a feed polled as soon as may be, however it does: also one that said it is gone.

    The running producer does it within a second or two, or the next one when it starts.

    Example: placewatch feeds poll https://example.org/world.xml
    """
    from producers.opml import load_feeds
    from producers.state import State

    settings = _settings(feeds)
    for feed in load_feeds(settings.feeds):
        if url in {feed.url, feed.shown_url, feed.feed_id}:
            with State(settings.feed_state) as state:
                state.want(feed.feed_id, feed.url)
            print(f"{feed.shown_url} will be polled at once")
            return
    raise NotFoundError(
        f"{url} is not in {settings.feeds}: `placewatch feeds list --json` shows the addresses"
    )


@feeds_app.command("import")
def import_feeds(
    file: Path = typer.Argument(
        help="An OPML file, as any feed reader exports it; `shipped` for the list that comes with placewatch."
    ),
    feeds: Path | None = FEEDS_FILE,
) -> None:
    """Add the feeds of another OPML file to ours; feeds that are there already stay as they are.

    Example: placewatch feeds import shipped
    """
    from producers.opml import add_feeds, load_feeds

    path = _settings(feeds).feeds
    found = load_feeds(seeds_dir() / "feeds.opml" if str(file) == "shipped" else file)
    added = add_feeds(path, found)
    print(f"added {len(added)} of {len(found)} feeds to {path}")


@feeds_app.command("export")
def export_feeds(
    file: Path | None = typer.Argument(None, help="Where to; standard output if not given."),
    feeds: Path | None = FEEDS_FILE,
) -> None:
    """Write the feeds as plain OPML 2.0: nested folders flattened to one level, duplicates folded.

    Example: placewatch feeds export > feeds-today.opml
    """
    from producers.opml import load_feeds, to_opml

    opml = to_opml(load_feeds(_settings(feeds).feeds))
    if file is None:
        sys.stdout.buffer.write(opml)
    else:
        file.write_bytes(opml)


def _settings(feeds: Path | None) -> Settings:
    """Return the settings, with the OPML file given on the command line if there is one."""
    return load_settings(feeds=feeds) if feeds else load_settings()


def _with_states(settings: Settings, feeds: tuple[Feed, ...]) -> list[tuple[Feed, FeedState]]:
    """Return each feed with what is remembered of it; looking makes no state file."""
    from producers.feed_state import FeedState
    from producers.state import remembered_feeds

    states = remembered_feeds(settings)
    return [(feed, states.get(feed.feed_id) or FeedState(feed.feed_id, feed.url)) for feed in feeds]


def _health(feed: Feed, state: FeedState, health: Health) -> dict[str, Any]:
    """Return a feed and its health as `--json` prints them."""
    from producers.urls import without_credentials

    return {
        "feed_id": feed.feed_id,
        "url": feed.url,
        "title": feed.title,
        "source_id": feed.source_id,
        "category": feed.category,
        "language": feed.language,
        "health": health.state,
        "reason": health.reason,
        "advice": health.advice or None,
        "last_reason": state.last_reason or None,
        "last_error": state.last_error or None,
        "failed_polls": state.failed_polls,
        "first_failure_at": _iso(state.first_failure_at),
        "adopted_url": without_credentials(state.adopted_url) or None,
        "items": state.last_count,
        "interval_s": state.interval_s or None,
        "usual_gap_s": state.usual_gap_s or None,
        "last_polled_at": _iso(state.last_polled_at),
        "last_success_at": _iso(state.last_success_at),
        "last_new_at": _iso(state.last_new_at),
        "next_poll_at": _iso(state.next_poll_at),
    }


def _check_json(result: Check) -> dict[str, Any]:
    """Return a dry run as `--json` prints it."""
    return {
        "url": result.feed.url,
        "final_url": result.fetched.url,
        "is_feed": not result.problem,
        "reason": result.reason or None,
        "problem": result.problem or None,
        "status": result.fetched.status,
        "redirects": [list(hop) for hop in result.fetched.redirects],
        "request_headers": dict(result.request_headers),
        "response_headers": dict(result.fetched.headers),
        "format": result.parsed.version if result.parsed else None,
        "complaint": (result.parsed.bozo or None) if result.parsed else None,
        "title": result.parsed.title if result.parsed else None,
        "language": result.parsed.language if result.parsed else None,
        "wishes": result.parsed.wishes.model_dump() if result.parsed else None,
        "dropped": dict(result.dropped or {}),
        "items": [
            article.model_dump(mode="json", exclude={"text", "summary", "authors"})
            | dict(zip(("identified_by", "raw_date"), result.told[article.article_id], strict=True))
            for article in reversed(result.articles)
        ],
    }


def _print_check(result: Check) -> None:
    """Print a dry run for people."""
    console, fetched = Console(soft_wrap=True, highlight=False), result.fetched
    console.print(f"[bold]GET[/] {_shown(result.feed.url)}")
    for name, value in result.request_headers.items():
        console.print(f"  [dim]{name}: {_shown(value)}[/]")
    for status, hop in fetched.redirects:
        console.print(f"{status} from {_shown(hop)}")
    if fetched.status:
        console.print(f"[bold]{fetched.status}[/] from {_shown(fetched.url)}")
    for name, value in fetched.headers.items():
        console.print(f"  [dim]{_shown(name)}: {_shown(value)}[/]")
    if result.problem or result.parsed is None:
        console.print(f"[bold red]not a feed[/] ({result.reason}): {_shown(result.problem)}")
        return
    parsed = result.parsed
    complaint = f", with faults ({parsed.bozo})" if parsed.bozo else ""
    console.print(
        f"[bold green]a feed[/]: {_shown(parsed.title or 'untitled')}, {parsed.version or 'unknown format'}"
        f"{complaint}, {len(parsed.items)} items, {len(fetched.body)} bytes"
    )
    for reason, count in (result.dropped or {}).items():
        console.print(f"  {count} dropped: {reason}")
    for article in list(reversed(result.articles))[:_SHOWN_ITEMS]:
        backfill = ", backfill" if article.is_backfill else ""
        identified_by, raw_date = result.told[article.article_id]
        console.print(
            f"  {article.article_id} by {identified_by}  {_time(article.published_at)} "
            f"({article.date_source}{backfill}: {_shown(raw_date or 'no date')})  "
            f"{article.language or 'language unknown'}, {article.text_quality}  {_shown(article.title)}"
        )


def _shown(text: str) -> str:
    """Return what a server wrote for a terminal: as it is, steering nothing."""
    return escape(plain(text))


def _time(moment: datetime | None) -> str:
    """Return a time for people, to the minute and in UTC."""
    return f"{moment:%Y-%m-%d %H:%M}Z" if moment else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
