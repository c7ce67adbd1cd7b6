"""Frames: which state a link between a place and a word of the lexicon says, and who acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Token

from placewatch.vocabulary import CIVIL_STATES, State
from streams.reading.climb import Link, Position
from streams.reading.lexicon import NounFrame, VerbFrame, lexicon
from streams.reading.participants import Cast
from streams.reading.syntax import (
    SUBJECTS,
    agent_of,
    child,
    children,
    governing_verb,
    is_passive,
    is_verb,
    noun_lemma,
    particles,
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


def findings(link: Link, cast: Cast) -> Iterator[Finding]:
    """Yield what `link` says of its place."""
    head = link.head
    if link.role == "presence":
        if cast.is_armed(head) is True and head.dep_ == "ROOT":
            yield Finding(State.THREATENED, head, head, link.at, actor=head)
        return
    if link.role == "modifier" or cast.joined(head) is not None:
        yield from _modifier(link, cast)
        return
    if _is_located_by(link, cast):
        return
    role = link.role.removeprefix("prep:").removeprefix("be:")
    if not is_verb(head) or link.role.startswith("be:") or head.tag_ == "VBG":
        yield from _noun(link, head, role, cast)
    if is_verb(head):
        ordered = _evacuation_order(link, head, cast)
        if ordered is not None:
            yield ordered
            return
        yield from _verb(link, head, role, cast)
        yield from _carried(link, head, role, cast)
        yield from _undergone(link, head, role, cast)
        if link.role == "subj" or link.role == "obj":
            yield from _predicate(link, head, cast)


_GROUND = frozenset(
    {
        "territory",
        "area",
        "village",
        "settlement",
        "town",
        "ground",
        "land",
        "position",
        "city",
        "target",
        "infrastructure",
        "part",
    }
)


def _is_ground(at: Position) -> bool:
    """Whether what lies in a region stands for its ground: "villages in ...", "territory in ...", not "a base in ..."."""
    lemma = noun_lemma(at.node)
    if lemma in lexicon().shares:
        return True
    return lemma in _GROUND and (at.node.tag_ == "NNS" or lemma in {"territory", "ground", "land"})


def _is_located_by(link: Link, cast: Cast) -> bool:
    """ "Took the airport of Arden in Vale County": the county only locates what was taken.

    "In X" says something of X itself when nothing else with a name is the object; a region is never changed by
    what happened to a town in it.
    """
    at = link.at
    if at.is_region and (at.inside or at.part) and not _is_ground(at):
        return True
    if link.role != "prep:in" or at.near:
        return False
    objects = [
        t for c in link.head.children if c.dep_ in {"dobj", "nsubjpass"} for t in (c, *c.children)
    ]
    objects += [
        p
        for c in link.head.children
        if c.dep_ == "prep" and c.lower_ in {"of", "over", "on", "from", "into"}
        for p in c.children
    ]
    objects += [p for o in list(objects) if o.dep_ == "prep" for p in o.children]
    return any(o.i != at.node.i and cast.is_named_place(o) for o in objects)


# --- adjectives -------------------------------------------------------------------------------------------------


def _modifier(link: Link, cast: Cast) -> Iterator[Finding]:
    """ "Rebel-held Arden", "the besieged city of Arden"."""
    word = link.head
    joined = cast.joined(word)
    at = link.at
    if at.near or at.inside or cast.has_standing_epithet(at):
        return
    if joined is not None:
        who, how = joined
        state = lexicon().modifiers.get(how)
        if state is not None and cast.names_force(who):
            yield Finding(
                _of_part(state, at),
                word,
                word,
                at,
                actor=who,
                is_background=True,
                is_presupposed=True,
            )
        return
    state = lexicon().modifiers.get(word.lower_)
    if state is None or word.dep_ == "compound" and not word.tag_.startswith(("VB", "JJ")):
        return
    actor = _modifier_actor(word)
    yield Finding(
        _of_part(state, at), word, word, at, actor=actor, is_background=True, is_presupposed=True
    )


def _modifier_actor(word: Token) -> Token | None:
    return next((c for c in word.children if c.dep_ in {"npadvmod", "compound", "nmod"}), None)


def _of_part(state: State, at: Position) -> State:
    holding = {State.HELD, State.CAPTURED, State.RECAPTURED}
    return State.CONTESTED if at.part and state in holding else state


# --- verbs ------------------------------------------------------------------------------------------------------


def _verb(link: Link, verb: Token, role: str, cast: Cast) -> Iterator[Finding]:
    role = _true_role(link, verb, role)
    for frame in lexicon().verbs.get(verb_lemma(verb), ()):
        if role not in frame.place or not _fits(frame, link, verb, role, cast):
            continue
        state = _graded(frame, link.at, verb)
        if state is None:
            continue
        actor = _nearest_force(verb, _verb_actor(frame, verb), cast)
        doer = _doer(verb) if frame.actor == "none" and frame.subject != "none" else actor
        if not _subject_fits(frame, doer, verb, role, cast) or (
            state is State.CONTESTED and _is_riot(verb, cast)
        ):
            continue
        against = _against(frame, verb, cast)
        yield Finding(
            state,
            verb,
            verb,
            link.at,
            actor=actor,
            against=against,
            is_lost=verb_lemma(verb) == "lose",
            is_presupposed=frame.given,
        )
        return


def _is_riot(verb: Token, cast: Cast) -> bool:
    """Clashes with protesters are not a fight for a place."""
    parties = [c for c in verb.children if c.dep_ in SUBJECTS] + [
        p for w in verb.children if w.lower_ in {"with", "between"} for p in w.children
    ]
    return any(cast.is_armed(t) is False for p in parties for t in (p, *children(p, "conj")))


def _evacuation_order(link: Link, verb: Token, cast: Cast) -> Finding | None:
    """ "Residents were told to leave Arden": people who are not armed are made to go."""
    if verb_lemma(verb) not in {"evacuate", "leave", "flee", "abandon"} or verb.dep_ not in {
        "xcomp",
        "ccomp",
    }:
        return None
    order = verb.head
    if verb_lemma(order) not in lexicon().factuality["order_verbs"]:
        return None
    told = child(order, "dobj", "nsubjpass") or child(verb, "nsubj") or _after(order, "on", "for")
    if told is None or cast.is_armed(told) is not False:
        return None
    by = agent_of(order) if is_passive(order) else subject_of(order)
    return Finding(State.EVACUATION_ORDERED, verb, order, link.at, actor=by)


def _true_role(link: Link, verb: Token, role: str) -> str:
    if role == "subj" and is_passive(verb):
        return "obj"
    return role


def _graded(frame: VerbFrame | NounFrame, at: Position, verb: Token) -> State | None:
    if at.near:
        return frame.near
    if at.part or at.inside:
        return frame.inside
    if at.inner and frame.state in {State.CAPTURED, State.RECAPTURED, State.HELD}:
        return State.CONTESTED
    return frame.state


def _fits(frame: VerbFrame, link: Link, verb: Token, role: str, cast: Cast) -> bool:
    found = particles(verb)
    if frame.particle:
        if not found & frame.particle:
            return False
    elif (
        {c.lower_ for c in children(verb, "prt")}
        - frame.place
        - {"up", "down", "in", "forward", "ahead"}
    ):
        return False
    if verb_lemma(verb) == "claim" and child(verb, "ccomp") is not None:
        return False
    if frame.with_ and not any(
        c.lower_ in frame.with_ and _has_force(c, cast) for c in children(verb, "prep", "agent")
    ):
        return False
    if frame.kinds and not cast.is_passage(link.at):
        return False
    return _object_fits(frame, link, verb, role, cast)


def _object_fits(frame: VerbFrame, link: Link, verb: Token, role: str, cast: Cast) -> bool:
    if (
        link.at.inside
        and role == "obj"
        and frame.state not in {State.STRUCK, State.ENTERED, State.WITHDRAWN}
    ):
        return noun_lemma(link.at.node) in lexicon().parts | lexicon().place_nouns
    if link.at.inside and frame.state in {State.ENTERED, State.CONTESTED} and role != "obj":
        if noun_lemma(link.at.node) not in lexicon().parts | lexicon().place_nouns:
            return cast.is_armed(link.at.node) is True
    if frame.bare and (is_passive(verb) or child(verb, "dobj") is not None):
        return False
    if not frame.object:
        return (
            role in {"obj", "subj"}
            or child(verb, "dobj") is None
            or frame.state is State.STRUCK
            or frame.state is State.ENTERED
        )
    target = child(verb, "dobj") or (child(verb, "nsubjpass") if is_passive(verb) else None)
    if verb.dep_ == "acl" and is_passive(verb):
        target = verb.head
    if target is None:
        return False
    if "any" in frame.object:
        return True
    if "force" in frame.object:
        return cast.is_armed(target) is not False and cast.is_force(target)
    return noun_lemma(target) in frame.object or any(
        noun_lemma(c) in frame.object for c in children(target, "compound", "conj")
    )


def _has_force(preposition: Token, cast: Cast) -> bool:
    target = child(preposition, "pobj")
    return target is not None and cast.is_armed(target) is True


def _verb_actor(frame: VerbFrame, verb: Token) -> Token | None:
    if frame.actor == "none":
        return None
    if frame.actor == "against":
        return _after(verb, "against", "from")
    if frame.actor == "to":
        return _after(verb, "to", "into")
    return _doer(verb)


def _doer(verb: Token) -> Token | None:
    return agent_of(verb) if is_passive(verb) else subject_of(verb)


def _nearest_force(verb: Token, actor: Token | None, cast: Cast) -> Token | None:
    """The subject just before a loose participle where the parser's choice is no force.

    "His words came as rebels left the hills, edging closer to Arden": the rebels edge closer, not the words.
    """
    if verb.dep_ != "advcl" or verb.tag_ != "VBG" or actor is None or cast.is_armed(actor) is True:
        return actor
    before = [t for t in verb.doc[: verb.i] if t.dep_ == "nsubj" and cast.is_armed(t) is True]
    return before[-1] if before else actor


def _after(head: Token, *words: str) -> Token | None:
    for preposition in head.children:
        if preposition.lower_ in words and (target := child(preposition, "pobj")) is not None:
            if noun_lemma(target) == "hand":
                return _holder_of_hands(target)
            return target
    return None


def _holder_of_hands(hands: Token) -> Token | None:
    """Whose hands: "in rebel hands", "into the hands of the militia"."""
    owner = child(hands, "poss", "amod", "compound", "nmod")
    return owner if owner is not None else _after(hands, "of")


def _against(frame: VerbFrame, verb: Token, cast: Cast) -> Token | None:
    if frame.against == "obj":
        return child(verb, "dobj") or child(verb, "nsubjpass")
    if frame.against == "subj":
        return subject_of(verb)
    target = _after(verb, "from", "against", "with")
    return target if target is not None and cast.is_armed(target) is True else None


def _subject_fits(
    frame: VerbFrame, actor: Token | None, verb: Token, role: str, cast: Cast
) -> bool:
    kind = frame.subject
    if kind == "any":
        return True
    if kind == "none":
        return cast.in_conflict and (actor is None or cast.is_armed(actor) is not False)
    if actor is None and verb.tag_ == "VB" and verb.dep_ == "acl":
        return cast.in_conflict
    if actor is None:
        is_target = role in {"obj", "subj"} and is_passive(verb)
        return cast.in_conflict and (kind in {"likely", "weapon"} or is_target)
    armed = cast.is_armed(actor)
    if kind in {"weapon", "weapon_only"} and cast.is_weapon(actor):
        return True
    if kind == "weapon_only":
        return False
    if kind == "civil":
        return cast.is_authority(actor)
    if kind == "likely":
        return armed is True or (armed is None and cast.in_conflict)
    return armed is True


# --- nouns ------------------------------------------------------------------------------------------------------


def _noun(link: Link, noun: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """ "The fall of Arden", "the Arden offensive", "control of Arden"."""
    for frame in lexicon().nouns.get(noun_lemma(noun), ()):
        if not _is_modified(frame, noun) or (frame.needs_weapon and not cast.tells_of_weapons):
            continue
        allowed = role in frame.place or (role in {"appos", "is"} and "attr" in frame.place)
        allowed = allowed or (
            role == "in" and frame.weapon_state is not None and cast.has_weapon(noun)
        )
        if not allowed:
            continue
        yield from _noun_finding(frame, link, noun, cast)
        return


def _is_modified(frame: NounFrame, noun: Token) -> bool:
    """Whether the noun has one of the modifiers that its frame asks for."""
    if not frame.modifier:
        return True
    of = [
        p
        for c in noun.children
        if c.dep_ == "prep" and c.lower_ in {"of", "in"}
        for p in c.children
    ]
    near = [*children(noun, "compound", "amod", "nmod"), *of, *(c for o in of for c in o.children)]
    return any(noun_lemma(c) in frame.modifier for c in near)


def _noun_finding(frame: NounFrame, link: Link, noun: Token, cast: Cast) -> Iterator[Finding]:
    if frame.kinds and not cast.is_passage(link.at):
        return
    if frame.state is State.HELD and _is_fought_for(noun):
        yield Finding(
            State.CONTESTED,
            noun.head.head,
            noun.head.head,
            link.at,
            actor=_contender(noun.head.head, cast),
        )
        return
    carrier, state = _light(frame, noun)
    if (
        frame.state is State.HELD
        and state is State.HELD
        and any(c.lower_ in lexicon().complete for c in children(noun, "amod", "compound"))
    ):
        state = State.CAPTURED if carrier is None or verb_lemma(carrier) == "be" else state
    if carrier is None and frame.strict and not cast.in_conflict:
        return
    if (
        frame.state is State.HELD
        and link.role == "prep:in"
        and any(c.lower_ in {"of", "over"} for c in noun.children)
    ):
        return
    if state is State.CONTESTED and cast.is_unrest:
        return
    if (
        state is None
        or _is_no_war(noun)
        or (state is State.CONTESTED and carrier is None and _is_remark(noun))
    ):
        return
    if frame.weapon_state is not None and cast.has_weapon(noun):
        state = frame.weapon_state
    state = _regraded(frame, state, link.at)
    if state is State.THREATENED and link.at.is_region and link.role in {"prep:in", "compound"}:
        state = State.CONTESTED
    if state is None:
        return
    actor = _noun_actor(frame, noun, carrier, cast)
    if not _noun_armed(frame, actor, noun, cast) or (
        state is State.HELD and actor is None and frame.verbs
    ):
        return
    is_lost = carrier is not None and verb_lemma(carrier) in frame.verbs.get("lost", frozenset())
    against = actor if is_lost and isinstance(actor, Token) else _after(noun, "from", "against")
    yield Finding(
        state,
        noun,
        carrier or noun,
        link.at,
        actor=None if is_lost else actor,
        against=against if against is not None and cast.is_armed(against) is not False else None,
        is_background=carrier is None,
        is_presupposed="attr" in frame.place,
        is_lost=is_lost,
    )


def _is_remark(noun: Token) -> bool:
    """ "The battle for Arden is crucial": an opinion of a fight, not news of one."""
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


def _is_no_war(noun: Token) -> bool:
    """ "Tribal clashes", "a terrorist attack": violence that changes nobody's hold."""
    words = lexicon().forces["no_war"]
    if any(c.lower_ in words for c in children(noun, "amod", "compound", "nmod")):
        return True
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


def _is_fought_for(noun: Token) -> bool:
    """ "Fighting for control of X", "battle over control"."""
    above = noun.head
    if noun.dep_ != "pobj" or above.lower_ not in {"for", "over"}:
        return False
    fought = {
        "fight",
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


def _contender(fight: Token, cast: Cast) -> Token | None:
    if is_verb(fight):
        return subject_of(fight)
    return next(
        (c for c in children(fight, "poss", "amod", "compound") if cast.is_armed(c) is True), None
    )


def _noun_armed(frame: NounFrame, actor: Token | None, noun: Token, cast: Cast) -> bool:
    if frame.state in CIVIL_STATES:
        return True
    if actor is not None and cast.is_armed(actor) is False:
        return False
    if frame.armed and actor is None and frame.weapon_state is not None:
        return cast.has_weapon(noun) and cast.in_conflict
    if frame.armed:
        return (
            actor is not None and cast.is_armed(actor) is True or actor is None and cast.in_conflict
        )
    return cast.in_conflict or frame.state in CIVIL_STATES


def _light(frame: NounFrame, noun: Token) -> tuple[Token | None, State | None]:
    """The verb that carries the noun ("took control", "is under siege") and the state it makes of it."""
    verb = noun.head if noun.dep_ in {"dobj", "nsubjpass"} and is_verb(noun.head) else None
    if verb is None and noun.dep_ == "conj" and noun.head.dep_ == "dobj":
        verb = noun.head.head
    if (
        verb is None
        and noun.dep_ == "pobj"
        and noun.head.lower_ in frame.predicate
    ):
        above = noun.head.head
        return (above, frame.state) if is_verb(above) else (None, frame.state)
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


def _regraded(frame: NounFrame, state: State, at: Position) -> State | None:
    if at.near:
        return State.STRUCK if state is State.STRUCK and frame.near is State.STRUCK else frame.near
    if at.part or at.inside or at.inner:
        if state in {State.CAPTURED, State.RECAPTURED, State.HELD}:
            return State.CONTESTED
        return frame.inside if state is frame.state else state
    return state


def _noun_actor(frame: NounFrame, noun: Token, carrier: Token | None, cast: Cast) -> Token | None:
    for where in frame.actor:
        found = _search(where, noun, carrier, cast)
        if found is not None:
            return found
    return None


def _search(where: str, noun: Token, carrier: Token | None, cast: Cast) -> Token | None:
    if where == "poss":
        found = child(noun, "poss")
        if found is not None and found.tag_.startswith("PRP") and cast.is_armed(found) is not True:
            return None
        return found if found is not None and not cast.is_place(found) else None
    if where == "amod":
        named = [c for c in children(noun, "amod", "compound", "nmod") if cast.is_armed(c) is True]
        return named[0] if named else None
    if where == "by":
        return agent_of(noun)
    if where == "between":
        return _after(noun, "between") or _after(noun, "by")
    if where in {"of", "to"}:
        found = _after(noun, where)
        if found is None and where == "to" and carrier is not None:
            found = _after(carrier, "to")
        return found if found is not None and cast.is_armed(found) is True else None
    if (
        carrier is None
        and noun.dep_ == "pobj"
        and noun.head.lower_ in {"in", "under"}
        and cast.is_armed(noun.head.head) is True
    ):
        return noun.head.head
    verb = carrier or (governing_verb(noun) if noun.dep_ in {"dobj", "nsubjpass", "attr"} else None)
    if verb is None or not is_verb(verb):
        return None
    subject = agent_of(verb) if is_passive(verb) else subject_of(verb)
    return None if subject is None or subject.i == noun.i or noun in subject.subtree else subject


# --- nouns carried by a verb ------------------------------------------------------------------------------------


def _carried(link: Link, verb: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """ "Fighting raged in Arden", "they launched an offensive on Arden": the preposition hangs on the verb."""
    if role in {"obj", "subj", "modifier", "appos"}:
        return
    around = [
        p
        for c in verb.children
        if c.lower_ in {"by", "in", "during", "amid", "after", "from"}
        for p in children(c, "pobj")
    ]
    heads = [verb.head] if verb.dep_ == "acl" else []
    for noun in (
        *heads,
        *children(verb, *SUBJECTS, "dobj", "attr"),
        *(p for p in around if p.i < link.at.node.i),
    ):
        for frame in lexicon().nouns.get(noun_lemma(noun), ()):
            if (noun.dep_ in {"nsubj", "pobj"} and not frame.event) or not _is_modified(
                frame, noun
            ):
                continue
            if frame.needs_weapon and not cast.tells_of_weapons:
                continue
            allowed = role in frame.place or (
                role == "in" and frame.weapon_state is not None and cast.has_weapon(noun)
            )
            if allowed or (
                role in {"to", "through"} and verb_lemma(verb) in {"spread", "reach", "extend"}
            ):
                yield from _noun_finding(frame, link, noun, cast)
                return


def _undergone(link: Link, verb: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """ "Arden suffered air raids", "clashes rocked Arden", "Arden braces for an assault"."""
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
                frame.state not in {State.CONTESTED, State.STRUCK, State.THREATENED}
                or (needs_event and not frame.event)
                or (frame.needs_weapon and not cast.tells_of_weapons)
                or frame.strict
            ):
                continue
            if needs_event and frame.state is State.THREATENED:
                continue
            state = State.STRUCK if frame.weapon_state and cast.has_weapon(noun) else frame.state
            state = State.THREATENED if verb_lemma(verb) == "brace" else state
            if cast.in_conflict:
                yield Finding(
                    state, noun, verb, link.at, actor=_noun_actor(frame, noun, None, cast)
                )
            return


def _predicate(link: Link, verb: Token, cast: Cast) -> Iterator[Finding]:
    """ "Arden is under siege", "came under rebel control", "remains in rebel hands"."""
    for preposition in children(verb, "prep"):
        noun = child(preposition, "pobj")
        if noun is None:
            continue
        for frame in lexicon().nouns.get(noun_lemma(noun), ()):
            if preposition.lower_ not in frame.predicate:
                continue
            state = _regraded(frame, _became(frame, verb), link.at)
            actor = (
                _noun_actor(frame, noun, None, cast)
                if "hand" not in frame.nouns
                else _holder_of_hands(noun)
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
            _of_part(state, link.at), complement, verb, link.at, actor=agent_of(complement)
        )


def _became(frame: NounFrame, verb: Token) -> State:
    """ "Came under control" is a change, "is under control" is none."""
    changing = lexicon().factuality["change_verbs"]
    return (
        frame.become if frame.become is not None and verb_lemma(verb) in changing else frame.state
    )


# --- fights without a place of their own -----------------------------------------------------------------------


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
                actor = _noun_actor(frame, token, None, cast)
                at = Position(place, ("beside",))
                return Finding(frame.state, token, token, at, actor=actor, is_background=True)
    return None


_ONGOING = frozenset({"amid", "amidst", "during", "under", "despite", "by"})


def _is_spell_of(noun: Token) -> bool:
    """ "Amid a barrage of strikes", "under days of shelling"."""
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


# --- headlines that the parser does not see through ---------------------------------------------------------------


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
        or noun_lemma(token) in lexicon().place_nouns
        and token.tag_ != "VBZ"
    )
