"""What the parse does not tie to the place: fights told beside it, headlines read as noun phrases."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.climb import NEAR
from streams.reading.finding import Finding
from streams.reading.lexicon import NounFrame, lexicon
from streams.reading.noun_frames import is_modified
from streams.reading.noun_parties import noun_actor
from streams.reading.participants import Cast
from streams.reading.position import Position
from streams.reading.syntax import (
    child,
    children,
    governing_verb,
    is_verb,
    noun_lemma,
    particles,
    verb_lemma,
)


def is_beside(place: Token) -> bool:
    """Return whether the place only locates what is beside it: "near Arden", "a village north of Arden"."""
    words = lexicon()
    return any(
        t.lower_ in {"near", "beyond"} | NEAR | words.directions
        for t in (*place.ancestors, *(c for c in place.children if c.i < place.i))
        if not is_verb(t)
    )


def ambient_fight(place: Token, cast: Cast) -> Finding | None:
    """Return the fight around a place that the sentence tells beside it: "residents fled Arden as clashes raged".

    Only where the fight names no place of its own and is told as going on.
    """
    if not cast.in_conflict or cast.is_unrest or _is_edge(place):
        return None
    street = _street_fight(place, cast)
    if street is not None:
        return street
    for token in place.doc:
        for frame in lexicon().nouns.get(noun_lemma(token), ()):
            if (
                frame.state not in {State.CONTESTED, State.STRUCK, State.WITHDRAWN}
                or not (frame.event or frame.armed)
                or frame.strict
                or not is_modified(frame, token)
            ):
                continue
            if place in token.subtree and frame.state is State.WITHDRAWN:
                continue  # "the withdrawal of Arden's troops"
            if _goes_on(token, frame, place) and not _has_own_place(token, cast):
                actor = noun_actor(frame, token, None, cast)
                at = Position(place, ("beside",))
                return Finding(frame.state, token, token, at, actor=actor, is_background=True)
    return None


def _is_edge(place: Token) -> bool:
    """As in "outside the town": what goes on there is not in it."""
    return place.dep_ == "pobj" and place.head.lower_ in NEAR | {"near", "beyond"}


def _street_fight(place: Token, cast: Cast) -> Finding | None:
    """As in "Troops are going house to house in Arden", "they advance street by street"."""
    doc = place.doc
    if is_beside(place):
        return None
    for i in range(1, len(doc) - 1):
        one, between, other = doc[i - 1].lower_, doc[i].lower_, doc[i + 1].lower_
        is_step = one == other and between in {"by", "to", "-"} and noun_lemma(doc[i - 1]) in _STEPS
        if is_step:
            actor = next((t for t in children(doc[i - 1].head, "nsubj") if cast.is_armed(t)), None)
            if actor is not None:
                at = Position(place, ("beside",))
                return Finding(State.CONTESTED, doc[i - 1], doc[i - 1].head, at, actor=actor)
    return None


_STEPS = frozenset({"house", "street", "building", "block", "room"})
_LEAVING = frozenset({"flee", "retreat", "withdraw"})
_WHEN = frozenset({"after", "as", "when", "since", "while", "once"})
_WHERE_TO = frozenset({"from", "to", "into", "toward", "towards", "for", "across"})


def ambient_withdrawal(place: Token, cast: Cast) -> Finding | None:
    """Return the withdrawal that a clause beside the place tells: "joy in Arden after the rebels fled"."""
    if is_beside(place):
        return None
    for verb in place.doc:
        lemma = verb_lemma(verb)
        if lemma not in _LEAVING and not (lemma == "pull" and particles(verb) & {"out", "back"}):
            continue
        subject = child(verb, "nsubj")
        if (
            verb.dep_ != "advcl"
            or subject is None
            or cast.is_armed(subject) is not True
            or not any(c.lower_ in _WHEN for c in verb.children)
            or child(verb, "dobj") is not None
            or any(c.dep_ == "prep" and c.lower_ in _WHERE_TO for c in verb.children)
            or governing_verb(place) != verb.head
        ):
            continue
        return Finding(State.WITHDRAWN, verb, verb, Position(place, ("beside",)), actor=subject)
    return None


_LONGEST_APPOSITION = 9


def apposed_hold(place: Token, cast: Cast) -> Finding | None:
    """Return who holds the place by what stands after its comma: "Arden, the last big rebel bastion in the north".

    The parser hangs such an apposition on any noun before.
    """
    doc = place.doc
    if place.i + 2 >= len(doc) or doc[place.i + 1].text != ",":
        return None
    holder: Token | str | None = None
    for token in doc[place.i + 2 : place.i + 2 + _LONGEST_APPOSITION]:
        joined = cast.joined(token)
        if joined is not None and lexicon().modifiers.get(joined[1]) is State.HELD:
            holder = joined[0]
        elif _is_hold(token) or (
            isinstance(holder, str) and noun_lemma(token) in lexicon().place_nouns
        ):
            return _held(token, place, holder)
        elif cast.is_armed(token) is True:
            holder = token
        elif token.lower_ != "remaining" and not token.tag_.startswith(
            ("DT", "JJ", "NN", "POS", "PRP$")
        ):
            return None
    return None


def _held(noun: Token, place: Token, holder: Token | str | None) -> Finding | None:
    if holder is None:
        return None
    at = Position(place, ("apposition",))
    return Finding(State.HELD, noun, noun, at, holder, is_presupposed=True)


def _is_hold(token: Token) -> bool:
    frames = lexicon().nouns.get(noun_lemma(token), ())
    return any(f.state is State.HELD and "attr" in f.place for f in frames)


_HEADLINE = frozenset(
    {
        ":",
        ";",
        ".",
        ",",
        "as",
        "-",
        "death",
        "toll",
        "kills",
        "killed",
        "leaves",
        "continues",
        "injures",
        "wounds",
    }
)


def headline_strike(place: Token, cast: Cast) -> Finding | None:
    """Return the strike that a headline names after the place: "Arden shelling: two dead", "Arden strike death toll"."""
    doc = place.doc
    noun = doc[place.i + 1] if place.i + 1 < len(doc) else None
    if noun is None or not cast.in_conflict:
        return None
    follows = doc[noun.i + 1].lower_ if noun.i + 1 < len(doc) else ":"
    is_strike = any(
        f.state is State.STRUCK and f.event and "compound" in f.place
        for f in lexicon().nouns.get(noun_lemma(noun), ())
    )
    if not is_strike or follows not in _HEADLINE:
        return None
    at = Position(place, ("headline",))
    return Finding(State.STRUCK, noun, noun, at, is_background=True)


_ONGOING = frozenset({"amid", "amidst", "during", "under", "despite", "by"})


def _is_spell_of(noun: Token) -> bool:
    """As in "Amid a barrage of strikes", "under days of shelling"."""
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


def _is_told_by_people_of(place: Token, fight: Token) -> bool:
    """As in "Residents of Arden say fighting continues": they tell of where they are."""
    verb, words = fight.head, lexicon()
    if fight.dep_ != "nsubj" or verb.dep_ != "ccomp" or verb_lemma(verb) not in _GOING_ON:
        return False
    who = child(verb.head, "nsubj")
    return (
        who is not None
        and verb_lemma(verb.head) in words.factuality["claim_verbs"]
        and noun_lemma(who) in words.civil["told"] | {"witness"}
        and place in who.subtree
        and not any(c.lower_ in {"in", "near", "around", "outside"} for c in children(verb, "prep"))
    )


_GOING_ON = frozenset({"continue", "resume", "rage", "intensify", "persist", "erupt", "go"})


def _goes_on(noun: Token, frame: NounFrame, place: Token) -> bool:
    if noun.dep_ == "pcomp" and noun.head.lower_ in _ONGOING:
        return True
    if frame.state is State.WITHDRAWN:
        return noun.dep_ == "pobj" and noun.head.lower_ in {"following", "after"}
    if noun.dep_ == "pobj" and (noun.head.lower_ in _ONGOING or _is_spell_of(noun)):
        return True
    verb = noun.head
    if frame.state is State.STRUCK and _does_harm(noun, verb, place):
        return True
    if frame.state is State.CONTESTED and _is_told_by_people_of(place, noun):
        return True
    return (
        noun.dep_ == "nsubj"
        and verb.dep_ == "advcl"
        and any(c.lower_ in {"as", "while"} for c in verb.children)
        and not any(
            c.dep_ == "prep"
            and c.lower_ in {"in", "near", "around", "outside", "for", "over"}
            and not is_time(c)
            for c in verb.children
        )
    )


_TIMES = frozenset(
    {"day", "days", "week", "weeks", "month", "months", "hour", "hours", "night", "morning", "year", "years", "evening", "time", "afternoon"}
)  # fmt: skip


def is_time(preposition: Token) -> bool:
    """Return whether what follows says when: "for a sixth day", "in recent weeks"."""
    return any(p.lower_ in _TIMES for p in preposition.children)


def _is_in_scope(place: Token, verb: Token) -> bool:
    """Whether the clause of `verb` is about the place: its own, one that hangs on it, or a relative clause."""
    if is_beside(place):
        return False
    above = governing_verb(place)
    if verb.dep_ == "relcl":
        return place.i in {t.i for t in verb.head.subtree}
    if above is None:
        return False
    is_own = above.i == verb.i or (verb.dep_ == "advcl" and above.i == verb.head.i)
    return bool(is_own)


def _does_harm(strike: Token, verb: Token, place: Token) -> bool:
    """As in "people endured months of shelling", "bombardment has turned it into a ruin"; where is told nowhere else."""
    facts = lexicon().factuality
    noun = strike
    if strike.dep_ == "pobj" and strike.head.lower_ in {"of", "through"}:
        noun = strike.head.head  # "months of shelling", "lived through shelling"
        verb = noun if is_verb(noun) else noun.head
        if verb.lower_ == "through":
            verb = verb.head
    if noun.dep_ == "pobj" and noun.head.lower_ == "in":  # "killed in air strikes"
        verb = noun.head.head
        is_told = verb_lemma(verb) in facts["harm_verbs"] or verb.lower_ in {"died", "dead", "die"}
    elif noun.dep_ == "nsubj":
        is_told = verb_lemma(verb) in facts["harm_verbs"]
    elif is_verb(noun) or noun.head.lower_ == "through":
        is_told = verb.lower_ in {"live", "lived", "living", "sat", "suffered", "been"}
    else:
        is_told = noun.dep_ == "dobj" and verb_lemma(verb) in facts["undergo_verbs"] - {"brace"}
    return (
        is_told
        and _is_in_scope(place, verb)
        and not any(
            p.tag_.startswith("NNP")
            and noun_lemma(p) not in facts["claim_nouns"]
            and p.text != "Paris"
            for c in verb.children
            if c.dep_ == "prep"
            for p in c.children
        )
    )


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
        or token.dep_ == "poss"
        or (noun_lemma(token) in lexicon().place_nouns and token.tag_ != "VBZ")
    )
