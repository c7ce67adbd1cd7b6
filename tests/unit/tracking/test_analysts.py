"""What an analyst says stands over what was known when they spoke, and over nothing that comes after."""

from __future__ import annotations

import pytest

from streams.tracking.assess import assess
from streams.tracking.reasons import Move
from streams.tracking.tracker import advance


@pytest.fixture
def outcome(context, baseline, at):
    """Assess readings where an analyst said, four hours in, that Blueland holds the town."""

    def of(*readings):
        word = baseline(assertion_id="w", kind="analyst", as_of=at(hours=4))
        told = assess(
            readings,
            (baseline(), word),
            context,
            at(days=2),
            place_id="smallville-blueland",
            place="Smallville, Blueland",
        )
        return told.status.holder, told.decisions[0].reason

    return of


@pytest.fixture
def claim(reading, at):
    """Redland said before that it had taken the town."""
    return reading(factuality="claimed", attributed_to="Redland", when=at())


@pytest.mark.parametrize("voice", ["Redland", None])
def test_one_more_origin_does_not_overrule_it(outcome, claim, reading, at, voice):
    again = reading(factuality="claimed", attributed_to=voice, when=at(hours=6))
    assert outcome(claim, again) == ("Blueland", Move.OLD_NEWS)


@pytest.mark.parametrize("sources", [["alpha"], ["yankee", "xray"]])
def test_what_would_confirm_it_alone_does(outcome, claim, reading, at, sources):
    seen = [reading(source=f"{name}.example", when=at(hours=6)) for name in sources]
    assert outcome(claim, *seen) == ("Redland", Move.TAKEN)


def test_what_was_confirmed_before_they_spoke_does_not(outcome, reading, at):
    seen = reading(source="alpha.example", when=at())
    again = reading(source="yankee.example", when=at(hours=6))
    assert outcome(seen, again) == ("Blueland", Move.OLD_NEWS)


def test_a_denial_told_afterwards_does_not(outcome, claim, reading, at):
    denial = reading(factuality="denied", attributed_to="Blueland", when=at(hours=6))
    assert outcome(claim, denial) == ("Blueland", Move.OLD_NEWS)


def test_a_new_event_does_though_one_party_alone_tells_it(outcome, claim, reading, at):
    later = reading(
        factuality="claimed", attributed_to="Redland", when=at(days=1), on=at(days=1).date()
    )
    assert outcome(later) == ("Redland", Move.TAKEN)


@pytest.mark.parametrize("later", [{"is_revoked": True}, {"holder": "Redland"}])
def test_what_they_said_before_delivered_again_does_not_come_back(context, baseline, at, later):
    word = baseline(assertion_id="w", kind="analyst", control="contested", as_of=at())
    last = word.model_copy(update={"as_of": at(hours=1), **later})
    states, now = [], at(hours=2)
    for items in ((word, last), (word, last, word), (last, word)):
        state = None
        for item in (baseline(), *items):
            state = advance(state, item, context, now).state
        states.append((state.status.control, state.status.holder))
    assert states[0] == states[1] == states[2]
