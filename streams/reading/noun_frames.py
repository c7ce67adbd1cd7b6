"""Nouns: "the fall of X", "took control of X", "fighting raged in X", "X is under siege"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Token

from placewatch.vocabulary import WAR_STATES, State
from streams.reading.finding import Finding, after, causes_of, holder_of_hands, of_part
from streams.reading.lexicon import NounFrame, lexicon
from streams.reading.no_war import is_no_war, is_remark
from streams.reading.noun_parties import contender, harmed_in, noun_actor, stopper_of
from streams.reading.participants import Cast
from streams.reading.position import Link, Position
from streams.reading.syntax import (
    SUBJECTS,
    agent_of,
    child,
    children,
    is_verb,
    noun_lemma,
    subject_of,
    verb_lemma,
)


def of_noun(link: Link, noun: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """Yield what `noun` says of the place: "the fall of Arden", "the Arden offensive", "control of Arden"."""
    for frame in lexicon().nouns.get(noun_lemma(noun), ()):
        if not is_modified(frame, noun) or (frame.needs_weapon and not cast.tells_of_weapons):
            continue
        allowed = role in frame.place or (role in {"appos", "is"} and "attr" in frame.place)
        allowed = allowed or (
            role == "under" and (role in frame.predicate or "hand" in frame.nouns)
        )
        allowed = allowed or (
            role in {"in", "compound"} and frame.weapon_state is not None and cast.has_weapon(noun)
        )
        if not allowed:
            continue
        yield from _noun_finding(frame, link, noun, cast)
        return


def is_modified(frame: NounFrame, noun: Token) -> bool:
    """Return whether the noun has one of the modifiers that its frame asks for."""
    if not frame.modifier:
        return True
    of = [
        p
        for c in noun.children
        if c.dep_ == "prep" and c.lower_ in {"of", "in"}
        for p in c.children
    ]
    near = [*children(noun, "compound", "amod", "nmod"), *of, *(c for o in of for c in o.children)]
    if any(noun_lemma(c) in frame.modifier for c in near):
        return True
    flown = subject_of(noun.head) if noun.dep_ == "dobj" and is_verb(noun.head) else None
    is_flown = flown is not None and noun_lemma(flown) in lexicon().forces["weapon_nouns"]
    return is_flown and "air" in frame.modifier  # "warplanes flew raids"


def _noun_finding(frame: NounFrame, link: Link, noun: Token, cast: Cast) -> Iterator[Finding]:
    if frame.kinds and not cast.is_passage(link.at):
        return
    if frame.state is State.HELD and _is_fought_for(noun):
        fight = noun.head.head
        yield Finding(State.CONTESTED, fight, fight, link.at, actor=contender(fight, cast))
        return
    carrier, told = _light(frame, noun)
    if told is None or _is_not_meant(frame, told, carrier, link, noun, cast):
        return
    state = _as_told(frame, told, carrier, link, noun, cast)
    actor = noun_actor(frame, noun, carrier, cast)
    stopper = stopper_of(noun, cast)
    if state is None or not (stopper is not None or _noun_armed(frame, actor, noun, cast)):
        return
    is_kept = carrier is not None and verb_lemma(carrier) in lexicon().keeping
    if state is State.HELD and actor is None and frame.verbs and not is_kept:
        return
    is_lost = carrier is not None and verb_lemma(carrier) in frame.verbs.get("lost", frozenset())
    against = actor if is_lost else stopper or after(noun, "from", "against", "with")
    if against is None and state is State.STRUCK:
        against = harmed_in(noun, cast)
    yield Finding(
        state,
        noun,
        carrier or noun,
        link.at,
        actor=None if is_lost else actor,
        against=against if against is not None and cast.is_armed(against) is not False else None,
        is_background=carrier is None,
        is_presupposed="attr" in frame.place
        or ((is_kept or link.role == "under") and state is State.HELD),
        is_lost=is_lost,
    )


def _is_not_meant(
    frame: NounFrame, state: State, carrier: Token | None, link: Link, noun: Token, cast: Cast
) -> bool:
    """Whether the noun speaks of something else: a mere remark, unrest, what is controlled in the place."""
    if carrier is None and frame.strict and not cast.in_conflict:
        return True
    if frame.state is State.HELD and link.role == "prep:in":
        is_somewhere = link.at.is_region and frame.needs_actor  # "a rebel enclave in the county"
        return is_somewhere or any(c.lower_ in {"of", "over"} for c in noun.children)
    if state is State.CONTESTED and frame.event and link.at.is_region and not link.at.part:
        # Fighting somewhere in a region does not put the region in dispute; a battle for it does.
        return link.role not in {"prep:for", "prep:over", "prep:of"}
    if state is State.BESIEGED and _is_of_a_building(noun, cast):
        return True
    if state is State.CONTESTED and (cast.is_unrest or (carrier is None and is_remark(noun))):
        return True
    return is_no_war(noun)


def _is_of_a_building(siege: Token, cast: Cast) -> bool:
    """As in "the hotel siege", "a school siege": no town is cut off."""
    return any(
        not cast.is_place(c) and cast.is_armed(c) is not True and c.tag_ in {"NN", "NNS"}
        for c in children(siege, "compound")
    )


def _as_told(
    frame: NounFrame, state: State, carrier: Token | None, link: Link, noun: Token, cast: Cast
) -> State | None:
    """The state once weapons, completeness, parts, edges and regions count."""
    is_complete = any(c.lower_ in lexicon().complete for c in children(noun, "amod", "compound"))
    if frame.state is State.HELD and state is State.HELD and is_complete:
        is_told = carrier is None or verb_lemma(carrier) in {"be", "have"}
        state = State.CAPTURED if is_told else state
    if link.role == "under" and frame.become is not None and _is_now(link.at.node, noun):
        state = frame.become  # "with Arden now in rebel hands"
    if state is State.EVACUATION_ORDERED and _moves_out(noun, cast):
        state = State.WITHDRAWN
    if frame.weapon_state is not None and cast.has_weapon(noun):
        state = frame.weapon_state
    graded = regraded(frame, state, link.at)
    if graded is State.THREATENED and link.at.is_region and link.role in {"prep:in", "compound"}:
        return State.CONTESTED
    return graded


def _is_now(place: Token, noun: Token) -> bool:
    return any(t.lower_ == "now" for t in noun.doc[place.i : noun.i])


def _moves_out(evacuation: Token, cast: Cast) -> bool:
    """As in "the evacuation of rebel fighters from Arden"."""
    who = after(evacuation, "of")
    return who is not None and cast.is_armed(who) is True


def _is_fought_for(noun: Token) -> bool:
    """As in "Fighting for control of X", "battle over control"."""
    above = noun.head
    if noun.dep_ != "pobj" or above.lower_ not in {"for", "over"}:
        return False
    fought = {
        "fight",
        "combat",
        "battle",
        "vie",
        "struggle",
        "compete",
        "clash",
        "fighting",
        "contest",
        "war",
    }
    return verb_lemma(above.head) in fought or noun_lemma(above.head) in fought


def _noun_armed(frame: NounFrame, actor: Token | None, noun: Token, cast: Cast) -> bool:
    if frame.state not in WAR_STATES:
        return True
    if actor is None and frame.needs_actor:
        return False
    if actor is not None and frame.verbs and cast.is_armed(actor) is not True:
        return False
    if actor is not None and cast.is_armed(actor) is False:
        return False
    if frame.armed and actor is None and frame.weapon_state is not None:
        return cast.has_weapon(noun) and cast.in_conflict
    if frame.armed:
        return (actor is not None and cast.is_armed(actor) is True) or (
            actor is None and cast.in_conflict
        )
    return cast.in_conflict or frame.state not in WAR_STATES


def _light(frame: NounFrame, noun: Token) -> tuple[Token | None, State | None]:
    """The verb that carries the noun ("took control", "is under siege") and the state it makes of it."""
    verb = noun.head if noun.dep_ in {"dobj", "nsubjpass"} and is_verb(noun.head) else None
    if verb is None and noun.dep_ == "conj" and noun.head.dep_ == "dobj":
        verb = noun.head.head
    if verb is None and noun.dep_ == "pobj" and noun.head.lower_ in frame.predicate:
        above = noun.head.head
        return (above, _became(frame, above)) if is_verb(above) else (None, frame.state)
    if verb is None:
        return None, frame.state
    lemma = verb_lemma(verb)
    for name, lemmas in frame.verbs.items():
        if lemma in lemmas:
            if name == "ended":
                return verb, None
            return verb, State.CAPTURED if name == "lost" else State(name)
    return (
        verb if frame.event else None
    ), None if frame.verbs and frame.state is State.HELD else frame.state


def regraded(frame: NounFrame, state: State, at: Position) -> State | None:
    """Return what is left of `state` at an edge or in a part of the place; None for nothing."""
    if at.near:
        return State.STRUCK if state is State.STRUCK and frame.near is State.STRUCK else frame.near
    if at.part or at.inside or at.inner:
        if state in {State.CAPTURED, State.RECAPTURED, State.HELD}:
            return State.CONTESTED
        return frame.inside if state is frame.state else state
    return state


def carried(link: Link, verb: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """Yield what a noun says through its verb: "fighting raged in Arden", "they launched an offensive on Arden": the preposition hangs on the verb."""
    if role in {"obj", "subj", "modifier", "appos"}:
        return
    around = [
        p
        for c in verb.children
        if c.lower_ in {"by", "in", "during", "amid", "after", "from", "under"}
        for p in children(c, "pobj")
    ]
    if link.at.near and verb_lemma(verb) in {"spread", "extend"} and "outside" in link.at.path:
        link = replace(link, at=replace(link.at, near=False))  # out of Arden, where it is
    is_made = role == "in" and verb.lower_ in lexicon().forces["made"]
    heads = [verb.head] if verb.dep_ == "acl" and not is_made else []
    heads += _lived_under(verb) if role == "in" else []
    if verb.dep_ == "acl" and verb.head.dep_ in {"dobj", "conj"}:
        heads += causes_of(verb.head)  # "a strike left one dead and two injured in Arden"
    if (
        verb.dep_ == "advcl" and verb.tag_ == "VBG"
    ):  # "killed in a strike, hitting a market, in Arden"
        heads = [p for c in children(verb.head, "prep", "agent") for p in children(c, "pobj")]
    for noun in (
        *heads,
        *children(verb, *SUBJECTS, "dobj", "attr"),
        *(p for p in around if p.i < link.at.node.i or verb.dep_ == "relcl"),
    ):
        for frame in lexicon().nouns.get(noun_lemma(noun), ()):
            is_aside = noun.dep_ in {"nsubj", "pobj"} and not frame.event and noun not in heads
            if verb.dep_ == "relcl" and child(noun, "poss") is not None:
                is_aside = False  # "Arden, where the army's grip weakened"
            is_under = noun.dep_ == "pobj" and noun.head.lower_ in frame.predicate
            if (is_aside and not is_under) or not is_modified(frame, noun):
                continue
            if frame.needs_weapon and not cast.tells_of_weapons:
                continue
            allowed = (
                role in frame.place
                or (role == "in" and frame.weapon_state is not None and cast.has_weapon(noun))
                or (role == "in" and is_under)
            )
            if allowed or (
                role in {"to", "through"} and verb_lemma(verb) in {"spread", "reach", "extend"}
            ):
                yield from _noun_finding(frame, link, noun, cast)
                return


def _lived_under(verb: Token) -> list[Token]:
    """As in "In Arden children living under siege starve": what those are under who do it."""
    lived = [a for s in children(verb, "nsubj") for a in children(s, "acl") if a.tag_ == "VBG"]
    under = [c for a in lived for c in children(a, "prep") if c.lower_ == "under"]
    return [p for c in under for p in children(c, "pobj")]


_BEFALL = frozenset(
    {
        State.CONTESTED,
        State.STRUCK,
        State.THREATENED,
        State.OUTAGE,
        State.EVACUATION_ORDERED,
    }
)


def undergone(link: Link, verb: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """Yield what befalls the place: "Arden suffered air raids", "clashes rocked Arden", "Arden braces for an assault"."""
    if role == "obj" and (not link.at.inside or verb_lemma(verb) in {"trap", "displace", "strand"}):
        nouns, needs_event = list(children(verb, "nsubj")), True
    elif role == "subj" and verb_lemma(verb) in lexicon().factuality["undergo_verbs"]:
        nouns, needs_event = list(children(verb, "dobj")), False
        nouns += [p for c in verb.children if c.lower_ == "for" for p in children(c, "pobj")]
    else:
        return
    for noun in nouns:
        for frame in lexicon().nouns.get(noun_lemma(noun), ()):
            if (
                frame.state not in _BEFALL
                or (needs_event and not frame.event)
                or (frame.needs_weapon and not cast.tells_of_weapons)
                or frame.strict
            ):
                continue
            if needs_event and frame.state is State.THREATENED:
                continue
            state = State.STRUCK if frame.weapon_state and cast.has_weapon(noun) else frame.state
            state = State.THREATENED if verb_lemma(verb) == "brace" else state
            if cast.in_conflict or state not in WAR_STATES:
                yield Finding(state, noun, verb, link.at, actor=noun_actor(frame, noun, None, cast))
            return


def predicate(link: Link, verb: Token, cast: Cast) -> Iterator[Finding]:
    """Yield what is predicated of the place: "Arden is under siege", "came under rebel control", "remains in rebel hands"."""
    adverbs = [p for a in children(verb, "advmod") for p in children(a, "prep")]  # "back under"
    for preposition in (*children(verb, "prep"), *adverbs):
        noun = child(preposition, "pobj")
        if noun is None:
            continue
        for frame in lexicon().nouns.get(noun_lemma(noun), ()):
            if preposition.lower_ not in frame.predicate:
                continue
            told = _became(frame, verb)
            is_armed = cast.tells_of_weapons or cast.has_weapon(noun)
            if frame.weapon_state is not None and is_armed:
                told = frame.weapon_state
            if told is State.BESIEGED and _is_rained_on(noun, verb, cast):
                told = State.STRUCK
            state = regraded(frame, told, link.at)
            actor = (
                noun_actor(frame, noun, None, cast)
                if "hand" not in frame.nouns
                else holder_of_hands(noun)
            )
            if actor is not None and (cast.is_place(actor) or actor.i == link.at.node.i):
                actor = agent_of(verb)
            if state is None or (actor is not None and cast.is_armed(actor) is False):
                continue
            yield Finding(state, noun, verb, link.at, actor=actor)
            return
    complement = child(verb, "acomp", "oprd")
    if complement is not None and (state := lexicon().modifiers.get(complement.lower_)) is not None:
        yield Finding(
            of_part(state, link.at), complement, verb, link.at, actor=agent_of(complement)
        )


def _is_rained_on(siege: Token, verb: Token, cast: Cast) -> bool:
    """As in "under siege by drones": a siege from the air is a strike."""
    by = [c for head in (siege, verb) for c in head.children if c.lower_ in {"by", "from"}]
    return any(cast.is_weapon(p) for c in by for p in c.children)


def _became(frame: NounFrame, verb: Token) -> State:
    """As in "came under control", "is now under control": a change; "is under control" is none."""
    if frame.become is None:
        return frame.state
    adverbs = {c.lower_ for c in children(verb, "advmod")}
    is_back = "back" in adverbs or verb_lemma(verb) == "return"
    if is_back and frame.become is State.CAPTURED:
        return State.RECAPTURED
    is_change = verb_lemma(verb) in lexicon().factuality["change_verbs"]
    return frame.become if is_change or "now" in adverbs else frame.state
