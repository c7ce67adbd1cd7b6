"""What `placewatch status` says of silences: "no news" of a place means "no change" only while it is named as ever."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.records import Status
from placewatch.vocabulary import Pulse, SubjectKind


# So many quiet feeds are named; of more, only how many.
_FEEDS_NAMED = 10


def statuses_as_json(statuses: Sequence[Status], heartbeats: Mapping[str, Heartbeat]) -> str:
    """Return the statuses as a JSON list, each with the `heartbeat` of its place, null when it was never named."""
    rows = []
    for status in statuses:
        heartbeat = _of_place(status, heartbeats)
        told = heartbeat and heartbeat.model_dump(mode="json", exclude_none=True, exclude={"hours"})
        rows.append(json.loads(status.to_json()) | {"heartbeat": told})
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def news_of(status: Status, heartbeats: Mapping[str, Heartbeat], now: datetime) -> Text:
    """Return a few words on how often a place is named; none while it is named as usual."""
    from sinks.operators import silence_in_words

    heartbeat = _of_place(status, heartbeats)
    if heartbeat is None:
        return Text("never named" if heartbeats else "", style="dim")
    if heartbeat.state is Pulse.QUIET:
        return Text(silence_in_words(heartbeat, now), style="red")
    if heartbeat.state is Pulse.UNKNOWN:
        last = f"{heartbeat.last_heard_at.astimezone(UTC):%Y-%m-%d}"
        return Text(f"too little for a usual pace, named {last}", style="dim")
    return Text("")


def print_silences(heartbeats: Iterable[Heartbeat], now: datetime) -> None:
    """Print whether everything has gone quiet, and which feeds have."""
    from sinks.operators import silence_in_words
    from sinks.writers.log import printable

    console = Console(highlight=False)
    quiet = [each for each in heartbeats if each.state is Pulse.QUIET]
    for stream in (each for each in quiet if each.kind is SubjectKind.STREAM):
        words = f"nothing arrives: {silence_in_words(stream, now)}; do producer and broker run?"
        console.print(Text(words, style="bold red"))
    feeds = [each for each in quiet if each.kind is SubjectKind.FEED]
    if len(feeds) > _FEEDS_NAMED:
        console.print(Text(f"{len(feeds)} feeds have gone quiet", style="red"))
        return
    for feed in feeds:
        words = f"feed {printable(feed.label)} has gone quiet: {silence_in_words(feed, now)}"
        console.print(Text(words, style="red"))


def print_troubles(healths: Iterable[FeedHealth]) -> None:
    """Print which feeds cannot be had as they should, since when, why and what to do."""
    from sinks.writers.log import printable

    console = Console(highlight=False, soft_wrap=True)
    troubled = [each for each in healths if each.is_in_trouble]
    if len(troubled) > _FEEDS_NAMED:
        words = f"{len(troubled)} feeds are in trouble: `placewatch feeds list` shows them"
        console.print(Text(words, style="red"))
        return
    for each in troubled:
        since = f"{each.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        advice = f"; {each.advice}" if each.advice else ""
        words = f"feed {each.title} is {each.state} since {since} ({each.reason}){advice}"
        console.print(Text(printable(words), style="red"))


def _of_place(status: Status, heartbeats: Mapping[str, Heartbeat]) -> Heartbeat | None:
    return heartbeats.get(f"{SubjectKind.PLACE}:{status.place_id}")
