"""Whose a place is, said without a verb of holding: "Arden is ours", "Rebels inside Arden"."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.finding import Finding, after, of_part
from streams.reading.participants import Cast
from streams.reading.position import Link
from streams.reading.syntax import child, children


_OURS = frozenset({"ours", "theirs", "mine"})
_FREE = frozenset({"free", "clear", "clean"})
_BEING = frozenset({"is", "are", "was", "were", "'s", "remains", "remain", "be", "been", "stays"})


def whose(link: Link, verb: Token, cast: Cast) -> Finding | None:
    """Return whose the place is said to be: "Arden is ours again", "Arden is Russian", "is free of rebels"; or None."""
    if link.role != "subj" or verb.lower_ not in _BEING or link.at.near or link.at.inside:
        return None
    said = child(verb, "acomp", "attr")
    if said is None or not cast.in_conflict:
        return None
    if said.lower_ in _FREE:
        gone = after(said, "of")
        if gone is None or cast.is_armed(gone) is not True:
            return None
        return Finding(of_part(State.RECAPTURED, link.at), said, verb, link.at, against=gone)
    is_ours = said.lower_ in _OURS
    if not is_ours and (cast.demonym(said) is None or any(_is_content(c) for c in said.children)):
        return None
    around = {c.lower_ for c in (*verb.children, *said.children)}
    state = State.HELD
    if "again" in around:
        state = State.RECAPTURED
    elif "now" in around:
        state = State.CAPTURED
    return Finding(of_part(state, link.at), said, verb, link.at, actor=None if is_ours else said)


def _is_content(token: Token) -> bool:
    return token.dep_ not in {"advmod", "punct", "neg", "prep", "cc", "conj"}


def presence(link: Link, cast: Cast) -> Finding | None:
    """Return what a headline without a verb says: "Rebels inside Arden", "Rebels 5 km from Arden", or None."""
    force = link.head
    is_headline = force.dep_ in {"ROOT", "dep"} and not any(children(force, "nsubj", "aux"))
    if cast.is_armed(force) is not True or not is_headline:
        return None
    if link.role == "gone":
        return Finding(State.WITHDRAWN, force, force, link.at, actor=force)
    if link.at.near:
        return Finding(State.THREATENED, force, force, link.at, actor=force)
    state = State.CONTESTED if link.at.part else State.ENTERED
    return Finding(state, force, force, link.at, actor=force)
