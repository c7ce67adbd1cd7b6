"""Draws a place's past: who held it, which alerts were sent, who said so and who denied it.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; what is hatched, hollow or
crossed can be read without colour too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from placewatch.errors import ConfigError
from placewatch.vocabulary import Certainty, Control, MsgType


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend_handler import HandlerBase
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    from sinks.timeline import Segment, Timeline

SUFFIXES = (".png", ".svg")
_SIZE_INCHES = (12, 5)
_DPI = 100
# Okabe and Ito (2008); black is kept for text and marks.
_PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
_NEUTRAL = "#6E6E6E"
_NOBODY = "#E4E4E4"
_HATCHES = {
    Control.CONTESTED: "////",
    Control.BESIEGED: "xxx",
    Control.THREATENED: "...",
    Control.VACATED: "--",
}
# Evacuations, closures, outages and whatever else is declared as a state.
_CIVIL_HATCH = "\\\\\\\\"
_PLAIN = frozenset({Control.HELD, Control.UNKNOWN, Control.NORMAL, Control.OPEN})
_ROWS = {
    Certainty.SETTLED: 3,
    Certainty.CONFIRMED: 3,
    Certainty.CLAIMED: 2,
    Certainty.DISPUTED: 1,
}
_MARKERS = {MsgType.ALERT: "v", MsgType.UPDATE: "D", MsgType.CANCEL: "X"}
_MOST_SIDES = 5
_MOST_CHARS = 20


def check_drawable(path: Path) -> None:
    """Check, before anything is read, that a picture can be drawn into `path`.

    Raises:
        ConfigError: it is neither PNG nor SVG, or matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{path} cannot be drawn: name a file that ends in .png or .svg")
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise ConfigError(
            "drawing needs matplotlib, which is not installed: run `python -m pip install matplotlib`, "
            "or install placewatch with its extra `plot`"
        ) from error
    mpl.use("agg")


def save(past: Timeline, path: Path) -> None:
    """Draw a place's past into a file, 1200 by 500 pixels; the same past always gives the same SVG.

    Raises:
        ConfigError: the file cannot be written, or `check_drawable` would refuse it.
    """
    check_drawable(path)
    import matplotlib as mpl

    # Text stays text in SVG, so that it can be searched and read aloud.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "placewatch"}):
        figure = drawn(past)
        try:
            metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
            figure.savefig(path, dpi=_DPI, metadata=metadata)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def drawn(past: Timeline) -> Figure:
    """Return the picture: alerts by certainty above, what held in the middle, reports by side below."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI)
    sides = _sides_told(past)
    above, band, below = figure.subplots(
        3, 1, sharex=True, height_ratios=(3, 2.2, max(len(sides), 1) * 0.75)
    )
    figure.subplots_adjust(left=0.17, right=0.975, top=0.925, bottom=0.235, hspace=0.06)
    figure.suptitle(_printable(past.place), x=0.015, y=0.985, ha="left", fontsize=13, weight="bold")
    figure.text(0.985, 0.985, _printable(_now(past)), ha="right", va="top", fontsize=10)
    colours = _colours(past)
    below.set_xlim(past.start, past.end)
    _draw_alerts(above, past)
    _draw_band(band, past, colours)
    _draw_ticks(below, past, sides, colours)
    locator = AutoDateLocator(minticks=4, maxticks=9)
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    for axes in (above, band, below):
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0, labelsize=9)
        axes.tick_params(axis="x", labelsize=9)
    for axes in (above, band):
        axes.tick_params(axis="x", length=0)
        axes.spines["bottom"].set_visible(False)
    _draw_legend(figure, past, colours)
    return figure


def _draw_alerts(axes: Axes, past: Timeline) -> None:
    """Draw each alert: its row is how sure it is, its form what kind of message; claims are hollow."""
    axes.set_ylim(0.4, 3.7)
    axes.set_yticks([1, 2, 3], ["alert, disputed", "alert, claimed", "alert, confirmed"])
    axes.grid(axis="y", color="#EEEEEE")
    axes.set_axisbelow(True)
    for alert in past.alerts:
        is_sure = _ROWS[alert.certainty] == _ROWS[Certainty.CONFIRMED]
        (mark,) = axes.plot(
            [alert.at], [_ROWS[alert.certainty]],
            marker=_MARKERS[alert.msg_type], markersize=8, linestyle="",
            markerfacecolor="black" if is_sure else "white", markeredgecolor="black",
        )  # fmt: skip
        mark.set_gid(f"alert-{alert.alert_id}")


def _draw_band(axes: Axes, past: Timeline, colours: dict[str, str]) -> None:
    """Draw what held: the holder's colour, hatched where it is pressed, its name where there is room."""
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5], ["what held"])
    for number, segment in enumerate(past.segments):
        (patch,) = axes.barh(
            0.5, segment.end - segment.start, left=segment.start, height=0.86,
            facecolor=_colour(segment, colours), edgecolor="white", linewidth=0.6,
        )  # fmt: skip
        if hatch := _hatch(segment.control):
            patch.set(hatch=hatch, edgecolor="black" if segment.side is None else "white")
        patch.set_gid(f"segment-{number}-{segment.control.value}")
        _name(axes, segment)


def _name(axes: Axes, segment: Segment) -> None:
    """Write what held into its segment, or nothing where that would not fit."""
    middle = segment.start + (segment.end - segment.start) / 2
    control = segment.control.value.replace("_", " ")
    words = [segment.holder, control] if segment.holder else [control]
    label = axes.text(
        middle, 0.5, _printable("\n".join(words)), ha="center", va="center", fontsize=9,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2},
    )  # fmt: skip
    left, right = axes.transData.transform(
        [[axes.convert_xunits(moment), 0] for moment in (segment.start, segment.end)]
    )[:, 0]
    if label.get_window_extent().width + 12 > right - left:
        label.remove()


def _draw_ticks(
    axes: Axes, past: Timeline, sides: Sequence[str | None], colours: dict[str, str]
) -> None:
    """Draw each report on its side's row: a stroke says so, a cross denies it; pale ones did not count."""
    axes.set_ylim(len(sides) - 0.4, -0.6)
    axes.set_yticks(range(len(sides)), [_printable(_side_name(side)) for side in sides])
    axes.set_xlabel("UTC", loc="left", fontsize=9)
    rows = {side: row for row, side in enumerate(sides)}
    for number, tick in enumerate(past.ticks):
        row = rows.get(tick.side, len(sides) - 1)
        colour = colours.get(tick.side, _NEUTRAL) if tick.side else _NEUTRAL
        (mark,) = axes.plot(
            [tick.at], [row], linestyle="", marker="x" if tick.is_denial else "|",
            markersize=8 if tick.is_denial else 13, markeredgewidth=2, color=colour,
            alpha=1 if tick.has_counted else 0.35,
        )  # fmt: skip
        mark.set_gid(f"report-{number}-{'denial' if tick.is_denial else 'claim'}")


def _draw_legend(figure: Figure, past: Timeline, colours: dict[str, str]) -> None:
    from matplotlib.legend_handler import HandlerTuple

    handlers: dict[type, HandlerBase] = {tuple: HandlerTuple(ndivide=None)}
    entries = list(_legend(past, colours))
    figure.legend(
        [handle for handle, _ in entries], [label for _, label in entries],
        loc="lower center", ncols=min(len(entries), 6), fontsize=8.5, frameon=False,
        bbox_to_anchor=(0.5, 0.0), handler_map=handlers, columnspacing=1.6,
    )  # fmt: skip


def _legend(past: Timeline, colours: dict[str, str]) -> Iterator[tuple[Patch | Line2D, str]]:
    """Yield what stands for what, only of what is in the picture."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    names = {s.side: s.holder for s in past.segments if s.side and s.holder}
    for side, name in names.items():
        yield Patch(facecolor=colours[side]), _printable(f"held by {name}")
    if any(s.side is None for s in past.segments):
        yield Patch(facecolor=_NOBODY), "no known holder"
    for control in dict.fromkeys(s.control for s in past.segments):
        if hatch := _hatch(control):
            words = control.value.replace("_", " ")
            yield Patch(facecolor="white", edgecolor="black", hatch=hatch), words
    for kind, marker in _MARKERS.items():
        if any(a.msg_type is kind for a in past.alerts):
            yield (
                Line2D([], [], linestyle="", marker=marker, color="black", markersize=7),
                f"{kind.value} (hollow: not sure)" if kind is MsgType.ALERT else kind.value,
            )
    for is_denial, marker, label in ((False, "|", "says so"), (True, "x", "denies it")):
        if any(t.is_denial is is_denial for t in past.ticks):
            line = Line2D([], [], linestyle="", marker=marker, color=_NEUTRAL, markersize=10)
            line.set_markeredgewidth(2)
            yield line, f"{label} (pale: did not count)"


def _hatch(control: Control) -> str:
    """Return how a status is hatched; what is simply held, open or normal is not."""
    return "" if control in _PLAIN else _HATCHES.get(control, _CIVIL_HATCH)


def _now(past: Timeline) -> str:
    """Return what held last, since when and how sure, in one line."""
    last = past.segments[-1]
    joint = " by" if last.control is Control.HELD else ", held by"
    holder = f"{joint} {last.holder}" if last.holder else ""
    since = f" since {last.start:%Y-%m-%d %H:%M} UTC" if len(past.segments) > 1 else ""
    sure = f", {past.alerts[-1].certainty.value}" if past.alerts else ""
    return f"{last.control.value.replace('_', ' ')}{holder}{since}{sure}"


def _colours(past: Timeline) -> dict[str, str]:
    """Return each side's colour: holders first, in the order in which they come."""
    sides = [s.side for s in past.segments if s.side] + [t.side for t in past.ticks if t.side]
    ordered = list(dict.fromkeys(sides))
    return {side: _PALETTE[i % len(_PALETTE)] for i, side in enumerate(ordered)}


def _colour(segment: Segment, colours: dict[str, str]) -> str:
    return colours[segment.side] if segment.side else _NOBODY


def _sides_told(past: Timeline) -> list[str | None]:
    """Return the rows of reports: those without a side, then the sides that say most; the rest share the last row."""
    counts: dict[str | None, int] = {}
    for tick in past.ticks:
        counts[tick.side] = counts.get(tick.side, 0) + 1
    named = sorted((s for s in counts if s), key=lambda s: (-counts[s], s))
    rows: list[str | None] = [None, *named] if None in counts or not named else [*named]
    return rows[:_MOST_SIDES]


def _side_name(side: str | None) -> str:
    name = side.replace("-", " ") if side else "neutrals"
    is_long = len(name) > _MOST_CHARS
    return f"said by {name[: _MOST_CHARS - 1]}\u2026" if is_long else f"said by {name}"


def _printable(text: str) -> str:
    """Return text as it is: a dollar sign must not begin a formula."""
    return text.replace("$", r"\$")
