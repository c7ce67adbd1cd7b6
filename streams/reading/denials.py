"""What is told only to be denied: "no troops have entered X", "reports that X fell were false"."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.syntax import children, is_verb, noun_lemma


_NOBODY = frozenset({"nobody", "none", "neither"})
_BE = frozenset({"be", "is", "are", "was", "were", "been", "being", "'s", "remain", "prove", "proved", "seem"})  # fmt: skip


def denial_of(finding: Finding) -> str | None:
    """Return why the sentence denies the finding as a whole, or None when it does not."""
    anchor = finding.anchor
    is_lack = finding.state is State.OUTAGE and noun_lemma(finding.trigger) not in _CUTS
    if not is_lack and any(c.lower_ == "no" for c in children(finding.trigger, "det", "neg")):
        return "denied:no"
    if is_verb(anchor) and any(
        _is_nobody(subject) for subject in children(anchor, "nsubj", "nsubjpass")
    ):
        return "denied:no subject"
    node = anchor
    while node.head != node:
        node = node.head
        if noun_lemma(node) in lexicon().factuality["tale_nouns"] and _is_false(node):
            return f"denied:false {noun_lemma(node)}"
    return None


# "No power" is an outage, "no power cuts" is none.
_CUTS = frozenset({"cut", "outage", "blackout", "shutdown", "failure"})


def _is_nobody(subject: Token) -> bool:
    return subject.lower_ in _NOBODY or any(
        c.lower_ in {"no", "neither"} for c in children(subject, "det", "neg", "preconj")
    )


def _is_false(tale: Token) -> bool:
    """Whether a report is called false: "false reports", "reports were wrong", "no truth to reports"."""
    falsehoods = lexicon().factuality["falsehoods"]
    if any(c.lower_ in falsehoods for c in children(tale, "amod")):
        return True
    if tale.dep_ in {"nsubj", "nsubjpass"}:
        verb = tale.head
        if verb.lower_ in _BE and any(
            c.lower_ in falsehoods for c in children(verb, "acomp", "attr", "advmod", "oprd")
        ):
            return not any(children(verb, "neg"))
        return verb.lower_ in falsehoods
    above = tale.head.head if tale.dep_ == "pobj" else tale.head
    return above.lower_ in {"truth", "basis", "substance"} and any(
        c.lower_ == "no" for c in children(above, "det", "neg")
    )
