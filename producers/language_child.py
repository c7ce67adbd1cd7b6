"""The process that knows languages; started by `producers/language_pool.py`."""

from __future__ import annotations

import json

from producers.languages import detect
from producers.worker import Frame, serve


# Beside the table, which is there before the first request: a hundred texts of two thousand characters.
_SPARE_BYTES = 64 * 1024**2


def _answer(body: bytes, headers: dict[str, str], url: str) -> list[Frame]:  # noqa: ARG001
    """Return the language of each of the texts."""
    return [{"languages": [detect(words) for words in json.loads(body)]}]


if __name__ == "__main__":
    detect("The table is read now: a busy machine may need longer for it than a request may take.")
    serve(_answer, spare_bytes=_SPARE_BYTES)
