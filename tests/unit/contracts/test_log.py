"""Lines of the log, as a program started by hand writes them to standard error."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


PROGRAM = """
import logging
from placewatch.log import configure_logging, get_logger
configure_logging("json", {level!r})
try:
    raise {error}
except Exception:
    {logger}.exception("receiving failed")
"""
LIBRARY = 'logging.getLogger("kafka.net")'


def said(error: str, *, logger: str = LIBRARY, level: str = "INFO") -> dict[str, str]:
    program = PROGRAM.format(error=error, logger=logger, level=level)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    (line,) = run.stderr.splitlines()
    return json.loads(line)


def test_a_connection_that_a_library_lost_is_told_without_its_stack_of_calls() -> None:
    line = said("ConnectionResetError(104, 'reset by peer')")
    assert line["error"] == "ConnectionResetError: [Errno 104] reset by peer"
    assert line["event"] == "receiving failed"
    assert line["level"] == "error"
    assert "exception" not in line
    assert "exc_info" not in line


@pytest.mark.parametrize(
    ("error", "logger", "level"),
    [
        ("ValueError('a bug')", LIBRARY, "INFO"),
        ("ConnectionResetError('ours')", 'get_logger("sinks")', "INFO"),
        ("ConnectionResetError('looked into')", LIBRARY, "DEBUG"),
    ],
    ids=["a library's bug", "our own logger", "at DEBUG"],
)
def test_every_other_exception_keeps_its_stack_of_calls(
    error: str, logger: str, level: str
) -> None:
    assert "Traceback" in said(error, logger=logger, level=level)["exception"]
