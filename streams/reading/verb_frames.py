"""Verbs: which state a link between a place and a verb of the lexicon says, and who acts."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from placewatch.vocabulary import WAR_STATES, State
from streams.reading.finding import Finding, after, doer
from streams.reading.idioms import is_nearest
from streams.reading.lexicon import VerbFrame, lexicon
from streams.reading.participants import Cast
from streams.reading.position import PART_OF_REGION, Link, Position
from streams.reading.syntax import (
    RELATIVE,
    SUBJECTS,
    agent_of,
    child,
    children,
    governing_verb,
    is_absolute,
    is_passive,
    noun_lemma,
    particles,
    subject_of,
    verb_lemma,
)


_SEIZING = frozenset({"seize", "capture", "retake", "recapture", "regain", "wrest"})


def of_verb(link: Link, verb: Token, role: str, cast: Cast) -> Iterator[Finding]:
    """Yield what `verb` says of the place that stands in `role` to it: the first frame that fits, if any."""
    role = _true_role(verb, role)
    role = "in" if role == "on" and noun_lemma(link.at.node) == "street" else role
    if role == "from" and verb_lemma(verb) in _SEIZING and link.at.inside:
        role = "in" if cast.is_armed(link.at.node) is True else role  # "from rebels in Arden"
    for frame in lexicon().verbs.get(verb_lemma(verb), ()):
        if frame.given and not _is_now(verb):
            continue  # "defended the town": how it went is told elsewhere
        if role not in frame.place or not _fits(frame, link, verb, role, cast):
            continue
        state = _graded(frame, link.at)
        if state is None:
            continue
        if verb_lemma(verb) == "attack" and _with_weapon(verb, cast):
            state = State.STRUCK
        actor = _nearest_force(verb, _verb_actor(frame, verb), cast)
        acting = actor
        if frame.actor == "none" and frame.subject != "none":
            acting = doer(verb)
        elif actor is None and frame.against == "subj" and not is_passive(verb):
            acting = subject_of(verb)  # "the army lost Arden": nobody is named who took it
        if not _subject_fits(frame, acting, verb, role, cast) or (
            state is State.CONTESTED
            and (_is_riot(verb, cast) or _is_somewhere_in_region(verb, link.at, role))
        ):
            continue
        against = _against(frame, verb, cast)
        yield Finding(
            _completed(state, verb),
            verb,
            verb,
            link.at,
            actor=actor,
            against=against,
            is_lost=verb_lemma(verb) == "lose",
            is_presupposed=frame.given,
        )
        giver = doer(verb) if frame.leaves else None
        if giver is not None:
            yield Finding(State.WITHDRAWN, verb, verb, link.at, actor=giver)
        return


def _is_now(verb: Token) -> bool:
    """Whether it goes on or is next: "prepare to defend X", not "defended X", "the ability to defend X"."""
    if verb.tag_ == "VBD" or verb.dep_ in {"csubj", "nsubj"}:
        return False
    if verb.tag_ != "VB":
        return True
    above = governing_verb(verb)
    while above is not None and above.tag_ == "VB":
        above = governing_verb(above)  # "went there to help defend X"
    is_past = above is not None and any(t.tag_ == "VBD" for t in (above, *above.children))
    return verb.dep_ != "acl" and not is_past


def _with_weapon(verb: Token, cast: Cast) -> bool:
    """Whether the attack is one from afar: "attacked with drones", "attacked the town through air strikes"."""
    return any(
        cast.is_weapon(p)
        for c in verb.children
        if c.lower_ in {"with", "by", "through", "using", "in"}
        for p in children(c, "pobj", "dobj")
    )


_WHOLE = frozenset({State.CAPTURED, State.RECAPTURED, State.HELD})


def _is_of_a_clause(verb: Token) -> bool:
    """Whether `verb` has a subject, or shares one: not "declares that occupied regions are ..."."""
    own = child(verb, "nsubj")
    return own.lower_ not in RELATIVE if own is not None else verb.dep_ == "conj"


def _completed(state: State, verb: Token) -> State:
    """Return what is left of `state` where only a part is done ("partly liberated") or it still goes on.

    "Now controls" tells of a change; so does "likely controls".
    """
    adverbs = {c.lower_ for c in children(verb, "advmod")}
    if state is State.ENTERED and verb.lower_ == "been" and after(verb, "since") is not None:
        return State.HELD  # "have been in the town since the spring"
    if state not in _WHOLE:
        return state
    if verb_lemma(verb) == "occupy" and verb.tag_ == "VBD" and _is_of_a_clause(verb):
        return State.CAPTURED  # "crossed the river and occupied the village"
    if adverbs & lexicon().partly:
        return State.CONTESTED
    if state is State.HELD:
        is_new = bool(adverbs & {"now", "likely", "reportedly"}) and verb.tag_ in {"VBZ", "VBP"}
        return State.CAPTURED if is_new else state
    above = verb.head
    is_going_on = verb.dep_ == "xcomp" and verb_lemma(above) in {"continue", "begin", "start"}
    return State.CONTESTED if is_going_on and child(above, "dobj") is None else state


def _is_somewhere_in_region(verb: Token, at: Position, role: str) -> bool:
    """Fighting somewhere in a region does not put the region in dispute; fighting for it does."""
    is_fight = verb_lemma(verb) in {"fight", "clash", "battle", "skirmish"}
    return is_fight and at.is_region and not at.part and role not in {"for", "over", "obj"}


def _is_riot(verb: Token, cast: Cast) -> bool:
    """Clashes with protesters are not a fight for a place."""
    parties = [c for c in verb.children if c.dep_ in SUBJECTS] + [
        p for w in verb.children if w.lower_ in {"with", "between"} for p in w.children
    ]
    return any(cast.is_armed(t) is False for p in parties for t in (p, *children(p, "conj")))


def evacuation_order(link: Link, verb: Token, cast: Cast) -> Finding | None:
    """Return the order to civilians to leave that `verb` tells, or None: "residents were told to leave Arden": people who are not armed are made to go."""
    if verb_lemma(verb) not in {"evacuate", "leave", "flee", "abandon"} or verb.dep_ not in {
        "xcomp",
        "ccomp",
    }:
        return None
    order = verb.head
    if verb_lemma(order) not in lexicon().factuality["order_verbs"]:
        return None
    told = child(order, "dobj", "nsubjpass") or child(verb, "nsubj") or after(order, "on", "for")
    if told is None and order.tag_ in {"VBN", "VBD"}:  # headlines: "People told to leave X"
        told = order.head if order.dep_ == "acl" else child(order, "nsubj")
    if told is None or cast.is_armed(told) is not False:
        return None
    by = agent_of(order) if is_passive(order) else subject_of(order)
    by = None if by == told else by
    return Finding(State.EVACUATION_ORDERED, verb, order, link.at, actor=by)


_SUPPLIES = frozenset({"grid", "network", "internet"})


def _true_role(verb: Token, role: str) -> str:
    if role == "subj" and is_passive(verb):
        return "obj"
    return role


def _graded(frame: VerbFrame, at: Position) -> State | None:
    if at.near:
        return frame.near
    if PART_OF_REGION in at.path and frame.state is State.WITHDRAWN:
        return frame.state
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
    is_made_to = verb_lemma(verb) in {"force", "drive", "push"} and is_passive(verb)
    if frame.state is State.WITHDRAWN and is_made_to and agent_of(verb) is not None:
        return False  # "pushed out of Arden by the rebels": who pushes has it
    is_left = verb_lemma(verb) in {"leave", "abandon", "desert"} and is_passive(verb)
    if is_left and agent_of(verb) is None:
        return False  # "was left without power", "a town abandoned by its people"
    if verb_lemma(verb) in {"change", "switch", "swap"} and any(
        c.lower_ in {"twice", "times"} for c in verb.subtree
    ):
        return False  # who has it now?
    source = after(verb, "from") if verb_lemma(verb) == "cut" else None
    if source is not None and noun_lemma(source) in _SUPPLIES | lexicon().civil["services"]:
        return False  # no siege
    if verb_lemma(verb) == "be" and noun_lemma(after(verb, "in") or verb) in {"control", "charge"}:
        return False  # "where the rebels are in control": they hold it
    if verb_lemma(verb) == "claim" and child(verb, "ccomp") is not None:
        return False
    if frame.with_ and not any(
        c.lower_ in frame.with_ and _has_force(c, cast)
        for c in children(verb, "prep", "agent", "dative")
    ):
        return False
    if frame.kinds and not (cast.is_passage(link.at) and _is_whole(frame, verb, role)):
        return False
    giver = doer(verb) if frame.leaves else None
    if giver is not None and giver.lower_ in {"he", "she"}:
        return False  # a statesman, in a manner of speaking
    if frame.done and verb.tag_ not in {"VBD", "VBN"}:
        return False
    return _object_fits(frame, link, verb, role, cast)


def _object_fits(frame: VerbFrame, link: Link, verb: Token, role: str, cast: Cast) -> bool:
    target = _object_of(frame, verb, role)
    if frame.all_ and not (target is not None and any(c.lower_ in _EVERY for c in target.children)):
        return False
    if (
        link.at.inside
        and role == "obj"
        and frame.state not in {State.STRUCK, State.ENTERED, State.WITHDRAWN}
    ):
        if "force" in frame.object:  # "battling rebels in Arden"
            is_fight = frame.state in {State.CONTESTED, State.BESIEGED}
            return is_fight and cast.is_armed(link.at.node) is True
        return noun_lemma(link.at.node) in (frame.object or lexicon().parts | lexicon().place_nouns)
    is_among = link.at.inside and frame.state in {State.ENTERED, State.CONTESTED}
    if is_among and noun_lemma(link.at.node) not in lexicon().parts | lexicon().place_nouns:
        return cast.is_armed(link.at.node) is True
    if frame.mutual and not _is_mutual(verb):
        return False
    if frame.ranged and not _is_fire(verb):
        return False
    if frame.bare and (is_passive(verb) or child(verb, "dobj") is not None):
        return False
    if not frame.object:
        return frame.mutual or (
            role in {"obj", "subj"}
            or child(verb, "dobj") is None
            or frame.state is State.STRUCK
            or frame.state is State.ENTERED
        )
    if target is None:
        return False
    if "any" in frame.object:
        return True
    if "force" in frame.object:
        is_named = noun_lemma(target) in frame.object
        return is_named or (cast.is_armed(target) is not False and cast.is_force(target))
    counted = after(target, "of") if noun_lemma(target) in lexicon().forces["counts"] else None
    return any(
        noun_lemma(t) in frame.object
        for t in (target, *children(target, "compound", "conj"), *([counted] if counted else []))
    )


def _is_whole(frame: VerbFrame, verb: Token, role: str) -> bool:
    """Whether it is the passage itself that opens or shuts, not "the airport reopened its canteen"."""
    return bool(frame.object) or role != "subj" or child(verb, "dobj") is None


_EVERY = frozenset({"every", "all", "each", "both", "last"})


def _object_of(frame: VerbFrame, verb: Token, role: str) -> Token | None:
    """What the verb is done to; of an airport, also what goes on there ("flights resumed at ...")."""
    if frame.actor == "force" and is_passive(verb):
        return _undergoer(verb)
    if frame.kinds and role not in {"subj", "obj"}:
        return child(verb, "nsubjpass") or (
            child(verb, "nsubj") if child(verb, "dobj") is None else None
        )
    if verb.dep_ == "acl" and is_passive(verb):
        return verb.head
    if is_absolute(verb):
        return child(verb, "nsubj", "nsubjpass")
    if verb.dep_ == "advcl" and is_passive(verb) and child(verb, "nsubjpass") is None:
        return child(verb.head, "nsubj", "nsubjpass")  # "driven from Arden, the rebels ..."
    return child(verb, "dobj") or (child(verb, "nsubjpass") if is_passive(verb) else None)


def _has_force(preposition: Token, cast: Cast) -> bool:
    target = child(preposition, "pobj")
    return target is not None and cast.is_armed(target) is True


def _verb_actor(frame: VerbFrame, verb: Token) -> Token | None:
    if frame.actor == "none":
        return None
    if frame.actor == "against":
        return after(verb, "against", "from")
    if frame.actor == "to":
        return after(verb, "to", "into")
    if frame.actor == "force":
        return doer(verb) if not is_passive(verb) else _undergoer(verb)
    return doer(verb)


def _is_mutual(verb: Token) -> bool:
    """Whether they do it to each other: "shot at each other", "shelled one another"."""
    done_to = [*children(verb, "dobj"), *(p for c in children(verb, "prep") for p in c.children)]
    return any(
        t.lower_ in {"other", "another"} and t.nbor(-1).lower_ in {"each", "one"} for t in done_to
    )


def _is_fire(verb: Token) -> bool:
    """Whether it is fire from afar: "fired on the town", "opened fire on", "opened up on", not "fired a worker"."""
    target = child(verb, "dobj")
    if target is not None:
        return target.lower_ == "fire" or noun_lemma(target) in lexicon().forces["weapon_nouns"]
    return verb_lemma(verb) == "fire" or "up" in particles(verb)


def _undergoer(verb: Token) -> Token | None:
    """What the passive `verb` is said of: "columns were seen", "gunmen holed up in the town"."""
    own = child(verb, "nsubjpass", "nsubj")
    if verb.dep_ == "acl" or (own is not None and own.lower_ in RELATIVE):
        return verb.head
    return child(verb.head, "nsubj") if own is None and verb.dep_ == "advcl" else own


def _nearest_force(verb: Token, actor: Token | None, cast: Cast) -> Token | None:
    """The subject just before a loose participle where the parser's choice is no force.

    "His words came as rebels left the hills, edging closer to Arden": the rebels edge closer, not the words.
    """
    if verb.dep_ != "advcl" or verb.tag_ != "VBG" or actor is None or cast.is_armed(actor) is True:
        return actor
    before = [t for t in verb.doc[: verb.i] if t.dep_ == "nsubj" and cast.is_armed(t) is True]
    return before[-1] if before else actor


def _against(frame: VerbFrame, verb: Token, cast: Cast) -> Token | None:
    if frame.against == "obj":
        return child(verb, "dobj") or child(verb, "nsubjpass")
    if frame.against == "subj":
        return doer(verb)  # "the army lost Arden", "Arden was lost by the army"
    fight = child(verb, "dobj")  # "engaged in clashes with", "fought a battle against"
    target = after(verb, "from", "against", "with")
    if target is None:
        fights = [*([fight] if fight is not None else []), *_objects(verb, "in")]
        target = next((t for f in fights if (t := after(f, "with", "against")) is not None), None)
    return target if target is not None and cast.is_armed(target) is True else None


def _objects(verb: Token, preposition: str) -> list[Token]:
    return [p for c in verb.children if c.lower_ == preposition for p in children(c, "pobj")]


def _subject_fits(
    frame: VerbFrame, actor: Token | None, verb: Token, role: str, cast: Cast
) -> bool:
    kind = frame.subject
    if kind == "any":
        return True
    if frame.state is State.ENTERED and actor is not None and is_nearest(actor):
        return False
    if kind == "none":
        is_civil = frame.state not in WAR_STATES
        is_nobody = actor is None or cast.is_armed(actor) is not False
        return (cast.in_conflict or is_civil) and is_nobody
    if actor is None and verb.tag_ == "VB" and verb.dep_ == "acl":
        return cast.in_conflict
    if actor is None and kind == "weapon_only" and not cast.tells_of_weapons:
        return False
    if actor is None:
        is_target = role in {"obj", "subj"} and is_passive(verb)
        return cast.in_conflict and (kind in {"likely", "weapon"} or is_target)
    armed = cast.is_armed(actor)
    if kind in {"weapon", "weapon_only"} and cast.is_weapon(actor):
        return True
    if kind == "weapon_only":
        return False
    if kind == "troops":
        is_counted = child(actor, "nummod") is not None
        return actor.lower_ in lexicon().forces["state_troops"] and not is_counted
    if kind == "civil":
        return cast.is_authority(actor)
    if kind == "likely":
        return armed is True or (armed is None and cast.in_conflict)
    return armed is True
