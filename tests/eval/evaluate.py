"""Measure the reading against our own corpus and the labelled news beside the checkout; fail when a pinned floor is missed.

    python tests/eval/evaluate.py             print the figures, exit 1 below a floor
    python tests/eval/evaluate.py --raise     also write floors that were exceeded; never lower one

    python tests/eval/evaluate.py --verbose   also our own corpus by construction (always in artifacts/)

Suites are functions that return their figures; a new one is added to SUITES and to floors.json. Our own corpus lies
beside this file; the labelled news is not part of the project, and without it its suites are skipped. A corpus whose digest is not the pinned one
is refused, because figures on other texts are not comparable.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from extraction import ROOT, extract, extract_all
from own_corpus import snippets
from own_suite import (
    evaluate_own_dev,
    evaluate_own_silence,
    evaluate_own_test,
    write_constructions,
)
from replay_labels import LABELS, labelled_rows
from rich.console import Console
from rich.table import Table
from scoring import CURRENT, Tally

from placewatch.record_base import place_id_of


EVALUATION = ROOT.parent / "shared" / "eval"
FLOORS = Path(__file__).with_name("floors.json")
# Some snippets have no date; any fixed one, called assumed, keeps the figures repeatable.
CHANGES_HANDS = frozenset({"captured", "recaptured", "withdrawn"})
UNDATED = {"published": "2020-01-01", "date_source": "assumed"}

# Figures trade against each other: a floor stands this far below what was measured when it was set.
MARGIN = 0.02

Figures = dict[str, float]


class CorpusChangedError(Exception):
    """A corpus is not the one the floors were measured on."""


def evaluate_dev(evaluation: Path) -> Figures:
    """Return the figures on the checked articles: those of the acceptance."""
    said = extract(evaluation / "dev_watchlist.yaml", [evaluation / "dev_articles.jsonl"])
    return scored(evaluation, rows_of(evaluation / "dev_gold.jsonl"), said)


def evaluate_held_back(evaluation: Path) -> Figures:
    """Return the figures on a part of the training articles that rules were partly written from: no regress."""
    return of_training(evaluation, is_held_back)


def evaluate_unseen(evaluation: Path) -> Figures:
    """Return the figures on the training articles set aside by both splits: the most honest ones, on few articles."""
    return of_training(evaluation, is_unseen)


def evaluate_feeds(evaluation: Path) -> Figures:
    """Return the figures on items of real feeds that we labelled and nobody learnt from: window w4 of the replays."""
    gold = labelled_rows(evaluation / "replay", "measuring")
    fields = ("id", "url", "published", "title", "text")
    articles = [{key: row[key] for key in fields} for row in gold]
    return scored(
        evaluation, gold, extract_all(articles, (p for row in gold for p in row["places"]))
    )


def of_training(evaluation: Path, is_in: Callable[[str], bool]) -> Figures:
    """Return the figures on the training articles whose id is in a part."""
    gold = [row for row in rows_of(evaluation / "train_gold.jsonl") if is_in(row["id"])]
    fields = ("id", "url", "published", "title", "text")
    articles = [
        {k: row.get(k) for k in fields} | ({} if row["published"] else UNDATED) for row in gold
    ]
    said = extract_all(articles, (label for row in gold for label in row["places"]))
    return scored(evaluation, gold, said)


def evaluate_seed(evaluation: Path) -> Figures:
    """Return the share of what must and must not be read in the story this project started from."""
    (said,) = extract(
        evaluation / "seed_watchlist.yaml", [evaluation / "seed_article.jsonl"]
    ).values()
    told = {(r["place"].split(",")[0], r["state"]) for r in said["reports"]}
    statuses = {s["place"].split(",")[0] for s in said["statuses"]}
    unconfirmed = [r for r in said["reports"] if r["factuality"] == "unconfirmed"]
    provincial = [r for r in said["reports"] if "Hama province" in r["evidence"]]
    checks = [
        all({(town, "entered"), (town, "captured")} & told for town in ("Rastan", "Talbiseh")),
        {("Hama", "captured"), ("Hama", "withdrawn"), ("Aleppo", "captured")} <= told,
        ("Homs", "threatened") in told,
        not statuses & {"Damascus", "Latakia", "Tartus", "Tripoli"},
        all(r["place"].startswith("Hama Governorate") for r in provincial),
        bool(unconfirmed) and all(r["state"] == "withdrawn" for r in unconfirmed),
    ]
    return {"checks": sum(checks) / len(checks)}


def evaluate_case2021(evaluation: Path) -> Figures:
    """Return how well a current change of hands, of any place, tells the snippets where territory changes hands."""
    rows = rows_of(evaluation / "case2021_dev.jsonl")
    articles = [{"id": r["id"], "title": "", "text": r["text"], **UNDATED} for r in rows]
    said = extract_all(articles, {name for row in rows for name in row["places"]})
    told = {
        row["id"]
        for row in rows
        if any(
            r["state"] in CHANGES_HANDS and r["factuality"] in CURRENT
            for r in said[row["id"]]["reports"]
        )
    }
    positive = {row["id"] for row in rows if row["positive"]}
    figures = Tally(
        tp=len(told & positive), fp=len(told - positive), fn=len(positive - told)
    ).figures()
    return {key: figures[f"reports_{key}"] for key in ("p", "r", "f1")}


class Suite(NamedTuple):
    """What is measured, and on which file; None is our own corpus, which is always there.

    Attributes:
        run: measures.
        corpus: the labelled texts, beside the checkout.
        labels: their labels, where those are a file of ours.
    """

    run: Callable[[Path], Figures]
    corpus: str | None
    labels: Path | None = None


SUITES = {
    "dev": Suite(evaluate_dev, "dev_gold.jsonl"),
    "held_back": Suite(evaluate_held_back, "train_gold.jsonl"),
    "unseen": Suite(evaluate_unseen, "train_gold.jsonl"),
    "feeds": Suite(evaluate_feeds, "replay/w4_ukraine_2023-01.jsonl.gz", LABELS / "measuring.txt"),
    "seed": Suite(evaluate_seed, "seed_article.jsonl"),
    "case2021": Suite(evaluate_case2021, "case2021_dev.jsonl"),
    "own_dev": Suite(evaluate_own_dev, None),
    "own_test": Suite(evaluate_own_test, None),
    "own_silence": Suite(evaluate_own_silence, None),
}


def digest_of(suite: Suite, evaluation: Path) -> str:
    """Return the digest of what a suite measures on."""
    if suite.corpus is not None:
        content = (evaluation / suite.corpus).read_bytes()
        content += suite.labels.read_bytes() if suite.labels is not None else b""
    else:
        content = "\n".join(sorted(map(repr, snippets()))).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def scored(evaluation: Path, gold: list[dict], said: dict[str, dict]) -> Figures:
    """Return the scorer's figures, flat."""
    for row in gold:
        own = {place_id_of(label): label for label in row["places"]}
        for item in (*said[row["id"]]["reports"], *said[row["id"]]["statuses"]):
            item["place"] = own.get(place_id_of(item["place"]), item["place"])
    result, _ = scorer(evaluation).score(gold, said, None)
    return {
        "reports_p": result["reports"]["P"],
        "reports_r": result["reports"]["R"],
        "reports_f1": result["reports"]["F1"],
        "factual": result["factual"]["accuracy"],
        "actors": result["actors"]["accuracy"],
        "statuses_p": result["statuses"]["P"],
        "statuses_f1": result["statuses"]["F1"],
        "holders": result["holders"]["accuracy"],
        "silence": result["silence"]["share"],
    }


def scorer(evaluation: Path) -> ModuleType:
    """Return the scorer that lies with the data, imported by its path."""
    spec = importlib.util.spec_from_file_location("score", evaluation / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(evaluation / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows_of(path: Path) -> list[dict]:
    """Return the JSON objects of a file of lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def is_held_back(article_id: str) -> bool:
    """Return whether an article is among the 30 % set aside first; later rules were written from most of them."""
    return int(hashlib.sha256(article_id.encode()).hexdigest()[:8], 16) % 10 >= 7


def is_unseen(article_id: str) -> bool:
    """Return whether an article was set aside by both splits that rules were ever written from: learn from others."""
    second = int(hashlib.md5(article_id.encode(), usedforsecurity=False).hexdigest(), 16) % 10
    return is_held_back(article_id) and second >= 7


def measured(evaluation: Path, floors: dict[str, dict], names: Iterable[str]) -> dict[str, Figures]:
    """Return the figures of each suite.

    Raises:
        CorpusChangedError: a corpus is not the one its floors were measured on.
    """
    figures = {}
    for name in names:
        suite = SUITES[name]
        digest = digest_of(suite, evaluation)
        pinned = floors.setdefault(name, {"digest": digest})["digest"]
        if pinned != digest:
            raise CorpusChangedError(
                f"{suite.corpus or 'our own corpus'} has digest {digest}, the floors of {name!r} were measured on {pinned}: "
                "restore the corpus, or measure anew and pin its digest by hand in floors.json"
            )
        figures[name] = suite.run(evaluation)
    return figures


def missed(figures: dict[str, Figures], floors: dict[str, dict]) -> list[str]:
    """Return one line for each floor that is not reached."""
    return [
        f"{name}.{key} is {value:.4f}, below its floor {floors[name][key]:.4f}"
        for name, values in figures.items()
        for key, value in values.items()
        if value < floors[name].get(key, 0.0)
    ]


def raised(figures: dict[str, Figures], floors: dict[str, dict]) -> dict[str, dict]:
    """Return the floors with each one that was exceeded at its new height; none goes down."""
    return {
        name: {
            **old,
            **{
                k: max(round(v - MARGIN, 4), old.get(k, 0.0))
                for k, v in figures.get(name, {}).items()
            },
        }
        for name, old in floors.items()
    }


def print_table(figures: dict[str, Figures], floors: dict[str, dict]) -> None:
    """Print figures and floors."""
    table = Table("suite", "figure", "value", "floor", title="Reading, measured")
    for name, values in figures.items():
        for key, value in values.items():
            floor = floors[name].get(key)
            style = "red" if floor is not None and value < floor else None
            table.add_row(
                name, key, f"{value:.4f}", "" if floor is None else f"{floor:.4f}", style=style
            )
    Console().print(table)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--raise", dest="is_raising", action="store_true", help="raise floors that were exceeded"
    )
    parser.add_argument("--suite", action="append", choices=sorted(SUITES), help="only these")
    parser.add_argument(
        "--verbose", action="store_true", help="also our own corpus by construction"
    )
    options = parser.parse_args(arguments)
    wanted = options.suite or [*SUITES]
    names = [name for name in wanted if EVALUATION.is_dir() or SUITES[name].corpus is None]
    if len(names) < len(wanted):
        print(f"skipped: {', '.join(n for n in wanted if n not in names)}: no data at {EVALUATION}")
    floors = json.loads(FLOORS.read_text("utf-8"))
    try:
        figures = measured(EVALUATION, floors, names)
    except CorpusChangedError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print_table(figures, floors)
    if any(SUITES[name].corpus is None for name in names):
        write_constructions(is_printed=options.verbose)
    faults = missed(figures, floors)
    for fault in faults:
        print(fault, file=sys.stderr)
    if options.is_raising:
        FLOORS.write_text(json.dumps(raised(figures, floors), indent=1) + "\n", "utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
