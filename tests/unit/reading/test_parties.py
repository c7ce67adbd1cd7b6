"""Who acts, against whom: by the words, by what the article tells elsewhere, by the war and its campaigns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from placewatch.actors import Actors
from placewatch.records import Report
from streams.reading.reader import Reader
from tests.unit.reading.conftest import article_of, place_of


# Names that no other country has, so that the war is clear.
PLACES = (
    place_of("Hasran, Syria"),
    place_of("Afrin, Syria"),
    place_of("Lozna, Ukraine"),
    place_of("Wadbara, Sudan"),
    place_of("Buldhan, Somalia"),
    place_of("Lubanza, DR Congo"),
    place_of("Strait of Kesh, Iran"),
    place_of("Port Amwell, Yemen"),
)


@pytest.fixture(scope="module")
def parties_of(nlp, actors, sources) -> Callable[..., list[tuple[str, str | None, str | None]]]:
    """Read a text and return state, actor and opponent of each report."""
    reader = Reader(PLACES, actors, sources, nlp, has_second_opinion=False)

    def read(text: str, title: str = "") -> list[tuple[str, str | None, str | None]]:
        (readings,) = reader.read([article_of(text, title)])
        reports: list[Report] = [r for reading in readings for r in reading.reports]
        return [(r.state.value, r.actor, r.against) for r in reports]

    return read


@pytest.mark.parametrize(
    ("text", "state", "actor"),
    [
        ("Families queued for bread in Hasran, the last rebel holdout.", "held", "Syrian rebels"),
        ("The Turks pushed into Hasran at dawn.", "entered", "Turkey"),
        ("The Wagner mercenary force seized Lozna.", "captured", "Wagner Group"),
        ("Ukraine's Zelensky toured newly recaptured Lozna.", "recaptured", "Ukraine"),
        ("Hasran is held by the rebel faction Ahrar al-Sham.", "held", "Ahrar al-Sham"),
        ("Dismay followed the loss of Lubanza to Rwandan-backed rebels.", "captured", "M23"),
        ("Troops captured Wadbara after a long night.", "captured", "Sudanese Armed Forces"),
        ("Soldiers shelled Lozna all night.", "struck", "Soldiers"),
    ],
)
def test_names_the_party(parties_of, text: str, state: str, actor: str) -> None:
    assert [(s, a) for s, a, _ in parties_of(text)] == [(state, actor)]


def test_men_of_a_general_nobody_knows_keep_his_name(parties_of) -> None:
    ((state, actor, _),) = parties_of("Forces loyal to General Khalid Barro seized Hasran.")
    assert (state, actor) == ("captured", "Forces loyal to General Khalid Barro")


@pytest.mark.parametrize(
    ("text", "actor", "against"),
    [
        (
            "Clashes between the army and the Rapid Support Forces went on in Wadbara.",
            "Rapid Support Forces",
            "Sudanese Armed Forces",
        ),
        ("Ukrainian troops are fighting in Lozna, street by street.", "Russia", "Ukraine"),
        ("Fighting between rival forces raged in Wadbara.", None, None),
    ],
)
def test_who_came_is_the_attacker_where_two_sides_fight(
    parties_of, text: str, actor: str | None, against: str | None
) -> None:
    assert parties_of(text) == [("contested", actor, against)]


def test_what_falls_in_an_invasion_falls_to_the_invader(parties_of) -> None:
    assert parties_of("The Ukrainian army has confirmed the loss of Lozna.") == [
        ("captured", "Russia", "Ukraine")
    ]


def test_an_attacker_named_elsewhere_in_the_article_is_meant_by_the_fall(parties_of) -> None:
    found = parties_of("The fall of Hasran was quick. Druze fighters stormed Hasran on Friday.")
    assert ("captured", "Druze fighters") in [(s, a) for s, a, _ in found]


def test_who_has_yet_to_reopen_a_way_keeps_it_shut(parties_of) -> None:
    found = parties_of("The fleet will strike unless Tehran reopens the Strait of Kesh.")
    assert found == [("closed", "Iran", None)]


def test_a_place_is_no_party(parties_of) -> None:
    found = parties_of("Hasran and Buldhan suffered missile attacks.")
    assert {actor for _, actor, _ in found} == {None}


def test_a_campaign_for_a_place_comes_before_the_war_for_the_country(actors: Actors) -> None:
    afrin = actors.war_in("Syria", date(2018, 2, 1), "Afrin")
    elsewhere = actors.war_in("Syria", date(2018, 2, 1), "Hasran")
    later = actors.war_in("Syria", date(2019, 2, 1), "Afrin")
    assert afrin is not None
    assert afrin.opponent == "turkey"
    assert elsewhere == later
    assert elsewhere is not None
    assert elsewhere.opponent == "syrian-rebels"


@pytest.mark.parametrize(
    ("text", "actor", "against"),
    [
        ("Ukrainian marines are repelling daily attacks on Lozna.", "Russia", "Ukraine"),
        (
            "The army repulsed an assault on Wadbara by the Rapid Support Forces.",
            "Rapid Support Forces",
            "Sudanese Armed Forces",
        ),
    ],
)
def test_who_stops_an_attack_does_not_make_it(
    parties_of, text: str, actor: str, against: str
) -> None:
    assert ("threatened", actor, against) in parties_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Russia stepped up its raids after a retreat from Lozna.",
        "Since its retreat from Lozna, Russia's army has dug in.",
    ],
)
def test_a_retreat_is_the_subjects_even_when_it_stands_first(parties_of, text: str) -> None:
    assert ("withdrawn", "Russia") in [(s, a) for s, a, _ in parties_of(text)]


def test_its_forces_are_the_capitals_that_speaks(nlp, actors, sources) -> None:
    places = (*PLACES, place_of("Moscow, Russia"))
    reader = Reader(places, actors, sources, nlp, has_second_opinion=False)
    (readings,) = reader.read([article_of("Moscow said its forces entered Lozna on Thursday.")])
    found = [r for reading in readings for r in reading.reports if r.place == "Lozna, Ukraine"]
    assert [(r.actor, r.attributed_to) for r in found] == [("Russia", "Moscow")]


def test_the_possessions_of_a_state_stand_for_it(parties_of) -> None:
    found = parties_of(
        "The fleet will bomb Iran's bridges if it does not reopen the Strait of Kesh."
    )
    assert found == [("closed", "Iran", None)]


def test_a_militia_with_a_name_beside_it_has_that_name(parties_of) -> None:
    found = parties_of("The Kurdish militia, the YPG, withdrew from Hasran before dawn.")
    assert [(s, a) for s, a, _ in found] == [("withdrawn", "YPG")]


def test_where_both_blame_each_other_nobody_is_named(parties_of) -> None:
    found = parties_of("The two armies have blamed each other for shelling of Lozna.")
    assert {actor for _, actor, _ in found} <= {None}


@pytest.mark.parametrize(
    ("text", "state", "against"),
    [
        ("The Russian army withdrew from the Ukrainian city of Lozna.", "withdrawn", "Ukraine"),
        ("Government warplanes bombed the rebel-held town of Hasran.", "struck", "Syrian rebels"),
        ("Kurdish fighters engaged in clashes with ISIS in Hasran.", "contested", "Islamic State"),
    ],
)
def test_ground_is_no_opponent_but_who_has_it_is(
    parties_of, text: str, state: str, against: str
) -> None:
    assert (state, against) in [(s, v) for s, _, v in parties_of(text)]


def test_a_country_at_peace_is_attacked_as_a_state(nlp, actors, sources) -> None:
    reader = Reader((place_of("Kelvis, Turkey"),), actors, sources, nlp)
    (readings,) = reader.read([article_of("Syrian rebels shelled Kelvis across the border.")])
    assert [(r.actor, r.against) for reading in readings for r in reading.reports] == [
        ("Syrian rebels", "Turkey")
    ]


def test_the_fighters_are_the_group_named_last_not_the_countrys_rebels(parties_of) -> None:
    found = parties_of(
        "Islamic State lost two commanders last week. Hasran is the fighters' last stronghold."
        " The militants still hold Hasran."
    )
    assert {a for s, a, _ in found if s == "held"} == {"Islamic State"}


def test_they_are_whom_the_last_sentence_is_of(parties_of) -> None:
    found = parties_of(
        "Ukrainian troops shelled roads that Russia controls near Hasran. They then entered Lozna."
    )
    assert ("entered", "Ukraine", "Russia") in found


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("The rebels have entered Hasran, officials in Amman said.", "officials in Amman"),
        ("Volodymyr Zelensky said Russian troops had entered Lozna.", "Volodymyr Zelensky"),
        (
            "The head of the Vale Guard, which fights there, said rebels took Hasran.",
            "head of the Vale Guard",
        ),
        ("The government says its troops entered Wadbara.", "Sudanese Armed Forces"),
        ("The mayor said the bridge at Hasran was down. Rebels took Hasran, he added.", "mayor"),
    ],
)
def test_speakers_keep_their_words(nlp, actors, sources, text: str, speaker: str) -> None:
    (readings,) = Reader(PLACES, actors, sources, nlp, has_second_opinion=False).read(
        [article_of(text)]
    )
    assert [r.attributed_to for reading in readings for r in reading.reports] == [speaker]


def test_a_headline_may_name_its_speaker_last(nlp, actors, sources) -> None:
    article = article_of("", "Russian troops in 'full control' of Lozna, says defence ministry")
    (readings,) = Reader(PLACES, actors, sources, nlp, has_second_opinion=False).read([article])
    assert [r.attributed_to for reading in readings for r in reading.reports] == [
        "defence ministry"
    ]


@pytest.mark.parametrize(
    ("text", "actor", "against"),
    [
        (
            "Moscow said 63 of Russia's soldiers were killed in a strike on Lozna.",
            "Ukraine",
            "Russia",
        ),
        ("At least ten Ukrainian marines died in a missile strike on Lozna.", "Russia", "Ukraine"),
        ("A drone strike on Lozna killed a baker. Russian jets flew home.", "Russia", "Ukraine"),
        ("A drone strike on Lozna killed a baker, Russian media said.", None, None),
        ("A drone strike on Lozna killed a baker.", None, None),
    ],
)
def test_who_lost_men_in_a_strike_did_not_make_it_nor_did_who_is_never_named(
    parties_of, text: str, actor: str | None, against: str | None
) -> None:
    assert parties_of(text) == [("struck", actor, against)]


@pytest.mark.parametrize(
    ("text", "state", "actor"),
    [
        ("Shells hit Kerch, and Moscow blamed the raid on Kyiv.", "struck", "Ukraine"),
        ("Shells hit Kerch, and Moscow closed its sea lane.", "struck", None),
        ("Moscow closed its sea lane after a drone attack on the port of Kerch.", "struck", None),
        ("Lozna is without power after Russian missiles hit its substation.", "outage", "Russia"),
        ("Lozna is without power, and frost is forecast.", "outage", None),
        ("Forces have retaken Lozna, a spokeswoman said.", "recaptured", "Ukraine"),
    ],
)
def test_an_occupied_place_is_struck_by_the_other_side_and_darkness_has_a_cause(
    nlp, actors, sources, text: str, state: str, actor: str | None
) -> None:
    places = (place_of("Kerch, Ukraine"), place_of("Lozna, Ukraine"))
    (readings,) = Reader(places, actors, sources, nlp, has_second_opinion=False).read(
        [article_of(text)]
    )
    found = [(r.state.value, r.actor) for reading in readings for r in reading.reports]
    assert (state, actor) in found


def test_who_leaves_in_a_campaign_is_who_it_is_fought_against(nlp, actors, sources) -> None:
    reader = Reader((place_of("Kherson, Ukraine"),), actors, sources, nlp, has_second_opinion=False)
    told = article_of(
        "Moscow shifts its guns east, and Kyiv its own, after the Kherson withdrawal."
    )
    late = told.model_copy(update={"published_at": datetime(2022, 11, 14, tzinfo=UTC)})
    (readings,) = reader.read([late])
    assert {(r.state.value, r.actor) for reading in readings for r in reading.reports} == {
        ("withdrawn", "Russia")
    }


def test_whoever_fights_the_militants_is_not_they(parties_of) -> None:
    found = parties_of(
        "Islamic State lost a convoy. The SDF is advancing on the militants in their last stronghold of Hasran."
    )
    assert ("held", "Islamic State") in [(s, a) for s, a, _ in found]


def test_a_headlines_order_is_whose_it_says(parties_of) -> None:
    found = parties_of("It began at noon.", "Russia orders evacuations in Lozna")
    assert ("evacuation_ordered", "Russia") in [(s, a) for s, a, _ in found]


def test_residents_who_resist_are_no_force(parties_of) -> None:
    found = parties_of("Tanks rolled past. The residents' resistance in Hasran was led by a baker.")
    assert "entered" not in [s for s, _, _ in found]


def test_who_did_it_first_is_the_subject_of_the_passive_that_follows(parties_of) -> None:
    found = parties_of("After seizing Hasran, the Druze fighters were joined by Turkish troops.")
    assert [(s, a) for s, a, _ in found] == [("captured", "Druze fighters")]


@pytest.mark.parametrize(
    ("text", "state", "actor"),
    [
        ("Monday's bombardment of Hasran emptied its market.", "struck", None),
        (
            "Our brave army has captured Hasran, the general staff announced.",
            "captured",
            "Syrian government",
        ),
        ("Russian-backed Syrian forces captured Hasran.", "captured", "Syrian government"),
        (
            "American jets bombed al-Shabaab posts near the group's stronghold of Buldhan.",
            "held",
            "al-Shabaab",
        ),
    ],
)
def test_neither_days_nor_backers_nor_bombers_are_meant(
    parties_of, text: str, state: str, actor: str | None
) -> None:
    assert (state, actor) in [(s, a) for s, a, _ in parties_of(text)]


def test_a_dateline_is_no_party(parties_of) -> None:
    found = parties_of("NAIROBI (Reuters) - The toll of the war in Buldhan may be as high as 200.")
    assert "Kenya" not in {actor for _, actor, _ in found}


def test_a_liberation_is_told_after_the_campaign(nlp, actors, sources) -> None:
    reader = Reader((place_of("Raqqa, Syria"),), actors, sources, nlp)
    told = article_of(
        "The liberation of Raqqa has brought sappers who clear mines left by the militants."
    )
    late = told.model_copy(update={"published_at": datetime(2017, 11, 20, tzinfo=UTC)})
    (readings,) = reader.read([late])
    assert {r.actor for reading in readings for r in reading.reports} == {
        "Syrian Democratic Forces"
    }


@pytest.mark.parametrize(
    "text", ["Hama was lost by the Syrian army on Friday.", "The Syrian army lost Hama on Friday."]
)
def test_who_loses_a_town_is_not_who_takes_it(read, text):
    (report,) = [r for r in read(text) if r.place == "Hama, Syria"]
    assert report.state.value == "captured"
    assert report.against == "Syrian government" != report.actor


def test_they_are_whose_doing_the_clause_belongs_to_and_not_who_tells_it(parties_of) -> None:
    found = parties_of("The SDF said that Russian troops looted the museum before they left Lozna.")
    assert ("withdrawn", "Russia") in [(s, a) for s, a, _ in found]
    found = parties_of("Islamic State said that it lost a convoy before they left Lozna.")
    assert ("withdrawn", "Islamic State") in [(s, a) for s, a, _ in found]


def test_whoever_carries_out_a_string_of_airstrikes_strikes(parties_of) -> None:
    found = parties_of("Russian jets carried out a string of airstrikes on Lozna on Monday.")
    assert ("struck", "Russia") in [(s, a) for s, a, _ in found]
