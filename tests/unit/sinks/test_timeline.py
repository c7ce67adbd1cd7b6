"""A place's past as a picture: what is in it, that it is drawn, that it can be read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from placewatch.cli.timeline_plot import check_drawable, drawn, save
from placewatch.errors import ConfigError
from placewatch.records import Alert, Origin
from placewatch.vocabulary import Control
from sinks.timeline import Timeline, timeline


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
REBELS = Origin(origin_id="rebels", name="Rebels", side="syrian-opposition")
ARMY = Origin(origin_id="army", name="Army", side="syrian-government")
COURSE = ["threatened", "contested", "held", "besieged", "vacated", "held", "evacuated"]


@pytest.fixture
def past(make_alert, make_event, make_citation) -> Callable[[int], Timeline]:
    """A past of so many changes, a day and a half apart, each told by a rebel and denied by the army."""

    def build(changes: int) -> Timeline:
        alerts: list[Alert] = []
        events = []
        before: dict[str, object] = {"previous_control": "held", "previous_holder": "Government"}
        for number in range(changes):
            at = NOON + timedelta(hours=36 * number)
            holder = ("Government", "Syrian rebels")[number // len(COURSE) % 2]
            control = COURSE[number % len(COURSE)]
            alerts.append(
                make_alert(
                    number,
                    at=at,
                    since=at - timedelta(hours=2),
                    control=control,
                    holder=holder,
                    certainty=("claimed", "confirmed", "disputed")[number % 3],
                    msg_type=("Alert", "Alert", "Update", "Cancel")[number % 4],
                    **before,
                )
            )
            before = {"previous_control": control, "previous_holder": holder}
            told = make_citation(2 * number, origin=REBELS, published_at=at)
            denied = make_citation(
                2 * number + 1,
                origin=ARMY,
                published_at=at + timedelta(hours=5),
                factuality="denied",
            )
            events.append(
                make_event(
                    number,
                    actor="Syrian rebels",
                    side="syrian-opposition",
                    citations=(told, denied),
                )
            )
        return timeline("Rastan, Syria", alerts, events, None)

    return build


def test_what_held_has_no_gaps_and_begins_when_it_did(past) -> None:
    found = past(3)
    assert [(s.control.value, s.holder) for s in found.segments] == [
        ("held", "Government"),
        ("threatened", "Government"),
        ("contested", "Government"),
        ("held", "Government"),
    ]
    ends = [segment.end for segment in found.segments]
    assert [segment.start for segment in found.segments[1:]] == ends[:-1]
    assert (found.segments[0].start, ends[-1]) == (found.start, found.end)
    assert found.segments[1].start == NOON - timedelta(hours=2)


def test_an_update_of_certainty_is_no_other_segment_and_a_cancel_begins_when_it_came(
    make_alert,
) -> None:
    alerts = [
        make_alert(0, at=NOON, previous_control="held", previous_holder="Government"),
        make_alert(1, at=NOON + timedelta(hours=3), msg_type="Update", certainty="confirmed"),
        make_alert(
            2,
            at=NOON + timedelta(hours=9),
            msg_type="Cancel",
            holder="Government",
            since=NOON - timedelta(days=9),
        ),
    ]
    segments = timeline("Rastan, Syria", alerts, [], None).segments
    assert [(s.holder, s.start) for s in segments[1:]] == [
        ("Hayat Tahrir al-Sham", NOON),
        ("Government", NOON + timedelta(hours=9)),
    ]


def test_holders_have_the_side_that_events_give_them(past) -> None:
    sides = {s.holder: s.side for s in past(9).segments}
    assert sides == {"Government": "government", "Syrian rebels": "syrian-opposition"}


def test_a_report_cited_by_two_events_is_one_tick(make_status, make_event, make_citation) -> None:
    idle = make_citation(1, counted="historical")
    events = [make_event(1, citations=(make_citation(1),)), make_event(2, citations=(idle,))]
    (tick,) = timeline("Rastan, Syria", [], events, make_status()).ticks
    assert tick.has_counted


def test_a_place_without_alerts_shows_what_holds(make_status) -> None:
    (segment,) = timeline("Rastan, Syria", [], [], make_status()).segments
    assert (segment.control, segment.holder) == (Control.HELD, "Hayat Tahrir al-Sham")


def test_a_place_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        timeline("Rastan, Syria", [], [], None)


def test_only_png_and_svg_are_drawn() -> None:
    with pytest.raises(ConfigError, match=r"ends in \.png or \.svg"):
        check_drawable(Path("past.pdf"))


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match="pip install matplotlib"):
        check_drawable(Path("past.png"))


@pytest.fixture
def _drawing() -> None:
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")


@pytest.mark.usefixtures("_drawing")
@pytest.mark.parametrize("changes", [3, 60])
def test_the_svg_has_every_mark(past, tmp_path: Path, changes: int) -> None:
    found = past(changes)
    save(found, tmp_path / "past.svg")
    marks = [
        element.get("id") or ""
        for element in ET.parse(tmp_path / "past.svg").iter()  # noqa: S314  # our own file
    ]
    assert sum(m.startswith("alert-") for m in marks) == changes
    assert sum(m.startswith("segment-") for m in marks) == len(found.segments) == changes + 1
    assert sum(m.endswith("-claim") for m in marks) == changes
    assert sum(m.endswith("-denial") for m in marks) == changes
    text = (tmp_path / "past.svg").read_text(encoding="utf-8")
    assert "Rastan, Syria" in text
    assert all(f"held by {name}" in text for name in {s.holder for s in found.segments})


@pytest.mark.usefixtures("_drawing")
def test_the_same_past_is_the_same_svg(past, tmp_path: Path) -> None:
    for name in ("first.svg", "again.svg"):
        save(past(5), tmp_path / name)
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()


@pytest.mark.usefixtures("_drawing")
def test_the_png_has_1200_by_500_pixels(past, tmp_path: Path) -> None:
    save(past(3), tmp_path / "past.png")
    head = (tmp_path / "past.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (1200, 500)


@pytest.mark.usefixtures("_drawing")
@pytest.mark.parametrize("changes", [1, 3, 12, 60])
def test_no_text_overlaps_another_or_leaves_the_picture(past, changes: int) -> None:
    figure = drawn(past(changes))
    agg = pytest.importorskip("matplotlib.backends.backend_agg")
    agg.FigureCanvasAgg(figure).draw()
    text = pytest.importorskip("matplotlib.text").Text
    texts = [t for t in figure.findobj(text) if t.get_visible() and t.get_text().strip()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    assert len(boxes) > 8
    clashes = [(a, b) for (a, x), (b, y) in combinations(boxes, 2) if x.overlaps(y)]
    assert clashes == []
    outside = [t for t, box in boxes if box.x0 < 0 or box.x1 > 1200 or box.y0 < 0 or box.y1 > 500]
    assert outside == []


@pytest.mark.usefixtures("_drawing")
def test_holders_differ_in_colour_and_what_is_pressed_is_hatched(past) -> None:
    figure = drawn(past(12))
    bar = pytest.importorskip("matplotlib.patches").Rectangle
    bars = {p.get_gid(): p for p in figure.findobj(bar) if p.get_gid()}
    kinds = {gid.rpartition("-")[2]: patch.get_hatch() for gid, patch in bars.items()}
    assert all(kinds[name] for name in ("contested", "besieged", "threatened", "vacated"))
    assert not kinds["held"]
    assert len(set(kinds.values())) == len(kinds)
    assert len({patch.get_facecolor() for patch in bars.values()}) == 2
