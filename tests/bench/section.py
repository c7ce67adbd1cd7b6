"""What a part of the benchmark found, as data: tables, plots and figures that other parts compute with.

Each part is kept as one JSON file, so that one part can be measured anew without the others.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what its columns are called and its rows, as shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of lines.

    Attributes:
        name: of its file, without ending.
        title: in a few words.
        x: what lies to the right, with its unit.
        y: what goes up, with its unit.
        lines: points by the name of their line.
        limit: a dashed line at this height, None for none.
        is_log: whether both axes are logarithmic.
    """

    name: str
    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]
    limit: float | None = None
    is_log: bool = False


def machine() -> str:
    """Return the machine in a line: cores, processor, system, Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores ({_processor()}), {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


@dataclass(slots=True)
class Section:
    """One part of the report.

    Attributes:
        part: its name, as `PARTS=` takes it.
        title: its heading.
        text: paragraphs before the tables.
        tables: by their captions.
        plots: after the tables.
        figures: numbers that other parts compute with, and the targets are judged by.
        at: when it was measured.
        machine: where.
        is_quick: whether it was measured in the quick form, which shows only that it works.
    """

    part: str
    title: str
    text: list[str] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    plots: list[Plot] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    machine: str = field(default_factory=machine)
    is_quick: bool = False

    def save(self, folder: Path) -> None:
        """Keep it as a file of its part's name."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / f"{self.part}.json").write_text(text, "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return a part that was kept."""
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        kept["tables"] = {
            caption: Table(tuple(t["columns"]), tuple(map(tuple, t["rows"])))
            for caption, t in kept["tables"].items()
        }
        kept["plots"] = [
            Plot(
                **plot | {"lines": {n: list(map(tuple, line)) for n, line in plot["lines"].items()}}
            )
            for plot in kept["plots"]
        ]
        return cls(**kept)


def load_of_others() -> float:
    """Return how many processes want a core, averaged over a minute, before the benchmark adds its own."""
    return os.getloadavg()[0]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else "unknown"
