"""Writes the report: docs/benchmarks.md and its plots, from what the parts found. Nobody edits it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from section import Plot, Section, Table


HEAD = """# Benchmarks

Written by `make bench`; changes by hand are lost. Articles are put together from sentences of our own corpus
(`tests/eval/corpus`), some 450 words each; "relevant" are those of which a third of the sentences name tracked places.
Processor time says more than wall time on a machine that does other things too; ratios say more than either.
"""
QUICK = "*Measured in the quick form: shows that it works, not how fast it is.*"


def write_report(sections: Sequence[Section], path: Path) -> None:
    """Write the report of these parts to `path`, its plots into the folder beside it that has its name."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {plot.name for section in sections for plot in section.plots}
    for old in folder.glob("*.svg"):
        if old.stem not in wanted:
            old.unlink()
    for section in sections:
        for plot in section.plots:
            draw(plot, folder / f"{plot.name}.svg")
    path.write_text("\n".join([HEAD, *_lines(sections, folder.name)]).rstrip() + "\n", "utf-8")


def _lines(sections: Sequence[Section], folder: str) -> Iterable[str]:
    yield from _targets(sections)
    for section in sections:
        yield f"## {section.title}\n"
        yield f"*`make bench PARTS={section.part}`, {section.at}: {section.machine}.*\n"
        if section.is_quick:
            yield f"{QUICK}\n"
        for paragraph in section.text:
            yield f"{paragraph}\n"
        for caption, table in section.tables.items():
            yield f"{caption}:\n"
            yield markdown(table) + "\n"
        for plot in section.plots:
            yield f"![{plot.title}]({folder}/{plot.name}.svg)\n"


def _targets(sections: Sequence[Section]) -> Iterable[str]:
    """Whether what is promised holds, of the parts that were measured."""
    figures = {name: value for section in sections for name, value in section.figures.items()}
    promised = (
        ("p95 from article to alert at 50 articles/s, 10,000 places, embedded broker", "embedded_p95_at_50", "s", 1.0, False),
        ("the same on Apache Kafka", "kafka_p95_at_50", "s", 1.0, False),
        ("sustained at 5 % relevant on two cores, embedded broker", "embedded_sustained", "articles/s", 500.0, True),
        ("the same on Apache Kafka", "kafka_sustained", "articles/s", 500.0, True),
    )  # fmt: skip
    rows = [
        (
            what,
            f"{'at least' if is_least else 'under'} {limit:g} {unit}",
            f"{figures[name]:,.2f} {unit}" if limit < 10 else f"{figures[name]:,.0f} {unit}",
            "yes" if (figures[name] >= limit) is is_least else "**no**",
        )
        for what, name, unit, limit, is_least in promised
        if name in figures
    ]
    if rows:
        yield markdown(Table(("what", "target", "measured", "met"), tuple(rows))) + "\n"


def markdown(table: Table) -> str:
    """Return a table in Markdown."""
    lines = [table.columns, ("---",) * len(table.columns), *table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def draw(plot: Plot, path: Path) -> None:
    """Draw a plot as SVG, the same bytes for the same points."""
    import matplotlib as mpl  # noqa: PLC0415  # only who draws needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context({"svg.hashsalt": "placewatch", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 3.4), layout="constrained")
        axes = figure.add_subplot()
        for name, points in plot.lines.items():
            axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
        if plot.is_log:
            axes.set_xscale("log")
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        if plot.limit is not None:
            axes.axhline(plot.limit, linestyle="--", color="grey", linewidth=1)
        axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
        figure.savefig(path, metadata={"Date": None})
