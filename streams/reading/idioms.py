"""What is only said so: words of war that tell of no fight, no fall and nobody's presence."""

from __future__ import annotations

from spacy.tokens import Token

from streams.reading.finding import after
from streams.reading.lexicon import lexicon
from streams.reading.participants import Cast
from streams.reading.syntax import child, children, noun_lemma, subject_of, verb_lemma


def is_manner_of_speaking(verb: Token, cast: Cast) -> bool:
    """Return whether nothing of the kind happens.

    As in "Arden fell silent", "the army hit a wall in Arden", "a boy fights for his life in Arden",
    "guards took the jail of Arden back from inmates".
    """
    lemma = verb_lemma(verb)
    if lemma == "fall":
        return _falls_otherwise(verb)
    if lemma in {"hit", "strike"}:
        struck, by = child(verb, "dobj"), subject_of(verb)
        others = lexicon().forces["hits_otherwise"]
        is_shot = by is not None and cast.is_weapon(by)
        return struck is not None and not is_shot and noun_lemma(struck) in others
    loser = after(verb, "from")
    if loser is not None and noun_lemma(loser) in lexicon().forces["no_war"]:
        return True
    return lemma in {"fight", "battle"} and noun_lemma(after(verb, "for") or verb) == "life"


def _falls_otherwise(verb: Token) -> bool:
    """As in "Arden fell silent", "fell victim to", "falls short": nobody took it."""
    words = lexicon().forces["falls_otherwise"]
    following = [verb.nbor()] if verb.i + 1 < len(verb.doc) else []
    return any(word.lower_ in words for word in (*verb.children, *following))


def is_nearest(force: Token) -> bool:
    """Return whether a text tells of them who is elsewhere: "the nearest soldiers are in Arden"."""
    return any(c.lower_ in {"nearest", "closest"} for c in children(force, "amod"))
