"""The report says what was measured, whether targets are met, and draws its plots; small parts really run."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import kept_sections
from capacity import NEEDED
from copies import by_shingles, labelled_texts, scored
from found_places import Labelled, judged
from live import quantile
from lxml import etree
from pages import write_report
from section import Plot, Section, Table

from placewatch.records import WatchedPlace


def section(part: str, **figures: float) -> Section:
    made = Section(part, f"About {part}", figures=figures)
    made.text.append("What it is.")
    made.tables["Counts"] = Table(("what", "how many"), (("towns", "3"),))
    lines = {"towns": [(1.0, 2.0), (10.0, 3.0)]}
    made.plots.append(Plot(f"of-{part}", "Towns", "x", "y", lines, limit=1.0))
    return made


def test_a_part_is_read_as_it_was_kept(tmp_path: Path) -> None:
    section("costs", a=1.5).save(tmp_path)
    assert kept_sections(tmp_path) == [section("costs", a=1.5)]


def test_the_report_has_tables_plots_machine_and_whether_targets_are_met(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    made = section("latency", embedded_p95_at_50=0.4, embedded_sustained=499.0)
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "of-yesterday.svg").write_text("old")
    write_report([made], path)
    text = path.read_text()
    assert "| towns | 3 |" in text
    assert made.machine in text
    assert made.at in text
    met = {
        line.split("|")[3].strip(): line.split("|")[4].strip()
        for line in text.splitlines()
        if "broker |" in line
    }
    assert met == {"0.40 s": "yes", "499 articles/s": "**no**"}
    (plot,) = (tmp_path / "benchmarks").iterdir()
    assert "benchmarks/of-latency.svg" in text
    assert etree.parse(plot).getroot().tag.endswith("svg")
    before = plot.read_bytes()
    write_report([made], path)
    assert plot.read_bytes() == before


def test_the_model_is_computed_when_its_parts_were_measured(tmp_path: Path) -> None:
    figures = {
        "embedded_worker_ms": 3.0,
        "embedded_broker_ms": 0.5,
        **dict.fromkeys(NEEDED, 1000.0),
    }
    figures |= {"gate_mb_at_most_places": 50.0, "most_places": 100_000.0}
    figures |= {"records:placewatch.readings.v1": 200.0, "bytes:placewatch.readings.v1": 400_000.0}
    figures |= {"gate_ms_at_most_places": 0.2, "gate_ms_at_10000": 0.1}
    section("costs", **figures).save(tmp_path)
    _, model = kept_sections(tmp_path)
    rows = {row[0]: row for row in model.tables["What it takes"].rows}
    # A million a day are 11.57 a second; at 3.1 ms each, five times as many at the peak, a core 60 % busy.
    assert rows["cores of workers"][2] == "0.04 on average, 0.3 to have"
    # 0.2 readings an article of 2,000 bytes, for thirty days.
    assert rows["disk of placewatch.readings.v1"][2] == "11 GiB"


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (95, 4.0), (100, 4.0), (1, 1.0)])
def test_a_quantile_is_one_of_the_values(percent: int, value: float) -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], percent) == value


def test_copies_are_labelled_and_found_by_their_story() -> None:
    texts = labelled_texts(4)
    assert len({text.text_id for text in texts}) == len(texts)
    assert {text.story for text in texts if text.kind == "told independently"} == {None}
    score = scored(texts, by_shingles)
    assert score.recall > 0.8
    wrong = scored(texts, lambda some: {text.text_id: some[0].text_id for text in some[1:]})
    assert wrong.precision < 0.5


def test_a_finder_is_judged_by_the_labels() -> None:
    place = WatchedPlace(
        place_id="hama-syria", place="Hama, Syria", name="Hama", country="Syria", aliases=("Hama",)
    )
    told = [
        Labelled("Fighting in Hama.", frozenset({"Hama, Syria"})),
        Labelled("Nothing of it.", frozenset({"Hama, Syria"})),
    ]
    found = judged(told, [place])["placewatch's gate"]
    assert (found.precision, found.recall) == (1.0, 0.5)
