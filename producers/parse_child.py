"""The process that parses feeds; started by `producers/parser_pool.py`."""

from __future__ import annotations

from placewatch.errors import FeedParseError
from producers.html_text import tidy
from producers.parse import parse
from producers.worker import serve


# Measured: the process holds 45 MiB before its first feed; ordinary feeds of the largest size that is fetched (5 MiB)
# add up to 35. With this it ends below 150 MiB whatever comes.
_SPARE_BYTES = 92 * 1024**2


def _answer(body: bytes, headers: dict[str, str], url: str) -> dict[str, object]:
    """Return the feed, or why there is none."""
    try:
        return {"feed": parse(body, headers, url).model_dump(mode="json")}
    except FeedParseError as error:
        return {"reason": error.reason, "error": tidy(str(error))}


if __name__ == "__main__":
    serve(_answer, spare_bytes=_SPARE_BYTES)
