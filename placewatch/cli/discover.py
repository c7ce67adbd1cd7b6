"""The command `feeds discover`: the feeds of a site, found and read."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from placewatch.settings import load_settings


def discover(
    site: str = typer.Argument(help="The site's address; https if it has no scheme."),
    add: bool = typer.Option(False, "--add", help="Add what is found to the OPML file."),
    feeds: Path | None = typer.Option(
        None, "--feeds", help="The OPML file; PLACEWATCH_FEEDS or feeds.opml if not given."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line, for pipes."),
) -> None:
    """Look for the feeds of a site: what its page declares, links to, and where feeds usually are.

    Every feed shown was fetched and read. News sitemaps count as feeds. Ends with 1 when there is none.

    Example: placewatch feeds discover reliefweb.int
    """
    from producers.discover import discover as search
    from producers.opml import add_feeds, make_feed

    settings = load_settings(feeds=feeds) if feeds else load_settings()
    found = asyncio.run(search(site, settings))
    if as_json:
        for feed in found:
            print(json.dumps(asdict(feed)))
    elif found:
        table = Table(title=f"{len(found)} feeds of {site}", title_justify="left")
        for column in ("Address", "Title", "Format", "Items", "How"):
            table.add_column(column, overflow="fold")
        for feed in found:
            row = (feed.url, feed.title, feed.version, str(feed.items), feed.found)
            table.add_row(*(escape(cell) for cell in row))
        Console().print(table)
    if not found:
        print(
            f"no feed was found on {site}: look for an address with rss, feed or news-sitemap in it and try "
            "`placewatch feeds check` with it",
            file=sys.stderr,
        )
        sys.exit(1)
    if add:
        new = add_feeds(settings.feeds, [make_feed(feed.url, title=feed.title) for feed in found])
        print(f"added {len(new)} of {len(found)} feeds to {settings.feeds}", file=sys.stderr)
