"""The process that takes articles out of pages; started by `producers/page_pool.py`."""

from __future__ import annotations

from producers.page_text import page_text
from producers.parsed import ParseReason
from producers.worker import serve


# Measured: importing trafilatura sets 105 MiB of data aside (50 in use); a page of 2 MiB adds up to 60.
_MAX_DATA_BYTES = 220 * 1024**2


def _answer(body: bytes, headers: dict[str, str], url: str) -> dict[str, object]:  # noqa: ARG001
    """Return the article, or why there is none."""
    try:
        return {"page": page_text(body, url).model_dump(mode="json")}
    except Exception as error:  # noqa: BLE001  # what libraries raise on malformed pages is not ours to list
        is_memory = isinstance(error, MemoryError)
        reason = ParseReason.MEMORY if is_memory else ParseReason.PARSER_RAISED
        return {"reason": reason, "error": f"{url}: {type(error).__name__}: {error}"}


if __name__ == "__main__":
    serve(_answer, max_data_bytes=_MAX_DATA_BYTES)
