"""What runs in a worker process: bodies from standard input, what is in them to standard output.

A request is a line of JSON (`url`, `headers`, `length`, `deadline_s`), then `length` bytes of body. An answer is some
frames, each a line with its length, then JSON; the last has nothing but `is_spent`, which says whether the process has
kept too much memory to go on. Started by `producers/worker_pool.py`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO


# Where nobody says: more than any of ours holds after its imports.
_UNKNOWN_BYTES = 256 * 1024**2
# Memory that is not given back is missing for the next body, which would fail for what another one did. What the
# largest of ordinary feeds leave behind is about a third of what may be taken, and they need two thirds.
_KEPT_SHARE = 1 / 3
Frame = dict[str, object]
# What one request gives: in several frames where one would be large, for both sides then hold less.
Answer = Callable[[bytes, dict[str, str], str], Iterable[Frame]]


def serve(answer_to: Answer, *, spare_bytes: int) -> None:
    """Answer requests until standard input ends.

    Beyond `spare_bytes` more memory than the process holds now Python raises MemoryError.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our input
    held = _held_bytes()
    limit = held + spare_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    _write(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        body = requests.read(request["length"])
        # Ends this process even inside a regex and even if the parent is gone: the default action is the kernel's.
        signal.setitimer(signal.ITIMER_REAL, request["deadline_s"])
        for frame in answer_to(body, request["headers"], request["url"]):
            _write(answers, frame)
        signal.setitimer(signal.ITIMER_REAL, 0)
        is_spent = _held_bytes() - held > _KEPT_SHARE * spare_bytes
        _write(answers, {"is_spent": is_spent})


def _held_bytes() -> int:
    """Return how much data memory the process has set aside; libraries take more where there are more cores."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return _UNKNOWN_BYTES
    return int(statm.read_text().split()[5]) * resource.getpagesize()


def _write(answers: BinaryIO, frame: Frame) -> None:
    # UTF-8, with what is no text in it: escapes would make the parent, which has others to serve, read twice as much.
    raw = json.dumps(frame, ensure_ascii=False).encode("utf-8", "surrogatepass")
    answers.write(b"%d\n" % len(raw) + raw)
    answers.flush()
