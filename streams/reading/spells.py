"""What is over by how it is counted: a rule that lasted so long, the first of many, the first time since."""

from __future__ import annotations

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.dates import Dated
from streams.reading.documents import Sentence
from streams.reading.factuality import clause_verb
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.syntax import child, children


_HAS = frozenset({"has", "have", "'ve", "been"})


def is_spell_over(finding: Finding) -> bool:
    """As in "held the town for five months", "for an hour", but not "have held", "still held"."""
    verb = finding.anchor
    if finding.state is not State.HELD or verb.tag_ not in {"VBD", "VBN"}:
        return False
    if verb.dep_ in {"acl", "amod"} or any(c.lower_ in _HAS | {"still"} for c in verb.children):
        return False
    words = lexicon().factuality
    lengths = words["short_spans"] | words["long_spans"]
    spans = (child(c, "pobj") for c in children(verb, "prep") if c.lower_ == "for")
    return any(span is not None and span.lower_ in lengths for span in spans)


def is_counted_since(finding: Finding, when: Dated | None, sentence: Sentence) -> bool:
    """As in "met for the first time since the strike on X": who counts from it looks back.

    A date after it is its own: "the first aid since the fall of X on Monday".
    """
    if when is not None and sentence.span.start + when.start > sentence.starts[finding.trigger.i]:
        return False
    since = _since_above(finding.trigger)
    return since is not None and any(
        c.lower_ in lexicon().ordinals and c.dep_ in {"amod", "advmod"}
        for noun in _counted(since)
        for c in noun.children
    )


def _since_above(trigger: Token) -> Token | None:
    """The "since" that `trigger`, or the clause it does something in, hangs on."""
    if trigger.dep_ == "pobj" and trigger.head.lower_ == "since":
        return trigger.head
    verb = clause_verb(trigger)
    return next((c for c in children(verb, "mark") if c.lower_ == "since"), None)


def _counted(since: Token) -> list[Token]:
    """The "time" that stands before "since", as in "for the fourth time since"."""
    above = since.head.head if since.dep_ == "mark" else since.head
    near = [above, *children(above, "prep", "attr", "dobj", "npadvmod")]
    times = [child(phrase, "pobj") or phrase for phrase in near]
    return [t for t in times if t.lower_ == "time" and t.i < since.i]


def is_first_of_many(finding: Finding) -> bool:
    """As in "X, the first town to fall", "was among the first to be hit", but not "has become the first to fall"."""
    verb = clause_verb(finding.anchor)
    if verb.dep_ not in {"relcl", "acl"} or not any(
        c.lower_ == "to" for c in children(verb, "aux")
    ):
        return False
    noun = verb.head
    if noun.lower_ != "first" and not any(c.lower_ == "first" for c in noun.children):
        return False
    if noun.dep_ == "pobj" and noun.head.lower_ in {"among", "of"}:
        above = noun.head.head
        is_told = "was" in {above.lower_, above.head.lower_}
        return bool(is_told or above.dep_ == "appos")
    if noun.dep_ == "appos" or _follows_name(noun):
        return True
    return bool(noun.dep_ == "attr" and noun.head.lower_ == "was")


def _follows_name(noun: Token) -> bool:
    """As in "In X, the first town to fall, ...", where the parser takes the town for a subject."""
    start = noun.left_edge.i
    before = noun.doc[max(0, start - 2) : start]
    return [t.text == "," or t.tag_ for t in before] == ["NNP", True]
