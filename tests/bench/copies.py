"""Wire copies: our shingles beside MinHash with locality-sensitive hashing, on copies that we make and so can label.

Stories come from our own corpus. Each has copies as outlets make them (another headline, cut short, boilerplate, words
changed, a part taken over) and, to be told apart, reports of the same places in other words.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rich.progress import track
from section import Section, Table
from texts import PUBLISHED, UNTRACKED, articles, corpus_texts

from placewatch.records import Reading, WatchedPlace
from streams.reading.plaintext import full_text
from streams.reading.shingles import shingles
from streams.tracking.origins import SHINGLES_KEPT, Copies
from streams.tracking.policy import load_policy


STORIES = 40
PERMUTATIONS = 128
THRESHOLDS = (0.3, 0.5, 0.7)
BOILERPLATE = (
    "All rights reserved. This material may not be published or redistributed.",
    "Follow our live coverage for the latest, and sign up for the morning briefing.",
    "Reporting by our correspondents; editing by the night desk.",
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text, which story it is of (None: told independently) and how it was altered."""

    text_id: str
    text: str
    story: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Score:
    """How well copies were told, and what a text cost."""

    precision: float
    recall: float
    millis: float
    missed: Mapping[str, int]


def _cut(words: list[str], _: random.Random) -> list[str]:
    return words[: max(60, len(words) // 3)]


def _part(words: list[str], chance: random.Random) -> list[str]:
    own = [
        chance.choice(UNTRACKED) if n % 7 == 0 else f"local{chance.randrange(900)}"
        for n in range(150)
    ]
    return [*own, *words[: len(words) // 2]]


def _changed(share: float) -> Callable[[list[str], random.Random], list[str]]:
    def change(words: list[str], chance: random.Random) -> list[str]:
        return [f"{w[:2]}{chance.randrange(99)}" if chance.random() < share else w for w in words]

    return change


ALTERATIONS: Mapping[str, Callable[[list[str], random.Random], list[str]]] = {
    "another headline and boilerplate": lambda w, c: [*["Town", "braces", "for", "more"], *w, *c.choice(BOILERPLATE).split()],
    "cut to a third": _cut,
    "half of it under a lead of one's own": _part,
    "one word in twenty changed": _changed(0.05),
    "one word in ten changed": _changed(0.10),
    "paragraphs in another order": lambda w, c: [x for part in c.sample([w[i : i + 60] for i in range(0, len(w), 60)], -(-len(w) // 60)) for x in part],
}  # fmt: skip


def labelled_texts(stories: int) -> list[Text]:
    """Return stories, their copies and texts of their own, in the order in which they come; the same each time."""
    chance, told = random.Random(3), corpus_texts()
    places = [
        WatchedPlace(place_id=f"p{n}", place=f"{name}, Syria", name=name)
        for n, name in enumerate(("Harimun", "Tel Oshkar", "Wadi Sarif", "Sulayq"))
    ]
    chance.shuffle(told)
    found = []
    for number in range(2 * stories):
        # Each has sentences of its own: what two stories share would be labelled wrong.
        (article,) = articles(1, 1.0, places, told[number :: 2 * stories], seed=number)
        text = full_text(article)
        if number % 2:
            found.append(Text(f"own-{number}", text, None, "told independently"))
            continue
        found.append(Text(f"story-{number}", text, f"story-{number}", "original"))
        for kind, alter in ALTERATIONS.items():
            words = alter(re.split(r"\s+", text), chance)
            found.append(Text(f"{number}-{kind}", " ".join(words), f"story-{number}", kind))
    return found


def by_shingles(texts: Sequence[Text]) -> dict[str, str]:
    """Return for each text that we take for a copy the text that it goes back to."""
    copies = Copies(load_policy())
    for number, text in enumerate(texts):
        told_at = PUBLISHED + timedelta(minutes=number)
        copies.add(
            Reading(
                place_id="p", place="p", article_id=text.text_id, source_id=f"s{number}", published_at=told_at,
                fetched_at=told_at, shingles=shingles(text.text)[:SHINGLES_KEPT],
            )
        )  # fmt: skip
    return {copy: model.article_id for copy, model in copies.models().items()}


def by_minhash(threshold: float) -> Callable[[Sequence[Text]], dict[str, str]]:
    """Return what does the same with datasketch, as its documentation shows."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415  # a baseline: not everybody installs it

    def find(texts: Sequence[Text]) -> dict[str, str]:
        index, order, models = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS), {}, {}
        for number, text in enumerate(texts):
            words = re.findall(r"\w+", text.text.lower())
            marks = MinHash(num_perm=PERMUTATIONS)
            marks.update_batch([" ".join(words[i : i + 3]).encode() for i in range(len(words) - 2)])
            alike = sorted(index.query(marks), key=order.__getitem__)
            if alike:
                models[text.text_id] = models.get(alike[0], alike[0])
            order[text.text_id] = number
            index.insert(text.text_id, marks)
        return models

    return find


def scored(texts: Sequence[Text], find: Callable[[Sequence[Text]], dict[str, str]]) -> Score:
    """Return how well a way tells copies from what is told independently, each copy by its story."""
    began = time.process_time()
    models = find(texts)
    spent = time.process_time() - began
    story = {text.text_id: text.story for text in texts}
    copies = [text for text in texts if text.story not in {None, text.text_id}]
    right = [text for text in copies if story.get(models.get(text.text_id, "")) == text.story]
    missed: dict[str, int] = {}
    for text in copies:
        if text not in right:
            missed[text.kind] = missed.get(text.kind, 0) + 1
    return Score(
        len(right) / max(1, len(models)), len(right) / len(copies), spent / len(texts) * 1000, missed
    )  # fmt: skip


def copies_part(*, is_quick: bool) -> Section:
    """Measure."""
    section = Section("copies", "Wire copies: beside MinHash", is_quick=is_quick)
    texts = labelled_texts(8 if is_quick else STORIES)
    section.text.append(
        f"{len(texts):,} texts: stories, {len(ALTERATIONS)} altered copies of each, and as many texts told "
        "independently of the same places. Both ways cut the text into shingles of three words. Ours asks how much of the shorter "
        "text stands in the other; MinHash estimates how much of both they share, so what was cut or taken over in part falls below its threshold."
    )
    ways: dict[str, Callable[[Sequence[Text]], dict[str, str]]] = {"placewatch": by_shingles}
    ways |= {f"datasketch, threshold {t}": by_minhash(t) for t in THRESHOLDS}
    scores = {name: scored(texts, way) for name, way in track(ways.items(), "copies")}
    ours = scores["placewatch"].millis
    rows = [
        (name, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.millis:.3f}", f"{s.millis / ours:.1f}",
         "; ".join(_most_missed(s.missed)) or "none")
        for name, s in scores.items()
    ]  # fmt: skip
    columns = ("way", "precision", "recall", "CPU ms a text", "times ours", "most missed")
    section.tables["Copies told by their story"] = Table(columns, tuple(rows))
    section.figures |= {f"copies_{n}_recall": s.recall for n, s in scores.items()}
    section.figures["copies_ours_precision"] = scores["placewatch"].precision
    return section


def _most_missed(missed: Mapping[str, int]) -> Iterator[str]:
    worst = sorted(missed.items(), key=lambda item: -item[1])[:2]
    yield from (f"{kind} ({count})" for kind, count in worst)
