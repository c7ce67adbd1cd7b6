"""Runs Faust's own worker on our application: the same as `faust -A streams.app worker`."""

from __future__ import annotations

import gc

from faust.cli.faust import cli
from faust.utils.terminal import Spinner

from placewatch.settings import load_settings


def collect_seldom() -> None:
    """Have Python look for cycles seldom: what a worker holds is long-lived and has few.

    By default every object is walked again and again as the places fill: about a sixth of the tracker's time.
    """
    gc.set_threshold(100_000, 50, 100)


def run_worker() -> None:
    """Work until SIGINT or SIGTERM; exits the process as Faust does."""
    collect_seldom()
    # It would write cursor codes for a terminal into whatever receives our output.
    Spinner.hide_cursor = False
    level = level_of_faust(load_settings().log_level)
    cli.main(
        args=["--app", "streams.app", "--quiet", "worker", "--loglevel", level], prog_name="faust"
    )


def level_of_faust(log_level: str) -> str:
    """Return what Faust's command line calls one of our log levels: it ends at a word like "WARNING"."""
    return "warn" if log_level == "WARNING" else log_level.lower()
