"""What a sentence says of a place that it does not name: "The troops have gone", "The siege has lasted a year".

It is said of the one place that the text around it names; where two are named nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Token

from placewatch.vocabulary import PlaceKind, State
from streams.reading.anaphora import is_metonym
from streams.reading.context import ArticleContext
from streams.reading.dates import DAYS, MONTHS
from streams.reading.documents import Sentence
from streams.reading.finding import Finding
from streams.reading.lexicon import NounFrame, lexicon
from streams.reading.noun_parties import noun_actor
from streams.reading.participants import Cast
from streams.reading.position import Position
from streams.reading.syntax import (
    child,
    children,
    is_verb,
    noun_lemma,
    particles,
    subject_of,
    verb_lemma,
)


STEP = "unnamed"
UNNAMED = f"path:{STEP}"  # the reason such a report carries
# How far around the sentence, in characters, the place is looked for.
_REACH = 500
_NO_TOWN = frozenset({PlaceKind.COUNTRY, PlaceKind.ADMIN, PlaceKind.AREA})
_STATES = frozenset({State.WITHDRAWN, State.BESIEGED, State.RECAPTURED})
_WHERE = frozenset(
    {"from", "to", "into", "onto", "toward", "towards", "across", "over", "in", "at", "on", "near"}
)
_CALENDAR = frozenset({*DAYS, *MONTHS})
_TIMES = frozenset({"day", "week", "month", "year", "hour", "morning", "evening", "night", "time"})


def place_in_focus(sentence: Sentence, context: ArticleContext) -> str | None:
    """Return the one place that the text just before `sentence` is about; of a title, the text after it."""
    start, end = sentence.span.start, sentence.span.end
    near = [
        m
        for m in context.mentions
        if (end <= m.start < end + _REACH if sentence.is_title else start - _REACH < m.end <= start)
        and context.places[m.place_id].kind is not PlaceKind.COUNTRY
        and not is_metonym(m, context)
    ]
    towns = {m.place_id for m in near if context.places[m.place_id].kind not in _NO_TOWN}
    found = towns or {m.place_id for m in near}
    return found.pop() if len(found) == 1 else None


def unplaced(sentence: Sentence, cast: Cast) -> Iterator[Finding]:
    """Yield what the sentence tells of leaving, sieges and liberation without saying where."""
    doc = sentence.doc
    if doc is None or not cast.in_conflict or cast.is_unrest or names_elsewhere(sentence, cast):
        return
    for token in doc:
        if is_verb(token):
            left = _leaving(token, cast)
            if left is not None:
                yield left
        elif token.tag_.startswith("NN"):
            yield from _event(token, cast)
        elif _is_trapped(token):
            at = Position(token.head, (STEP,))
            yield Finding(State.BESIEGED, token, token, at, is_presupposed=True)


def _is_trapped(token: Token) -> bool:
    """As in "the besieged population"."""
    is_besieged = lexicon().modifiers.get(token.lower_) is State.BESIEGED
    return is_besieged and token.dep_ == "amod" and noun_lemma(token.head) in _TRAPPED


_TRAPPED = frozenset({"population", "resident", "people", "civilian", "inhabitant", "family"})


def names_elsewhere(sentence: Sentence, cast: Cast) -> bool:
    """Whether the sentence says where, in a name that nobody watches."""
    doc = sentence.doc
    return doc is not None and any(
        t.tag_.startswith("NNP")
        and t.dep_ == "pobj"
        and t.i not in sentence.places
        and t.head.lower_ in _WHERE | {"of", "outside", "around"}
        and cast.is_armed(t) is not True
        and not any(ch.isdigit() for ch in t.text)
        and t.lower_ not in _CALENDAR
        for t in doc
    )


def _leaving(verb: Token, cast: Cast) -> Finding | None:
    """As in "Russian troops have left", "after the rebels withdrew", "The junta pulled back its troops"."""
    lemma = verb_lemma(verb)
    is_out = bool(particles(verb) & {"out", "back", "away"})
    if lemma not in {"withdraw", "retreat", "leave", "go", "flee"} and not (
        lemma == "pull" and is_out
    ):
        return None
    subject = child(verb, "nsubj")
    what = child(verb, "dobj")
    if subject is None or cast.is_armed(subject) is not True:
        return None
    if what is not None and (lemma in {"leave", "flee"} or cast.is_armed(what) is not True):
        return None
    if any(c.lower_ in {"as", "while"} for c in children(verb, "mark")):
        return None
    is_perfect = any(c.lower_ in {"have", "has", "had", "'ve"} for c in children(verb, "aux"))
    if lemma in {"go", "leave"} and not is_perfect:
        return None
    if any(c.dep_ in {"acomp", "xcomp", "oprd", "ccomp"} for c in verb.children):
        return None
    if any(
        c.dep_ == "prep"
        and c.lower_ in _WHERE
        and not any(noun_lemma(p) in _TIMES or p.lower_ in _CALENDAR for p in c.children)
        for c in verb.children
    ):
        return None
    return Finding(State.WITHDRAWN, verb, verb, Position(verb, (STEP,)), actor=subject)


def _event(noun: Token, cast: Cast) -> Iterator[Finding]:
    """As in "the withdrawal of the army", "under siege", "The siege has lasted a year"."""
    for frame in lexicon().nouns.get(noun_lemma(noun), ()):
        if _is_claimed_gain(noun) and frame.state is State.CAPTURED and not is_placed(noun, cast):
            by = subject_of(noun.head)
            if by is not None and cast.is_armed(by) is True:
                yield Finding(State.CAPTURED, noun, noun.head, Position(noun, (STEP,)), actor=by)
                return
        if frame.state not in _STATES or noun.dep_ == "compound" or noun.head.lower_ == "of":
            continue
        if not _is_event(frame, noun, cast) or is_placed(noun, cast):
            continue
        actor = noun_actor(frame, noun, None, cast)
        if frame.state is State.WITHDRAWN and (actor is None or cast.is_armed(actor) is not True):
            continue
        at = Position(noun, (STEP,))
        carrier = noun.head if noun.dep_ in {"dobj", "nsubjpass"} and is_verb(noun.head) else noun
        if verb_lemma(carrier) in frame.verbs.get("ended", frozenset()):
            continue
        yield Finding(frame.state, noun, carrier, at, actor=actor, is_background=carrier is noun)
        return


def _is_claimed_gain(noun: Token) -> bool:
    """As in "The junta claims victory", "after the rebels declared its capture"."""
    return noun.dep_ == "dobj" and verb_lemma(noun.head) in {"claim", "declare", "proclaim"}


def told_beside(sentence: Sentence, cast: Cast) -> Iterator[Finding]:
    """Yield what `unplaced` finds that may be said of the only place its sentence names.

    Troops leave it, or it is liberated: a siege or a state's withdrawal may be another matter.
    """
    for finding in unplaced(sentence, cast):
        if finding.state is State.RECAPTURED or is_verb(finding.trigger):
            yield finding
        elif finding.state is State.WITHDRAWN and _is_of_forces(finding):
            is_sure = _is_told(finding.trigger)
            at = Position(finding.trigger, ("beside",)) if is_sure else finding.at
            yield replace(finding, at=at)
        elif finding.state is State.CAPTURED:
            yield finding


def _is_of_forces(finding: Finding) -> bool:
    who = finding.actor
    if not isinstance(who, Token):
        return False
    return noun_lemma(who) in lexicon().forces["force_nouns"] or who.tag_ == "NNS"


def _is_told(event: Token) -> bool:
    """As in "The withdrawal of the troops brought calm", "following their retreat"."""
    after_it = {"following", "after", "since", "amid", "despite"}
    return event.dep_ == "nsubj" or (event.dep_ == "pobj" and event.head.lower_ in after_it)


def _is_event(frame: NounFrame, noun: Token, cast: Cast) -> bool:
    """Whether the noun is one that is known to the reader: definite, owned, or lived under."""
    own = [c for c in children(noun, "compound", "amod") if c.tag_.startswith("NN")]
    if frame.state is State.BESIEGED and (
        noun_lemma(noun) not in {"siege", "blockade", "encirclement"}
        or any(cast.is_armed(c) is not True for c in own)
    ):
        return False
    if frame.state is State.WITHDRAWN:
        is_civil = any(cast.is_armed(c) is False for c in children(noun, "amod", "compound"))
        return noun_lemma(noun) not in {"exit", "departure", "exodus"} and not is_civil
    is_under = noun.head.lower_ in frame.predicate
    is_known = any(c.lower_ in {"the", "this"} or c.dep_ == "poss" for c in noun.children)
    if frame.state is State.RECAPTURED:
        is_known = is_known or (noun.i == 0 and noun.dep_ == "nsubj")
    return is_under or is_known


def is_placed(noun: Token, cast: Cast) -> bool:
    """Whether it says of what or where: "the siege of ...", "withdrawal from ..."."""
    return any(
        c.dep_ == "prep"
        and c.lower_ in _WHERE | {"of", "around"}
        and (p := child(c, "pobj")) is not None
        and cast.is_armed(p) is not True
        and noun_lemma(p) not in _TIMES
        and not p.text.isdigit()
        for c in noun.children
    )
