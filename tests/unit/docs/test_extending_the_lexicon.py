"""Every step of docs/extending-the-lexicon.md is done as a reader of the page would do it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml


PAGE = Path(__file__).resolve().parents[3] / "docs" / "extending-the-lexicon.md"
BLOCK = re.compile(r"^```yaml (?P<what>\S+)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> dict[str, list[tuple[str, str]]]:
    """Return the fenced YAML of each section by its heading, as (what it is, content)."""
    sections = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = {
        s.partition("\n")[0]: [m.group("what", "content") for m in BLOCK.finditer(s)]
        for s in sections
    }
    return {heading: blocks for heading, blocks in found.items() if blocks}


STEPS = steps()
TRIED = [heading for heading, blocks in STEPS.items() if "try" in dict(blocks)]


def lexicon_of(heading: str, folder: Path) -> Path:
    for what, content in STEPS[heading]:
        if what.startswith("file="):
            (folder / what.removeprefix("file=")).write_text(content, "utf-8")
    return folder


def placewatch(*arguments: str, lexicon: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "placewatch", *arguments]
    environment = {**os.environ, "PLACEWATCH_LEXICON": str(lexicon)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=PAGE.parents[1]
    )


def test_the_page_has_a_step_for_each_kind():
    files = {what for blocks in STEPS.values() for what, _ in blocks}
    assert {"file=frames.yaml", "file=nouns.yaml", "file=actors.yaml", "file=states.yaml"} <= files
    assert len(TRIED) == 5


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("heading", TRIED)
def test_a_step_reads_what_it_says(heading, tmp_path):
    (folder := tmp_path / "lexicon").mkdir()
    lexicon_of(heading, folder)
    tries = [
        t for what, content in STEPS[heading] if what == "try" for t in yaml.safe_load(content)
    ]
    rows = [
        {"id": str(i), "published": "2025-03-05", "title": "", "text": t["text"]}
        for i, t in enumerate(tries)
    ]
    articles, watchlist = tmp_path / "articles.jsonl", tmp_path / "watchlist.yaml"
    articles.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    watchlist.write_text('places: [{place: "Homs, Syria"}, {place: "Hama, Syria"}]', "utf-8")
    done = placewatch("extract", "--watchlist", str(watchlist), str(articles), lexicon=folder)
    assert done.returncode == 0, done.stderr
    for row, tried in zip(map(json.loads, done.stdout.splitlines()), tries, strict=True):
        if tried["says"] == "nothing":
            assert row["reports"] == [], tried["text"]
            continue
        wanted = {"place": "Homs, Syria", **tried["says"]}
        reports = [{k: r.get(k) for k in wanted} for r in row["reports"]]
        assert wanted in reports, f"{tried['text']}: {reports}"
        if "status" in tried:
            assert tried["status"] in [s["state"] for s in row["statuses"]], row["statuses"]


@pytest.mark.parametrize(
    "heading", [h for h, blocks in STEPS.items() if "scenario" in dict(blocks)]
)
def test_the_scenario_alerts_as_it_says(heading, tmp_path):
    (folder := tmp_path / "lexicon").mkdir()
    lexicon_of(heading, folder)
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(dict(STEPS[heading])["scenario"], "utf-8")
    done = placewatch("test", str(scenario), lexicon=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    refused = placewatch("test", str(scenario), lexicon=tmp_path)
    assert refused.returncode == 78
    assert "steps.0.report.state" in refused.stderr


def test_schemas_know_the_declared_states(tmp_path):
    (folder := tmp_path / "lexicon").mkdir()
    lexicon_of(next(h for h in STEPS if "brings a status" in h), folder)
    done = placewatch("schemas", str(tmp_path / "contracts"), lexicon=folder)
    assert done.returncode == 0, done.stderr
    schema = json.loads((tmp_path / "contracts" / "Alert.json").read_text("utf-8"))
    assert "quarantine_lifted" in schema["$defs"]["State"]["enum"]
    control = {**schema, "properties": {"control": schema["properties"]["control"]}, "required": []}
    jsonschema.validate({"control": "quarantined"}, control)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"control": "quarantnied"}, control)
