"""Sentences as the parser gets them: place and actor names merged to one token each, under a common name.

The small model parses "Paris" and "the army" better than "Tal Tamr" and "Hay'at Tahrir al-Sham"; names are shown
to it under such proxies, and every token keeps its character offsets in the original text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc

from placewatch.actors import Actor
from streams.reading.gate import Mention
from streams.reading.lexicon import lexicon
from streams.reading.sentences import Span


PLACE_PROXY = "Paris"
_SHORTEST_HEADLINE = 3
_TITLE_CASE_SHARE = 0.6
_JOINED = re.compile(
    r"(?<![\w-])(?P<who>[\w.']+)-(?P<how>held|controlled|occupied|ruled|dominated|run|backed|led|linked|allied|aligned|"
    r"affiliated|appointed|installed|based|annexed|besieged|liberated|owned|majority|supported|sponsored|trained|"
    r"imposed|brokered|torn|ravaged|scarred|hit|long|old|year|month|day|week|launched|made|fired|range|wide|free|recaptured|administered|governed)(?![\w-])"
)
_HYPHENED = re.compile(
    r"(?<![\w-])(?:[Rr]e|[Cc]ounter|[Pp]ull|[Tt]ake|[Cc]ut|[Aa]ir|[Bb]reak)-[a-z]+(?![\w-])"
)
# "BEIRUT Rebels said ...": where it was written, run into the text.
_DATELINE = re.compile(r"[A-Z][A-Z'-]{3,}(?: [A-Z][A-Z'-]+)* (?=[A-Z][a-z']|A |U\.)")
_PLURAL_FORCE = re.compile(r"(?i)(?:s|forces|mujahideen|militia)$")


@dataclass(slots=True)
class Named:
    """A named actor in a sentence, by character offsets into the article's text."""

    start: int
    end: int
    actor: Actor


@dataclass(slots=True)
class Sentence:
    """One sentence of an article, tokens to parse and what is known of them."""

    text: str
    span: Span
    index: int
    is_title: bool
    words: list[str] = field(default_factory=list)
    spaces: list[bool] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)
    joined: dict[int, tuple[str, str]] = field(default_factory=dict)
    anaphors: dict[int, str] = field(default_factory=dict)
    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)
    doc: Doc | None = None

    def original(self, first: int, last: int) -> str:
        """Return the text of tokens `first` to `last`, as the article wrote them."""
        return self.text[self.starts[first] : self.ends[last]]


class _Block:
    """A stretch of the sentence that becomes one token."""

    __slots__ = ("end", "proxy", "start", "what")

    def __init__(
        self, start: int, end: int, proxy: str, what: str | Actor | tuple[str, str] | None
    ) -> None:
        self.start, self.end, self.proxy, self.what = start, end, proxy, what


def build(
    nlp: Language,
    text: str,
    plain: str,
    span: Span,
    index: int,
    mentions: Sequence[Mention],
    named: Sequence[Named],
    lower_words: frozenset[str],
) -> Sentence:
    """Return the sentence `span` of `text`, tokenised and merged; `plain` is `text` with plain quotes."""
    sentence = Sentence(text, span, index, is_title="\n" not in text[: span.end])
    cursor = _after_dateline(plain, span, named)
    blocks = [b for b in _blocks(plain, span, mentions, named) if b.start >= cursor]
    for block in blocks:
        _tokens(nlp, plain, cursor, block.start, sentence)
        if isinstance(block.what, str):
            _show_epithet(sentence.words)
        _merge(sentence, plain, block)
        cursor = block.end
    _tokens(nlp, plain, cursor, span.end, sentence)
    _lower_headline(sentence, lower_words)
    return sentence


def _after_dateline(plain: str, span: Span, named: Sequence[Named]) -> int:
    """Where the words of the sentence begin: after a dateline that nothing but capitals tells from them."""
    dateline = _DATELINE.match(plain, span.start, span.end)
    is_body = plain[: span.start].strip() == plain.partition("\n")[0].strip()
    is_actor = any(n.start == span.start for n in named)
    return dateline.end() if dateline is not None and is_body and not is_actor else span.start


def to_doc(nlp: Language, sentence: Sentence) -> Doc:
    """Return the spaCy document of `sentence`, not parsed yet."""
    return Doc(nlp.vocab, words=sentence.words, spaces=sentence.spaces)


def _blocks(
    plain: str, span: Span, mentions: Sequence[Mention], named: Sequence[Named]
) -> list[_Block]:
    blocks = [
        _Block(m.start, m.end, PLACE_PROXY, m.place_id)
        for m in mentions
        if span.start <= m.start and m.end <= span.end
    ]
    taken = [(b.start, b.end) for b in blocks]
    inside = [n for n in named if span.start <= n.start and n.end <= span.end]
    for match in _JOINED.finditer(plain, span.start, span.end):
        start = next((n.start for n in inside if n.end == match.end("who")), match.start())
        if _is_free(taken, start, match.end()):
            who = plain[start : match.end("who")]
            blocks.append(_Block(start, match.end(), "foreign", (who, match["how"].lower())))
            taken.append((start, match.end()))
    for match in _HYPHENED.finditer(plain, span.start, span.end):
        joined = match.group().replace("-", "")
        known = lexicon().verb_forms.keys() | lexicon().noun_forms.keys()
        if joined.lower() in known and _is_free(taken, match.start(), match.end()):
            blocks.append(_Block(match.start(), match.end(), joined, None))
            taken.append((match.start(), match.end()))
    for name in inside:
        if _is_free(taken, name.start, name.end):
            words = plain[name.start : name.end]
            proxy = words if " " not in words else _actor_proxy(plain, name.start, words)
            blocks.append(_Block(name.start, name.end, proxy, name.actor))
            taken.append((name.start, name.end))
    return sorted(blocks, key=lambda block: block.start)


def _is_free(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return all(end <= left or right <= start for left, right in taken)


def _actor_proxy(plain: str, start: int, name: str) -> str:
    if _PLURAL_FORCE.search(name):
        return "troops"
    return "army" if plain[max(0, start - 4) : start].lower() == "the " else "Israel"


def _tokens(nlp: Language, plain: str, start: int, end: int, sentence: Sentence) -> None:
    piece = plain[start:end]
    if not piece.strip():
        return
    for token in nlp.tokenizer(piece):
        if token.is_space:
            continue
        left = start + token.idx
        right = left + len(token.text)
        word = token.text
        if word.lower() in _AS_NOUN and _is_noun_after(sentence.words):
            word = _AS_NOUN[word.lower()]
        _append(sentence, plain, _PLAINER.get(word, word), left, right)


# The parser takes "airstrikes" for a verb; as a noun of our lexicon "bombardments" says the same.
_PLAINER = {"airstrikes": "bombardments", "Airstrikes": "Bombardments"}
# So are "Rebels overrun X" and "a shell lands in X" taken for nouns.
_OVERRUN = {"overrun": "capture", "overruns": "captures"}
_LANDING = {"land": "fall", "lands": "falls"}
_DONE = frozenset({"have", "has", "had", "been", "be", "is", "was", "were", "are", "being"})
# After these, "rages" is taken for a noun; "continues" is not.
_FIGHTS = frozenset({"combat", "fighting", "clashes", "battle", "battles", "war", "bombardment"})
_AS_NOUN = {"fighting": "combat", "shelling": "bombardment"}
# "Close in on" is taken for an adverb in headlines; "move in on" is not.
_CLOSING = {"close": "move", "closes": "moves"}


def _is_noun_after(before: Sequence[str]) -> bool:
    """Whether "fighting" or "shelling" after these words is the noun: the parser is then shown a plainer one."""
    last = before[-1].lower() if before else ","
    if before and before[-1][:1].isupper() and last.endswith(("an", "ish", "li", "ese", "ian")):
        return True
    return last in lexicon().before_nouns or last.endswith(
        ("ce", "vy", "nse", "ly", "ic", "est", "er", "dy", "al", "nt", "re", "ss", "us")
    )


def _show_epithet(words: list[str]) -> None:
    """Before a place "to occupied X", "visits occupied X" is taken for a verb: the parser is shown an adjective."""
    shown = lexicon().epithets.get(words[-1].lower()) if words else None
    before = words[-2].lower() if len(words) > 1 else ""
    if shown is not None and before in lexicon().before_epithets:
        words[-1] = shown


def _merge(sentence: Sentence, plain: str, block: _Block) -> None:
    i = len(sentence.words)
    word = block.proxy
    if isinstance(block.what, tuple):
        who, how = block.what
        word = "northern" if how in lexicon().modifiers else "foreign"
        sentence.joined[i] = (who, how)
    elif isinstance(block.what, str):
        sentence.places[i] = block.what
    elif block.what is not None:
        sentence.actors[i] = block.what
    _append(sentence, plain, word, block.start, block.end)


def _follows_fight(words: Sequence[str]) -> bool:
    """Whether the words end in "fighting", "the battle for X"."""
    last = words[-1].lower() if words else ""
    return last in _FIGHTS or (
        words[-1:] == [PLACE_PROXY] and any(w.lower() in _FIGHTS for w in words[-4:-1])
    )


def _append(sentence: Sentence, plain: str, word: str, start: int, end: int) -> None:
    if _follows_fight(sentence.words):
        word = lexicon().raging.get(word.lower(), word)
    before = sentence.words[-1].lower() if sentence.words else ""
    if before in _DONE and word == "overrun":
        word = "captured"
    elif before and before not in {"the", "to"}:
        word = _OVERRUN.get(word, word)
    if lexicon().noun_forms.get(before) in lexicon().forces["weapon_nouns"]:
        word = _LANDING.get(word, word)
    if word in {"in", "In"} and sentence.words[-1:] and sentence.words[-1].lower() in _CLOSING:
        sentence.words[-1] = _CLOSING[sentence.words[-1].lower()]
    if word in {"for", "over"} and before == "fight" and _is_noun_after(sentence.words[:-1]):
        sentence.words[-1] = "battle"
    sentence.words.append(word)
    sentence.starts.append(start)
    sentence.ends.append(end)
    sentence.spaces.append(end < len(plain) and plain[end].isspace())


def _lower_headline(sentence: Sentence, lower_words: frozenset[str]) -> None:
    """Headlines in Title Case: lower the words that are written small elsewhere, so that the tagger sees verbs."""
    free = [
        i
        for i, word in enumerate(sentence.words)
        if word[:1].isalpha()
        and i not in sentence.places
        and i not in sentence.actors
        and i not in sentence.joined
    ]
    if not sentence.is_title or len(free) < _SHORTEST_HEADLINE:
        return
    capital = sum(sentence.words[i][:1].isupper() for i in free)
    if capital < _TITLE_CASE_SHARE * len(free):
        return
    proper = set(re.findall(r"(?<=[a-z,] )[A-Z][\w'-]+", sentence.text[sentence.span.end :]))
    for i in free:
        word = sentence.words[i]
        lower = word.lower()
        known = (
            lower in lower_words or lower in lexicon().verb_forms or lower in lexicon().noun_forms
        )
        if known or (
            word not in proper
            and lower.endswith(("ed", "ing", "ly", "ion", "ions", "ment", "ness"))
        ):
            sentence.words[i] = lower


def known_lower(nlp: Language, plain: str) -> frozenset[str]:
    """Return the words that `plain` or English writes in lower case."""
    small: Mapping[str, None] = dict.fromkeys(re.findall(r"\b[a-z]{3,}\b", plain))
    return frozenset(small) | frozenset(nlp.Defaults.stop_words)
