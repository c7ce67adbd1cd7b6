"""The reading measured on our own snippets: by half, by construction, and what is said where there is nothing to say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from extraction import ROOT, extract_all
from own_corpus import PUBLISHED, Snippet, snippets
from rich.console import Console
from rich.table import Table
from scoring import Tally, tally

from placewatch.actors import load_actors
from placewatch.record_base import place_id_of
from placewatch.settings import seeds_dir


CONSTRUCTIONS = ROOT / "artifacts" / "eval_by_construction.json"
Figures = dict[str, float]


def evaluate_own_dev(_: Path) -> Figures:
    """Return the figures on the half of our own snippets that rules are written from."""
    return _sum(t for s, t in own_tallies() if not s.is_for_testing).figures()


def evaluate_own_test(_: Path) -> Figures:
    """Return the figures on the half of our own snippets that nobody looks at."""
    return _sum(t for s, t in own_tallies() if s.is_for_testing).figures()


def evaluate_own_silence(_: Path) -> Figures:
    """Return how many of our own snippets that hold no report were left in silence, by half."""
    halves = {"dev": False, "test": True}
    tallies = {
        half: _sum(t for s, t in own_tallies() if s.is_for_testing is is_tested)
        for half, is_tested in halves.items()
    }
    return {half: round(1 - tally.false_alarms / 100, 4) for half, tally in tallies.items()}


@cache
def own_tallies() -> tuple[tuple[Snippet, Tally], ...]:
    """Return each of our own snippets with what was right and wrong in it."""
    own = list(snippets())
    rows = [
        {"id": s.snippet_id, "published": PUBLISHED, "title": s.title, "text": s.body} for s in own
    ]
    said = extract_all(rows, {label for snippet in own for label in snippet.places})
    actors = load_actors(seeds_dir() / "actors.yaml")
    found = []
    for snippet in own:
        labels = {place_id_of(label): label for label in snippet.places}
        answer = said[snippet.snippet_id]
        reports, statuses = (
            [
                {**item, "place": labels[place_id_of(item["place"])]}
                for item in answer[kind]
                if place_id_of(item["place"]) in labels
            ]
            for kind in ("reports", "statuses")
        )
        found.append((snippet, tally(snippet.reports, reports, statuses, actors)))
    return tuple(found)


def by_construction() -> dict[str, dict[str, dict[str, float]]]:
    """Return the figures on our own snippets by construction, for each half."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for construction in sorted({s.construction for s, _ in own_tallies()}):
        for half, is_tested in (("dev", False), ("test", True)):
            tallies = [
                t
                for s, t in own_tallies()
                if s.construction == construction and s.is_for_testing is is_tested
            ]
            total = _sum(tallies)
            counts = {"items": len(tallies), "tp": total.tp, "fp": total.fp, "fn": total.fn}
            found.setdefault(construction, {})[half] = {**counts, **total.figures()}
    return found


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for one in tallies:
        total += one
    return total


def write_constructions(*, is_printed: bool) -> None:
    """Write the figures by construction to the artifacts, and print them where they are asked for."""
    found = by_construction()
    CONSTRUCTIONS.parent.mkdir(exist_ok=True)
    CONSTRUCTIONS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    false_alarms = {
        half: _sum(t for s, t in own_tallies() if s.is_for_testing is is_tested).false_alarms
        for half, is_tested in (("dev", False), ("test", True))
    }
    print(f"own corpus, false alarms in a hundred items without a report: {false_alarms}")
    if not is_printed:
        return
    table = Table("construction", "half", "items", "tp", "fp", "fn", "f1", "factual", "actors")
    for construction, halves in found.items():
        for half, row in halves.items():
            shown = (row[key] for key in ("items", "tp", "fp", "fn"))
            shares = (f"{row[key]:.2f}" for key in ("reports_f1", "factual", "actors"))
            table.add_row(construction, half, *map(str, shown), *shares)
    Console(width=120).print(table)
