"""What a noun makes of what hangs on it: "the claim that X fell", "plans for an attack on X", "on the brink of"."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import Factuality, State
from streams.reading.finding import Finding
from streams.reading.judgement import Judgement
from streams.reading.lexicon import lexicon
from streams.reading.syntax import child, children, is_noun, is_verb, noun_lemma, verb_lemma


def weigh_noun(node: Token, head: Token, finding: Finding, judged: Judgement) -> None:
    """Take into `judged` what the noun above `node` makes of the finding: a claim, a wish, a plan, the brink of it."""
    words = lexicon().factuality
    if judged.is_adjunct:
        return
    noun = head.head if head.dep_ == "prep" else head
    if head.lower_ == "before" and finding.is_background and finding.state is State.CONTESTED:
        judged.settle(Factuality.PLANNED, "ahead:before")
    if is_speculated(head, noun):
        judged.settle(Factuality.PLANNED, f"plan:{noun_lemma(noun)}")
        return
    if head.dep_ == "prep" and not (
        is_noun(noun) and (head.lower_ in _TIES or _is_set_on_doing(node, head))
    ):
        return
    if node.dep_ == "prep" and node.lower_ in {"from", "in", "by", "at"}:
        return
    lemma = noun_lemma(noun)
    if node.tag_ == "VBG" and lemma in words["plan_nouns"] and verb_lemma(noun.head) == "make":
        judged.settle(Factuality.PLANNED, f"plan:{lemma}")  # "has made taking X an obsession"
        return
    if node == finding.anchor and finding.trigger.dep_ in {"amod", "compound"}:
        return
    if lemma in words["claim_nouns"] and node.dep_ != "advcl":
        claim_of(noun, judged)
    elif lemma in {"demand", "proposal", "call", "request"} and _is_wanted(node):
        judged.settle(Factuality.PLANNED, f"plan:{lemma}")
    elif lemma in {"brink", "verge", "cusp", "edge", "point"} and head.lower_ == "of":
        judged.settle(Factuality.PLANNED, f"brink:{lemma}")
    elif (
        lemma in words["plan_nouns"]
        and head.dep_ == "prep"
        and (head.lower_ in {"of", "for", "to"} or _is_set_on_doing(node, head))
    ):
        if finding.state is State.THREATENED and lemma in {"plan", "preparation"}:
            return  # an offensive that is announced threatens
        judged.settle(Factuality.PLANNED, f"plan:{lemma}")
    elif lemma in words["endings"] and head.lower_ == "of" and finding.state in _ONGOING:
        judged.settle(Factuality.HISTORICAL, f"over:{lemma}")
    elif lemma in {"attempt", "effort"} and head.dep_ == "prep":
        judged.is_attempt = True
        judged.settle(Factuality.PLANNED, f"attempt:{lemma}")


# What a collapse ends: "the collapse of the assault on X".
_ONGOING = frozenset({State.THREATENED, State.BESIEGED, State.CONTESTED})
_TIES = frozenset({"of", "for", "about", "to", "on", "over"})


def _is_set_on_doing(node: Token, preposition: Token) -> bool:
    """As in "their obsession with taking X", "a fixation on entering X": nothing is done yet."""
    return node.tag_ == "VBG" and preposition.lower_ in {"with", "on"}


def _is_wanted(verb: Token) -> bool:
    """As in "the demand that the army leave X"."""
    return is_verb(verb) and any(c.lower_ == "that" for c in children(verb, "mark"))


def claim_of(noun: Token, judged: Judgement) -> None:
    """Take in what a noun that says it makes of it: "the claim that", "no sign of"."""
    lemma = noun_lemma(noun)
    if any(c.lower_ == "no" for c in children(noun, "det", "neg")):
        judged.settle(Factuality.DENIED, f"no {lemma}")
        return
    judged.is_claimed = True
    judged.reasons.append(f"said:{lemma}")
    judged.speaker = judged.speaker or child(noun, "poss")


def is_speculated(preposition: Token, noun: Token | None) -> bool:
    """Whether it is only talked of: "speculation over a withdrawal from X", "fears grew about an assault on X"."""
    return (
        preposition.dep_ == "prep"
        and preposition.lower_ in {"over", "about", "around"}
        and noun is not None
        and noun_lemma(noun) in {"speculation", "fear", "talk"}
    )
