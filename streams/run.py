"""Runs Faust's own worker on our application: the same as `faust -A streams.app worker`."""

from __future__ import annotations

from faust.cli.faust import cli
from faust.utils.terminal import Spinner


def run_worker() -> None:
    """Work until SIGINT or SIGTERM; exits the process as Faust does."""
    # It would write cursor codes for a terminal into whatever receives our output.
    Spinner.hide_cursor = False
    cli.main(args=["--app", "streams.app", "--quiet", "worker"], prog_name="faust")
