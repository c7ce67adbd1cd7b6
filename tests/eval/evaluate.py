"""Measure the reading against the labelled news beside the checkout; fail when a pinned floor is missed.

    python tests/eval/evaluate.py             print the figures, exit 1 below a floor
    python tests/eval/evaluate.py --raise     also write floors that were exceeded; never lower one

Suites are functions that return their figures; a new one is added to SUITES and to floors.json. The corpora are not
part of the project: without them this prints why it skips and exits 0. A corpus whose digest is not the pinned one
is refused, because figures on other texts are not comparable.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import yaml
from rich.console import Console
from rich.table import Table

from placewatch.records import place_id_of


ROOT = Path(__file__).resolve().parents[2]
EVALUATION = ROOT.parent / "shared" / "eval"
FLOORS = Path(__file__).with_name("floors.json")
# Some snippets have no date; any fixed one, called assumed, keeps the figures repeatable.
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


def of_training(evaluation: Path, is_in: Callable[[str], bool]) -> Figures:
    """Return the figures on the training articles whose id is in a part."""
    gold = [row for row in rows_of(evaluation / "train_gold.jsonl") if is_in(row["id"])]
    with tempfile.TemporaryDirectory() as folder:
        watchlist = Path(folder) / "watchlist.yaml"
        labels = one_label_an_id(label for row in gold for label in row["places"])
        entries = {"places": [{"place": label} for label in labels]}
        watchlist.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
        articles = Path(folder) / "articles.jsonl"
        fields = ("id", "url", "published", "title", "text")
        lines = [
            json.dumps({k: row.get(k) for k in fields} | ({} if row["published"] else UNDATED))
            for row in gold
        ]
        articles.write_text("\n".join(lines), "utf-8")
        said = extract(watchlist, [articles])
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


SUITES: dict[str, tuple[Callable[[Path], Figures], str]] = {
    "dev": (evaluate_dev, "dev_gold.jsonl"),
    "held_back": (evaluate_held_back, "train_gold.jsonl"),
    "unseen": (evaluate_unseen, "train_gold.jsonl"),
    "seed": (evaluate_seed, "seed_article.jsonl"),
}


def extract(watchlist: Path, articles: list[Path]) -> dict[str, dict]:
    """Return what the installed command says of the articles, by article id."""
    command = [sys.executable, "-m", "placewatch", "extract", "--watchlist", str(watchlist)]
    done = subprocess.run(
        [*command, *map(str, articles)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    said = map(json.loads, done.stdout.splitlines())
    return {row["article_id"]: row for row in said}


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


def one_label_an_id(labels: Iterable[str]) -> list[str]:
    """Return the labels, sorted, one for each place id: a watchlist takes no twins of one id."""
    first: dict[str, str] = {}
    for label in labels:
        first.setdefault(place_id_of(label), label)
    return sorted(first.values())


def measured(evaluation: Path, floors: dict[str, dict], names: Iterable[str]) -> dict[str, Figures]:
    """Return the figures of each suite.

    Raises:
        CorpusChangedError: a corpus is not the one its floors were measured on.
    """
    figures = {}
    for name in names:
        suite, corpus = SUITES[name]
        digest = hashlib.sha256((evaluation / corpus).read_bytes()).hexdigest()[:16]
        pinned = floors.setdefault(name, {"digest": digest})["digest"]
        if pinned != digest:
            raise CorpusChangedError(
                f"{corpus} has digest {digest}, the floors of {name!r} were measured on {pinned}: "
                "restore the corpus, or measure anew and pin its digest by hand in floors.json"
            )
        figures[name] = suite(evaluation)
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
    options = parser.parse_args(arguments)
    if not EVALUATION.is_dir():
        print(
            f"skipped: there is no evaluation data at {EVALUATION}; it is not part of the project"
        )
        return 0
    floors = json.loads(FLOORS.read_text("utf-8"))
    try:
        figures = measured(EVALUATION, floors, options.suite or SUITES)
    except CorpusChangedError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print_table(figures, floors)
    faults = missed(figures, floors)
    for fault in faults:
        print(fault, file=sys.stderr)
    if options.is_raising:
        FLOORS.write_text(json.dumps(raised(figures, floors), indent=1) + "\n", "utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
