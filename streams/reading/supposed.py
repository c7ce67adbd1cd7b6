"""What is only supposed or only shown: "if the rebels take X", "should X fall", "footage purporting to show men entering X".

A condition is told by the words before it, whatever the parse makes of them.
"""

from __future__ import annotations

from itertools import takewhile

from spacy.tokens import Token

from placewatch.vocabulary import TAKING_STATES, State
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.syntax import verb_lemma


_EVENTS = TAKING_STATES | {State.ENTERED, State.BESIEGED, State.WITHDRAWN}
_CONDITIONS = frozenset({"if", "unless", "lest"})
# They open a condition only where they open the sentence: "Should X fall", "Were X to fall", "Had X fallen".
_OPENERS = frozenset({"should", "were", "had"})
_PURPORTING = ("claim", "purport", "alleg")
_BORDERS = frozenset({",", ";", ":", "-", "who", "which", "that"})


def supposition_of(finding: Finding) -> str | None:
    """Return the word by which a change of hands is only supposed, or None where it is told.

    "If not all of X was captured" and "if any" suppose nothing.
    """
    trigger = finding.trigger
    if finding.state not in _EVENTS or finding.is_presupposed:
        return None
    before = [*takewhile(_is_within, (trigger.doc[i] for i in range(trigger.i - 1, -1, -1)))]
    for word in before:
        if word.lower_ in _CONDITIONS and word.nbor().lower_ not in {"not", "any"}:
            return str(word.lower_)
    first = before[-1] if before else trigger
    is_opener = first.i == 0 and first.lower_ in _OPENERS and first.nbor().lower_ != "to"
    return str(first.lower_) if is_opener else None


def _is_within(token: Token) -> bool:
    """Whether the clause goes on here, seen from its end."""
    return token.lower_ not in _BORDERS


def is_pictured(node: Token) -> bool:
    """Return whether a participle tells what a picture shows: "the video shows men entering X" stands or falls with it."""
    shown = node.head
    is_shown = shown.dep_ == "dobj" and _is_picturing(shown.head)
    return node.tag_ == "VBG" and is_shown


def is_purported(node: Token, head: Token) -> bool:
    """Return whether a picture is only said to show it: "footage purporting to show men entering X"."""
    return _is_picturing(node) and head.lower_.startswith(_PURPORTING)


def _is_picturing(verb: Token) -> bool:
    return verb_lemma(verb) in lexicon().factuality["picturing_verbs"]
