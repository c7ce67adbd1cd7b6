"""Adverbs and adjectives between a place and its verb: "closer to Arden", "five miles north of Arden"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from streams.reading.lexicon import lexicon
from streams.reading.phrases import KM, is_close, is_within_reach
from streams.reading.position import Link, Position
from streams.reading.syntax import is_noun, is_verb, noun_lemma


def from_adverb(at: Position, head: Token, word: str) -> Iterator[Link | Position]:
    """Yield how a place hangs on an adverb or adjective: "closer to Arden", "deep in Arden", "dead in Arden"."""
    words = lexicon()
    lower = head.lower_
    if lower in {"closer", "close", "nearer", "next", "adjacent"} and word in {"to", "on"}:
        yield Link(
            "prep:to", head.head, at.up(head, lower, near=lower in {"close", "next", "adjacent"})
        )
    elif lower in {
        "deep",
        "deeper",
        "further",
        "farther",
        "inside",
        "out",
        "back",
        "away",
        "directly",
        "straight",
    }:
        target = head.head
        role = f"prep:{word}"
        if lower == "out" and is_noun(target) and not is_verb(target):
            yield Link("gone", target, at)  # "Rebels out of Arden"
        if noun_lemma(target) in KM:
            if is_close(target):
                yield at.up(target, lower, near=True)
            return
        yield (
            Link(role, target, at.up(head, lower))
            if is_verb(target) or is_noun(target)
            else Link(role, head, at)
        )
    elif lower in words.directions and word in {"of", "from"}:
        if is_within_reach(head):
            yield at.up(head, lower, near=True)
    elif lower in words.near and word in {"of", "from", "to"}:
        yield at.up(head, lower, near=True)
    elif head.tag_.startswith("JJ"):
        above = head.head if not is_noun(head.head) else head.head.head
        if is_verb(above):  # "left three dead in Arden"
            yield Link(f"prep:{word}", above, at)
