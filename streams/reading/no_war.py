"""Nouns of violence that say nothing of who holds a place."""

from __future__ import annotations

from spacy.tokens import Token

from streams.reading.lexicon import lexicon
from streams.reading.participants import is_planted
from streams.reading.syntax import child, children, noun_lemma, verb_lemma


def is_remark(noun: Token) -> bool:
    """Return whether a fight is only judged, not told: "The battle for Arden is crucial"."""
    be = noun.head
    if noun.dep_ != "nsubj" or verb_lemma(be) != "be":
        return False
    said = child(be, "acomp", "attr")
    ongoing = {
        "intense",
        "fierce",
        "heavy",
        "ongoing",
        "bloody",
        "under",
        "raging",
        "brutal",
        "over",
        "fiercest",
    }
    return said is not None and said.lower_ not in ongoing


def is_no_war(noun: Token) -> bool:
    """Return whether the violence changes nobody's hold: "tribal clashes", "a terrorist attack", a strike over pay."""
    words = lexicon().forces["no_war"]
    own = [*children(noun, "amod", "compound", "nmod", "det", "poss", "nummod")]
    if any(c.lower_ in words for c in own) or is_planted(noun):
        return True
    if noun.lower_ == "strike" and noun.head.lower_ == "on" and not own:
        return True  # "went on strike"
    topic = [p for c in noun.children if c.lower_ in {"of", "for"} for p in c.children]
    if noun_lemma(noun) == "battle" and any(
        t.tag_ in {"NN", "NNS"}
        and noun_lemma(t) not in lexicon().place_nouns | lexicon().parts | lexicon().nouns.keys()
        and noun_lemma(t) != "control"
        for t in topic
    ):
        return True
    sides = [p for c in noun.children if c.lower_ in {"between", "with"} for p in c.children]
    return any(noun_lemma(s) in words for side in sides for s in (side, *children(side, "conj")))
