"""A secret that was told is in no line, whoever logged it and however it was written."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from placewatch.redaction import conceal, redacted


SECRET = "s3cret/pass wörd+&'\""


def test_without_secrets_text_stays() -> None:
    assert redacted("as it was") == "as it was"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        "s3cret%2Fpass%20w%C3%B6rd%2B%26%27%22",
        "s3cret/pass%20w%C3%B6rd%2B%26%27%22",
        "s3cret%2Fpass+w%C3%B6rd%2B%26%27%22",
        json.dumps(SECRET),
        repr(SECRET),
    ],
)
def test_a_secret_is_replaced_however_it_is_written(written: str) -> None:
    conceal(SECRET)
    assert "s3cret" not in redacted(f"POST /bot{written}/send failed")


def test_a_whole_address_goes_before_a_part_of_it() -> None:
    conceal("token", "https://x.example/token/a")
    assert redacted("to https://x.example/token/a") == "to ***"


def test_short_words_are_not_secrets() -> None:
    conceal("a", "443", "")
    assert redacted("a line on port 443") == "a line on port 443"


PROGRAM = """
import logging, sys
from placewatch.log import configure_logging, get_logger
from placewatch.redaction import conceal
secret, log_format = sys.argv[1:]
conceal(secret)
configure_logging(log_format, "DEBUG")
get_logger("ours").warning("failed", url=f"https://x/{secret}", note=secret)
logging.getLogger("urllib3.connectionpool").debug("POST /bot%s/sendMessage", secret)
try:
    raise ConnectionError(f"Max retries exceeded with url: /{secret}/x")
except ConnectionError:
    logging.getLogger("apprise").exception("failed")
    get_logger("ours").exception("failed")
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_logger_and_no_traceback_shows_it(log_format: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, SECRET, log_format],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stderr.count("***") >= 5
    assert "s3cret" not in run.stderr
    assert "rd+&" not in run.stderr
