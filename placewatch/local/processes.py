"""Child processes of the embedded set-up: none outlives the process that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Loaded before any fork: between fork and exec a child must not import.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start_process(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, so that a Ctrl-C reaches it only through us.

    On Linux the kernel kills it when the thread that started it ends: start services from the main thread.
    `output` receives standard output and standard error; None leaves them where ours go.
    """
    return subprocess.Popen(
        list(command),
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        process_group=0,
        preexec_fn=_die_with_parent if _libc is not None else None,  # noqa: PLW1509  # only prctl
    )


def stop_process(process: subprocess.Popen[bytes], grace_s: float) -> int:
    """Ask `process` to end, kill its whole group after `grace_s`; return its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=grace_s)
        except subprocess.TimeoutExpired:
            kill_group(process)
    return process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill `process` and everything it started, at once."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _die_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when its parent ends (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
