"""What the parse does not tie to the place: fights told beside it, headlines read as noun phrases."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.climb import Position
from streams.reading.finding import Finding
from streams.reading.lexicon import NounFrame, lexicon
from streams.reading.noun_frames import (
    noun_actor,
)
from streams.reading.participants import Cast
from streams.reading.syntax import (
    noun_lemma,
    verb_lemma,
)


def ambient_fight(place: Token, cast: Cast) -> Finding | None:
    """Return the fight around a place that the sentence tells beside it: "residents fled Arden as clashes raged".

    Only where the fight names no place of its own and is told as going on.
    """
    if not cast.in_conflict or cast.is_unrest:
        return None
    for token in place.doc:
        for frame in lexicon().nouns.get(noun_lemma(token), ()):
            if (
                frame.state not in {State.CONTESTED, State.STRUCK, State.WITHDRAWN}
                or not (frame.event or frame.armed)
                or frame.strict
            ):
                continue
            if _goes_on(token, frame) and not _has_own_place(token, cast):
                actor = noun_actor(frame, token, None, cast)
                at = Position(place, ("beside",))
                return Finding(frame.state, token, token, at, actor=actor, is_background=True)
    return None


_ONGOING = frozenset({"amid", "amidst", "during", "under", "despite", "by"})


def _is_spell_of(noun: Token) -> bool:
    """As in "Amid a barrage of strikes", "under days of shelling"."""
    above = noun.head.head
    return noun.head.lower_ == "of" and above.dep_ == "pobj" and above.head.lower_ in _ONGOING


def _has_own_place(noun: Token, cast: Cast) -> bool:
    """Whether the fight itself names where: "clashes in Bahri", "fighting across the country"."""
    around = [
        c
        for c in noun.children
        if c.dep_ == "prep" and c.lower_ not in {"between", "by", "with", "against"}
    ]
    where = [p for c in around for p in c.children if noun_lemma(p) not in lexicon().nouns]
    return any(
        p.tag_.startswith("NNP")
        or cast.is_place(p)
        or noun_lemma(p) in lexicon().place_nouns | {"country", "war"}
        for p in where
    ) or any(
        c.dep_ == "compound" and c.tag_.startswith("NNP") and cast.is_armed(c) is not True
        for c in noun.children
    )


def _goes_on(noun: Token, frame: NounFrame) -> bool:
    if noun.dep_ == "pcomp" and noun.head.lower_ in _ONGOING:
        return True
    if frame.state is State.WITHDRAWN:
        return noun.dep_ == "pobj" and noun.head.lower_ in {"following", "after"}
    if noun.dep_ == "pobj" and (noun.head.lower_ in _ONGOING or _is_spell_of(noun)):
        return True
    verb = noun.head
    return (
        noun.dep_ == "nsubj"
        and verb.dep_ == "advcl"
        and any(c.lower_ in {"as", "while"} for c in verb.children)
        and not any(
            c.dep_ == "prep" and c.lower_ in {"in", "near", "around", "outside", "for", "over"}
            for c in verb.children
        )
    )


def adjacent(place: Token, cast: Cast) -> Finding | None:
    """Return what a verb right before the place says, where the parser took it for a noun: "Drones attack Arden"."""
    words = lexicon()
    token = place
    while token.i > 0 and _is_skipped(token.nbor(-1)):
        token = token.nbor(-1)
    if token.i < 2:
        return None
    verb = token.nbor(-1)
    if verb.tag_.startswith("VB") or verb.tag_ == "IN":
        return None
    actor = verb.nbor(-1)
    if actor.lower_ in {"reportedly", "now", "again", "finally"} and actor.i > 0:
        actor = actor.nbor(-1)
    for frame in words.verbs.get(verb_lemma(verb), ()):
        if "obj" not in frame.place or frame.particle or frame.with_ or frame.object:
            continue
        if frame.subject in {"armed", "likely", "weapon", "weapon_only"} and (
            cast.is_armed(actor) is True
            or (frame.subject.startswith("weapon") and cast.is_weapon(actor))
        ):
            if frame.subject == "weapon_only" and not cast.is_weapon(actor):
                continue
            return Finding(frame.state, verb, verb, Position(place, ("adjacent",)), actor=actor)
    return None


def _is_skipped(token: Token) -> bool:
    return (
        token.lower_ in {"the", "of", "a", "an", "key", "control"}
        or token.tag_ in {"JJ", "POS", "DT"}
        or (noun_lemma(token) in lexicon().place_nouns and token.tag_ != "VBZ")
    )
