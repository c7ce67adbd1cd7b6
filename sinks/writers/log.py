"""The writer `log`: a file of one JSON line an alert, rotated by size, and a line for people on stdout."""

from __future__ import annotations

import os
import sys
import unicodedata
from datetime import UTC
from pathlib import Path
from typing import BinaryIO, TextIO

from placewatch.errors import DeliveryError
from placewatch.log import get_logger
from placewatch.records import Alert
from sinks.notification import Notification


# About 5,000 alerts a file with a few citations each, and 50,000 in all.
MAX_BYTES = 10 * 1024 * 1024
KEPT_FILES = 10

_log = get_logger(__name__)


class LogWriter:
    """Appends alerts to a file; `path.1` is the newest full one, up to `path.10`, then the oldest goes."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "log",
        max_bytes: int = MAX_BYTES,
        kept_files: int = KEPT_FILES,
        out: TextIO | None = None,
        is_printing: bool = True,
        tells_once: bool = False,
    ) -> None:
        """Prepare to write to `path`, its size in bytes; text goes to `out`, by default standard output.

        `tells_once` is for a file that gets no alert again on purpose: what its last line tells when it is opened was
        written by a process that died before it could record that, and is not written again.
        """
        self.name = name
        self._path = path
        self._max_bytes = max_bytes
        self._kept_files = kept_files
        self._out: TextIO | None = (out or sys.stdout) if is_printing else None
        self._file: BinaryIO | None = None
        self._tells_once = tells_once
        self._last_line = b""

    def write(self, notification: Notification) -> None:
        """Append a line of each alert and print its text.

        Raises:
            DeliveryError: the disk is full, the folder is not there, ...: recoverable.
        """
        for alert in notification.alerts:
            self._append(alert)
            self._print(readable(alert))

    def close(self) -> None:
        """Close the file; the next alert opens it again."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _append(self, alert: Alert) -> None:
        line = alert.to_json() + b"\n"
        try:
            file = self._file or self._open()
            if self._tells_once and line == self._last_line:
                return
            if file.tell() and file.tell() + len(line) > self._max_bytes:
                file = self._rotate()
            _write_whole(file, line)
            os.fsync(file.fileno())
            self._last_line = line
        except OSError as error:
            self.close()
            raise DeliveryError(
                f"the alert log {self._path} cannot be written ({error.strerror}): "
                "check that it is yours and that the disk has room, or name another with PLACEWATCH_ALERT_LOG",
                is_recoverable=True,
            ) from error

    def _open(self) -> BinaryIO:
        """Open the file for appending, unbuffered, without the line that a killed process left unfinished.

        That alert was not recorded as delivered, so it comes again.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("ab", buffering=0)
        size = file.tell()
        self._last_line, whole = _last_line(self._path)
        if whole < size:
            _log.warning(
                "torn line removed from alert log", path=str(self._path), bytes=size - whole
            )
            file.truncate(whole)
            file.seek(whole)
        self._file = file
        return file

    def _rotate(self) -> BinaryIO:
        """Move every file one number up and begin a new one; killed half-way, it leaves a gap but loses none."""
        self.close()
        for number in range(self._kept_files - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        return self._open()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _print(self, text: str) -> None:
        if self._out is None:
            return
        try:
            print(text, file=self._out, flush=True)
        except (OSError, ValueError) as error:
            # Whoever read our output went away (`placewatch sink | head`): the file is the record, so go on.
            _log.warning(
                "standard output is closed, alerts go to the log file only", error=str(error)
            )
            self._out = None


def readable(alert: Alert) -> str:
    """Return one line for a person: time (UTC), kind, certainty and grade, and what the alert says."""
    told = alert.headline if alert.place in alert.headline else f"{alert.place}: {alert.headline}"
    line = (
        f"{alert.at.astimezone(UTC):%Y-%m-%d %H:%M}Z  {alert.msg_type.value:<6}  "
        f"{alert.certainty.value:<9}  {alert.admiralty}  {told}"
    )
    return printable(line)


def printable(text: str) -> str:
    """Return `text` on one line without control characters: what a feed wrote must not steer a terminal."""
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in text)


def _write_whole(file: BinaryIO, line: bytes) -> None:
    """Write all of a line, or nothing: a disk that becomes full takes the part that fits and only then refuses.

    Raises:
        OSError: it does not take all.
    """
    end, rest = file.tell(), memoryview(line)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(end)
        raise


def _last_line(path: Path, block: int = 65536) -> tuple[bytes, int]:
    """Return the last whole line of a file, empty when it has none, and the offset after it; in bytes."""
    with path.open("rb") as file:
        start = file.seek(0, os.SEEK_END)
        read = b""
        while start > 0 and read.count(b"\n") < 2:  # noqa: PLR2004  # the line's own, and that of the one before
            size = min(block, start)
            start = file.seek(start - size)
            read = file.read(size) + read
    whole = read[: read.rfind(b"\n") + 1]
    return whole[whole.rfind(b"\n", 0, -1) + 1 :], start + len(whole)
