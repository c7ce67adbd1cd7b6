"""The climb: from a place in the parse up to the words that may say something of it.

A place is worth what the phrase around it is worth: "Arden", "the city of Arden", "A, B and Arden", "the port
city, Arden". Parts ("most of Arden"), edges ("the outskirts of Arden") and things located in it ("a base in
Arden") are climbed through and remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Token

from streams.reading.adverbs import from_adverb
from streams.reading.clauses import fronted, is_list, named_before
from streams.reading.lexicon import lexicon
from streams.reading.phrases import (
    KM,
    after_address,
    is_close,
    is_close_by,
    is_close_from,
    is_cut_down,
    is_latest,
    is_part_phrase,
    is_within_reach,
    listed_before,
    trailing_participle,
)
from streams.reading.position import PART_OF_REGION, Link, Position
from streams.reading.syntax import child, children, is_noun, is_verb, noun_lemma, verb_lemma


LOCATIVE = frozenset({"in", "inside", "within", "at", "across", "throughout", "on"})
NEAR = frozenset({"outside", "around"})
_LOCATING = frozenset({"near", "beyond", "off", "by", "along", "via", "between"})
_WITH = frozenset({"with", "between", "against", "by"})
_MAX_STEPS = 12
_POSTED = frozenset({"stationed", "based", "deployed", "posted", "positioned", "garrisoned"})
_MOVING = frozenset({"into", "from", "onto", "toward", "towards"})
_WHOLE_OF = frozenset({"of"})
_LAND = frozenset({"land", "ground", "territory", "area"})
_TOWN = frozenset({"city", "town", "village", "settlement", "capital", "suburb"})
_BRINK = frozenset({"brink", "verge", "cusp", "point", "edge"})
_GROUND = frozenset({"territory", "land", "ground"})
_REGION = frozenset({"region", "province", "district", "county", "state", "governorate", "oblast"})


def links(token: Token, *, is_region: bool) -> Iterator[Link]:
    """Yield every way in which the place at `token` hangs on verbs, nouns and modifiers around it."""
    if token.i > 0 and token.nbor(-1).text in {"(", "["}:
        return  # "Dorn (Arden, Vale)": brackets locate
    is_cut = is_region and is_cut_down(token)
    path = (PART_OF_REGION,) if is_cut else ()
    waiting = [Position(token, path, part=is_cut, is_region=is_region)]
    seen: set[tuple[int, bool, bool, bool]] = set()
    while waiting:
        at = waiting.pop()
        mark = (at.node.i, at.part, at.near, at.inside)
        if mark in seen or len(at.path) > _MAX_STEPS:
            continue
        seen.add(mark)
        for step in (*_downward(at), *_upward(at)):
            if isinstance(step, Link):
                yield step
            else:
                waiting.append(step)


def _downward(at: Position) -> Iterator[Link | Position]:
    """Clauses, participles and adjectives that hang on the noun itself."""
    node = at.node
    for c in node.children:
        if c.dep_ in {"amod", "compound", "nmod", "acl", "relcl", "appos"} and c.i != node.i:
            if c.dep_ in {"acl", "relcl"}:
                yield from _clause(at, c)
            elif c.dep_ == "appos":
                if noun_lemma(c) in lexicon().nouns or noun_lemma(c) in lexicon().place_nouns:
                    yield Link("appos", c, at)
                    yield at.up(c, "appos-")
                    for also in children(c, "conj"):  # "Arden, a border town and rebel bastion"
                        yield Link("appos", also, at)
            else:
                yield Link("modifier", c, at)
        elif c.dep_ == "prep" and (noun := child(c, "pobj")) is not None and _is_hold(c, noun):
            yield Link("under", noun, at)
    if not (at.path or at.is_region) and (town := after_address(node)) is not None:
        yield at.up(town, "appos-")
    if node.dep_ == "pobj" and node.head.lower_ == "with":  # "with Arden now in rebel hands"
        for c in children(node.head, "pcomp", "prep"):
            if (noun := child(c, "pobj")) is not None and _is_hold(c, noun):
                yield Link("under", noun, at)
    if not at.path and (participle := trailing_participle(node)) is not None:
        yield Link("obj", participle, at)


def _is_hold(preposition: Token, noun: Token) -> bool:
    word = preposition.lower_
    return word == "under" or (word == "in" and noun_lemma(noun) == "hand")


def _clause(at: Position, verb: Token) -> Iterator[Link | Position]:
    if verb.dep_ == "acl":
        role = "obj" if verb.tag_ in {"VBN", "VBD", "NN", "JJ"} else "subj"
        if verb.tag_ == "VB":  # "the town to take", "the latest town to fall"
            role = "subj" if child(verb, "dobj") is None and is_latest(at.node) else "obj"
        yield Link(role, verb, at)
        return
    relative = next(
        (
            c
            for c in verb.subtree
            if c.lower_ in {"which", "that", "who", "where", "whom", "whose"} and c.i < verb.i + 1
        ),
        None,
    )
    if relative is None:
        if child(verb, "dobj") is None:
            latest = verb.tag_ == "VB" and is_latest(at.node)
            yield Link("subj" if latest else "obj", verb, at)
        return
    if relative.dep_ == "nsubj" and relative.head == verb:
        yield Link("subj", verb, at)
        for other in children(verb, "conj"):
            if child(other, "nsubj") is None:
                yield Link("subj", other, at)
    elif relative.dep_ == "nsubjpass" or relative.dep_ in {"dobj", "mark"}:
        yield Link("obj", relative.head if is_verb(relative.head) else verb, at)
    elif relative.dep_ == "poss":  # "Arden, whose fall shocked many"
        yield Link("poss", relative.head, at)
    elif relative.dep_ == "pobj":
        preposition = relative.head
        yield from _from_preposition(at, preposition)
    elif relative.lower_ == "where":
        yield Link("prep:in", verb, at)
        yield Link("prep:from", verb, at)


def _upward(at: Position) -> Iterator[Link | Position]:
    node, head = at.node, at.node.head
    dep = node.dep_
    if head == node:
        return
    if dep == "conj":
        if (is_noun(head) or head.tag_.startswith("IN")) and is_list(node):
            yield at.up(head, "conj")
        elif is_verb(head) and (listed := listed_before(node)) is not None:
            yield at.up(listed, "conj")
    elif dep == "appos":
        if noun_lemma(head) in lexicon().nouns:
            yield Link("appos", head, at)
        if noun_lemma(head) in lexicon().place_nouns or is_list(node):
            yield at.up(head, "appos")
    elif dep in {"compound", "nmod", "amod", "nn", "poss"}:
        yield from _from_modifier(at, head, "poss" if dep == "poss" else "compound")
    elif dep in {"pobj", "pcomp"}:
        yield from _from_preposition(at, head)
    elif dep in {"dobj", "nsubjpass", "oprd", "dative"}:
        if dep == "nsubjpass":
            yield from fronted(at, head)
        yield Link("prep:in" if at.near and noun_lemma(node) in KM else "obj", head, at)
    elif dep in {"nsubj", "csubj"}:
        yield Link("subj", head, at)
        for other in children(head, "conj"):
            if is_verb(other) and child(other, "nsubj", "nsubjpass") is None:
                yield Link("subj", other, at)  # "Arden lies on the coast and is held by ..."
        yield from _through_copula(at, head)
        yield from fronted(at, head)
    elif dep == "attr" and (subject := child(head, "nsubj")) is not None:
        if noun_lemma(subject) in lexicon().place_nouns:
            yield at.up(subject, "attr")
        elif at.near:
            yield Link("prep:in", head, at)
    elif dep == "advmod" and node.lower_ == "there" and verb_lemma(head) != "be":
        yield from _from_governor(at, head, "in")
    elif dep in {"npadvmod", "advmod", "dep"} and at.near:
        yield Link("prep:in", head, at)
    elif dep in {"npadvmod", "dep"} and (named := named_before(node)) is not None:
        yield at.up(named, "appos")


def _through_copula(at: Position, verb: Token) -> Iterator[Link | Position]:
    """As in "Arden is the last town held by the rebels": what is said of the town is said of Arden."""
    attribute = child(verb, "attr")
    if attribute is not None and verb.lower_ in {
        "is",
        "are",
        "was",
        "were",
        "'s",
        "remain",
        "remains",
        "became",
        "becomes",
        "be",
        "been",
    }:
        yield Link("is", attribute, at)
        yield at.up(attribute, "is")
        of = child(attribute, "prep")
        ground = child(of, "pobj") if of is not None and of.lower_ == "of" else None
        if ground is not None and noun_lemma(ground) in _GROUND:
            for c in children(ground, "acl"):  # "Arden is the last piece of land held by ..."
                yield from _clause(at.up(ground, "is"), c)
    for preposition in children(verb, "prep"):
        brink = child(preposition, "pobj")
        of = child(brink, "prep") if brink is not None and noun_lemma(brink) in _BRINK else None
        done = child(of, "pcomp") if of is not None else None
        if done is not None:
            passive = any(c.dep_ == "auxpass" for c in done.children)
            yield Link("obj" if passive else "subj", done, at)


def _from_modifier(at: Position, head: Token, role: str) -> Iterator[Link | Position]:
    words = lexicon()
    lemma = noun_lemma(head)
    if lemma in _REGION and not at.is_region and role == "compound":
        return
    if lemma in _TOWN and head.tag_ == "NNS" and role == "compound":  # "Arden villages"
        if at.is_region:
            yield at.up(head, lemma, inside=True)
        return
    if lemma in words.nouns:
        yield Link(role, head, at)
    if lemma in words.inner:
        yield at.up(head, lemma, inner=True)
    elif lemma in words.edges or (lemma in words.fronts and role == "compound"):
        yield at.up(head, lemma, near=True)
    elif (
        role == "compound" and lemma in words.place_nouns and not (at.is_region and lemma in _TOWN)
    ):
        yield at.up(head, lemma)
    elif lemma in words.parts:
        yield at.up(head, lemma, part=True)
    elif role == "compound" and head.text == "Paris":
        yield at.up(head, "name")
    elif role == "poss" and lemma in words.place_nouns:
        yield at.up(head, lemma, part=True)
    elif role == "poss" and head.tag_ in {"NN", "NNS"}:  # "Arden's steelworks"
        yield at.up(head, lemma, inside=True)


def _from_preposition(at: Position, preposition: Token) -> Iterator[Link | Position]:
    word = preposition.lower_
    head = preposition.head
    if preposition.dep_ == "agent":
        return
    is_outer = head.dep_ == "prep" and preposition.dep_ != "conj"
    if is_outer and head.lower_ in _OUTER and word in LOCATIVE | NEAR:
        # "from inside Arden", "to near Arden"
        flags = {"near": True} if word in NEAR else {}
        yield Link(f"prep:{head.lower_}", head.head, at.up(head, word, **flags))
        return
    if preposition.dep_ == "conj":
        head = preposition.head.head
    yield from _from_noun_before(at, preposition, head)
    if at.inside and word in _WITH:
        # "clashes between troops and rebels in Arden": it is the clashes that are in Arden.
        if is_noun(head) or is_verb(head):
            yield Link("prep:in", head, replace(at, inside=False))
        return
    if word == "as" and head.lower_ == "known" and head.dep_ == "acl":
        yield at.up(head.head, "known as")
    elif word in {"including", "like", "as"}:
        yield from _from_example(at, preposition, head)
    elif head.lower_ == "including" and head.dep_ == "prep" and not at.is_region:
        yield from _from_example(at, head, head.head)  # "across the country, including in Arden"
    elif word not in _LOCATING:
        is_also_in = preposition.dep_ == "conj" and preposition.head.lower_ in LOCATIVE
        if is_also_in:  # "in and around Arden"
            word = "in"
        if word in NEAR:
            at = at.up(preposition, word, near=True)
        elif word == "within" and at.near:
            yield from _from_governor(at, head, word)  # "came within six kilometres"
        elif word == "from" and is_close_from(preposition):
            yield Link("presence", head, at.up(preposition, word, near=True))
            return
        elif word == "from" and is_close_by(head):
            at, word = at.up(preposition, word, near=True), "in"
        elif word == "on" and at.near:
            yield from _from_governor(at, head, word)  # "closing in on the outskirts"
        word = "in" if word in NEAR or (at.near and word in LOCATIVE) else word
        yield from _from_governor(at, head, word)


_OUTER = frozenset({"from", "to", "into", "toward", "towards", "of", "in", "at", "within"})


def _from_noun_before(at: Position, preposition: Token, head: Token) -> Iterator[Link]:
    """As in "a role in the offensive against Arden": the noun just before, where the parser chose another."""
    before = preposition.nbor(-1) if preposition.i > 0 else head
    if before == head or preposition.lower_ in _WITH - {"against"} or not is_noun(before):
        return
    if noun_lemma(before) in lexicon().nouns:
        yield Link(f"prep:{preposition.lower_}", before, at)


def _from_governor(at: Position, head: Token, word: str) -> Iterator[Link | Position]:
    is_share = noun_lemma(head) in lexicon().parts | lexicon().whole
    if (is_noun(head) and not is_verb(head)) or is_share:
        yield from _from_noun(at, head, word)
    elif is_verb(head):
        yield Link(f"prep:{word}", head, at)
        if head.dep_ == "acl" and head.lower_ in _POSTED and word in LOCATIVE:
            yield at.up(head.head, head.lower_, inside=True)  # "the troops stationed in Arden"
        yield from _from_copula(at, head, word)
        if head.dep_ == "relcl" and word in LOCATIVE and noun_lemma(head.head) in _LAND:
            yield at.up(head.head, "land in", inside=True)  # "land that they seized in Arden"
    else:
        yield from from_adverb(at, head, word)


def _from_example(at: Position, preposition: Token, head: Token) -> Iterator[Position]:
    """As in "Towns including Arden", "withdrew from the south, including Arden": as the wider phrase, not its part."""
    if is_noun(head) and not is_verb(head):
        yield at.up(head, preposition.lower_)
        return
    before = [
        t
        for t in head.subtree
        if t.i < preposition.i
        and t.dep_ in {"pobj", "dobj"}
        and (t.head.head in {head, head.head} or preposition.i - t.i == _AFTER_COMMA)
    ]
    if before:
        yield at.up(before[-1], preposition.lower_)


_AFTER_COMMA = 2  # "the country, including ..."


def _from_copula(at: Position, verb: Token, word: str) -> Iterator[Link]:
    """As in "Fighting is going on in Arden": links to the subject too are made by the frames."""
    if verb.lower_ in {"is", "are", "was", "were", "be", "been"}:
        subject = child(verb, "nsubj")
        if subject is not None and is_noun(subject):
            yield Link(f"be:{word}", subject, at)


def _from_noun(at: Position, head: Token, word: str) -> Iterator[Link | Position]:
    words = lexicon()
    lemma = noun_lemma(head)
    flagged = at.near or at.inside
    if at.is_region and word in LOCATIVE and lemma in words.place_nouns and _has_name(head):
        return  # "the village of Dorn in Vale": the region only locates it
    if lemma in words.nouns:
        yield Link(f"prep:{word}", head, at)
    act = head.head.head if head.dep_ == "pobj" and head.head.lower_ == "of" else head
    if word == "from" and act != head and noun_lemma(act) in words.nouns:
        yield Link("prep:from", act, at)  # "the withdrawal of soldiers from Arden"
    if word == "of" and lemma in _REGION and head.tag_ == "NN" and not at.is_region:
        return
    if (at.near and word == "in" and not at.inside) or word == "inside":
        yield Link("presence", head, at)
    if lemma in words.directions:
        if is_within_reach(head):
            yield at.up(head, lemma, near=True)
        return
    if lemma in KM and word in {"of", "from"} and not is_close(head):
        return
    if word == "of" and head.tag_ == "CD" and at.part:
        yield at.up(head, "some of")  # "three of Arden's four wards"
    elif word in {"of", "in", "inside"} and lemma in words.inner:
        yield at.up(head, lemma, inner=True)
    elif word == "of" and lemma in words.whole:
        is_less = any(c.lower_ in words.factuality["nearly"] for c in children(head, "advmod"))
        yield at.up(head, lemma, part=is_less)
    elif (word in {"of", "to", "from"} and lemma in words.near) or (
        word in {"of", "to", "in"} and lemma in words.edges
    ):
        yield at.up(head, lemma, near=True)
    elif word == "of" and lemma in words.quarters and not at.is_region:
        yield at.up(head, lemma, part=True)
    elif (
        word == "of"
        and lemma in words.place_nouns - _capital(at)
        and not flagged
        and (not is_part_phrase(head) or child(at.node, "conj") is not None)
    ):
        yield at.up(head, lemma)
    elif word in {"of", "in", "inside", "within", "at", "on"} and lemma in words.parts:
        yield at.up(head, lemma, part=True)
    elif word in LOCATIVE:
        yield at.up(head, f"{lemma} {word}", inside=True)
    elif word in _MOVING and head.dep_ == "dobj" and is_verb(head.head):
        yield Link(f"prep:{word}", head.head, at)  # "forged a path into", "pulled their men from"


def _has_name(noun: Token) -> bool:
    """Whether a noun is named: "the village of Dorn"."""
    of = [p for c in noun.children if c.lower_ == "of" for p in c.children]
    return any(p.tag_.startswith("NNP") for p in of)


def _capital(at: Position) -> frozenset[str]:
    """The capital of Vale County is not the county; "the capital of Arden" is Arden."""
    return frozenset({"capital"}) if at.is_region else frozenset()
