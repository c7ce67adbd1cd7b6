"""Quotation marks, and the source that a headline names at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from spacy.tokens import Doc, Token

from streams.reading.context import ArticleContext
from streams.reading.documents import Sentence
from streams.reading.finding import Finding
from streams.reading.lexicon import lexicon
from streams.reading.syntax import children, is_verb, verb_lemma


# A mark opens where no word stands before it: an excerpt may begin inside a quotation and close it only.
_QUOTED = re.compile(
    r'(?<![\w.,!?;:%)])"(?=\S)[^"\n]{2,1200}(?:"|$)|(?<!\w)\'[^\'\n]{3,120}\'(?!\w)', re.MULTILINE
)
_FIRST_PART = re.compile(r"(?P<who>(?:[\w.']+ ){0,3}[\w.']+): ")
_OPENING_QUOTE = re.compile(r"""['"‘“][^"“”]{3,120}?['"’”](?=\s)""")
_LAST_PART = re.compile(r"(?P<mark>\s[-|]|:)\s(?P<who>(?:[\w.']+ ){0,4}[\w.']+)$")


def quotations(plain: str) -> list[tuple[int, int]]:
    """Return the spans of `plain` between quotation marks."""
    return [match.span() for match in _QUOTED.finditer(plain)]


def is_quoted(finding: Finding, sentence: Sentence, quoted: Sequence[tuple[int, int]]) -> bool:
    """Return whether the word that says it stands in quotation marks."""
    at = sentence.starts[finding.trigger.i]
    return any(start <= at < end for start, end in quoted)


def headline_source(sentence: Sentence, context: ArticleContext, at: int) -> str | None:
    """Return who a headline names as its source: "Rebels take X - mayor", "Troops enter X: Ukraine", "Army: X is ours".

    Args:
        sentence: the headline.
        context: the article.
        at: where in the text the word stands that says it: "Mayor: 'We are lost' as X falls" tells the fall itself.
    """
    line = sentence.text.partition("\n")[0].replace("–", "-").replace("—", "-")
    first = _FIRST_PART.match(line)
    if first is not None and _is_group(first["who"], context):
        quoted = _OPENING_QUOTE.match(line, first.end())
        is_of_text = quoted is not None and quoted.end() <= at - sentence.span.start
        return None if is_of_text else first["who"]
    match = _LAST_PART.search(line)
    if match is None:
        return None
    who = match["who"]
    is_party = match["mark"] == ":" and context.actors.find(who, context.country) is not None
    return who if is_party or _sources().fullmatch(who.rsplit(maxsplit=1)[-1]) else None


def _is_group(who: str, context: ArticleContext) -> bool:
    """Whether a headline's first words name who says the rest, and not the country it is about."""
    if who in {place.country for place in context.places.values()}:
        return False
    is_party = context.actors.find(who, context.country) is not None
    return is_party or _sources().fullmatch(who.rsplit(maxsplit=1)[-1]) is not None


def is_dispatch(report: Token) -> bool:
    """As in "our correspondent reports live from X": where one is, not what one claims."""
    after = report.doc[report.i + 1 : report.i + 3]
    return verb_lemma(report) == "report" and any(t.lower_ == "from" for t in after)


def speech_aside(doc: Doc) -> Token | None:
    """Return the verb of ", the army said on Friday" or ", say officials": set off by commas, it covers the sentence."""
    for verb in reversed(doc[1:]):
        if verb_lemma(verb) not in _SAYING or verb.tag_ not in _FINITE:
            continue
        if is_dispatch(verb):
            continue
        if verb_lemma(verb) != "tell" and any(
            doc[c.left_edge.i - 1].text not in _STOPS for c in children(verb, "dobj")
        ):
            continue  # "..., the minister announced a truce"
        subjects = [c.i for c in children(verb, "nsubj")]
        if doc[verb.i - 1].text == "," and any(i > verb.i for i in subjects):
            return verb  # ", say officials"
        first = max((i for i in subjects if i < verb.i), default=max(subjects, default=verb.i))
        start = min(doc[first].left_edge.i, verb.i) if first < verb.i else verb.i
        if (
            start > 0
            and doc[start - 1].text == ","
            and not any(
                c.i > verb.i and is_verb(c) and doc[c.left_edge.i - 1].text not in _STOPS
                for c in verb.children
            )
        ):
            return verb
    return None


_STOPS = frozenset({",", ":", ";", "-", "–", "—"})
_SAYING = frozenset({"say", "tell", "report", "claim", "announce", "state", "add", "write", "warn"})
_FINITE = frozenset({"VBD", "VBZ", "VBP", "VBN"})


@cache
def _sources() -> re.Pattern[str]:
    words = "|".join(sorted(lexicon().factuality["headline_sources"]))
    return re.compile(rf"(?:{words})(?:e?s)?|spokes\w+|agencies", re.IGNORECASE)
