"""What runs in a worker process: bodies from standard input, what is in them to standard output.

Frames: a line of JSON (`url`, `headers`, `length`, `deadline_s`), then `length` bytes of body. Answers: a line with
the length, then JSON. Started by `producers/worker_pool.py`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


# Where nobody says: more than any of ours holds after its imports.
_UNKNOWN_BYTES = 256 * 1024**2
Answer = Callable[[bytes, dict[str, str], str], dict[str, object]]


def serve(answer_to: Answer, *, spare_bytes: int) -> None:
    """Answer requests until standard input ends.

    Beyond `spare_bytes` more memory than the process holds now Python raises MemoryError.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our input
    limit = _held_bytes() + spare_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    _write(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        body = requests.read(request["length"])
        # Ends this process even inside a regex and even if the parent is gone: the default action is the kernel's.
        signal.setitimer(signal.ITIMER_REAL, request["deadline_s"])
        answer = answer_to(body, request["headers"], request["url"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(answers, answer)


def _held_bytes() -> int:
    """Return how much data memory the process has set aside; libraries take more where there are more cores."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return _UNKNOWN_BYTES
    return int(statm.read_text().split()[5]) * resource.getpagesize()


def _write(answers: BinaryIO, answer: dict[str, object]) -> None:
    raw = json.dumps(answer).encode()
    answers.write(b"%d\n" % len(raw) + raw)
    answers.flush()
