from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


pytestmark = [pytest.mark.model, pytest.mark.slow]

ARTICLES = [
    {"id": "one", "published": "2024-12-06", "title": "", "text": "Syrian rebels captured Hama."},
    {"id": "two", "published": "2024-12-06", "title": "Weather", "text": "It will rain."},
    {
        "id": "three",
        "published": "2024-12-06",
        "title": "",
        "text": "Homs is under siege by rebels.",
    },
]


@pytest.fixture
def watchlist(tmp_path):
    path = tmp_path / "watchlist.yaml"
    path.write_text("places:\n  - place: Hama, Syria\n  - place: Homs, Syria\n", "utf-8")
    return path


def _extract(
    *arguments: str, stdin: str | None = None, hash_seed: str = "0"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "placewatch", "extract", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, env=environment
    )


def test_one_line_an_article_in_their_order(watchlist, tmp_path):
    articles = tmp_path / "articles.jsonl"
    articles.write_text("\n".join(map(json.dumps, ARTICLES)), "utf-8")
    done = _extract("--watchlist", str(watchlist), str(articles))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["article_id"] for row in rows] == ["one", "two", "three"]
    assert rows[0]["statuses"] == [
        {"place": "Hama, Syria", "state": "held", "holder": "Syrian rebels"}
    ]
    assert rows[0]["reports"][0]["evidence"] == "Syrian rebels captured Hama."
    assert rows[1] == {"article_id": "two", "reports": [], "statuses": []}
    assert rows[2]["reports"][0]["state"] == "besieged"


def test_standard_input_and_two_processes_say_the_same(watchlist):
    lines = "\n".join(map(json.dumps, ARTICLES))
    one = _extract("--watchlist", str(watchlist), stdin=lines)
    two = _extract("--watchlist", str(watchlist), "--processes", "2", stdin=lines)
    assert one.stdout.count("\n") == len(ARTICLES)
    assert one.stdout == two.stdout


def test_the_order_of_hashes_makes_no_difference(watchlist):
    lines = "\n".join(map(json.dumps, ARTICLES))
    one = _extract("--watchlist", str(watchlist), stdin=lines, hash_seed="1")
    two = _extract("--watchlist", str(watchlist), stdin=lines, hash_seed="2")
    assert one.stdout == two.stdout


def test_a_broken_line_is_named(watchlist):
    done = _extract("--watchlist", str(watchlist), stdin="{}\n")
    assert done.returncode == 65
    assert "standard input, line 1" in done.stderr


def test_a_shipped_watchlist_is_named_by_its_name():
    done = _extract("--watchlist", "syria", stdin=json.dumps(ARTICLES[0]))
    assert done.returncode == 0, done.stderr
    assert [s["place"] for s in json.loads(done.stdout)["statuses"]] == ["Hama, Syria"]
