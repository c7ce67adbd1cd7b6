"""What is past without being news: memories, comparisons, old scenes, and their neighbours that are news."""

from __future__ import annotations

import pytest

from tests.unit.reading.conftest import article_of


HISTORY = [
    # remembered
    ("A museum shows her memories of the siege of Arden.", "besieged"),
    ("Two veterans of the battle for Arden opened the exhibition.", "contested"),
    ("Volunteers played a decisive part in the battle for Arden.", "contested"),
    ("There is a threat from mines left over from fighting in Arden and Dorn.", "contested"),
    # compared with
    ("The hunger here is worse than the siege of Arden.", "besieged"),
    ("Diplomats fear bloodshed that would match the siege of Arden.", "besieged"),
    # over
    ("Forty teachers disappeared during the rebel occupation of Arden.", "held"),
    ("Shops in the city are open again after two years of rebel occupation of Arden.", "held"),
    ("Arden had been the last stronghold of the rebels.", "held"),
    # counted from
    ("The clinic opened two weeks after the army's recapture of Arden.", "recaptured"),
    ("The envoys spoke for the first time since the drone strike on Arden.", "struck"),
    ("Arden, the first town to fall to the rebels, has no baker.", "captured"),
    ("In Arden, the first town to fall in the war, the rebels seem ready to stay.", "captured"),
    ("Arden was among the first towns to be hit by rebel airstrikes.", "struck"),
    # over
    ("The army retook Arden, a town that had been hit by rockets all spring.", "struck"),
    ("Rebel fighters held the town of Arden for seven months.", "held"),
    ("Masons mend a bridge destroyed during the rebel occupation of Arden.", "held"),
    ("A film shows the soldiers who won the battle of Arden.", "contested"),
    ("A minister compared the battle for Arden to the great sieges of old.", "contested"),
    # dated by what stands around it
    ("Five months after the rebels broke through, when they took control of Arden, markets thrive.", "captured"),
    ("On 3 March rebels crossed the river. They captured Arden by nightfall.", "captured"),
    ("In March the president ordered an air strike on Arden.", "struck"),
]  # fmt: skip
NEWS = [
    ("Fighters are taking part in the battle for Arden.", "contested"),
    ("The militia has played a key part in the offensive on Arden.", "threatened"),
    ("Arden has been besieged by the rebels, like the village of Dorn in 2012.", "besieged"),
    ("Arden is the first city to be captured by the rebels.", "captured"),
    ("Arden was under rebel control on Friday, residents said.", "held"),
    ("On 3 March rebels crossed the river. On Thursday they captured Arden.", "captured"),
    ("Last month rebels crossed the river. This weekend they captured Arden.", "captured"),
    ("Soldiers returned two days after rebels had captured Arden.", "captured"),
    ("Crowds danced two days after the army's recapture of Arden.", "recaptured"),
    ("Rebel fighters have held the town of Arden for seven months.", "held"),
    ("Arden has become the first town to fall to the rebels.", "captured"),
    ("The army is losing the battle for Arden.", "contested"),
    ("The army lost control of half of Arden.", "contested"),
    ("She is the first envoy in Arden since the army recaptured it from rebels.", "recaptured"),
    ("Crews searched a tower in Arden that had been hit by a rocket.", "struck"),
    ("In 2016 the valley burned. Rebels have captured Arden.", "captured"),
]


pytestmark = pytest.mark.model


@pytest.mark.parametrize(("text", "state"), HISTORY, ids=[c[0] for c in HISTORY])
def test_looked_back_on(read, text, state):
    told = {(r.state.value, r.factuality.value) for r in read(text) if r.place == "Arden"}
    assert (state, "historical") in told
    assert not {f for s, f in told if s == state} - {"historical"}


@pytest.mark.parametrize(("text", "state"), NEWS, ids=[c[0] for c in NEWS])
def test_news_stays_news(read, text, state):
    told = {(r.state.value, r.factuality.value) for r in read(text) if r.place == "Arden"}
    assert told & {(state, "asserted"), (state, "claimed")}


def test_who_left_no_longer_holds(read):
    told = {
        (r.state.value, r.factuality.value)
        for r in read("The army withdrew from Hama on Friday. Traders recall army-held Hama.")
    }
    assert ("withdrawn", "asserted") in told
    assert ("held", "historical") in told


@pytest.mark.parametrize(
    ("text", "factuality"),
    [
        ("On 11 August militants captured Arden.", "asserted"),
        ("The revolt began in 2007. On 11 August militants captured Arden.", "historical"),
    ],
)
def test_an_article_without_a_date_dates_by_the_years_it_names(reader, text, factuality):
    undated = article_of(text).model_copy(update={"date_source": "assumed"})
    (readings,) = reader.read([undated])
    (report,) = [r for reading in readings for r in reading.reports]
    assert report.factuality.value == factuality


def test_what_was_won_back_was_lost_before(read):
    told = {
        (r.state.value, r.factuality.value)
        for r in read(
            "Hama was captured by the rebels on Monday. The army recaptured Hama on Tuesday."
        )
    }
    assert told == {("captured", "historical"), ("recaptured", "asserted")}


@pytest.mark.parametrize(
    ("title", "text", "factuality"),
    [
        ("A soldier's life", "Tom Reed, who has died aged 41, lost an eye when rebels besieged Arden.", "historical"),
        ("Obituary: Tom Reed", "He came to Arden when the rebels besieged Arden.", "historical"),
        ("War diary", "Tom Reed writes as the rebels besiege Arden.", "asserted"),
    ],
)  # fmt: skip
def test_a_life_remembered_is_history(read, title, text, factuality):
    told = {(r.state.value, r.factuality.value) for r in read(text, title=title)}
    assert told == {("besieged", factuality)}


@pytest.mark.parametrize(
    ("text", "state", "factuality"),
    [
        ("Power was cut in Arden on Friday. Engineers restored power to Arden.", "outage", "historical"),
        ("The border guard reopened Quill Airport, which was closed on Friday.", "closed", "historical"),
        ("The rebels vowed to continue to hold Arden.", "held", "asserted"),
        ("Envoys urged the army to stop shelling Arden.", "struck", "asserted"),
        ("The troops had no choice but to leave Arden.", "withdrawn", "asserted"),
        ("The army rejected a plan to withdraw from Arden.", "withdrawn", "denied"),
        ("Efforts to enter Arden have failed.", "entered", "denied"),
    ],
)  # fmt: skip
def test_what_is_undone_goes_on_or_comes_to_nothing(read, text, state, factuality):
    told = {(r.state.value, r.factuality.value) for r in read(text + " The war drags on.")}
    assert (state, factuality) in told
    assert {f for s, f in told if s == state} == {factuality}


def test_the_present_of_a_caption_is_past(read):
    told = read(
        "A fireball is seen over Arden during a rebel rocket strike, on Oct. 3, 2024. The war drags on."
    )
    assert {(r.state.value, r.factuality.value) for r in told} == {("struck", "historical")}


def test_what_stays_shut_until_a_day_is_shut(read):
    told = read("Quill Airport will stay shut until 12 December after the floods in May.")
    assert {(r.state.value, r.factuality.value) for r in told} == {("closed", "asserted")}
