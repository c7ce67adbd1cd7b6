"""Services as a machine runs them: each a command that is started again when it ends, as deploy/systemd says."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from placewatch.local.processes import kill_group, start_process, stop_process


# RestartSec of the units in deploy/systemd.
RESTART_S = 2.0
STOP_S = 20.0


class Unit:
    """One command, running from `start` to `stop`; `look_after` starts it again when it has ended.

    Attributes:
        name: its name for people.
        log: the file that has all it said.
        deaths: how often it ended unasked.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self.deaths = 0
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._due_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the command."""
        self._due_at = None
        with self.log.open("ab") as output:
            self._process = start_process(self._command, env=self._environment, output=output)

    def look_after(self) -> None:
        """Note that it ended, or start it again when it is time."""
        if self._process is not None and self._process.poll() is not None:
            # As a cgroup ends: what it started goes with it.
            kill_group(self._process)
            self._process = None
            self.deaths += 1
            self._due_at = time.monotonic() + RESTART_S
        if self._due_at is not None and time.monotonic() >= self._due_at:
            self.start()

    def kill(self) -> None:
        """Kill the process, and not what it started, with -9."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End it for good: by SIGTERM, and by SIGKILL where that takes too long."""
        if self._process is not None:
            stop_process(self._process, STOP_S)
            kill_group(self._process)
        self._process = self._due_at = None
