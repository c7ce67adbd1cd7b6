"""What the text looks back on without a date: memories, comparisons, an occupation that ended, a scene set long ago."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from spacy.tokens import Token

from placewatch.vocabulary import State
from streams.reading.context import ArticleContext
from streams.reading.dates import is_history
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.syntax import (
    children,
    governing_verb,
    is_noun,
    is_verb,
    noun_lemma,
    verb_lemma,
)


_ONGOING = frozenset({"ongoing", "current", "continuing", "present", "latest", "unfolding", "new"})
_COMPARING = frozenset({"like", "unlike", "than"})


def is_looked_back_on(finding: Finding, reasons: list[str]) -> bool:
    """Return whether a thing is named as one remembers it ("veterans of the siege"); the reason goes into `reasons`."""
    if finding.is_presupposed or not (finding.is_background or is_noun(finding.trigger)):
        return False
    if any(c.lower_ in _ONGOING for c in children(finding.trigger, "amod", "compound")):
        return False
    reason = _memory(finding.trigger, finding.state)
    if reason is not None:
        reasons.append(reason)
    return reason is not None


def _memory(trigger: Token, state: State) -> str | None:
    words = lexicon().factuality
    node = trigger
    while node.dep_ == "conj" and is_noun(node.head):
        node = node.head
    if node.dep_ == "dobj" and verb_lemma(node.head) in words["comparison_verbs"]:
        return f"compared:{verb_lemma(node.head)}"
    if node.dep_ == "dobj" and noun_lemma(node) in _BATTLES and _is_decided(node.head):
        return "ended"
    if node.dep_ not in {"pobj", "pcomp"}:
        return None
    preposition = node.head
    is_spell = preposition.lower_ == "of" and state is State.HELD
    if is_spell and _is_last_spell(preposition.head):
        return "ended"
    if preposition.lower_ == "of" and preposition.head.lower_ in words["long_spans"]:
        preposition = preposition.head.head  # "after months of occupation"
    above = preposition.head
    lemma = noun_lemma(above)
    if preposition.lower_ in _COMPARING:
        return "compared"
    if preposition.lower_ == "since" and _is_superlative(above):
        return "compared:since"
    if lemma in words["memory_nouns"]:
        return f"memory:{lemma}"
    is_fought = preposition.lower_ == "in" and state is not State.STRUCK
    if is_fought and _is_part_played(above) and is_told_in_past(above):
        return "memory:part played"
    if above.lower_ == "left" and preposition.lower_ == "from":
        return "memory:left from"
    return "ended" if state is State.HELD and _is_rule_over(preposition) else None


def _is_rule_over(preposition: Token) -> bool:
    """As in "after months of occupation", "tortured during the occupation", "died under militant rule"."""
    word = preposition.lower_
    if word == "after":
        return True
    if word == "under" and verb_lemma(preposition.head) not in lexicon().factuality["ordeal_verbs"]:
        return False
    if word == "during" and preposition.head.tag_ == "VBN" and preposition.head.dep_ == "acl":
        return True
    return word in {"under", "during"} and is_told_in_past(preposition)


_BATTLES = frozenset({"battle", "fight"})


def _is_decided(verb: Token) -> bool:
    """As in "who won the battle of X", but not "are losing the battle for X"."""
    return verb_lemma(verb) in {"win", "lose"} and verb.tag_ in {"VBD", "VBN"}


def _is_part_played(above: Token) -> bool:
    """Whether `above` is the role in "played a role in the battle", or the verb that the parser hung "in" on."""
    if above.lower_ == "involved":
        return True
    nouns = children(above, "dobj") if is_verb(above) else iter((above,))
    return any(noun.lower_ in {"role", "part"} for noun in nouns)


def _is_superlative(noun: Token) -> bool:
    return noun.tag_ == "JJS" or any(
        c.tag_ == "JJS" or c.lower_ == "first" or any(a.lower_ == "most" for a in c.children)
        for c in children(noun, "amod")
    )


def _is_last_spell(noun: Token) -> bool:
    """As in "the last days of the occupation"."""
    own = {c.lower_ for c in children(noun, "amod")}
    return noun.lower_ in _SPELLS and bool(own & {"last", "final", "closing", "dying"})


_SPELLS = frozenset({"hours", "days", "weeks", "months", "moments"})


def is_remembered(finding: Finding, context: ArticleContext, reasons: list[str]) -> bool:
    """Return whether the text remembers a life or reviews a work, and this is part of the story it tells."""
    if _remembrance().search(context.plain, 0, _OPENING) is None:
        return False
    if not (finding.is_background or finding.is_presupposed or is_told_in_past(finding.anchor)):
        return False
    reasons.append("remembrance")
    return True


_OPENING = 500


@cache
def _remembrance() -> re.Pattern[str]:
    phrases = "|".join(sorted(lexicon().factuality["remembrance"]))
    return re.compile(phrases, re.IGNORECASE)


def is_told_in_past(token: Token) -> bool:
    """Return whether the clause of `token` is in a past tense: not "has", not the present.

    An infinitive or participle has the tense of the verb above it: "were ordered to leave".
    """
    verb = token if is_verb(token) else governing_verb(token)
    while verb is not None and verb.tag_ in {"VB", "VBG"} and not any(children(verb, "aux")):
        verb = governing_verb(verb)
    while (
        verb is not None and verb.tag_ == "VB" and verb.dep_ in {"xcomp", "advcl", "ccomp", "acl"}
    ):
        verb = governing_verb(verb)
    if verb is None:
        return False
    helpers = {c.lower_ for c in children(verb, "aux", "auxpass")}
    if helpers & {"has", "have", "is", "are", "'s", "'ve", "will", "would", "could", "may"}:
        return False
    return verb.tag_ == "VBD" or bool(helpers & {"had", "was", "were", "did"})


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’]?\s+")
_PRESENT = re.compile(r"\b(?:is|are|has|have|says?|now)\b")
_OPENS = re.compile(
    r"^\W*(?:(?:Back|It was|Early|Late|By|In|On|Since|Then|That was|A|The)\s)*", re.IGNORECASE
)
_RECALLS = re.compile(r"\b(?:recall|remember)(?:s|ed) the (?:day|night|morning|moment|time)\b")
_THEN = re.compile(r"[^.;]{0,40}\b(?:[Tt]hat|the same) (?:night|day|morning|evening|week|winter)\b")
_SCENE_REACH = 600
_SCENE_SENTENCES = 3


def is_in_old_scene(
    finding: Finding, start: int, context: ArticleContext, reasons: list[str]
) -> bool:
    """Return whether what stands before has set a scene long ago, in which this past-tense clause goes on.

    Args:
        finding: what is told.
        start: where its sentence begins.
        context: the article.
        reasons: gets the reason.
    """
    if finding.is_presupposed or not is_told_in_past(finding.anchor):
        return False
    line_end = context.plain.find("\n", start)
    own = context.plain[start : line_end if line_end > 0 else None]
    leans = _THEN.match(own) is not None
    for first, end in reversed(_sentences_before(context.plain, start)):
        sentence = context.plain[first:end]
        dates = [d for d in context.dates_in(first, end) if not d.is_since]
        if any(not is_history(d.day, context.published) for d in dates):
            return False
        is_recalled = _RECALLS.search(sentence) is not None
        if _PRESENT.search(sentence) and not is_recalled:
            return False
        opening = _OPENS.match(sentence)
        is_opened = opening is not None and bool(dates) and dates[0].start <= opening.end()
        if dates and (is_opened or is_recalled or leans):
            reasons.append("scene")
            return True
    return False


def _sentences_before(plain: str, start: int) -> list[tuple[int, int]]:
    """The last sentences of the paragraph before `start`, roughly."""
    first = max(plain.rfind("\n", 0, start) + 1, start - _SCENE_REACH)
    cuts = [first, *(m.end() for m in _SENTENCE_END.finditer(plain, first, start)), start]
    return [(a, b) for a, b in pairwise(cuts) if a < b][-_SCENE_SENTENCES:]
