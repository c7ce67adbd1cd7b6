"""The process that parses feeds; started by `producers/parser_pool.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placewatch.errors import FeedParseError
from producers.html_text import tidy
from producers.parse import parse
from producers.parsed import ParsedItem
from producers.worker import Frame, serve


# Measured: the process holds 45 MiB before its first feed; ordinary feeds of the largest size that is fetched (5 MiB)
# add up to 35. With this it ends below 150 MiB whatever comes.
_SPARE_BYTES = 92 * 1024**2


# Items go to the parent some at a time: it decodes each frame as a whole.
_FRAME_CHARS = 64 * 1024


def _answer(body: bytes, headers: dict[str, str], url: str) -> Iterator[Frame]:
    """Yield the feed and then its items, or why there is none."""
    try:
        feed = parse(body, headers, url)
    except FeedParseError as error:
        yield {"reason": error.reason, "error": tidy(str(error))}
        return
    yield {"feed": feed.model_dump(mode="json", exclude={"items"})}
    for some in _some_at_a_time(feed.items):
        yield {"items": [item.model_dump(mode="json") for item in some]}


def _some_at_a_time(items: Sequence[ParsedItem]) -> Iterator[list[ParsedItem]]:
    """Yield the items in lists of about one frame."""
    some: list[ParsedItem] = []
    chars = 0
    for item in items:
        some.append(item)
        chars += len(item.title) + len(item.summary) + len(item.text)
        if chars > _FRAME_CHARS:
            yield some
            some, chars = [], 0
    if some:
        yield some


if __name__ == "__main__":
    serve(_answer, spare_bytes=_SPARE_BYTES)
