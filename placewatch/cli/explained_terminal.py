"""Explained articles for a terminal: colours where there are any, brackets where there are none."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from placewatch.cli.explained import (
    Explained,
    MarkedSentence,
    Open,
    facts,
    marked_sentences,
    shown,
    status_line,
)
from placewatch.records import Report
from placewatch.vocabulary import MarkRole


STYLES = {
    MarkRole.PLACE: "black on green",
    MarkRole.TRIGGER: "black on yellow",
    MarkRole.ACTOR: "black on bright_cyan",
    MarkRole.AGAINST: "black on bright_magenta",
    MarkRole.SPEAKER: "black on bright_blue",
}


def print_explained(explained: Explained, console: Console) -> None:
    """Print an article's sentences that carry reports, and why each report was made."""
    is_coloured = console.color_system is not None and not console.no_color
    head = [explained.article_id, explained.published, explained.source_id, explained.title]
    lines = [Text(" · ".join(shown(part) for part in head if part), style="bold")]
    sentences = marked_sentences(explained)
    if not sentences:
        lines.append(Text("  no report", style="dim"))
    for sentence in sentences:
        lines.append(_sentence(sentence, is_coloured=is_coloured))
        lines.extend(_report(report) for report in sentence.reports)
    lines.extend(
        Text(f"  => {shown(status_line(status))}", style="bold") for status in explained.statuses
    )
    console.print(
        Text("\n").join(lines), end="\n\n", highlight=False, soft_wrap=not console.is_terminal
    )


def _sentence(sentence: MarkedSentence, *, is_coloured: bool) -> Text:
    line = Text("  ")
    styles = [""]
    for piece in sentence.pieces():
        if isinstance(piece, str):
            line.append(shown(piece), styles[-1])
        elif isinstance(piece, Open):
            styles.append(STYLES[piece.marked.role])
            line.append(" " if is_coloured else "[", styles[-1])
        else:
            label = f" {shown(piece.marked.label)}"
            line.append(label, f"bold {styles[-1]}")
            line.append(" " if is_coloured else "]", styles.pop())
    return line


def _report(report: Report) -> Text:
    line = Text(f"    {shown(report.place)}: {report.state}, {report.factuality}", style="italic")
    for name, value in facts(report):
        line.append(f"\n      {name:<9}{shown(value)}", "dim not italic")
    return line
