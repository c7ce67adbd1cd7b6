"""Runs Faust's own worker on our application: the same as `faust -A streams.app worker`."""

from __future__ import annotations

from faust.cli.faust import cli


def run_worker() -> None:
    """Work until SIGINT or SIGTERM; exits the process as Faust does."""
    cli.main(args=["--app", "streams.app", "--quiet", "worker"], prog_name="faust")
