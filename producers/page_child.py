"""The process that takes articles out of pages; started by `producers/page_pool.py`."""

from __future__ import annotations

from producers.page_text import page_text
from producers.parsed import ParseReason
from producers.worker import Frame, serve


# Measured: the process holds 90 MiB before its first page, most of it what trafilatura imports; ordinary pages of the
# largest size that is read (2 MiB) add up to 47. With this it ends below 150 MiB whatever comes.
_SPARE_BYTES = 84 * 1024**2


def _answer(body: bytes, headers: dict[str, str], url: str) -> list[Frame]:  # noqa: ARG001
    """Return the article, or why there is none."""
    try:
        return [{"page": page_text(body, url).model_dump(mode="json")}]
    except Exception as error:  # noqa: BLE001  # what libraries raise on malformed pages is not ours to list
        is_memory = isinstance(error, MemoryError)
        reason = ParseReason.MEMORY if is_memory else ParseReason.PARSER_RAISED
        return [{"reason": reason, "error": f"{url}: {type(error).__name__}: {error}"}]


if __name__ == "__main__":
    serve(_answer, spare_bytes=_SPARE_BYTES)
