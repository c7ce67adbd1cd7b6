"""What the text looks back on without a date: memories, comparisons, an occupation that ended, a scene set long ago."""

from __future__ import annotations

import re
from datetime import date

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.dates import find_dates, is_history
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.syntax import children, governing_verb, is_noun, is_verb, noun_lemma, verb_lemma


_ONGOING = frozenset({"ongoing", "current", "continuing", "present", "latest", "unfolding", "new"})
_SPANS = frozenset({"week", "weeks", "month", "months", "year", "years", "decade", "decades"})
_COMPARING = frozenset({"like", "unlike", "than"})


def is_looked_back_on(finding: Finding, reasons: list[str]) -> bool:
    """Return whether a thing is named as one remembers it ("veterans of the siege"); the reason goes into `reasons`."""
    if finding.is_presupposed or not (finding.is_background or is_noun(finding.trigger)):
        return False
    if any(c.lower_ in _ONGOING for c in children(finding.trigger, "amod", "compound")):
        return False
    reason = _memory(finding.trigger, finding.state)
    if reason is not None:
        reasons.append(reason)
    return reason is not None


def _memory(trigger: Token, state: State) -> str | None:
    words = lexicon().factuality
    node = trigger
    while node.dep_ == "conj" and is_noun(node.head):
        node = node.head
    if node.dep_ == "dobj" and verb_lemma(node.head) in words["comparison_verbs"]:
        return f"compared:{verb_lemma(node.head)}"
    if node.dep_ not in {"pobj", "pcomp"}:
        return None
    preposition = node.head
    if preposition.lower_ == "of" and preposition.head.lower_ in _SPANS:
        preposition = preposition.head.head  # "after months of occupation"
    above = preposition.head
    lemma = noun_lemma(above)
    if preposition.lower_ in _COMPARING:
        return "compared"
    if preposition.lower_ == "since" and _is_superlative(above):
        return "compared:since"
    if lemma in words["memory_nouns"]:
        return f"memory:{lemma}"
    if preposition.lower_ == "in" and _is_part_played(above) and is_told_in_past(above):
        return "memory:part played"
    if above.lower_ == "left" and preposition.lower_ == "from":
        return "memory:left from"
    return "ended" if state is State.HELD and _is_rule_over(preposition) else None


def _is_rule_over(preposition: Token) -> bool:
    """As in "after months of occupation", "tortured during the occupation", "died under militant rule"."""
    word = preposition.lower_
    if word == "after":
        return True
    if word == "under" and verb_lemma(preposition.head) not in lexicon().factuality["ordeal_verbs"]:
        return False
    return word in {"under", "during"} and is_told_in_past(preposition)


def _is_part_played(above: Token) -> bool:
    """Whether `above` is the role in "played a role in the battle", or the verb that the parser hung "in" on."""
    nouns = children(above, "dobj") if is_verb(above) else iter((above,))
    return any(noun.lower_ in {"role", "part"} for noun in nouns)


def _is_superlative(noun: Token) -> bool:
    return any(c.tag_ == "JJS" or c.lower_ == "first" for c in children(noun, "amod"))


def is_told_in_past(token: Token) -> bool:
    """Return whether the clause of `token` is in a past tense: not "has", not the present."""
    verb = token if is_verb(token) else governing_verb(token)
    if verb is None:
        return False
    helpers = {c.lower_ for c in children(verb, "aux", "auxpass")}
    if helpers & {"has", "have", "is", "are", "'s", "'ve", "will", "would", "could", "may"}:
        return False
    return verb.tag_ == "VBD" or bool(helpers & {"had", "was", "were", "did"})
