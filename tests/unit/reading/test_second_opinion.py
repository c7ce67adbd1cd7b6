from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.records import Evidence, Report
from placewatch.vocabulary import Factuality, State
from streams.reading.gate import Mention
from streams.reading.opinion.encoder import FACTUALITIES, STATES, Opinion, encoder
from streams.reading.opinion.passages import (
    AFTER,
    BEFORE,
    LONGEST_STRETCH,
    MOST_OF_A_LONG_TEXT,
    passages,
)
from streams.reading.opinion.weighing import (
    Parties,
    Thresholds,
    additions,
    beliefs,
    thresholds,
    weighed,
)
from streams.reading.reader import Reader
from tests.unit.reading.conftest import PLACES, article_of


LIMITS = Thresholds(
    add=0.9, add_change=0.95, doubt=0.1, revive=0.95, overrule=0.98, restate=0.8, told=0.5
)
NOBODY: Parties = {}
TEXT = "Arden quiet\nTroops left Arden. Dorn burns."


def _opinion(state: str, *, told: float, current: float, how: str = "asserted") -> Opinion:
    zeros = np.zeros(len(STATES), np.float32)
    said, now, factuality = zeros.copy(), zeros.copy(), np.zeros((len(STATES), len(FACTUALITIES)))
    i = STATES.index(state)
    said[i], now[i] = told, current
    factuality[i, FACTUALITIES.index(how)] = 1
    pointer = np.eye(1, 2, dtype=np.float32).repeat(len(STATES), axis=0)
    return Opinion(said, now, factuality.astype(np.float32), pointer, ((0, 0), (0, 5)))


def _report(state: State, factuality: Factuality, actor: str | None = None) -> Report:
    evidence = Evidence(sentence="Troops left Arden.", start=12, end=30)
    return Report(
        place_id="arden",
        place="Arden",
        state=state,
        factuality=factuality,
        actor=actor,
        evidence=evidence,
        reasons=("path:of",),
    )


def _mentions(text: str, name: str = "Arden") -> list[Mention]:
    starts = [i for i in range(len(text)) if text.startswith(name, i)]
    return [Mention(name.lower(), start, start + len(name)) for start in starts]


def _are_same(one: str, other: str) -> bool:
    return one == other


def _weigh(report: Report, opinion: Opinion, parties: Parties = NOBODY) -> Report:
    (weighed_report,) = weighed([report], _held(opinion), parties, LIMITS, _are_same)
    return weighed_report


def _added(reports: list[Report], opinion: Opinion, parties: Parties = NOBODY):
    return additions(reports, _held(opinion), parties, LIMITS, _are_same)


def _held(opinion: Opinion):
    (passage,) = passages(TEXT, _mentions(TEXT))
    return beliefs([passage], [opinion])


def test_a_short_text_is_one_passage_a_place_with_each_mention_marked():
    mentions = sorted([*_mentions(TEXT), *_mentions(TEXT, "Dorn")], key=lambda m: m.start)
    arden, dorn = passages(TEXT, mentions)
    assert arden.text == (
        f"{BEFORE} Arden {AFTER} quiet Troops left {BEFORE} Arden {AFTER}. Dorn burns."
    )
    assert dorn.text == f"Arden quiet Troops left Arden. {BEFORE} Dorn {AFTER} burns."
    assert TEXT[slice(*arden.sentence)] == "Troops left Arden."


def test_a_long_text_is_cut_around_the_sentences_that_name_the_place():
    filler = "Nothing of note was said about the harvest that year. " * 12
    text = f"Headline\n{filler}Troops left Arden. They burnt the bridge. {filler}"
    (passage,) = passages(text, _mentions(text))
    assert text[slice(*passage.sentence)] == "Troops left Arden."
    assert passage.text.endswith("They burnt the bridge.")
    assert passage.end - passage.start <= LONGEST_STRETCH


def test_of_a_long_text_only_the_first_few_passages_are_asked_of():
    text = "Headline\n" + "A convoy left Arden for Dorn, drivers told the harbour office. " * 12
    mentions = sorted([*_mentions(text), *_mentions(text, "Dorn")], key=lambda m: m.start)
    found = passages(text, mentions)
    assert [p.place_id for p in found] == ["arden", "dorn"] * (MOST_OF_A_LONG_TEXT // 2)
    assert found[-1].sentence < (len(text) // 2, 0)


@given(st.lists(st.sampled_from(["Arden", "fell", "Dorn.", "It rained.", "\n", "x" * 90])))
def test_every_passage_names_its_place_in_its_sentence(words):
    text = " ".join(words)
    for passage in passages(text, _mentions(text)):
        start, end = passage.sentence
        assert passage.start <= start < end <= passage.end
        assert "Arden" in text[start:end]
        assert BEFORE in passage.text


@pytest.mark.parametrize(
    ("opinion", "factuality"),
    [
        (_opinion("captured", told=0.9, current=0.8), Factuality.ASSERTED),
        (_opinion("captured", told=0.9, current=0.05, how="planned"), Factuality.PLANNED),
        (_opinion("captured", told=0.1, current=0.05), Factuality.UNCONFIRMED),
    ],
)
@pytest.mark.parametrize("state", [State.CAPTURED, State.RECAPTURED])
def test_what_is_doubted_is_no_longer_current(opinion, factuality, state):
    report = _weigh(_report(state, Factuality.ASSERTED), opinion)
    assert report.factuality is factuality
    changed = factuality is not Factuality.ASSERTED
    assert report.reasons == ("path:of", *(["second opinion:0.05"] if changed else []))


def test_what_is_believed_current_is_revived():
    opinion = _opinion("held", told=1, current=0.97, how="claimed")
    report = _weigh(_report(State.HELD, Factuality.HISTORICAL), opinion)
    assert (report.factuality, report.reasons[-1]) == (Factuality.CLAIMED, "second opinion:0.97")


def test_what_the_rules_missed_is_added_and_what_they_told_is_not():
    opinion = _opinion("struck", told=1, current=0.93)
    (added,) = _added([], opinion)
    assert (added.state, added.factuality) == (State.STRUCK, Factuality.ASSERTED)
    assert added.reason == "second opinion:0.93"
    assert _added([_report(State.STRUCK, Factuality.PLANNED)], opinion) == []


def test_a_change_of_hands_takes_more_to_be_added():
    assert _added([], _opinion("captured", told=1, current=0.93)) == []
    (added,) = _added([], _opinion("captured", told=1, current=0.96))
    assert added.state is State.CAPTURED


def test_who_took_a_place_long_ago_is_not_who_takes_it_now():
    opinion, key = _opinion("captured", told=1, current=0.99), ("arden", "captured")
    past = _report(State.RECAPTURED, Factuality.HISTORICAL, "the league")
    assert _weigh(past, opinion, {key: "the crown"}) == past
    (added,) = _added([past], opinion, {key: "the crown"})
    assert added.party == "the crown"
    assert _weigh(past, opinion, {key: "the league"}).factuality is Factuality.ASSERTED
    assert _added([past], opinion, {key: "the league"}) == []


def test_what_the_rules_tell_as_current_is_what_is_believed_and_no_past_one():
    opinion = _opinion("captured", told=1, current=0.99)
    now = _report(State.CAPTURED, Factuality.ASSERTED, "the crown")
    past = _report(State.CAPTURED, Factuality.HISTORICAL)
    assert weighed([now, past], _held(opinion), NOBODY, LIMITS, _are_same) == [now, past]


@pytest.mark.parametrize(("sure", "factuality"), [(0.9, "claimed"), (0.7, "asserted")])
def test_a_fact_becomes_a_claim_where_the_encoder_is_sure(sure, factuality):
    opinion = _opinion("struck", told=1, current=0.9, how="claimed")
    opinion.factuality[STATES.index("struck")] = [1 - sure, sure, 0, 0, 0]
    report = _weigh(_report(State.STRUCK, Factuality.ASSERTED), opinion)
    assert report.factuality == factuality


def test_the_strongest_passage_of_a_place_counts():
    (passage,) = passages(TEXT, _mentions(TEXT))
    opinions = [_opinion("struck", told=p, current=p) for p in (0.2, 0.96, 0.4)]
    held = beliefs([passage] * 3, opinions)
    assert held["arden", "struck"].current == pytest.approx(0.96)


def test_the_shipped_thresholds_let_doubt_end_before_belief_begins():
    limits = thresholds()
    assert 0 < limits.doubt < limits.told < limits.add <= limits.revive <= 1


def test_the_shipped_encoder_tells_a_capture_from_a_sports_page_and_says_the_same_each_time():
    taken = f"Rebel fighters seized {BEFORE} Arden {AFTER} from the army on Monday, officials said."
    sport = f"{BEFORE} Arden {AFTER} beat Dorn 2-1 in the cup on Monday."
    i = STATES.index("captured")
    first, again = (encoder().opinion(taken, "captured claimed") for _ in range(2))
    assert first.current[i] > 0.5 > encoder().opinion(sport, "nothing").current.max()
    assert (first.current == again.current).all()


class FakeEncoder:
    """Is of one opinion, whatever it is asked."""

    def __init__(self, opinion: Opinion) -> None:
        self._opinion = opinion

    def opinion(self, passage: str, reading: str) -> Opinion:
        return self._opinion


@pytest.mark.parametrize("factuality", [Factuality.DENIED, Factuality.PLANNED])
def test_a_denial_and_a_plan_stay_what_the_rules_read_unless_the_encoder_is_very_sure(factuality):
    told = _report(State.CAPTURED, factuality)
    assert _weigh(told, _opinion("captured", told=1, current=0.97)) == told
    sure = _weigh(told, _opinion("captured", told=1, current=0.985))
    assert sure.factuality is Factuality.ASSERTED


def test_reports_of_the_second_opinion_say_so_and_stand_on_their_sentence(
    actors, sources, nlp, monkeypatch
):
    added = _opinion("besieged", told=1, current=0.99)
    fake = FakeEncoder(added)
    monkeypatch.setattr("streams.reading.opinion.asking.encoder", lambda: fake)
    article = article_of("No bread has reached Arden since the gunmen came.")
    (readings,) = Reader(PLACES, actors, sources, nlp).read([article])
    (report,) = [r for reading in readings for r in reading.reports if r.state is State.BESIEGED]
    assert report.reasons[-1].startswith("second opinion:0.99")
    assert report.evidence.sentence == "No bread has reached Arden since the gunmen came."
    assert report.actor is None
