"""Strikes and fights that a sentence tells without saying where: "Shelling continued overnight", "Mortars rained down".

They are those of the one place that the text around them names.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from spacy.tokens import Token

from placewatch.vocabulary import TAKING_STATES, State
from streams.reading.documents import Sentence
from streams.reading.finding import Finding
from streams.reading.lexicon import NounFrame, lexicon
from streams.reading.no_war import is_no_war, is_remark
from streams.reading.noun_frames import is_modified
from streams.reading.noun_parties import noun_actor
from streams.reading.participants import Cast
from streams.reading.position import Position
from streams.reading.syntax import (
    agent_of,
    child,
    children,
    governing_verb,
    is_passive,
    is_verb,
    noun_lemma,
    verb_lemma,
)
from streams.reading.unnamed import STEP, is_placed, names_elsewhere


_VIOLENT = frozenset({State.STRUCK, State.CONTESTED})
# "Battle", "fight" are also fought against the odds.
_FIGURATIVE = frozenset({"battle", "fight", "confrontation", "hostility", "warfare"})
_AROUND = frozenset({"amid", "amidst", "during", "under", "despite", "by", "in", "after", "from", "through", "following"})  # fmt: skip
_SPELLS = frozenset({"day", "week", "month", "hour", "night", "wave", "series", "barrage", "aftermath", "weeks", "days", "months", "hours", "sound", "spate", "year", "round"})  # fmt: skip


def unplaced_violence(sentence: Sentence, cast: Cast) -> Iterator[Finding]:
    """Yield the strikes and fights that the sentence tells without saying where."""
    doc = sentence.doc
    if doc is None or sentence.anaphors or not cast.in_conflict or cast.is_unrest:
        return
    if names_elsewhere(sentence, cast):
        return
    for token in doc:
        if is_verb(token):
            struck = _hit(token, cast)
            if struck is not None:
                yield struck
        else:
            yield from _event(token, cast)


def _hit(verb: Token, cast: Cast) -> Finding | None:
    """As in "Mortars rained down", "Missiles hit two schools", "a tower that was struck by missiles"."""
    subject = agent_of(verb) if is_passive(verb) else child(verb, "nsubj")
    if subject is None or not cast.is_weapon(subject):
        return None
    if verb.dep_ in {"amod", "acl"} and not is_passive(verb):
        return None
    frames = lexicon().verbs.get(verb_lemma(verb), ())
    if not any(f.state is State.STRUCK for f in frames):
        return None
    where = (child(p, "pobj") for p in children(verb, "prep"))
    if any(p is not None and cast.is_place(p) for p in where):
        return None
    return Finding(State.STRUCK, verb, verb, Position(verb, (STEP,)))


def _event(noun: Token, cast: Cast) -> Iterator[Finding]:
    for frame in lexicon().nouns.get(noun_lemma(noun), ()):
        if frame.state not in _VIOLENT or not frame.event or frame.strict:
            continue
        if noun_lemma(noun) in _FIGURATIVE:
            continue
        if not is_modified(frame, noun) or (frame.needs_weapon and not cast.tells_of_weapons):
            continue
        if not _is_told(noun, frame) or is_no_war(noun) or is_remark(noun):
            return
        if is_placed(noun, cast) or _is_abroad(noun):
            return
        carrier = noun.head if noun.dep_ in {"dobj", "nsubjpass"} and is_verb(noun.head) else noun
        actor = noun_actor(frame, noun, carrier if carrier is not noun else None, cast)
        if actor is not None and cast.is_armed(actor) is False:
            return
        yield Finding(
            _state(frame, noun, cast), noun, carrier, Position(noun, (STEP,)), actor=actor, is_background=carrier is noun,
        )  # fmt: skip
        return


def _state(frame: NounFrame, noun: Token, cast: Cast) -> State:
    if frame.weapon_state is not None and cast.has_weapon(noun):
        return frame.weapon_state
    return frame.state


def _is_abroad(noun: Token) -> bool:
    """As in "Fighting in Ukraine", where the country's name is also a party's."""
    where = [c for c in children(noun, "prep") if c.lower_ in {"in", "across", "inside"}]
    return any(p.tag_.startswith("NNP") for c in where for p in c.children)


def _is_told(noun: Token, frame: NounFrame) -> bool:
    """Whether the noun is an event of the sentence, not what something else is about."""
    if frame.state is State.CONTESTED and any(c.lower_ == "the" for c in noun.children):
        return False  # "the fighting" was told of before
    if noun.dep_ in {"nsubj", "nsubjpass", "dobj", "ROOT"}:
        return True
    if noun.dep_ != "pobj":
        return False
    above = noun.head
    return above.lower_ in _AROUND or (above.lower_ == "of" and noun_lemma(above.head) in _SPELLS)


def threats(sentence: Sentence, cast: Cast, place: Token | None = None) -> Iterator[Finding]:
    """Yield the offensives that the sentence tells of as coming or under way: "amid the army's advance", "braced for an assault".

    Args:
        sentence: the sentence.
        cast: its parties.
        place: the place it is all about, or None where it names none.
    """
    doc = sentence.doc
    if doc is None or not cast.in_conflict or cast.is_unrest:
        return
    for noun in doc:
        if noun_lemma(noun) not in _OFFENSIVES or not _is_faced(noun) or _is_aimed(noun, cast):
            continue
        if noun.lower_ == "attacks" and noun.dep_ == "pobj" and noun.head.lower_ in _MEANWHILE:
            continue  # many attacks that go on while the rest is told are strikes
        owners = list(children(noun, "poss", "amod", "compound", "nmod"))
        by = [p for c in children(noun, "prep", "agent") if c.lower_ == "by" for p in c.children]
        actor = next((o for o in (*owners, *by) if cast.is_armed(o) is True), None)
        if actor is None:
            continue
        at = Position(noun, (STEP,)) if place is None else Position(place, ("beside",))
        yield Finding(State.THREATENED, noun, noun, at, actor=actor, is_presupposed=True)


def violence_beside(
    sentence: Sentence, cast: Cast, place: Token, told: AbstractSet[State]
) -> Iterator[Finding]:
    """Yield the strikes and threats told beside `place`, the only one that the sentence names; `told` is read already."""
    if place.i not in sentence.places or told & _ATTACKED:
        return
    if not _is_government(place, cast):
        yield from threats(sentence, cast, place)
    if not told:
        for finding in unplaced_violence(sentence, cast):
            if is_verb(finding.trigger) and _is_above(finding.trigger, governing_verb(place)):
                yield replace(finding, at=Position(place, ("beside",)))


def _is_government(place: Token, cast: Cast) -> bool:
    """As in "Arden asked for tanks before the enemy's offensive": the capital stands for its government, which talks."""
    if not cast.is_capital(place):
        return False
    if place.dep_ in {"compound", "poss", "nmod"} and noun_lemma(place.head) in _OFFENSIVES:
        return True  # "an Arden counteroffensive"
    subject = place.head if place.dep_ == "conj" else place
    if subject != place and cast.is_named(subject):
        return True  # "pressure from the alliance and Arden"
    if subject.dep_ != "nsubj":
        return False
    words = lexicon().factuality
    talks = words["claim_verbs"] | words["order_verbs"] | words["plan_verbs"]
    return verb_lemma(subject.head) in talks - {"prepare", "brace", "ready"}


def _is_above(verb: Token, above: Token | None) -> bool:
    """Whether `above` governs `verb`, or what `verb` describes: "fought a blaze at a tower struck by missiles"."""
    is_epithet = verb.dep_ in {"relcl", "acl"} and is_passive(verb)
    head = governing_verb(verb) if is_epithet else verb.head
    return above is not None and head == above


_ATTACKED = TAKING_STATES | _VIOLENT | {State.THREATENED, State.ENTERED}
_MEANWHILE = frozenset({"amid", "amidst"})
_OFFENSIVES = frozenset({"offensive", "counteroffensive", "counter-offensive", "assault", "advance", "onslaught", "attack"})  # fmt: skip


def _is_faced(noun: Token) -> bool:
    """Whether somebody prepares for it, flees it or stands before it, or it comes nearer."""
    words = lexicon().factuality
    head = noun.head
    if noun.dep_ == "dobj":
        return verb_lemma(head) in words["facing_verbs"]
    if noun.dep_ == "nsubj":
        return verb_lemma(head) in words["nearing_verbs"]
    if noun.dep_ != "pobj":
        return False
    above = head.head
    if head.lower_ in {"amid", "amidst", "before"}:
        return True
    if head.lower_ == "of":
        return above.lower_ in {"face", "ahead", "anticipation", "advance", "fear", "fears"}
    return head.lower_ in {"for", "against", "from"} and verb_lemma(above) in words["facing_verbs"]


def _is_aimed(noun: Token, cast: Cast) -> bool:
    """Whether it says on what, in words that the parse ties to it: that is read elsewhere."""
    aims = {"on", "against", "in", "into", "toward", "towards", "to", "at", "near", "around"}
    return any(
        c.lower_ in aims and any(not cast.is_armed(p) for p in c.children) for c in noun.children
    )
