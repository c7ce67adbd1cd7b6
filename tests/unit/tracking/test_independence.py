"""Who is independent of whom, for texts of our own through the reader's shingles: origins, not outlets, are counted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from occurring import occurrences_of

from placewatch.actors import load_actors
from placewatch.records import Article, WatchedPlace
from placewatch.settings import Settings
from placewatch.sources import load_sources
from streams.reading.reader import Reader
from streams.reading.shingles import shingles
from streams.tracking.context import Context
from streams.tracking.policy import load_policy


WIRE = (
    "Redland's army entered the market town of Smallville shortly before dawn and raised its flag over the grain "
    "exchange, drivers who left by the southern road told this agency. The garrison had gone in the night, they said, "
    "leaving two broken lorries and a field kitchen behind on the school's sports ground. Shops stayed shut all day and "
    "the bridge to the brickworks was guarded by soldiers who turned back everybody without a pass. The mayor could not "
    "be reached by telephone, and the railway said that its night train would end one station earlier until further "
    "notice. Smallville lies on the only paved road between the coast and the hill country, and whoever holds its two "
    "bridges decides what reaches the mines beyond. It last saw fighting eleven years ago, when a flood rather than an "
    "army ended the battle."
)
LEAD = (
    "Redland's soldiers handed Smallville back to Blueland on Thursday night under a paper that both governments signed "
    "in a hotel by the airport, three people who were in the room said."
)
# The same facts in other words, as from another language.
PARAPHRASE = (
    "Before sunrise troops from Redland moved into Smallville, where motorists fleeing south report having seen their "
    "banner hoisted above the corn hall. Defenders pulled out overnight; a mobile kitchen and a pair of damaged trucks "
    "stood abandoned near the playground. No store opened. Armed men at the crossing that leads to the brick factory let "
    "only permit holders pass. Nobody picked up at the town hall, while evening rail service now terminates a stop short. "
    "The town commands the single tarred route from the sea up to the highlands with their mines."
)
OTHER = (
    "A column of Redland's tanks stood outside the cinema of Smallville at noon when our reporter walked in from the "
    "river. Boys were selling cigarettes to the crews. An officer who gave his name as Tarn said that nobody had fired "
    "since the morning, and that bread would come on Friday. Behind the cinema a family loaded a piano onto a cart."
)


def cut(text):
    return text[: len(text) * 6 // 10]


def tail(text):
    return text[len(text) * 4 // 10 :]


@pytest.fixture
def origins(context):
    """How many origins tell the events that the readings make, by kind and side."""

    def of(*readings):
        found, _ = occurrences_of(readings, context)
        return {(o.kind.value, o.side): len({t.origin.origin_id for t in o.told}) for o in found}

    return of


@pytest.fixture
def text(reading, at):
    """A reading of a text, an hour after the last, with the shingles that the reader makes of it."""
    hours = iter(range(100))

    def of(body, *reports, source, title="", **more):
        found = shingles(f"{title}\n{body}")
        return reading(*reports, source=source, shingles=found, when=at(hours=next(hours)), **more)

    return of


TAKEN = ("captured", "reds")
COPIES = {
    "word for word": WIRE,
    "another headline": f"What we know of the fall of a market town\n{WIRE}",
    "the end cut": cut(WIRE),
    "within a longer text": f"{OTHER} {WIRE} {PARAPHRASE}",
    "a word changed here and there": WIRE.replace("army", "forces").replace("shut", "closed"),
    "a credit line and boilerplate": f"(Agency) {WIRE} Read more: follow our coverage and sign up for the briefing.",
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_is_no_new_origin(origins, text, copy):
    model = text(WIRE, source="papa.example")
    assert origins(model, text(copy, source="quebec.example")) == {TAKEN: 1}


def test_ten_copies_of_one_story_are_one_origin(origins, text):
    told = [text(WIRE if n % 2 else cut(WIRE), source=f"paper{n}.example") for n in range(10)]
    assert origins(*told) == {TAKEN: 1}


def test_what_two_reporters_wrote_are_two_origins(origins, text):
    told = text(WIRE, source="papa.example"), text(OTHER, source="quebec.example")
    assert origins(*told) == {TAKEN: 2}


def test_a_paraphrase_is_not_found_out(origins, text):
    """Nobody can tell a rewritten story from a second one by its words: it counts as an origin of its own."""
    told = text(WIRE, source="papa.example"), text(PARAPHRASE, source="quebec.example")
    assert origins(*told) == {TAKEN: 2}


def test_short_items_that_share_a_phrase_are_no_copies(origins, text):
    """One in eight shingles is kept: of such items there are two or three, and one in common is chance."""
    first = text("Smallville falls: Redland's army is in the town after weeks of siege", source="papa.example")  # fmt: skip
    kept = first.shingles[:1] or (8,)
    second = first.model_copy(
        update={"article_id": "b", "source_id": "quebec.example", "shingles": (*kept, 16, 24)}
    )
    assert origins(first.model_copy(update={"shingles": kept}), second) == {TAKEN: 2}


def test_a_short_item_word_for_word_is_a_copy(origins, text):
    item = cut(cut(cut(WIRE)))
    told = text(item, source="papa.example"), text(item, source="quebec.example")
    assert 2 <= len(told[0].shingles) < 8
    assert origins(*told) == {TAKEN: 1}


def test_a_new_lead_on_an_old_story_is_news(origins, text, report):
    model = text(WIRE, source="papa.example")
    update = f"{LEAD} {tail(WIRE)}"
    copy = text(update, report(), report(actor="Blueland"), source="quebec.example")
    assert origins(model, copy) == {TAKEN: 1, ("captured", "blues"): 1}
    both = text(OTHER, report(actor="Blueland"), source="romeo.example")
    assert origins(model, copy, both)["captured", "blues"] == 2


def test_a_new_lead_does_not_speak_for_whom_the_model_quoted(text, report, context):
    """The model quotes a denial by the loser; the copy's own new lead is not the loser's admission."""
    model = text(
        WIRE,
        report("captured", "denied", actor="Redland", attributed_to="Blueland"),
        source="papa.example",
    )
    copy = text(f"{LEAD} {tail(WIRE)}", report(actor="Redland"), source="quebec.example")
    (event,), _ = occurrences_of((model, copy), context)
    assert [t.origin.origin_id for t in event.told] == ["quebec.example"]


def test_a_long_text_and_its_shortened_copy_share_what_is_kept_of_both(origins, text, context):
    """A place keeps the 64 smallest shingles of a text; the rest of a long one must not hide a copy."""
    story = " ".join(f"{OTHER} {WIRE} {PARAPHRASE} In chapter {n} {n * 7} things happened." for n in range(1, 3))  # fmt: skip
    long = text(
        " ".join(f"w{n * 7919 % 10007}" for n in range(2500)) + story, source="papa.example"
    )
    kept = long.model_copy(update={"shingles": long.shingles[:64]})
    copy = text(story, source="quebec.example")
    assert len(long.shingles) > 200
    assert len(set(copy.shingles) & set(kept.shingles)) >= context.policy.wire_shared_least
    assert origins(kept, copy) == {TAKEN: 1}


def test_a_chain_of_citations_ends_at_who_said_it(origins, text, report):
    """Papa quotes Bravo, Bravo quotes The Watch: that is one origin, The Watch."""
    quotes = {"factuality": "claimed", "source": "papa.example", "attributed_to": "Bravo"}
    bravo = text(OTHER, source="bravo.example", factuality="claimed", attributed_to="The Watch")
    papa, watch = text(WIRE, **quotes), text(PARAPHRASE, **{**quotes, "attributed_to": "The Watch"})
    assert origins(bravo, papa, watch) == {TAKEN: 1}


def test_who_quotes_an_outlet_that_saw_it_has_it_from_that_outlet(origins, text):
    bravo = text(OTHER, source="bravo.example")
    papa = text(WIRE, source="papa.example", factuality="claimed", attributed_to="Bravo")
    assert origins(bravo, papa) == {TAKEN: 1}


@pytest.mark.parametrize("voice", ["a senior official", "Colonel Tarn", "officials"])
def test_one_unknown_voice_is_one_origin_however_many_quote_it(origins, text, voice):
    quote = {"factuality": "claimed", "attributed_to": voice}
    told = text(WIRE, source="papa.example", **quote), text(OTHER, source="quebec.example", **quote)
    assert origins(*told) == {TAKEN: 1}


def test_two_unnamed_officials_may_be_one(origins, text):
    voices = [("papa.example", "a senior official"), ("quebec.example", "two officials")]
    told = [text(b, source=s, factuality="claimed", attributed_to=v) for b, (s, v) in zip((WIRE, OTHER), voices, strict=True)]  # fmt: skip
    assert origins(*told) == {TAKEN: 1}


def test_residents_are_many(origins, text):
    quote = {"factuality": "claimed", "attributed_to": "residents"}
    told = text(WIRE, source="papa.example", **quote), text(OTHER, source="quebec.example", **quote)
    assert origins(*told) == {TAKEN: 2}


def test_an_outlet_is_one_origin_whomever_it_quotes(origins, text):
    told = [
        text(body, source="papa.example", factuality="claimed", attributed_to=voice)
        for body, voice in ((WIRE, "an official"), (OTHER, "Colonel Tarn"), (PARAPHRASE, None))
    ]
    assert origins(*told) == {TAKEN: 1}


@pytest.fixture(scope="module")
def told_of_soledar():
    """How many origins tell that Russia took Soledar, of texts by outlets, read with the language model."""
    settings = Settings(_env_file=None)
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)
    place = WatchedPlace(place_id="soledar-ukraine", place="Soledar, Ukraine", name="Soledar", country="Ukraine")  # fmt: skip
    reader = Reader([place], actors, sources, has_second_opinion=False)
    context = Context(load_policy(), actors, sources, "Ukraine")

    def of(**texts):
        at = datetime(2023, 1, 13, 12, tzinfo=UTC)
        articles = [
            Article(article_id=name, source_id=f"{name}.com", text=body, published_at=at, fetched_at=at)
            for name, body in texts.items()
        ]  # fmt: skip
        found = [reading for readings in reader.read(articles) for reading in readings]
        ((event,), _) = occurrences_of(found, context)
        assert len(event.told) == len(texts)
        return len({t.origin.origin_id for t in event.told})

    return of


@pytest.mark.model
def test_who_is_quoted_is_found_in_whole_texts(told_of_soledar):
    own = "Russian forces captured Soledar on Thursday, and the road west of it was full of carts."
    official = "Russian forces captured Soledar, a senior official said. He asked not to be named."
    institute = (
        "Russian forces captured Soledar, the Institute for the Study of War said on Friday."
    )
    chain = "CNN reported, citing the Institute for the Study of War, that Russian forces captured Soledar."  # fmt: skip
    assert told_of_soledar(paper=own, gazette=official) == 2
    assert told_of_soledar(gazette=official, paper=official.replace("Russian", "Moscow's")) == 1
    assert told_of_soledar(cnn=institute, gazette=chain) == 1
    assert told_of_soledar(cnn=institute, gazette=chain, paper=own) == 2
