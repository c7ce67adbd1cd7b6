"""How `tail` prints an alert and makes itself heard."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from datetime import UTC

from rich.console import Console
from rich.text import Text

from placewatch.cli.ledgers import CERTAINTY_STYLES, plain
from placewatch.records import Alert
from placewatch.vocabulary import MsgType


NOTIFY_TIMEOUT_S = 5.0
_TYPE_STYLES = {MsgType.ALERT: "bold", MsgType.UPDATE: "cyan", MsgType.CANCEL: "bold red"}


class AlertPrinter:
    """Prints one line an alert on standard output: colours at a terminal, the record as JSON on demand."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._console = Console(highlight=False, soft_wrap=True)

    def __call__(self, alert: Alert) -> None:
        """Print it.

        Raises:
            BrokenPipeError: nobody reads.
        """
        if self._is_json or not self._console.is_terminal:
            text = alert.to_json().decode() if self._is_json else line(alert).plain
            print(text, flush=True)
        else:
            self._console.print(line(alert))


def line(alert: Alert) -> Text:
    """Return one line for a person: time (UTC), kind, certainty, grade, and what the alert says."""
    told = plain(alert.headline)
    place = plain(alert.place)
    style = CERTAINTY_STYLES[alert.certainty]
    text = Text.assemble(
        (f"{alert.at.astimezone(UTC):%Y-%m-%d %H:%M}Z", "dim"),
        "  ",
        (f"{alert.msg_type.value:<6}", _TYPE_STYLES[alert.msg_type]),
        "  ",
        (f"{alert.certainty.value:<9}", style),
        "  ",
        alert.admiralty,
        "  ",
        told if place in told else f"{place}: {told}",
    )
    text.highlight_words([place], "bold")
    return text


def is_reader_gone() -> bool:
    """Return whether whoever read our standard output, a pipe, closed it."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))


def ring(alert: Alert) -> None:
    """Notify of an alert: on the desktop where notify-send works, else by the terminal's bell."""
    if not _is_on_desktop(alert):
        # Standard output may be a pipe; the bell is for the person.
        sys.stderr.write("\a")
        sys.stderr.flush()


def _is_on_desktop(alert: Alert) -> bool:
    notify = shutil.which("notify-send")
    if notify is None or not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
    ):
        return False
    words = [notify, "--app-name=placewatch", "--", plain(alert.place), plain(alert.headline)]
    try:
        done = subprocess.run(words, check=False, capture_output=True, timeout=NOTIFY_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
