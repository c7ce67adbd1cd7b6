"""When a finding happened, and whether that is history: dates in its clause, tenses, "months after"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from spacy.tokens import Token

from placewatch.vocabulary import DatePrecision, State
from streams.reading.dates import Dated, is_history
from streams.reading.documents import Sentence
from streams.reading.factuality import clause_verb
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.spells import is_counted_since, is_first_of_many, is_spell_over
from streams.reading.syntax import child, children, governing_verb, is_verb, noun_lemma, verb_lemma


def date_of(finding: Finding, sentence: Sentence, dates: Sequence[Dated]) -> Dated | None:
    """Return the time expression in the finding's own clause."""
    verb = clause_verb(finding.anchor)
    doc = verb.doc
    for dated in dates:
        if dated.is_since:
            continue
        start = sentence.span.start + dated.start
        token = next((t for t in doc if sentence.starts[t.i] <= start < sentence.ends[t.i]), None)
        if token is None:
            token = next((t for t in doc if sentence.starts[t.i] >= start), None)
        if token is not None and (
            _hangs_on(token, finding.trigger)
            or _hangs_on(token, finding.anchor)
            or _hangs_on(token, verb)
        ):
            return dated
    return None


_ELSEWHERE = frozenset(
    {"after", "before", "since", "following", "amid", "despite", "like", "unlike"}
)


def _hangs_on(token: Token, anchor: Token) -> bool:
    """Whether `token` is in the clause of `anchor`: nothing but phrases between them."""
    node = token
    for _ in range(12):
        if node.i == anchor.i:
            return True
        if node.lower_ in _ELSEWHERE and node not in (token, token.head):
            return False  # "shut after the floods in May"
        if node.head == node or (
            is_verb(node) and node.dep_ in {"advcl", "relcl", "acl", "ccomp", "pcomp", "conj"}
        ):
            return False
        node = node.head
    return False


def is_past(
    finding: Finding, when: Dated | None, published: date, sentence: Sentence, reasons: list[str]
) -> bool:
    """Return whether the finding's own clause is older than two weeks; the reason goes into `reasons`."""
    if when is not None and is_history(when.day, published) and not _is_perfect(finding):
        reasons.append("date")
        return True
    if is_counted_since(finding, when, sentence):
        reasons.append("counted since")
        return True
    if is_spell_over(finding):
        reasons.append("ended")
        return True
    if when is not None:
        return False
    if _is_of_old_year(finding.trigger, published):
        reasons.append("year")
        return True
    if _is_ranked(finding):
        reasons.append("ranked")
        return True
    if is_first_of_many(finding):
        reasons.append("first of many")
        return True
    if _long_after(finding, sentence):
        reasons.append("long after")
        return True
    if _is_past_perfect(finding):
        reasons.append("past perfect")
        return True
    if _dates_another(finding):
        reasons.append("memory:time clause")
        return True
    return False


_YEAR = re.compile(r"(?:1\d|20)\d\d")


def _is_of_old_year(noun: Token, published: date) -> bool:
    """As in "the 1780 battle at X": a year before that of the text names the event."""
    years = [c.text for c in children(noun, "nummod", "amod", "compound", "nmod")]
    return any(_YEAR.fullmatch(year) and int(year) < published.year for year in years)


def _dates_another(finding: Finding) -> bool:
    """As in "he has lived abroad since they stormed X", "it was sold before the army entered X".

    What such a clause tells is known and over; what one and the same party does before another thing is the news, and
    where the sentence is about the place itself, so is what has been done to it: "no food has reached X since they
    sealed it off".
    """
    verb = clause_verb(finding.anchor)
    if verb.dep_ != "advcl" or verb.tag_ != "VBD" or finding.is_presupposed:
        return False
    mark = next((c for c in children(verb, "mark") if c.lower_ in {"before", "since"}), None)
    if mark is None or (mark.i > 0 and mark.nbor(-1).lower_ in _SHORT_SPANS):
        return False
    if mark.lower_ == "since":
        return not any(each.tag_ == "PRP" for each in children(verb, "dobj"))
    own, above = child(verb, "nsubj", "nsubjpass"), child(verb.head, "nsubj", "nsubjpass")
    is_other = own is not None and own.tag_ != "PRP" and above is not None
    took_place = any(c.lower_ == "place" for c in children(verb.head, "dobj"))
    return is_other and (took_place or verb_lemma(verb.head) not in lexicon().verbs)


def is_to_come(when: Dated | None, published: date) -> bool:
    """Return whether it is told of a day after that on which the text was published."""
    is_day = when is not None and when.precision is DatePrecision.DAY
    return is_day and when is not None and when.day > published


def is_under_way(verb: Token) -> bool:
    """Return whether what a verb tells is going on: "is retreating", "have begun to leave", "starts pulling out"."""
    if verb.tag_ == "VBG" and any(c.lower_ in _BEING for c in children(verb, "aux")):
        return True
    above = verb.head
    return verb.dep_ == "xcomp" and verb_lemma(above) in {"begin", "start"}


_BEING = frozenset({"is", "are", "'re", "'s", "was", "were", "be"})


def _is_past_perfect(finding: Finding) -> bool:
    """As in "which the army had taken", "had been a stronghold": before what is told, unless somebody says it."""
    verb = clause_verb(finding.anchor)
    if verb.tag_ != "VBN" or not any(c.lower_ in {"had", "'d"} for c in children(verb, "aux")):
        return False
    if noun_lemma(verb.head) in lexicon().factuality["tale_nouns"]:
        return False  # "reports that X had fallen"
    if finding.state is State.STRUCK and (finding.at.inside or "beside" in finding.at.path):
        return False  # "crews searched the tower that had been hit": today's blaze
    if finding.state is State.HELD and finding.anchor.dep_ not in {"appos", "amod", "compound"}:
        is_said = (
            verb.dep_ == "ccomp" and verb_lemma(verb.head) in lexicon().factuality["claim_verbs"]
        )
        return not is_said
    if any(m.i > 0 and m.nbor(-1).lower_ in _SHORT_SPANS for m in children(verb, "mark")):
        return False  # "two days after they had taken X"
    return verb.dep_ in {"relcl", "advcl"} and not finding.is_background


_SHORT_SPANS = frozenset({"minutes", "hour", "hours", "day", "days", "week"})


def _is_perfect(finding: Finding) -> bool:
    """As in "has been besieged": it lasts, so an old date beside it belongs to something else."""
    verb = finding.anchor
    return verb.tag_ == "VBN" and any(
        c.dep_ == "aux" and c.lower_ in {"has", "have", "'ve"} for c in verb.children
    )


def _is_ranked(finding: Finding) -> bool:
    """As in "the only city it captured in the war": looked back on, not told."""
    verb = finding.anchor
    told = clause_verb(verb)
    if told.dep_ == "relcl" and told.tag_ == "VBD" and verb_lemma(told) == "take":
        # "a city where the bloodiest battle of the war took place"
        return any(c.tag_ == "JJS" for c in finding.trigger.children)
    if verb.dep_ not in {"relcl", "acl"} or verb.tag_ not in {"VBD", "VBN"}:
        return False
    if verb.head.lower_ == "time" or (finding.state is State.HELD and verb.tag_ == "VBN"):
        return False  # "the first time that they entered X", "the largest city held by"
    if any(c.dep_ == "aux" and c.lower_ == "to" for c in verb.children):
        return False  # "the first city to be taken"
    return any(
        c.lower_ in {"only", "first", "last", "biggest", "largest"} for c in verb.head.children
    )


_LONG_AFTER = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|several|a|just|more than \w+) (?P<unit>week|month|year)s? (?P<after>after|since|following)\b",
    re.IGNORECASE,
)


def _long_after(finding: Finding, sentence: Sentence) -> bool:
    """As in "Eight months after the capture of X": the capture is that old."""
    line = sentence.text[sentence.span.start : sentence.span.end]
    for found in _LONG_AFTER.finditer(line):
        if found["unit"] == "week" and found.group().lower().startswith("a "):
            continue
        at = sentence.span.start + found.start("after")
        word = next(t for t in finding.trigger.doc if sentence.starts[t.i] >= at)
        told = word.head if word.dep_ == "mark" else word
        if word.i < finding.trigger.i and finding.trigger in told.subtree:
            return True
    return False


_CAPTION_END = re.compile(r"\bon [A-Z][a-z]+\.? \d{1,2}, \d{4}\W*(?:\([^)]*\)\W*)?$")


def _finite(verb: Token) -> Token:
    """The verb that gives `verb` its tense: "children living under siege are starving"."""
    while verb.tag_ == "VBG" and verb.dep_ in {"acl", "advcl"} and not any(children(verb, "aux")):
        above = governing_verb(verb)
        if above is None:
            break
        verb = above
    return verb


_STANDING_DAYS = 180
_SINCE = re.compile(
    r"\bsince (?:the|its|their|his) [\w' -]{3,40} $"
)  # "since the invasion last year"


def is_in_history(
    finding: Finding,
    when: Dated | None,
    dates: Sequence[Dated],
    published: date,
    line: str,
    reasons: list[str],
) -> bool:
    """Return whether the sentence only tells of long ago: old dates, no recent one, and the clause is not in the present.

    The present of a caption is no present: "Smoke rises over X on Nov. 3, 2022."
    """
    told = [d for d in dates if not (d.is_since or _SINCE.search(line[: d.start]))]
    if when is not None or not told or any(not is_history(d.day, published) for d in told):
        return False
    verb = _finite(clause_verb(finding.anchor))
    if _CAPTION_END.search(line) is not None:
        reasons.append("caption")
        return True
    if verb.tag_ in {"VBZ", "VBP"} or any(
        c.lower_ in {"is", "are", "has", "have", "will"} for c in children(verb, "aux", "auxpass")
    ):
        return False
    if finding.is_presupposed and any((published - d.day).days < _STANDING_DAYS for d in told):
        return False  # what a place is called in a tale of last month it may well be still
    reasons.append("dated sentence")
    return True
