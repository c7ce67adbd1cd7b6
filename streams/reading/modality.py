"""What stands beside a verb: negations, modals, conditions and hedges."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import TAKING_STATES, Factuality
from streams.reading.finding import Finding
from streams.reading.judgement import Judgement
from streams.reading.lexicon import lexicon
from streams.reading.syntax import child, children, verb_lemma


def weigh_verb(verb: Token, finding: Finding, judged: Judgement) -> None:
    """Take into `judged` what stands beside a verb between the finding and the root of its sentence."""
    words = lexicon().factuality
    lemma = verb_lemma(verb)
    helpers = [a for c in children(verb, "aux", "auxpass") for a in children(c, "advmod")]
    for c in (*verb.children, *helpers):
        lower = c.lower_
        if c.dep_ == "neg" or (
            c.dep_ in {"advmod", "det", "preconj"}
            and lower in {"never", "hardly", "barely", "nor", "neither"}
        ):
            _negate(verb, lemma, finding, judged)
        elif (
            lower == "longer"
            and any(g.lower_ in {"no", "not", "n't"} for g in (*c.children, *verb.children))
            and verb == finding.anchor
        ):
            judged.is_ended = True
            judged.reasons.append("negation:no longer")
        elif c.dep_ == "prep" and verb == finding.anchor and _is_at_no_time(c):
            _negate(verb, lemma, finding, judged)
        elif c.dep_ == "aux" and lower in words["modals"]:
            _modal(lower, verb, finding, judged)
        elif c.dep_ == "mark" and lower in {"if", "unless", "lest", "whether"}:
            _condition(lower, verb, judged)
        elif c.dep_ == "advmod" and lower in words["hedges"]:
            judged.is_claimed = True
            judged.reasons.append(f"hedge:{lower}")
        elif (
            c.dep_ == "advmod"
            and lower in {"previously", "formerly", "once", "originally"}
            and verb == finding.anchor
        ):
            judged.settle(Factuality.HISTORICAL, f"adverb:{lower}")
        elif c.dep_ in {"advmod", "mark"} and verb.dep_ == "advcl" and _is_future(lower, verb):
            judged.settle(Factuality.PLANNED, f"condition:{lower}")


def _is_at_no_time(preposition: Token) -> bool:
    """As in "at no point", "under no circumstances"."""
    noun = child(preposition, "pobj")
    return (
        noun is not None
        and noun.lower_ in {"point", "time", "stage", "moment", "way", "circumstances"}
        and any(c.lower_ == "no" for c in noun.children)
    )


def _is_future(word: str, verb: Token) -> bool:
    """As in "when they enter X, they will", "once they are driven from X", "until the rebels leave X"."""
    if word not in {"when", "once", "until", "before"} or not _is_present(verb):
        return False
    return word != "when" or any(c.lower_ in {"will", "would"} for c in verb.head.children)


def _is_present(verb: Token) -> bool:
    helpers = {c.lower_ for c in verb.children if c.dep_ in {"aux", "auxpass"}}
    if helpers & {"has", "have", "had", "was", "were"}:
        return False
    return verb.tag_ in {"VBZ", "VBP"} or bool(helpers & {"is", "are"})


def _negate(verb: Token, lemma: str, finding: Finding, judged: Judgement) -> None:
    words = lexicon().factuality
    if any(c.lower_ == "longer" for c in verb.children):
        return
    if any(g.lower_ == "as" for c in verb.children if c.dep_ == "advmod" for g in c.children):
        return  # "not as fast as expected"
    if verb != finding.anchor and any(
        c.lower_ in {"only", "just", "simply"} for c in verb.children
    ):
        return  # "not only said"
    if verb != finding.anchor and lemma in words["factive_verbs"] | words["claim_verbs"]:
        judged.settle(Factuality.UNCONFIRMED, f"unconfirmed:{lemma}")
    elif (
        verb == finding.anchor
        or lemma in words["implicative"] | words["attempt"] | words["plan_verbs"]
        or judged.factuality is Factuality.PLANNED
    ):
        if judged.factuality is Factuality.PLANNED:
            judged.factuality = Factuality.ASSERTED
        judged.settle(Factuality.DENIED, "negation")


def _modal(word: str, verb: Token, finding: Finding, judged: Judgement) -> None:
    if (
        verb == finding.anchor != finding.trigger
        and word in {"will", "'ll", "must"}
        and verb_lemma(verb) in lexicon().factuality["lasting_verbs"]
    ):
        return  # "will stay shut" is shut
    if verb == finding.anchor or _is_chain(verb, finding.anchor):
        judged.settle(Factuality.PLANNED, f"modal:{word}")
    elif (
        (finding.is_background or any(children(verb, "csubj")))
        and (word in {"would", "could", "might", "may"} or _is_only_thought_of(word, finding))
        and _subject_holds(verb, finding.anchor)
    ):
        judged.is_dropped = True
        judged.reasons.append(f"hypothetical:{word}")


def _is_only_thought_of(word: str, finding: Finding) -> bool:
    """As in "a victory in X will be a blow": one that is not known yet, as "the fall of X" is."""
    noun = finding.trigger
    is_event = noun.dep_ == "nsubj" and finding.state in TAKING_STATES
    is_known = any(
        c.dep_ == "poss" or (c.dep_ == "det" and c.lower_ not in {"a", "an", "any"})
        for c in noun.children
    )
    return word in {"will", "'ll"} and is_event and not is_known


_CHAINED = frozenset({"xcomp", "conj", "dobj", "auxpass", "nsubjpass", "prep", "pobj"})


def _is_chain(verb: Token, anchor: Token) -> bool:
    """Whether only complements and coordination lie between: "could let them push on and retake X"."""
    enabling = lexicon().factuality["enabling_verbs"] | {"see"}  # "would see X fall"
    node = anchor
    while node != verb:
        is_enabled = node.dep_ == "ccomp" and verb_lemma(node.head) in enabling
        if not is_enabled and node.dep_ not in _CHAINED:
            return False
        if node.dep_ == "prep" and node.lower_ == "from":
            return False  # "cannot escape fallout from the retreat"
        node = node.head
    return True


def _subject_holds(verb: Token, anchor: Token) -> bool:
    subject = child(verb, "nsubj", "nsubjpass", "csubj")
    return subject is not None and any(t.i == anchor.i for t in subject.subtree)


def _condition(word: str, verb: Token, judged: Judgement) -> None:
    if word == "whether":
        head = child(verb.head, "acomp") or verb.head
        negated = any(c.dep_ == "neg" for c in head.children) or head.lower_ in {
            "unclear",
            "unknown",
            "uncertain",
            "unsure",
            "question",
            "doubt",
        }
        if negated or verb_lemma(head) in {
            "say",
            "know",
            "confirm",
            "see",
            "determine",
            "verify",
            "wonder",
            "ask",
        }:
            judged.settle(Factuality.UNCONFIRMED, "unconfirmed:whether")
            return
    judged.is_dropped = True
    judged.reasons.append(f"condition:{word}")
