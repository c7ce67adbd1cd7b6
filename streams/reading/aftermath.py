"""Strikes told by what they leave behind: "one killed in X", "crews dig in X after missile strikes"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.noun_frames import is_modified
from streams.reading.noun_parties import noun_actor
from streams.reading.participants import Cast
from streams.reading.position import Position
from streams.reading.syntax import children, is_verb, noun_lemma, verb_lemma


_AFTER = frozenset({"after", "following"})
_NOT_THEN = frozenset({"since", "before", "until", "despite", "of"})


def left_behind(place: Token, cast: Cast) -> Finding | None:
    """Return the strike whose dead, ruins or rescuers the sentence finds in the place, if it tells of one."""
    scene = _scene(place)
    if scene is None or not cast.in_conflict or cast.is_unrest:
        return None
    for noun, actor in _strikes(place, cast):
        is_cause = is_verb(scene) and verb_lemma(scene) in lexicon().factuality["death_verbs"]
        is_then = noun.dep_ == "pobj" and noun.head.lower_ in _AFTER
        if is_then if not is_cause else not (noun.dep_ == "pobj" and noun.head.lower_ in _NOT_THEN):
            at = Position(place, ("beside",))
            return Finding(State.STRUCK, noun, noun, at, actor=actor, is_background=True)
    return None


def _scene(place: Token) -> Token | None:
    """What is in the place: the verb of "died in X", "dig in the city of X", the noun of "the streets of X"."""
    node = place
    if node.dep_ == "pobj" and node.head.lower_ == "of":
        above = node.head.head
        if noun_lemma(above) in lexicon().factuality["aftermath_words"]:
            return above
        if noun_lemma(above) not in lexicon().place_nouns:
            return None
        node = above
    if node.dep_ != "pobj" or node.head.lower_ != "in":
        return None
    above = node.head.head
    words = lexicon().factuality
    if is_verb(above):
        lemma = verb_lemma(above)
        return above if lemma in words["death_verbs"] | words["aftermath_words"] else None
    return above if noun_lemma(above) in words["aftermath_words"] else None


def _strikes(place: Token, cast: Cast) -> Iterator[tuple[Token, Token | None]]:
    """The strikes that the sentence names, with who made them."""
    for noun in place.doc:
        if noun.dep_ == "compound" or is_verb(noun) or _is_aimed(noun, cast):
            continue
        for frame in lexicon().nouns.get(noun_lemma(noun), ()):
            is_armed = frame.weapon_state is State.STRUCK and cast.has_weapon(noun)
            is_strike = frame.state is State.STRUCK and frame.event and not frame.strict
            if is_armed or (is_strike and not frame.needs_weapon and is_modified(frame, noun)):
                yield noun, noun_actor(frame, noun, None, cast)
                break


def _is_aimed(noun: Token, cast: Cast) -> bool:
    """Whether the strike itself says where it fell: "after strikes on the port of Y"."""
    where = [p for c in children(noun, "prep") if c.lower_ in _WHERE for p in c.children]
    return any(cast.is_place(p) or p.tag_.startswith("NNP") for p in where)


_WHERE = frozenset({"on", "in", "at", "against", "near", "of", "across"})
