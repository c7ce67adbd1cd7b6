"""The worker process: reads feeds from standard input, writes what they say to standard output.

Frames: a line of JSON (`url`, `headers`, `length`, `deadline_s`), then `length` bytes of body. Answers: a line with
the length, then JSON with either `feed` or `reason` and `error`. Started by `producers/parser_pool.py`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from typing import BinaryIO

from placewatch.errors import FeedParseError
from producers.parse import parse


# Measured: the process holds 45 MiB before its first feed, 28 of them data; ordinary feeds of the largest size that is
# fetched (5 MiB) add up to 60. With this it ends below 150 MiB whatever comes.
_MAX_DATA_BYTES = 120 * 1024**2


def main() -> None:
    """Answer requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our input
    resource.setrlimit(resource.RLIMIT_DATA, (_MAX_DATA_BYTES, _MAX_DATA_BYTES))
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    _write(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        body = requests.read(request["length"])
        # Ends this process even inside a regex and even if the parent is gone: the default action is the kernel's.
        signal.setitimer(signal.ITIMER_REAL, request["deadline_s"])
        answer = _answer(body, request["headers"], request["url"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(answers, answer)


def _answer(body: bytes, headers: dict[str, str], url: str) -> dict[str, object]:
    """Return the feed, or why there is none."""
    try:
        return {"feed": parse(body, headers, url).model_dump(mode="json")}
    except FeedParseError as error:
        return {"reason": error.reason, "error": str(error)}


def _write(answers: BinaryIO, answer: dict[str, object]) -> None:
    raw = json.dumps(answer).encode()
    answers.write(b"%d\n" % len(raw) + raw)
    answers.flush()


if __name__ == "__main__":
    main()
