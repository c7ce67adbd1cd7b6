"""Where the climb stands: how it came there from the place, and what it met."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spacy.tokens import Token

from placewatch.vocabulary import OF_REGION_PART


# A step that narrows a region to a piece of it.
PART_OF_REGION = OF_REGION_PART.removeprefix("path:")


@dataclass(frozen=True, slots=True)
class Position:
    """A noun that stands for the place, and in what way."""

    node: Token
    path: tuple[str, ...] = ()
    part: bool = False
    inner: bool = False
    near: bool = False
    inside: bool = False
    is_region: bool = False

    def up(self, node: Token, step: str, **flags: bool) -> Position:
        """Return the position one step further."""
        return replace(self, node=node, path=(*self.path, step), **flags)


@dataclass(frozen=True, slots=True)
class Link:
    """How a position hangs on a word that may carry a frame."""

    role: str
    head: Token
    at: Position
