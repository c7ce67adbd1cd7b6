"""What containers, systemd and Kubernetes need beside the services: a Kafka made ready, and a demo's news."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from placewatch.errors import BrokerError, BrokerRefusalError, ConfigError
from placewatch.local.broker import HOST
from placewatch.log import configure_logging
from placewatch.settings import Settings, load_settings, seeds_dir


_TURN_S = 1.0


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.command()(prepare)
    app.command()(newswire)
    app.command()(reread)


def prepare(
    wait_s: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to wait for a broker that starts.")
    ] = 0,
) -> None:
    """Make Kafka ready: create the topics that are missing, publish the watchlist and who held what at first.

    `up` does the same. Repeating it changes nothing; run it after each change of the watchlist's file: places that are
    not in it any more are tracked no longer.

    Example: PLACEWATCH_BOOTSTRAP_SERVERS=kafka:9092 placewatch prepare --wait 60
    """
    from placewatch.local.restore import tell_again
    from placewatch.places import load_watchlist

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    watchlist = load_watchlist(settings.watchlist, settings.state_dir / "cache")
    created = _create_topics(settings, give_up_at=time.monotonic() + wait_s)
    tell_again(settings, watchlist, with_ledger=False)
    print(f"{len(created)} topics created, {len(list(watchlist))} places published")


def _create_topics(settings: Settings, *, give_up_at: float) -> list[str]:
    """Create the missing topics and return their names, trying again while there is time.

    Raises:
        BrokerRefusalError: the broker refuses us; waiting would not help.
        BrokerError: the broker could not be used until then.
    """
    from placewatch.kafka import create_topics

    while True:
        try:
            return create_topics(settings)
        except BrokerRefusalError:
            raise
        except BrokerError:
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(_TURN_S)


def reread(
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="WHEN",
            help="Articles that came in from then on: 2024-12-06, 2024-12-06T10:00 (UTC), 36h or 7d.",
        ),
    ],
    is_rehearsal: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many articles that would be.")
    ] = False,
) -> None:
    """Have articles read again that were read already: after a change of the lexicon, or for places added since.

    Stop the workers first, and start them after it. What is read as before changes nothing and is told to nobody
    twice; where something else is read now, alerts are corrected.

    Example: placewatch reread --from 7d
    """
    from placewatch.reread import rewind
    from sinks.tailing import parse_moment

    settings = load_settings()
    moment = parse_moment(since, "--from", datetime.now(UTC))
    rewound = rewind(settings, moment, is_rehearsal=is_rehearsal)
    again = sum(r.before - r.after for r in rewound)
    unread = sum(r.end - r.before for r in rewound)
    will = "would be read again" if is_rehearsal else "will be read again once workers run"
    print(
        f"{again} articles that came in since {moment:%Y-%m-%d %H:%M} UTC {will}; "
        f"{unread} more were not read yet"
    )


def newswire(
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = HOST,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Its port.")] = 8080,
    file: Annotated[
        Path | None, typer.Option("--file", help="Another newswire than the demo's.")
    ] = None,
    hold: Annotated[
        Path | None,
        typer.Option("--hold", help="A file: while it is there, the story stops at its number."),
    ] = None,
    opml_url: Annotated[
        str | None,
        typer.Option("--opml", help="Only print the feeds' OPML, for this address of the server."),
    ] = None,
) -> None:
    """Serve the demo's newswire as feeds until stopped; each item comes once the last has been taken up.

    Example: placewatch newswire --port 8080 & placewatch newswire --opml http://127.0.0.1:8080 > feeds.opml
    """
    from placewatch.cli.services import ended_by_signals
    from placewatch.local.newswire import NewswireServer, load_newswire, opml

    wire = load_newswire(file or seeds_dir() / "demo" / "newswire.yaml")
    if opml_url is not None:
        print(opml(wire, opml_url.rstrip("/")).decode(), end="")
        return
    try:
        server = NewswireServer(wire, host=host, port=port, hold=hold)
    except OSError as error:
        raise ConfigError(
            f"the newswire cannot listen on {host}:{port} ({error.strerror}): choose another --port"
        ) from error
    with ended_by_signals(), server:
        while True:
            time.sleep(_TURN_S)
