"""What stands at the word itself: "alleged capture", "planned offensive", "claims control of X", "almost fell"."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import Factuality, State
from streams.reading.finding import Finding
from streams.reading.judgement import Judgement
from streams.reading.lexicon import lexicon
from streams.reading.syntax import (
    SUBJECTS,
    children,
    is_noun,
    is_verb,
    noun_lemma,
    own_subject,
    verb_lemma,
)


def weigh_own_words(finding: Finding, judged: Judgement) -> None:
    """Take into `judged` the modifiers of the word that says it, and what that word claims by itself."""
    own = [*finding.trigger.children]
    if finding.anchor != finding.trigger:
        own += finding.anchor.children
    for modifier in own:
        if modifier.dep_ in {"amod", "compound", "advmod"}:
            _modifier(modifier, finding, judged)
    _own_claim(finding, judged)
    _nearly(finding, judged)


def _modifier(modifier: Token, finding: Finding, judged: Judgement) -> None:
    words = lexicon().factuality
    lower = modifier.lower_
    if modifier.dep_ != "advmod" and lower in words["plan_adjectives"]:
        is_announced = lower == "announced" and finding.state is State.THREATENED
        if not _has_begun(finding.trigger) and not is_announced:
            judged.settle(Factuality.PLANNED, f"adjective:{lower}")
    elif modifier.dep_ == "advmod" and lower in words["nearly"]:
        judged.settle(Factuality.PLANNED, f"adverb:{lower}")
    elif modifier.dep_ == "compound":
        return
    elif lower in words["hedges"]:
        judged.is_claimed = True
        judged.reasons.append(f"hedge:{lower}")
    elif lower in words["foiled_adjectives"]:
        judged.is_attempt = True
        judged.settle(Factuality.DENIED, f"adjective:{lower}")
    elif lower in words["former"]:
        judged.settle(Factuality.HISTORICAL, f"adverb:{lower}")


def _has_begun(event: Token) -> bool:
    """As in "the planned offensive has begun"."""
    return event.dep_ in SUBJECTS and verb_lemma(event.head) in {"begin", "start"}


def _nearly(finding: Finding, judged: Judgement) -> None:
    """As in "almost under siege", but not "almost 40 raids": the adverb hangs elsewhere but stands right before."""
    nearly = lexicon().factuality["nearly"]
    first = max(0, finding.trigger.i - 2)
    before = finding.trigger.doc[first : finding.trigger.i]
    if any(t.lower_ in nearly and t.nbor().tag_ != "CD" for t in before):
        judged.settle(Factuality.PLANNED, "adverb:almost")


def _own_claim(finding: Finding, judged: Judgement) -> None:
    """As in "Claims control of X", "raids reported in X": the word that carries it is itself a claim."""
    for reported in children(_first_of(finding.anchor), "acl"):
        if reported.tag_ == "VBN" and verb_lemma(reported) in {"claim", "report", "allege"}:
            judged.say(reported, verb_lemma(reported))
    _headline_verb(finding, judged)
    _hedged_cause(finding, judged)
    above = finding.trigger.head
    if finding.trigger.dep_ == "compound" and noun_lemma(above) == "claim":
        judged.is_claimed = True  # "made the victory claim"
        judged.reasons.append("said:claim")
        judged.speaker = judged.speaker or (
            own_subject(above.head) if is_verb(above.head) else None
        )
    lemma = verb_lemma(finding.anchor)
    if is_verb(finding.anchor) and lemma in {"claim", "declare", "announce", "report", "hail"}:
        judged.say(finding.anchor, lemma)


def _hedged_cause(finding: Finding, judged: Judgement) -> None:
    """As in "explosions from apparent strikes", "blasts shook X in what appears to be a raid"."""
    words = lexicon().factuality
    if finding.state is not State.STRUCK:
        return
    phrases = [c for t in {finding.trigger, finding.anchor} for c in children(t, "prep")]
    for cause in (c for phrase in phrases for c in phrase.children):
        is_guess = verb_lemma(cause) in words["hedge_verbs"] and any(
            noun_lemma(t) == "result" for t in cause.subtree
        )
        if is_guess or any(c.lower_ in words["hedges"] for c in children(cause, "amod")):
            judged.is_claimed = True
            judged.reasons.append("hedge:cause")


def _headline_verb(finding: Finding, judged: Judgement) -> None:
    """As in "Army Claims Capture of X", "Army Orders Retreat From X", where the parser takes the verb for a noun."""
    for taken in children(finding.trigger, "compound", "nsubj"):
        if taken.i == 0 or taken.tag_ not in {"NNS", "NNPS"}:
            continue
        if taken.lower_ == "claims":
            judged.is_claimed = True
            judged.reasons.append("said:claim")
            judged.speaker = judged.speaker or taken.nbor(-1)
        elif taken.lower_ in {"orders", "announces"} and finding.state is State.WITHDRAWN:
            judged.settle(Factuality.PLANNED, f"announced:{taken.lower_}")


def _first_of(noun: Token) -> Token:
    """The first of what is coordinated: the parser hangs on it what is said of all."""
    while noun.dep_ == "conj" and is_noun(noun.head):
        noun = noun.head
    return noun


def weigh_carrier(finding: Finding, judged: Judgement) -> None:
    """Take into `judged` the verb that carries a noun: "prepares an assault", "foiled a strike"."""
    lemma = verb_lemma(finding.anchor)
    if lemma == "order" and finding.state is State.EVACUATION_ORDERED:
        return  # the order is the news
    if lemma in lexicon().factuality["preparing"]:
        judged.settle(Factuality.PLANNED, f"plan:{lemma}")
    if lemma in {"face", "await"} and _is_battle_for(finding.trigger):
        judged.settle(Factuality.PLANNED, f"ahead:{lemma}")
    if lemma in {"thwart", "foil", "prevent", "avert"} and finding.state is State.STRUCK:
        judged.settle(Factuality.DENIED, f"failed:{lemma}")


def _is_battle_for(noun: Token) -> bool:
    """As in "we face the battle for X", which is ahead, but not "people face fighting in X"."""
    is_sought = any(c.lower_ == "for" for c in children(noun, "prep"))
    return noun_lemma(noun) in {"battle", "fight"} and is_sought
