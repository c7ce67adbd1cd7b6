"""Runs Faust's own worker on our application: the same as `faust -A streams.app worker`."""

from __future__ import annotations

from faust.cli.faust import cli
from faust.utils.terminal import Spinner

from placewatch.settings import load_settings


def run_worker() -> None:
    """Work until SIGINT or SIGTERM; exits the process as Faust does."""
    # It would write cursor codes for a terminal into whatever receives our output.
    Spinner.hide_cursor = False
    level = load_settings().log_level
    cli.main(
        args=["--app", "streams.app", "--quiet", "worker", "--loglevel", level], prog_name="faust"
    )
