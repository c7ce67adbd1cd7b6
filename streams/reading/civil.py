"""The civil states, told of a place rather than done to it: power and water, orders to leave, ways shut and open."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.beside import is_beside
from streams.reading.finding import Finding, after, doer
from streams.reading.lexicon import lexicon
from streams.reading.participants import Cast
from streams.reading.position import Link, Position
from streams.reading.syntax import (
    child,
    children,
    governing_verb,
    is_verb,
    noun_lemma,
    particles,
    verb_lemma,
)


def civil_findings(place: Token, cast: Cast, *, is_region: bool) -> Iterator[Finding]:
    """Yield what the clause of `place` tells of its power or water, and of orders to its people.

    A power cut somewhere in a region is not the region's.
    """
    if is_beside(place):
        return
    is_told_whole = not is_region or place.dep_ in {"nsubj", "nsubjpass", "ROOT"}
    if is_told_whole and not (is_of_reactor(place) or _is_spared(place)):
        yield from _services(place, cast)
        yield from _dark(place)
    yield from _orders(place)
    yield from _leave_taken(place)
    for own in (_own_order(place), _led_out(place)):
        if own is not None:
            yield own


def is_of_reactor(place: Token) -> bool:
    """Return whether the place only says which nuclear plant is told of: what the plant lacks, the town may well have."""
    words = lexicon().civil
    return any(
        noun_lemma(t) in words["reactors"]
        and t.dep_ in {"nsubj", "nsubjpass", "appos", "ROOT"}
        and any(c.lower_ in words["nuclear"] for c in children(t, "amod", "compound", "nmod"))
        for t in place.ancestors
    )


def _is_spared(place: Token) -> bool:
    """As in "a million without power, Arden spared"."""
    after_it = place.doc[place.i + 1 : place.i + 3]
    return any(t.lower_ in lexicon().civil["spared"] for t in after_it)


def way_is(link: Link, verb: Token, cast: Cast) -> Finding | None:
    """Return that a way is shut or open, or None: "the crossing remains closed", "the airport is open again"."""
    said = child(verb, "acomp", "oprd")
    if link.role != "subj" or link.at.inside or said is None or not cast.is_passage(link.at):
        return None
    words = lexicon().civil
    if said.lower_ in words["closed"]:
        return Finding(State.CLOSED, said, verb, link.at)
    is_again = any(c.lower_ in {"again", "now"} for c in (*verb.children, *said.children))
    if said.lower_ in words["open"] and is_again:
        return Finding(State.REOPENED, said, verb, link.at)
    return None


# --- power, water -----------------------------------------------------------------------------------------------


# "Running water" is water; "military power" is none of these.
_OF_SERVICE = frozenset(
    {"running", "drinking", "tap", "electrical", "electric", "main", "mains", "external"}
)
_FOOD = frozenset({"food", "medicine", "shelter", "bread"})
_BACK = frozenset({"back", "restored", "on"})
_OUT = frozenset({"out", "down", "off"})


def _services(place: Token, cast: Cast) -> Iterator[Finding]:
    for token in place.doc:
        if not _is_service(token) and token.lower_ not in {"darkness", "grid"}:
            continue
        noun = _first_of_list(token)
        if not _share_a_clause(place, noun):
            continue
        state = _service_state(noun, cast)
        if state is not None:
            anchor = governing_verb(noun) or place
            is_none = any(c.lower_ == "no" for c in children(noun, "det"))
            trigger = anchor if is_none else token  # "no power" denies nothing
            yield Finding(state, trigger, anchor, Position(place, ("service",)))


def _dark(place: Token) -> Iterator[Finding]:
    """As in "Arden went dark", "left half of Arden in the dark"."""
    part = place
    while part.dep_ == "pobj" and part.head.lower_ == "of":
        part = part.head.head  # "half of Arden"
    verb = part.head
    if part.dep_ not in {"nsubj", "nsubjpass", "dobj"}:
        return
    for token in verb.subtree:
        is_told = token.dep_ in {"acomp", "oprd"} and token.head == verb
        is_in = token.dep_ == "pobj" and token.head.lower_ == "in" and token.head.head == verb
        is_dark = token.lower_ == "dark" and verb_lemma(verb) in {"go", "leave", "be", "remain"}
        if is_dark and (is_told or is_in):
            yield Finding(State.OUTAGE, token, verb, Position(place, ("service",)))


def _is_service(token: Token) -> bool:
    """Whether `token` heads the name of a service: "power", "the power supply", "running water"."""
    words = lexicon().civil
    if not token.tag_.startswith("NN"):
        return False
    own = {noun_lemma(c) for c in children(token, "compound", "amod", "nmod")}
    if noun_lemma(token) in words["lines"]:
        return bool(own & words["services"])
    return (
        noun_lemma(token) in words["services"] and token.dep_ != "compound" and own <= _OF_SERVICE
    )


def _is_running(noun: Token) -> bool:
    """As in "without running water", where the parser takes "running" for a verb."""
    return bool(noun.head.lower_ == "running" and noun.head.head.lower_ == "without")


def _first_of_list(token: Token) -> Token:
    while token.dep_ == "conj" and token.head.tag_.startswith("NN"):
        token = token.head
    return token


def _share_a_clause(place: Token, noun: Token) -> bool:
    """Whether the same verb governs both, or the place itself carries the noun ("Arden without power")."""
    verb = governing_verb(place)
    if place in noun.ancestors:
        return True
    told = noun.head if _is_running(noun) else noun
    return verb == governing_verb(told) and not any(
        _is_other(t) for t in place.ancestors if verb is None or verb in t.ancestors
    )


def _is_other(token: Token) -> bool:
    """Whether the place only locates something else, as the storm of "a storm in Arden cut power to Dorn"."""
    words = lexicon()
    having = words.civil["consumers"] | words.civil["services"] | words.civil["lines"]
    return token.tag_.startswith("NN") and noun_lemma(token) not in (
        having | words.place_nouns | words.parts
    )


def _service_state(noun: Token, cast: Cast) -> State | None:
    words = lexicon().civil
    if _is_running(noun):
        return State.OUTAGE
    if noun.dep_ == "pobj" and noun.head.lower_ == "without":
        listed = {noun_lemma(t) for t in noun.subtree}
        return None if listed & _FOOD and "power" not in listed else State.OUTAGE
    verb = noun.head
    if noun.lower_ == "grid" and noun.dep_ == "pobj":
        return State.OUTAGE if _is_off_grid(noun.head) else None
    if noun.lower_ == "darkness":
        is_left = noun.dep_ == "pobj" and verb_lemma(verb.head) in words["dark_verbs"]
        return State.OUTAGE if is_left else None
    if noun.dep_ not in {"nsubj", "nsubjpass", "dobj", "attr"} or not is_verb(verb):
        return None
    if any(c.lower_ == "no" for c in children(noun, "det")):
        is_of_people = child(noun, "acl", "relcl") is not None or after(noun, "over")
        return State.OUTAGE if not is_of_people and _has_it(verb, cast) else None
    lemma = verb_lemma(verb)
    if lemma in {"be", "go", "come", "remain", "stay"} and noun.dep_ == "nsubj":
        said = particles(verb) | {c.lower_ for c in children(verb, "advmod", "acomp")}
        if said & _BACK:
            return State.RESTORED
        return State.OUTAGE if said & _OUT else None
    if lemma in words["lost_verbs"]:
        return State.OUTAGE if lemma != "lose" or _has_it(verb, cast) else None
    is_back = lemma == "bring" and "back" in particles(verb) and verb.dep_ != "acl"
    return State.RESTORED if is_back or lemma in words["regained_verbs"] else None


def _is_off_grid(preposition: Token) -> bool:
    """As in "was cut off from the grid", "lost its connection to the grid"."""
    head = preposition.head
    if preposition.lower_ == "to" and head.lower_ in {"connection", "connections", "link"}:
        return head.dep_ == "dobj" and verb_lemma(head.head) == "lose"
    return preposition.lower_ == "from" and verb_lemma(head) in {"cut", "disconnect", "sever"}


def _has_it(verb: Token, cast: Cast) -> bool:
    """Whether a place, its homes or its people are said to have the service, no party that loses power."""
    subject = child(verb, "nsubj", "expl")
    return subject is not None and (
        subject.dep_ == "expl"
        or cast.is_place(subject)
        or noun_lemma(subject) in lexicon().civil["consumers"]
    )


# --- orders to leave --------------------------------------------------------------------------------------------


def _orders(place: Token) -> Iterator[Finding]:
    """As in "residents of Arden were told to leave", "Arden residents were allowed to return home"."""
    words = lexicon()
    for verb in place.doc:
        lemma = verb_lemma(verb)
        is_order = lemma in words.factuality["order_verbs"] - {"force"}
        if not is_verb(verb) or not (is_order or lemma in words.civil["let_verbs"]):
            continue
        told = child(verb, "dobj", "nsubjpass") or after(verb, "on", "for")
        done = child(verb, "xcomp", "ccomp")
        if told is None and done is not None:
            told = child(done, "nsubj")
        if told is None or not _are_people_of(told, place):
            continue
        state = _ordered(verb, done, is_order=is_order)
        if state is not None:
            by = doer(verb)
            yield Finding(state, done or verb, verb, Position(place, ("told",)), actor=by)


_MUST = frozenset({"must", "should"})
_MAY = frozenset({"may", "can", "could"})


def _leave_taken(place: Token) -> Iterator[Finding]:
    """As in "Everyone in Arden must leave", "Residents may return to Arden", "it is safe to return to Arden"."""
    words = lexicon().civil
    for verb in place.doc:
        if not is_verb(verb) or verb not in place.ancestors:
            continue
        said = {c.lower_ for c in children(verb, "aux")}
        who = child(verb, "nsubj")
        are_people = who is not None and noun_lemma(who) in words["told"]
        lemma, at = verb_lemma(verb), Position(place, ("told",))
        if are_people and said & _MUST and lemma in words["leave_verbs"] - {"go"}:
            yield Finding(State.EVACUATION_ORDERED, verb, verb, at, is_presupposed=True)
        is_home = lemma == "return" or any(c.lower_ in {"home", "back"} for c in verb.children)
        is_safe = verb.dep_ == "xcomp" and any(c.lower_ == "safe" for c in verb.head.children)
        if lemma in words["return_verbs"] and is_home and (is_safe or (are_people and said & _MAY)):
            yield Finding(State.EVACUATION_LIFTED, verb, verb, at, is_presupposed=True)


def _led_out(place: Token) -> Finding | None:
    """As in "the evacuation of civilians from Arden": the place hangs on those who are led out."""
    people = place.head.head
    if place.head.lower_ != "from" or noun_lemma(people) not in lexicon().civil["told"]:
        return None
    evacuation = people.head.head
    if people.head.lower_ != "of" or noun_lemma(evacuation) != "evacuation":
        return None
    at = Position(place, ("people",))
    return Finding(State.EVACUATION_ORDERED, evacuation, evacuation, at)


def _own_order(place: Token) -> Finding | None:
    """What the place itself does: "Arden lifts its evacuation order", "Arden issues an evacuation alert"."""
    verb = place.head
    order = child(verb, "dobj") if place.dep_ == "nsubj" else None
    if order is None or not any(
        noun_lemma(t) == "evacuation" for t in (order, *children(order, "compound", "conj"))
    ):
        return None
    words = lexicon().civil
    lemma = verb_lemma(verb)
    if lemma in words["lift_verbs"]:
        return Finding(State.EVACUATION_LIFTED, order, verb, Position(place, ("own",)))
    if lemma in words["issue_verbs"]:
        return Finding(State.EVACUATION_ORDERED, order, verb, Position(place, ("own",)))
    return None


def _ordered(verb: Token, done: Token | None, *, is_order: bool) -> State | None:
    words = lexicon().civil
    if is_order:
        is_out = "out" in particles(verb)
        is_left = done is not None and verb_lemma(done) in words["leave_verbs"] - {"go"}
        where = child(done, "dobj") if done is not None else None
        is_home = where is None or noun_lemma(where) in lexicon().place_nouns | {"home", "house"}
        return State.EVACUATION_ORDERED if is_out or (is_left and is_home) else None
    if done is None or verb_lemma(done) not in words["return_verbs"]:
        return None
    is_back = verb_lemma(done) == "return" or any(
        c.lower_ in {"home", "back"} for c in done.children
    )
    return State.EVACUATION_LIFTED if is_back else None


def _are_people_of(told: Token, place: Token) -> bool:
    """Whether those told are the people of the place: "residents of Arden", "Arden residents", "people in Arden"."""
    if told == place or (noun_lemma(told) in lexicon().place_nouns and place in told.subtree):
        return True
    if noun_lemma(told) not in lexicon().civil["told"]:
        return False
    return any(
        c == place or place in c.subtree
        for c in told.children
        if c.dep_ in {"compound", "poss", "nmod"} or c.lower_ in {"of", "in", "from", "across"}
    )
