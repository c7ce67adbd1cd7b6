"""What is joined to the place: participles in front of the clause it is the subject of, lists, lost appositions."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from streams.reading.lexicon import lexicon
from streams.reading.position import Link, Position
from streams.reading.syntax import children, is_passive, noun_lemma


def fronted(at: Position, verb: Token) -> Iterator[Link]:
    """Yield what a participle in front says of the subject: "Captured by rebels on Friday, Arden ..."."""
    for clause in children(verb, "advcl"):
        if clause.i < at.node.i and clause.tag_ == "VBN" and is_passive(clause):
            yield Link("obj", clause, at)


def named_before(node: Token) -> Token | None:
    """Return the "capital" of "in the capital, Arden", where the parser lost the apposition."""
    if node.i < 2 or node.nbor(-1).text != ",":
        return None
    before = node.nbor(-2)
    return before if noun_lemma(before) in lexicon().place_nouns else None


def is_list(node: Token) -> bool:
    """Return whether a list joins `node` to its head: "A, B and C". "Arden, Vale County" has no "and": it locates."""
    first = node
    while first.dep_ in {"conj", "appos"}:
        first = first.head
    return any(t.dep_ == "cc" and t.head.i >= first.i for t in first.subtree)
