"""Files that others read while we write them: whoever opens one sees the old content or the new, never a half."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from placewatch.errors import DeliveryError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write that takes the place of `path` at the end of the block, and then survives a power cut.

    Its folder is made where it is missing. One process at a time may replace a file.

    Raises:
        OSError: the folder cannot be written, the disk is full, ...; the old content is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Always the same name: what a killed process left behind is overwritten, and does not pile up.
    unfinished = path.with_name(f".{path.name}.new")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the folder's entry of the new file last, as fsync does for a file's content."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def unwritable(name: str, path: Path, error: OSError) -> DeliveryError:
    """Return what the writer `name` raises when it cannot write: somebody may make room or give it the folder."""
    return DeliveryError(
        f"{name} cannot write {path} ({error.strerror}): check that it is yours and that the disk has room",
        is_recoverable=True,
    )
