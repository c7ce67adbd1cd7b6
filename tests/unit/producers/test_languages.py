"""In which language an article is."""

from __future__ import annotations

import pytest

from producers.languages import language_of


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
    assert language_of(TEXTS[language], listed=None, declared=None) == language
    wrong = "de" if language == "en" else "en-us"
    assert language_of(TEXTS[language], listed=None, declared=wrong) == language


def test_a_region_stays_where_the_words_agree() -> None:
    assert language_of(ENGLISH, listed=None, declared="en-gb") == "en-gb"


def test_the_list_of_feeds_wins() -> None:
    assert language_of(ENGLISH, listed="ar", declared="en") == "ar"


@pytest.mark.parametrize("text", ["", "Rastan falls", "M23: Goma, Bukavu", "12:30 / 14:15 / 18:45"])
def test_too_few_words_leave_it_to_the_feed(text: str) -> None:
    assert language_of(text, listed=None, declared="en") == "en"
    assert language_of(text, listed=None, declared=None) is None
