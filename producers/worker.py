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
from typing import BinaryIO


Answer = Callable[[bytes, dict[str, str], str], dict[str, object]]


def serve(answer_to: Answer, *, max_data_bytes: int) -> None:
    """Answer requests until standard input ends; beyond `max_data_bytes` of memory Python raises MemoryError."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our input
    resource.setrlimit(resource.RLIMIT_DATA, (max_data_bytes, max_data_bytes))
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


def _write(answers: BinaryIO, answer: dict[str, object]) -> None:
    raw = json.dumps(answer).encode()
    answers.write(b"%d\n" % len(raw) + raw)
    answers.flush()
