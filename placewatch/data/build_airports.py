# ruff: noqa: INP001 - a script beside the data it builds, not a package
"""Builds airports.tsv.gz from the Python package `airportsdata` (MIT).

Kept are the airports with an IATA code and the air bases: what news name. The built file is what is shipped:

    pip download --no-deps airportsdata, and unpack it
    python placewatch/data/build_airports.py airportsdata/airports.csv
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from pathlib import Path


_BASE = re.compile(r"\b(?:air ?base|air force|naval air)\b", re.IGNORECASE)


def build(source: Path, target: Path) -> int:
    """Write "country, name, city, latitude, longitude" lines, tab-separated and sorted; return how many."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = sorted(
            (row["country"], row["name"], row["city"], row["lat"], row["lon"])
            for row in csv.DictReader(file)
            if row["iata"] or _BASE.search(row["name"])
        )
    lines = "".join("\t".join(row) + "\n" for row in rows)
    # No time stamp in the file, so that the same data give the same bytes.
    target.write_bytes(gzip.compress(lines.encode(), mtime=0))
    return len(rows)


if __name__ == "__main__":
    count = build(Path(sys.argv[1]), Path(__file__).with_name("airports.tsv.gz"))
    sys.stdout.write(f"{count} airports\n")
