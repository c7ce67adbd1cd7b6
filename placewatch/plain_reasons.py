"""Reasons in plain English: tracking's enumerated words, as data in `data/reasons.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from placewatch.datafile import read_mapping
from placewatch.errors import ConfigError


Kind = Literal["counted", "joined", "grounds", "move"]


def plain_reason(kind: Kind, word: str) -> str:
    """Return what a reason means in plain English; a word that is not known, of a newer worker, as it is."""
    return _reasons()[kind].get(word, word.replace("_", " "))


@cache
def _reasons() -> dict[str, dict[str, str]]:
    return read_mapping(Path(str(files("placewatch"))) / "data" / "reasons.yaml", ConfigError)
