"""What a frame finds in a sentence, and what all frames ask of a phrase."""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.lexicon import lexicon
from streams.reading.position import Position
from streams.reading.syntax import (
    agent_of,
    child,
    children,
    governing_verb,
    is_passive,
    noun_lemma,
    subject_of,
    verb_lemma,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One state of one place, before its factuality is judged.

    Attributes:
        trigger: the word that says it.
        anchor: the word from which factuality is judged: the trigger, or the verb that carries it.
        actor: the token that heads the actor's phrase; a string when it is glued into a word ("rebel-held").
        is_background: named rather than told ("the fall of X").
        is_presupposed: an adjective or apposition, true whatever the sentence does with the rest ("rebel-held X").
        is_lost: the place was lost, who took it is another matter.
    """

    state: State
    trigger: Token
    anchor: Token
    at: Position
    actor: Token | str | None = None
    against: Token | None = None
    is_background: bool = False
    is_presupposed: bool = False
    is_lost: bool = False


def of_part(state: State, at: Position) -> State:
    """Return `state`, or contested where it is said of a part of the place only."""
    holding = {State.HELD, State.CAPTURED, State.RECAPTURED}
    return State.CONTESTED if at.part and state in holding else state


def after(head: Token, *words: str) -> Token | None:
    """Return what follows `head` after one of these prepositions; of "hands", whose they are."""
    for preposition in head.children:
        if preposition.lower_ in words and (target := child(preposition, "pobj")) is not None:
            if noun_lemma(target) == "hand":
                return holder_of_hands(target)
            return target
    return None


def holder_of_hands(hands: Token) -> Token | None:
    """Return whose hands: "in rebel hands", "into the hands of the militia"."""
    owner = child(hands, "poss", "amod", "compound", "nmod")
    return owner if owner is not None else after(hands, "of")


def causes_of(harmed: Token) -> list[Token]:
    """Return what killed or left those at `harmed`: the strike of "a strike left one dead and two injured"."""
    verb = governing_verb(harmed)
    if verb is None or verb_lemma(verb) not in lexicon().factuality["harm_verbs"]:
        return []
    return list(children(verb, "nsubj"))


def doer(verb: Token) -> Token | None:
    """Return who does what `verb` says, active or passive, or None."""
    return agent_of(verb) if is_passive(verb) else subject_of(verb)
