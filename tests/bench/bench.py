"""`make bench`: measures part by part and writes docs/benchmarks.md with its plots.

    make bench                          every part
    make bench PARTS=latency,sustained  these anew, the others as they were measured last
    make bench QUICK=1                  every part small, in some minutes: shows that it works; the report goes to artifacts/

What a part found is kept in artifacts/bench/, so that a part that fails costs only itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from placewatch.threads import one_blas_thread


one_blas_thread()  # numpy reads the limit when it is imported

from capacity import capacity_part
from copies import copies_part
from costs import costs_part
from feed_polls import feeds_a_core_keeps, poll_figures
from found_places import places_part
from load import latency_part, sustained_part
from pages import write_report
from rich.console import Console
from section import Section, Table
from steps import reading_figures, tracking_figures
from throughput import NAMES, SHARES, cells


ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "artifacts" / "bench"
REPORT = ROOT / "docs" / "benchmarks.md"
QUICK_REPORT = ROOT / "artifacts" / "bench-quick" / "benchmarks.md"


def speed_part(*, is_quick: bool) -> Section:
    """Measure reading against the whole spaCy pipeline over everything."""
    section = Section("speed", "Reading: beside a naive spaCy pipeline", is_quick=is_quick)
    section.text.append(
        "How many times as many articles a second of one core's time placewatch reads as the whole pipeline "
        "(all components of the model, over every article), in brackets by rules alone."
    )
    names, shares = (NAMES[:1], SHARES[-2:]) if is_quick else (NAMES, SHARES)
    found = list(cells(names, shares))
    rows = []
    for share in shares:
        row = [cell for cell in found if cell.relevant == share]
        times = (f"{c.ours:,.0f}/s = {c.ratio:.1f}x ({c.ratio_by_rules:.1f}x)" for c in row)
        rows.append((f"{share:.0%}", f"{row[0].naive:.1f}", *times))
    columns = ("relevant", "naive, articles/s", *(f"{n:,} names" for n in names))
    section.tables["Articles a second on one core"] = Table(columns, tuple(rows))
    return section


def steps_part(*, is_quick: bool) -> Section:
    """Measure single steps, and polls of feeds beside a plain feedparser loop."""
    section = Section("steps", "Polling beside feedparser, and single steps", is_quick=is_quick)
    polls = poll_figures()
    feeds = feeds_a_core_keeps(polls[0].ours_ms, polls[-1].ours_ms)
    section.text.append(
        "Ours is the whole poll: state, fetch, parse in its own process, identity, edits, publishing, remembering. "
        f"A core keeps {feeds:,} feeds at a quarter of an hour, one poll in five finding something new."
    )
    rows = tuple(
        (f.name, f.baseline, f"{f.baseline_ms:.1f}", f"{f.ours_ms:.1f}", f"{f.ratio:.2f}")
        for f in (*polls, *reading_figures(), *tracking_figures())
    )
    columns = ("what", "baseline", "baseline, CPU ms", "ours, CPU ms", "baseline / ours")
    section.tables["Medians of interleaved runs"] = Table(columns, rows)
    return section


PARTS: dict[str, Callable[..., Section]] = {
    "latency": latency_part,
    "sustained": sustained_part,
    "speed": speed_part,
    "costs": costs_part,
    "places": places_part,
    "copies": copies_part,
    "steps": steps_part,
}


def kept_sections(folder: Path) -> list[Section]:
    """Return the parts that were measured, in their order, and what is computed from them."""
    found = [
        Section.load(folder / f"{part}.json")
        for part in PARTS
        if (folder / f"{part}.json").is_file()
    ]
    model = capacity_part(found)
    return [*found, *([model] if model else [])]


def main() -> int:
    """Measure the parts asked for and write the report; return 1 when a part failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", default="", help=f"with commas, of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small; the report goes to artifacts/")
    options = parser.parse_args()
    wanted = [part for part in options.parts.split(",") if part] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    report = QUICK_REPORT if options.quick else REPORT
    folder = report.parent if options.quick else KEPT
    console, failed = Console(stderr=True), []
    for part in wanted:
        console.rule(part)
        try:
            PARTS[part](is_quick=options.quick).save(folder)
        except Exception:  # noqa: BLE001  # one part's failure must not cost the others' half an hour
            console.print_exception()
            failed.append(part)
    write_report(kept_sections(folder), report)
    console.print(f"written: {report.relative_to(ROOT)}")
    if failed:
        console.print(
            f"these parts failed: {', '.join(failed)}; the report has what they found last"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
