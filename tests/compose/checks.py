"""Checks with names, outcomes and times, and a table of them at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_right: bool
    detail: str
    seconds: float


class Checks:
    """Collects checks; one that fails does not stop the others."""

    def __init__(self) -> None:
        self.began = self._last = time.monotonic()
        self.done: list[Check] = []

    def expect(self, name: str, is_right: object, detail: object = "") -> bool:
        """Note a check and say at once how it went; its time is that since the one before."""
        now = time.monotonic()
        check = Check(name, bool(is_right), str(detail), now - self._last)
        self._last = now
        self.done.append(check)
        print(_row(len(self.done), check, now - self.began), flush=True)
        return check.is_right

    def note(self, what: str) -> None:
        """Say what goes on between checks."""
        print(f"       {time.monotonic() - self.began:6.1f}s  .. {what}", flush=True)

    @property
    def failed(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.done if not check.is_right]

    def table(self) -> str:
        """Return all checks again, and how many there were."""
        rows = [
            f"{'ok ' if check.is_right else 'BAD'} {check.seconds:6.1f}s  {check.name}"
            + (f": {check.detail}" if check.detail else "")
            for check in self.done
        ]
        summary = (
            f"{len(self.done)} checks, {len(self.failed)} failed, "
            f"{time.monotonic() - self.began:.0f} s in all"
        )
        return "\n".join([*rows, summary])


def _row(number: int, check: Check, at: float) -> str:
    word = "ok " if check.is_right else "BAD"
    detail = f" ({check.detail})" if check.detail else ""
    return f"{number:3} {word} {at:6.1f}s  {check.name}{detail}"


def until(what: Callable[[], Any], seconds: float, every_s: float = 0.5) -> Any:
    """Return what `what` returns once that is true, or its last word when the time is over."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            return found
        time.sleep(every_s)
