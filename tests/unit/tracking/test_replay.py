"""Replay: in stream time, the same bytes each time, without holding the archive."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tracemalloc
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime, timedelta

import pytest

from placewatch.cli.replay import (
    REORDER_LINES,
    in_order,
    line_of,
    read_all,
    steps_of,
)
from placewatch.errors import ModelError
from placewatch.places import Watchlist
from placewatch.settings import Settings


START = datetime(2024, 12, 1, 8, tzinfo=UTC)


def write(path, rows):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def row(number, hours, text="Nothing happened."):
    at = START + timedelta(hours=hours)
    return {"id": f"i{number}", "source": "x.example", "published": at.isoformat(), "text": text}


def test_files_are_merged_by_time(tmp_path):
    first = write(tmp_path / "a.jsonl", [row(1, 0), row(3, 2)])
    second = write(tmp_path / "b.jsonl.gz", [row(2, 1), row(4, 3)])
    assert [a.article_id for a in in_order([first, second])] == ["i1", "i2", "i3", "i4"]


def test_lines_out_of_place_are_put_in_order(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(2, 5), row(1, 1), row(3, 9)])
    assert [a.article_id for a in in_order([path])] == ["i1", "i2", "i3"]


def test_an_edit_comes_when_it_was_made(tmp_path):
    edit = row(1, 0) | {"revision": 1, "updated_at": row(1, 5)["published"]}
    path = write(tmp_path / "a.jsonl", [row(1, 0), edit, row(2, 2)])
    assert [(a.article_id, a.revision) for a in in_order([path])] == [
        ("i1", 0),
        ("i2", 0),
        ("i1", 1),
    ]


def test_only_a_window_of_a_file_is_held(tmp_path):
    text = "x" * 2_000
    path = write(tmp_path / "a.jsonl", (row(n, n / 10, text) for n in range(4 * REORDER_LINES)))
    tracemalloc.start()
    for _ in in_order([path]):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * REORDER_LINES * (len(text) + 3_000)


@pytest.fixture
def told(reading, watched, at):
    """The alerts of three readings of Smallville, with the shipped actors and sources."""
    readings = [
        (at(days=d), (reading(state="threatened", actor="ABC", when=at(days=d)),)) for d in (0, 3)
    ]
    readings.append((at(days=40), ()))
    settings = Settings(_env_file=None)
    return [a for s in steps_of(readings, Watchlist((watched,)), settings) for a in s.alerts]


def test_a_threat_nobody_mentions_lapses_at_its_own_moment(told):
    assert [(a.control.value, a.msg_type.value) for a in told] == [
        ("threatened", "Alert"),
        ("held", "Update"),
    ]
    assert told[1].at == datetime(2025, 1, 1, 8, 0, 0, 1, tzinfo=UTC)


def test_a_line_has_what_scorers_look_for(told):
    line = json.loads(line_of(told[0]))
    assert line["status"] == "threatened"
    assert {"alert_id", "at", "place", "holder", "certainty", "msg_type"} <= set(line)


WATCHLIST = """
places:
  - {place: "Rastan, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
"""


def replayed(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "placewatch", "replay", "--quiet", *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=300,
        env={"PATH": "/usr/bin:/bin", "PLACEWATCH_STATE_DIR": str(tmp_path / "state")},
    )


@pytest.mark.model
def test_the_command_prints_the_same_bytes_with_any_number_of_processes(tmp_path):
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    rows = [row(n, n) for n in range(70)]
    rows.append(row(71, 71, "Syrian rebels captured Rastan on Wednesday."))
    rows.append(row(72, 75, "The army said it had withdrawn from Rastan."))
    path = write(tmp_path / "a.jsonl", rows)
    first = replayed(tmp_path, "--watchlist", watchlist, path)
    second = replayed(tmp_path, "--watchlist", watchlist, "--processes", "1", path)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    alerts = [json.loads(line) for line in first.stdout.splitlines()]
    assert (alerts[0]["place"], alerts[0]["status"]) == ("Rastan, Syria", "held")


@pytest.mark.model
def test_an_edit_takes_back_what_it_no_longer_says(tmp_path):
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    edit = row(1, 0, "The fair in town opens at noon.") | {
        "revision": 1,
        "updated_at": row(1, 5)["published"],
    }
    path = write(
        tmp_path / "a.jsonl",
        [row(1, 0, "Syrian rebels captured Rastan on Sunday."), edit, row(2, 9)],
    )
    result = replayed(tmp_path, "--watchlist", watchlist, path)
    alerts = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(a["msg_type"], a["at"]) for a in alerts] == [
        ("Alert", "2024-12-01T08:00:00Z"),
        ("Cancel", "2024-12-01T13:00:00Z"),
    ]


@pytest.mark.model
def test_an_article_recorded_twice_is_told_once(tmp_path):
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    taken = row(1, 0, "Syrian rebels captured Rastan on Sunday.")
    path = write(tmp_path / "a.jsonl", [taken, taken])
    assert len(replayed(tmp_path, "--watchlist", watchlist, path).stdout.splitlines()) == 1


@pytest.mark.model
def test_what_holds_in_the_end_is_written_sorted_by_place(tmp_path):
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(
        WATCHLIST
        + '  - {place: "Homs, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}\n'
    )
    path = write(tmp_path / "a.jsonl", [row(1, 0, "Syrian rebels captured Rastan on Sunday.")])
    statuses = tmp_path / "statuses.jsonl"
    result = replayed(tmp_path, "--watchlist", watchlist, "--statuses", statuses, path)
    assert result.returncode == 0, result.stderr
    held = [json.loads(line) for line in statuses.read_text().splitlines()]
    assert [(s["place"], s["holder"]) for s in held] == [
        ("Homs, Syria", "Syrian government"),
        ("Rastan, Syria", "Syrian rebels"),
    ]


def test_the_command_says_when_the_statuses_cannot_be_written(tmp_path):
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text("places: []")
    result = replayed(
        tmp_path, "--watchlist", watchlist, "--statuses", tmp_path, write(tmp_path / "a.jsonl", [])
    )
    assert result.returncode == 78
    assert b"name another file" in result.stderr


def test_the_command_names_a_file_that_is_not_there(tmp_path):
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text("places: []")
    result = replayed(tmp_path, "--watchlist", watchlist, tmp_path / "none.jsonl")
    assert result.returncode == 66
    assert b"there is no file" in result.stderr


class FakeBrokenPool:
    """Stands for a pool whose processes die at start: a real one would need a broken model to be installed."""

    def __init__(self, **_options):
        self.was_shut_down = False

    def submit(self, *_call):
        raise BrokenProcessPool("a child ended")

    def shutdown(self, **_options):
        self.was_shut_down = True


def test_a_reading_process_that_dies_is_told_with_what_to_do(tmp_path, monkeypatch, watched):
    monkeypatch.setattr("placewatch.cli.replay.ProcessPoolExecutor", FakeBrokenPool)
    path = write(tmp_path / "a.jsonl", [row(1, 0, "Smallville has fallen.")])
    places = Watchlist((watched.model_copy(update={"aliases": ("Smallville",)}),))
    with pytest.raises(ModelError, match="placewatch doctor"):
        list(read_all(in_order([path]), places, Settings(_env_file=None), 1))
