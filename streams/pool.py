"""What runs in the reader processes: one language model each. Imports nothing of the application.

Processes are spawned, so this module is imported afresh in each; it must not import `streams.app`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from placewatch.records import Article, Reading, WatchedPlace
from placewatch.threads import one_blas_thread


if TYPE_CHECKING:
    from streams.reading.reader import Reader


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What a reader process needs to start: the places, and where actors and sources are described."""

    places: tuple[WatchedPlace, ...]
    actors: Path
    sources: Path


class _Process:
    """The reader of this process, None in a process that is not one."""

    reader: Reader | None = None


def start(options: ReaderOptions) -> None:
    """Make this process a reader: load the model, leave Ctrl-C to the parent, end when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    one_blas_thread()
    # Loaded here and not above: numpy reads the thread limits when it is imported.
    from placewatch.actors import load_actors  # noqa: PLC0415
    from placewatch.sources import load_sources  # noqa: PLC0415
    from streams.reading.reader import Reader  # noqa: PLC0415

    _Process.reader = Reader(
        options.places, load_actors(options.actors), load_sources(options.sources)
    )


def read(articles: Sequence[Article]) -> list[tuple[Reading, ...]]:
    """Return for each article what it says of the watched places, in the same order."""
    if _Process.reader is None:
        raise RuntimeError("this process was not started as a reader: call start() first")
    return list(_Process.reader.read(list(articles)))


def warm_up() -> int:
    """Return this process's id; asking for it makes the pool start a process and load its model."""
    return os.getpid()


def _end_with_parent() -> None:
    """End this process when its parent is gone: a killed parent cannot tell its children."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
