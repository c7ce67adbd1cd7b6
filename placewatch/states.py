"""States as data: what a report can say of a place, which status that brings, and its codes.

The shipped states are in `data/states.yaml`; `states.yaml` in a user's lexicon folder declares more. The folder is
the setting `lexicon`; processes that a service starts find it in their environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from placewatch.datafile import read_entries, read_mapping, validated
from placewatch.errors import LexiconError


LEXICON_VARIABLE = "PLACEWATCH_LEXICON"
STATES_FILE = "states.yaml"
_WORD = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
# Who holds a place is decided by the transition table, never by an entry.
_OF_WAR = frozenset({"held", "contested", "besieged", "threatened", "vacated", "unknown"})


class StateEntry(BaseModel):
    """One state; the fields are explained in states.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=_WORD)
    meaning: str = Field(min_length=1)
    begins: str | None = Field(default=None, pattern=_WORD)
    ends: str | None = Field(default=None, pattern=_WORD)
    leaves: Literal["normal", "open"] = "normal"
    acled: str | None = None
    acled_of_state_forces: str | None = None
    cameo: str | None = None
    plover_event: str | None = None
    plover_mode: str | None = None

    @model_validator(mode="after")
    def _brings_one_status_beside_possession(self) -> Self:
        if self.begins and self.ends:
            raise ValueError("give `begins` or `ends`, not both")
        if {self.begins, self.ends} & _OF_WAR:
            raise ValueError(
                f"`begins` and `ends` cannot be one of {', '.join(sorted(_OF_WAR))}: who holds a place "
                "is decided from what is captured, entered and left"
            )
        return self

    @property
    def brings(self) -> str | None:
        """The status after it, or None where it changes none."""
        return self.begins or (self.leaves if self.ends else None)


@dataclass(frozen=True, slots=True)
class States:
    """The states in force.

    Attributes:
        entries: by name, in the order they are declared.
        controls: the statuses they bring.
    """

    entries: Mapping[str, StateEntry]
    controls: tuple[str, ...]


def own_lexicon() -> Path | None:
    """Return the folder of the user's own words and states, or None."""
    folder = os.environ.get(LEXICON_VARIABLE)
    return Path(folder) if folder else None


def states() -> States:
    """Return the shipped states and the user's.

    Raises:
        LexiconError: a file or an entry is wrong, or a name is declared twice.
    """
    return _states(own_lexicon())


@cache
def _states(own: Path | None) -> States:
    paths = [Path(str(files("placewatch"))) / "data" / STATES_FILE]
    if own is not None and (own / STATES_FILE).is_file():
        paths.append(own / STATES_FILE)
    entries: dict[str, StateEntry] = {}
    for path in paths:
        content = read_mapping(path, LexiconError)
        for where, raw in read_entries(path, content, "states", LexiconError):
            entry = validated(StateEntry, raw, where, LexiconError)
            if entry.name in entries:
                raise LexiconError(f"{where}: the state {entry.name} is declared already")
            entries[entry.name] = entry
    brought = [name for e in entries.values() for name in (e.begins, e.ends, e.brings) if name]
    return States(entries, tuple(dict.fromkeys(brought)))
