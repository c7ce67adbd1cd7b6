"""Frames: what each link between a place and a word of the lexicon says, and who acts."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.civil import way_is
from streams.reading.finding import Finding, of_part
from streams.reading.idioms import is_manner_of_speaking
from streams.reading.lexicon import lexicon
from streams.reading.noun_frames import (
    carried,
    of_noun,
    predicate,
    undergone,
)
from streams.reading.owned import presence, whose
from streams.reading.participants import Cast
from streams.reading.position import PART_OF_REGION, Link, Position
from streams.reading.syntax import (
    child,
    children,
    is_verb,
    noun_lemma,
)
from streams.reading.verb_frames import evacuation_order, of_verb


def findings(link: Link, cast: Cast) -> Iterator[Finding]:
    """Yield what `link` says of its place."""
    head = link.head
    if link.role in {"presence", "gone"}:
        seen = presence(link, cast)
        if seen is not None:
            yield seen
        return
    if link.role == "modifier" or cast.joined(head) is not None:
        yield from _modifier(link, cast)
        return
    if _is_located_by(link, cast) or is_manner_of_speaking(head, cast):
        return
    role = link.role.removeprefix("prep:").removeprefix("be:")
    if not is_verb(head) or link.role.startswith("be:") or head.tag_ == "VBG":
        yield from of_noun(link, head, role, cast)
    if is_verb(head):
        ordered = evacuation_order(link, head, cast)
        if ordered is not None:
            yield ordered
            return
        yield from of_verb(link, head, role, cast)
        yield from carried(link, head, role, cast)
        yield from undergone(link, head, role, cast)
        if link.role in {"subj", "obj"}:
            yield from predicate(link, head, cast)
            yield from _scene(link, head)
            for said in (way_is(link, head, cast), whose(link, head, cast)):
                if said is not None:
                    yield said


_SCENES = frozenset(
    {"scene", "site", "focus", "centre", "center", "heart", "epicentre", "epicenter"}
)


def _scene(link: Link, verb: Token) -> Iterator[Finding]:
    """As in "Arden is the scene of fierce fighting", "Arden is at the centre of the battle"."""
    at = children(verb, "prep")
    for noun in (*children(verb, "attr"), *(p for c in at for p in children(c, "pobj"))):
        of = child(noun, "prep") if noun_lemma(noun) in _SCENES else None
        fight = child(of, "pobj") if of is not None and of.lower_ in {"of", "for"} else None
        frames = lexicon().nouns.get(noun_lemma(fight), ()) if fight is not None else ()
        if fight is not None and any(f.state is State.CONTESTED and f.event for f in frames):
            yield Finding(State.CONTESTED, fight, verb, link.at)


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
    """As in "Took the airport of Arden in Vale County": the county only locates what was taken.

    "In X" says something of X itself when nothing else with a name is the object; a region is never changed by
    what happened to a town in it.
    """
    at = link.at
    is_piece = at.path == (PART_OF_REGION,)
    if at.is_region and (at.inside or at.part) and not (is_piece or _is_ground(at)):
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


def _modifier(link: Link, cast: Cast) -> Iterator[Finding]:
    """As in "Rebel-held Arden", "the besieged city of Arden"."""
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
                of_part(state, at),
                word,
                word,
                at,
                actor=who,
                is_background=True,
                is_presupposed=True,
            )
        return
    state = lexicon().modifiers.get(word.lower_)
    if state is None or (word.dep_ == "compound" and not word.tag_.startswith(("VB", "JJ"))):
        return
    if any(c.lower_ in lexicon().partly for c in children(word, "advmod")):
        at = at.up(at.node, word.lower_, part=True)
    actor = _modifier_actor(word)
    yield Finding(
        of_part(state, at), word, word, at, actor=actor, is_background=True, is_presupposed=True
    )


def _modifier_actor(word: Token) -> Token | None:
    return next((c for c in word.children if c.dep_ in {"npadvmod", "compound", "nmod"}), None)
