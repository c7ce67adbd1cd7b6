"""What only looks as if it told of the place: a drone of one's own shot down, an embassy flown out, fire at a crowd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Token

from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind, State
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.participants import Cast
from streams.reading.syntax import child, children, is_verb, noun_lemma, subject_of, verb_lemma


_REGIONS = frozenset({PlaceKind.ADMIN, PlaceKind.AREA})
_OF_NO_PLACE = frozenset({"unnamed", "beside"})
_TOWNS = frozenset({"town", "village", "city", "settlement"})


def is_other_matter(finding: Finding, place: WatchedPlace, cast: Cast) -> bool:
    """Return whether the words of `finding` tell of something else than the state of `place`."""
    if _is_no_change(finding, cast) or _is_of_government(finding, cast):
        return True
    if finding.trigger.lower_ == "embattled":
        return place.kind is not PlaceKind.POPULATED_PLACE and place.kind not in _REGIONS
    return place.kind in _REGIONS and _is_somewhere(finding)


def _is_of_government(finding: Finding, cast: Cast) -> bool:
    """As in "the Arden counteroffensive", "an offensive against Arden", where the capital stands for the government."""
    node, trigger = finding.at.node, finding.trigger
    is_against = node.dep_ == "pobj" and node.head.lower_ == "against"
    if is_against and finding.state is State.THREATENED and cast.is_capital(node):
        return True
    is_own = node.head == trigger and node.dep_ in {"compound", "nmod", "poss"}
    is_back = noun_lemma(trigger) in {"counteroffensive", "counter-offensive"}
    return is_own and is_back and cast.is_capital(node)


def _is_somewhere(finding: Finding) -> bool:
    """Whether a region only says where: "they traded fire in Vale", "a trip to the occupied part of Vale"."""
    at = finding.at
    if finding.state is State.THREATENED:
        return at.inside or bool(_TOWNS & set(at.path))
    if finding.state is not State.CONTESTED:
        return False
    is_of_land = finding.is_presupposed and bool({"part", "territory"} & set(at.path))
    is_fire = verb_lemma(finding.trigger) in lexicon().other_matters["exchange_verbs"]
    return is_of_land or is_fire or bool(_OF_NO_PLACE & set(at.path))


def _is_no_change(finding: Finding, cast: Cast) -> bool:
    match finding.state:
        case State.STRUCK:
            return _no_strike(finding, cast)
        case State.CAPTURED:
            return _no_capture(finding, cast)
        case State.THREATENED:
            return _no_advance(finding)
        case State.ENTERED:
            return _no_entry(finding)
        case State.CONTESTED:  # "border clashes over Arden"
            is_border = any(c.lower_ == "border" for c in children(finding.trigger, "compound"))
            return is_border or _is_raid(finding)
        case State.BESIEGED:  # "Arden was cut off from water supplies"
            return _is_raid(finding) or any(
                noun_lemma(t) in lexicon().civil["services"] | lexicon().civil["lines"]
                for c in finding.trigger.subtree
                if c.lower_ == "from"
                for p in c.children
                for t in (p, *children(p, "conj"))
            )
        case State.WITHDRAWN | State.EVACUATION_ORDERED:
            return _no_departure(finding)
        case _:
            return False


def _no_strike(finding: Finding, cast: Cast) -> bool:
    trigger = finding.trigger
    is_astray = trigger.dep_ == "nsubj" and verb_lemma(trigger.head) == "lose"
    if is_astray or any(c.lower_ == "own" for c in trigger.children):
        return True  # "its own drone, which lost control over Arden"
    if trigger.head.lower_ == "of" and noun_lemma(trigger) in lexicon().other_matters["flying"]:
        return (
            noun_lemma(trigger.head.head)
            not in lexicon().forces["counts"] | lexicon().other_matters["flights"]
        )
    if verb_lemma(trigger) in lexicon().other_matters["shooting_verbs"] and any(
        _is_crowd(t) for t in trigger.subtree
    ):
        return True
    if trigger.lower_ == "fire" and trigger.head.lower_ == "under":
        under = subject_of(trigger.head.head) if is_verb(trigger.head.head) else None
        if under is not None and cast.is_armed(under) is True and not cast.is_place(under):
            return True  # "troops came under fire in Arden": shots, no shelling
    if noun_lemma(trigger) == "bombing" and finding.actor is None and _is_blast(trigger):
        return True
    by = subject_of(trigger) if is_verb(trigger) else None
    return by is not None and by.lower_ == "bomber"


def _is_blast(bombing: Token) -> bool:
    """As in "the bombing in Arden", which does not say who bombs what: a bomb was put there."""
    times = lexicon().forces["times"]
    is_one = any(c.lower_ in {"a", "the", "this"} for c in children(bombing, "det")) or any(
        noun_lemma(c) in times for c in children(bombing, "poss")
    )
    return is_one and not any(c.lower_ in {"of", "by"} for c in bombing.children)


def _is_crowd(token: Token) -> bool:
    return noun_lemma(token) in lexicon().other_matters["crowds"]


def _no_advance(finding: Finding) -> bool:
    is_attack = noun_lemma(finding.trigger) in {"attack", "assault"}
    return is_attack and bool(_steps(finding) & lexicon().other_matters["homes"])


def _is_raid(finding: Finding) -> bool:
    """As in "gunmen stormed a hotel in Arden", "militants besiege an Arden restaurant": terror, no fight for it."""
    raided = lexicon().other_matters["raided"]
    after = finding.at.node.doc[finding.at.node.i + 1 : finding.at.node.i + 2]
    is_named_for = any(noun_lemma(t) in raided for t in after)  # "besiege an Arden hotel"
    return not finding.is_presupposed and (is_named_for or bool(_steps(finding) & raided))


def _steps(finding: Finding) -> set[str]:
    return {word for step in finding.at.path for word in step.split()}


def _no_departure(finding: Finding) -> bool:
    """As in "the embassy in Arden was evacuated": who leaves are foreigners."""
    who, trigger = finding.actor, finding.trigger
    is_gone = finding.state is State.WITHDRAWN
    if (
        is_gone
        and isinstance(who, Token)
        and noun_lemma(who) in lexicon().civil["told"] | {"official"}
    ):
        return True
    people = lexicon().civil["told"]
    if is_gone and any(noun_lemma(c) in people for c in children(trigger, "amod", "compound")):
        return True  # "civilian departures from Arden"
    if verb_lemma(trigger) == "flee" and _is_of_event(finding.at.node):
        return True  # "People flee Arden shelling"
    if any(_is_cure(c) for c in children(trigger, "prep")):
        return True  # "patients were evacuated from Arden for treatment"
    if trigger.lower_ == "advise" and any(c.lower_ == "i" for c in trigger.children):
        return True
    return any(
        noun_lemma(t) in lexicon().civil["foreigners"] for t in _moved(finding.trigger)
    ) or any(step.startswith(("embassy", "consulate")) for step in finding.at.path)


def _is_cure(preposition: Token) -> bool:
    return preposition.lower_ == "for" and any(
        noun_lemma(c) in lexicon().other_matters["cures"] for c in preposition.children
    )


def _is_of_event(place: Token) -> bool:
    """As in "Arden shelling", also where the parser keeps the two apart."""
    following = place.nbor() if place.i + 1 < len(place.doc) else place
    near = (place.head if place.dep_ == "compound" else place, following)
    return any(noun_lemma(t) in lexicon().nouns and not _goes_on(t) for t in near)


def _goes_on(word: Token) -> bool:
    """As in "fled Arden fighting for their lives": they fight, the town is not of it."""
    has_more = any(c.i > word.i and c.dep_ in {"prep", "dobj", "advmod"} for c in word.children)
    return word.tag_ == "VBG" and has_more


def _moved(evacuation: Token) -> Iterator[Token]:
    """Who or what is brought out by a verb or a noun of evacuation."""
    moved = [*children(evacuation, "dobj", "nsubjpass")]
    if evacuation.dep_ == "acl":
        moved.append(evacuation.head)
    if not is_verb(evacuation):
        moved += [p for c in evacuation.children if c.lower_ == "of" for p in c.children]
        moved += children(evacuation, "compound", "amod")
    for noun in moved:
        yield noun
        yield from children(noun, "conj", "compound")


def _no_entry(finding: Finding) -> bool:
    trigger, anchor = finding.trigger, finding.anchor
    following = trigger.nbor().text if trigger.i + 1 < len(trigger.doc) else ""
    if noun_lemma(trigger) == "invasion" and following == ",":
        return True  # "amid the invasion, in Arden"
    if verb_lemma(trigger) == "stand" and child(trigger, "acomp", "advmod", "oprd") is not None:
        return True  # "stand united on Arden"
    done = children(anchor, "xcomp", "advcl")
    is_there = verb_lemma(trigger) == "be"
    elsewhere = any(c.lower_ in {"on", "at"} and c.i > trigger.i for c in children(trigger, "prep"))
    is_fronted = elsewhere and finding.at.node.i < trigger.i  # "In Arden, the party is on the rise"
    return is_there and (
        is_fronted or any(d.lower_ in lexicon().other_matters["teaching"] for d in done)
    )


def _no_capture(finding: Finding, cast: Cast) -> bool:
    """As in "the drone lost control over Arden"."""
    if finding.trigger.lower_ != "control" or verb_lemma(finding.anchor) != "lose":
        return False
    by = subject_of(finding.anchor)
    if by is not None and by.lower_ in {"that", "which"}:
        by = finding.anchor.head
    return by is not None and cast.is_weapon(by)


def from_afar(finding: Finding, cast: Cast) -> Finding:
    """Return `finding` as a strike where an attack is told with weapons only: "shot down the drones in a new attack on Arden"."""
    attack = finding.trigger
    if (
        finding.state is not State.THREATENED
        or noun_lemma(attack) not in lexicon().other_matters["attacks"]
    ):
        return finding
    if not cast.tells_of_weapons or any(_are_men(t) for t in attack.doc):
        return finding
    return replace(finding, state=State.STRUCK)


def _are_men(token: Token) -> bool:
    """Whether men on the ground are told of, who may attack with more than weapons; an air force has none there."""
    is_air = token.lower_ == "force" and token.i > 0 and token.nbor(-1).lower_ == "air"
    return noun_lemma(token) in lexicon().other_matters["men"] and not is_air


def is_annexation(finding: Finding) -> bool:
    """Return whether a law is made, which moves no troops: "the bill annexing Arden"."""
    return finding.state in {State.CAPTURED, State.CONTESTED} and (
        verb_lemma(finding.trigger) == "annex" or finding.trigger.lower_ == "annexation"
    )
