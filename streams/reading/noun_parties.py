"""Whose act a noun names, and who suffered or stopped it: "the army's push", "an assault by rebels", "repelled an attack"."""

from __future__ import annotations

from spacy.tokens import Token

from streams.reading.finding import after
from streams.reading.lexicon import NounFrame, lexicon
from streams.reading.participants import Cast
from streams.reading.syntax import (
    agent_of,
    child,
    children,
    governing_verb,
    is_passive,
    is_verb,
    noun_lemma,
    subject_of,
    verb_lemma,
)


def noun_actor(frame: NounFrame, noun: Token, carrier: Token | None, cast: Cast) -> Token | None:
    """Return who acts in what `noun` names, searched in the order of its frame, or None."""
    for where in frame.actor:
        found = _search(where, noun, carrier, cast)
        if found is not None:
            return None if found.lower_ in _SOMEBODY else found
    return None


# A commander speaks of himself: whose offensive it is, is told elsewhere.
_SOMEBODY = frozenset({"he", "she", "i", "his", "her", "my"})


def _search(where: str, noun: Token, carrier: Token | None, cast: Cast) -> Token | None:
    if where == "poss":
        return _possessor(noun, cast)
    if where == "amod":
        named = (c for c in children(noun, "amod", "compound", "nmod") if cast.is_armed(c) is True)
        return next(named, None)
    if (
        where == "compound"
    ):  # "the rebel enclave", not "the Kurdish enclave": a people is no garrison
        own = (
            c for c in children(noun, "compound", "amod") if c.dep_ != "amod" or c.text.islower()
        )
        return next((c for c in own if cast.is_armed(c) is True), None)
    if where == "by":  # "air strikes and shelling by the army"
        acts = (noun, *children(noun, "conj"))
        return next((by for act in acts if (by := agent_of(act)) is not None), None)
    if where == "between":
        return after(noun, "between") or after(noun, "by")
    if where in {"of", "to"}:
        found = after(noun, where) or (_gainer(noun, carrier) if where == "to" else None)
        return found if found is not None and cast.is_armed(found) is True else None
    return _subject(noun, carrier, cast)


def _possessor(noun: Token, cast: Cast) -> Token | None:
    found = child(noun, "poss")
    if found is None or noun_lemma(found) in lexicon().forces["times"]:
        return None
    if cast.is_place(found) and not cast.stands_for_party(found):
        return None
    return None if found.tag_.startswith("PRP") and cast.is_armed(found) is not True else found


def _gainer(noun: Token, carrier: Token | None) -> Token | None:
    """Who follows "to" further up: "anger over the loss of Arden to the rebels"."""
    above = [*([carrier] if carrier is not None else []), *list(noun.ancestors)[:2]]
    found = (after(t, "to") for t in above)
    return next((gainer for gainer in found if gainer is not None and gainer.i > noun.i), None)


def _subject(noun: Token, carrier: Token | None, cast: Cast) -> Token | None:
    """Who does what the verb says that carries the noun, or to which it is told when it happened."""
    above = noun.head.head
    is_borne = noun.dep_ == "pobj" and noun.head.lower_ in {"in", "under"}
    if carrier is None and is_borne and cast.is_armed(above) is True:
        return above
    if is_borne and is_verb(above) and verb_lemma(above) in _TAKING_PART:
        return child(above, "nsubjpass") or subject_of(above)
    order = child(
        noun, "compound"
    )  # a headline's verb taken for a noun: "Arden orders evacuations"
    if order is not None and order.tag_ == "NNS":
        is_order = verb_lemma(order) in lexicon().factuality["order_verbs"]
        return child(order, "compound", "nmod", "poss") if is_order else None
    borne = _counter_of(noun) or noun
    is_object = borne.dep_ in {"dobj", "nsubjpass", "attr"}
    verb = carrier or (governing_verb(borne) if is_object else None) or _told_after(noun, cast)
    if verb is None or not is_verb(verb) or _only_tells(verb):
        return None
    subject = agent_of(verb) if is_passive(verb) else subject_of(verb)
    return None if subject is None or subject.i == noun.i or noun in subject.subtree else subject


def _counter_of(noun: Token) -> Token | None:
    """The "string" of "carried out a string of airstrikes"."""
    above = noun.head.head if noun.dep_ == "pobj" and noun.head.lower_ == "of" else None
    is_count = above is not None and noun_lemma(above) in lexicon().forces["counts"]
    return above if is_count else None


# "Engaged in clashes", "locked in a battle".
_TAKING_PART = frozenset({"engage", "lock", "involve", "participate", "join"})


def _told_after(noun: Token, cast: Cast) -> Token | None:
    """The verb whose doer did this before: "the army regrouped after a retreat from Arden"."""
    is_before = noun.dep_ == "pobj" and noun.head.lower_ in {"after", "since", "following"}
    if noun_lemma(noun) in _SUFFERED:
        return None  # "the army shut the bridge after a drone attack on Arden": it was attacked
    verb = governing_verb(noun) if is_before else None
    subject = subject_of(verb) if verb is not None and not is_passive(verb) else None
    return verb if subject is not None and cast.is_armed(subject) is True else None


_SUFFERED = frozenset({"attack", "raid", "explosion"})


def harmed_in(noun: Token, cast: Cast) -> Token | None:
    """Return the armed party that lost men in what `noun` names: "ten soldiers died in a strike"; else None."""
    verb = governing_verb(noun)
    if verb is None or verb_lemma(verb) not in lexicon().factuality["harm_verbs"] | _DYING:
        return None
    harmed = list(children(verb, "nsubjpass", "dobj"))
    harmed += children(verb, "nsubj") if verb_lemma(verb) in _DYING else ()
    harmed += [p for h in harmed for c in h.children if c.lower_ == "of" for p in c.children]
    return next((h for h in harmed if h != noun and cast.is_armed(h) is True), None)


_DYING = frozenset({"die", "perish"})


def stopper_of(noun: Token, cast: Cast) -> Token | None:
    """Return the armed party that stopped what `noun` names: "the army repelled an attack on Arden"; else None."""
    verb = noun.head
    if noun.dep_ not in {"dobj", "nsubjpass"} or not is_verb(verb):
        return None
    if verb_lemma(verb) not in lexicon().factuality["fail_verbs"]:
        return None
    subject = agent_of(verb) if is_passive(verb) else subject_of(verb)
    return subject if subject is not None and cast.is_armed(subject) is True else None


def _only_tells(verb: Token) -> bool:
    """Whether the subject of `verb` speaks of the act, suffers or stops it, and is not who acts."""
    words, lemma = lexicon().factuality, verb_lemma(verb)
    telling = words["claim_verbs"] | words["factive_verbs"] | words["deny_verbs"]
    return lemma not in {"claim", "announce", "declare", "proclaim"} and lemma in (
        telling | words["fail_verbs"] | words["undergo_verbs"] | words["forecast_verbs"]
    )


def contender(fight: Token, cast: Cast) -> Token | None:
    """Return who fights: the subject of "fight for control", whose "battle for control" it is; None where not said."""
    if is_verb(fight):
        return subject_of(fight)
    return next(
        (c for c in children(fight, "poss", "amod", "compound") if cast.is_armed(c) is True), None
    )
