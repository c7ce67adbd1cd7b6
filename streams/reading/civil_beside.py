"""Power cuts and orders to leave that a sentence tells beside the only place it names, whatever the parse makes of it."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.civil import is_of_reactor
from streams.reading.finding import Finding, doer
from streams.reading.lexicon import lexicon
from streams.reading.position import Position
from streams.reading.syntax import child, children, is_verb, noun_lemma, particles, verb_lemma


_STEP = ("beside",)


def civil_beside(place: Token) -> Iterator[Finding]:
    """Yield the outage and the order to leave that stand beside `place`, the first of each."""
    doc = place.doc
    outage = next((t for t in doc if _is_outage(t)), None)
    if outage is not None and not is_of_reactor(place):
        at = Position(place, _STEP)
        is_known = _is_queued_for(outage)
        yield Finding(State.OUTAGE, outage, outage, at, is_presupposed=is_known)
    order = next((t for t in doc if is_verb(t) and _is_order(t)), None)
    if order is not None:
        at = Position(place, _STEP)
        yield Finding(State.EVACUATION_ORDERED, order, order, at, actor=doer(order))


def _is_outage(token: Token) -> bool:
    """As in "after power cuts", "despite blackouts", "which has no electricity", "no power or water in X"."""
    words = lexicon().civil
    lemma = noun_lemma(token)
    if lemma not in words["cuts"] and lemma not in words["services"]:
        return False
    own = {noun_lemma(c) for c in children(token, "compound", "amod", "nmod")}
    if own & words["not_here"] or verb_lemma(token.head.head) == "warn":
        return False
    if lemma in words["cuts"]:
        return lemma in words["cuts_alone"] or bool(own & {"power", "electricity"})
    if _is_queued_for(token):
        return True
    if not any(c.lower_ == "no" for c in token.children) or lemma not in words["services"]:
        return False
    if token.dep_ == "dobj" and verb_lemma(token.head) == "have":
        return child(token, "prep", "acl", "relcl") is None  # "no power over schools"
    listed = {noun_lemma(t) for t in token.subtree if t.dep_ == "conj"}
    is_lived_without = token.dep_ in {"pobj", "ROOT", "dobj", "nsubj"}
    return is_lived_without and bool(listed & words["services"])


def _is_queued_for(token: Token) -> bool:
    """As in "residents queue for water"."""
    is_for = token.dep_ == "pobj" and token.head.lower_ == "for"
    return is_for and token.lower_ == "water" and str(token.head.head.lower_).startswith("queu")


def _is_order(verb: Token) -> bool:
    """As in "all civilians were ordered to leave", "calls for civilians to evacuate"."""
    words = lexicon()
    if verb_lemma(verb) not in words.factuality["order_verbs"] - {"force", "warn"}:
        return False
    told = child(verb, "dobj", "nsubjpass")
    done = next((t for t in verb.subtree if t.i > verb.i and _is_leaving(t)), None)
    if told is None and done is not None:
        told = child(done, "nsubj")
    if told is None or noun_lemma(told) not in words.civil["told"]:
        return False
    return done is not None or "out" in particles(verb)


def _is_leaving(token: Token) -> bool:
    return (
        token.tag_ == "VB"
        and verb_lemma(token) in lexicon().civil["leave_verbs"] - {"go"}
        and child(token, "dobj") is None
    )
