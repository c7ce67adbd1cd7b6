"""What the installed command says of articles: `placewatch extract` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from placewatch.record_base import place_id_of


ROOT = Path(__file__).resolve().parents[2]


def extract_all(articles: list[dict], labels: Iterable[str]) -> dict[str, dict]:
    """Return what the installed command says of articles, by id, watching the places of these labels."""
    with tempfile.TemporaryDirectory() as folder:
        watchlist, lines = Path(folder) / "watchlist.yaml", Path(folder) / "articles.jsonl"
        entries = {"places": [{"place": label} for label in one_label_an_id(labels)]}
        watchlist.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
        lines.write_text("\n".join(map(json.dumps, articles)), "utf-8")
        return extract(watchlist, [lines])


def extract(watchlist: Path, articles: list[Path]) -> dict[str, dict]:
    """Return what the installed command says of the articles, by article id."""
    command = [sys.executable, "-m", "placewatch", "extract", "--watchlist", str(watchlist)]
    done = subprocess.run(
        [*command, *map(str, articles)], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
    )  # what it complains of is printed
    said = map(json.loads, done.stdout.splitlines())
    return {row["article_id"]: row for row in said}


def one_label_an_id(labels: Iterable[str]) -> list[str]:
    """Return the labels, sorted, one for each place id: a watchlist takes no twins of one id."""
    first: dict[str, str] = {}
    for label in labels:
        first.setdefault(place_id_of(label), label)
    return sorted(first.values())
