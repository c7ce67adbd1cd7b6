"""`run.json` in the state folder: tells other commands here which broker the services run with.

The lock beside it, not the file, says whether somebody runs: the kernel gives a lock back when its holder dies,
so a machine that lost power leaves nothing to clean up.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from placewatch.errors import ConfigError
from placewatch.running import RUN_FILE


LOCK_FILE = "run.lock"


class RunFile(AbstractContextManager["RunFile"]):
    """Holds the state folder for this process; `note` says with which broker."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / RUN_FILE
        self._lock_path = state_dir / LOCK_FILE
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take the folder.

        Raises:
            ConfigError: services run in it already.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock_path.open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            self._lock = None
            raise ConfigError(
                f"placewatch already runs in {self._path.parent}{self._whose()}: stop it first, or give this "
                "one a folder of its own with PLACEWATCH_STATE_DIR"
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the folder back."""
        if self._lock is not None:
            self._path.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def note(self, bootstrap_servers: str, *, is_embedded: bool) -> None:
        """Write which broker the services use now; the file appears whole."""
        content = {
            "bootstrap_servers": bootstrap_servers,
            "is_broker_embedded": is_embedded,
            "pid": os.getpid(),
            "started_at": datetime.now(UTC).isoformat(),
        }
        partial = self._path.with_suffix(".part")
        partial.write_text(json.dumps(content) + "\n", encoding="utf-8")
        partial.replace(self._path)

    def _whose(self) -> str:
        """Return who holds the folder, for an error message."""
        try:
            return f" (process {json.loads(self._path.read_text(encoding='utf-8'))['pid']})"
        except (OSError, ValueError, KeyError):
            return ""


def empty_folder(folder: Path) -> None:
    """Empty a state folder, or make it, unless services run in it.

    Raises:
        ConfigError: some do.
    """
    with RunFile(folder):
        for path in folder.iterdir():
            if path.name == LOCK_FILE:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
