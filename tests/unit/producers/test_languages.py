"""In which language an article is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placewatch.records import Article
from producers.language_pool import LanguagePool
from producers.languages import detect, language_of, words_of


ENGLISH = "Government troops drove into the market town at noon on Monday, residents said."
TEXTS = {
    "en": ENGLISH,
    "ar": "دخلت القوات الحكومية البلدة ظهر الاثنين بحسب ما قاله السكان المحليون",
    "fr": "Les troupes gouvernementales sont entrées dans le bourg lundi midi, selon des habitants.",
    "uk": "Урядові війська увійшли до містечка опівдні в понеділок, кажуть місцеві мешканці.",
    "ru": "Правительственные войска вошли в городок в полдень понедельника, говорят жители.",
    "es": "Las tropas del gobierno entraron en el pueblo el lunes al mediodía, según los vecinos.",
    "tr": "Hükümet birlikleri pazartesi öğle saatlerinde kasabaya girdi, dedi bölge sakinleri.",
    "sw": "Wanajeshi wa serikali waliingia katika mji huo Jumatatu mchana, wakazi walisema.",
    "fa": "نیروهای دولتی ظهر دوشنبه وارد شهر شدند، ساکنان محلی چنین گفتند",
}


@pytest.mark.parametrize("language", TEXTS)
def test_words_show_their_language_whatever_the_feed_says(language: str) -> None:
    detected = detect(words_of(TEXTS[language], ""))
    assert language_of(detected, None) == language
    wrong = "de" if language == "en" else "en-us"
    assert language_of(detected, wrong) == language


def test_a_region_stays_where_the_words_agree() -> None:
    assert language_of(detect(ENGLISH), "en-gb") == "en-gb"


@pytest.mark.parametrize("text", ["", "Rastan falls", "M23: Goma, Bukavu", "12:30 / 14:15 / 18:45"])
def test_too_few_words_leave_it_to_the_feed(text: str) -> None:
    assert words_of(text, "") == ""
    assert language_of(detect(words_of(text, "")), "en") == "en"
    assert language_of(detect(words_of(text, "")), None) is None


def make_articles(now, *texts: str, language: str | None = None) -> list[Article]:
    return [
        Article(
            article_id=f"a{n}",
            source_id="s",
            title="T",
            text=text,
            language=language,
            published_at=now,
            fetched_at=now,
        )
        for n, text in enumerate(texts)
    ]


async def test_a_process_names_the_languages_of_articles_in_their_order(feed, now) -> None:
    told = [*TEXTS.values()] * 30
    async with LanguagePool(deadline_s=60) as pool:
        named = await pool.name(feed, make_articles(now, *told, "Too little.", language="en"))
    assert [a.language for a in named] == [*TEXTS] * 30 + ["en"]
    assert [a.text for a in named] == [*told, "Too little."]


async def test_the_list_of_feeds_wins_and_nobody_is_asked(feed, now) -> None:
    async with LanguagePool(deadline_s=60) as pool:
        listed = replace(feed, language="ar")
        (article,) = await pool.name(listed, make_articles(now, ENGLISH, language="ar"))
        (short,) = await pool.name(feed, make_articles(now, "Too little.", language="en"))
        assert pool._children[0]._process is None
    assert (article.language, short.language) == ("ar", "en")


async def test_without_the_process_the_feeds_own_word_counts(feed, now) -> None:
    async with LanguagePool(deadline_s=60) as pool:
        await pool.name(feed, make_articles(now, ENGLISH))
        child = pool._children[0]
        child._module = "producers.no_such_module"
        await child.kill()
        (article,) = await pool.name(feed, make_articles(now, ENGLISH, language="fr"))
        assert article.language == "fr"
        child._module = "producers.language_child"
        (article,) = await pool.name(feed, make_articles(now, ENGLISH, language="fr"))
    assert article.language == "en"
