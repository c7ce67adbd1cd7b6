"""The crosswalk to the field's codes."""

from __future__ import annotations

import pytest

from placewatch.vocabulary import (
    CAP_CERTAINTY,
    WAR_STATES,
    ActorKind,
    Certainty,
    State,
    codes_for,
)


@pytest.mark.parametrize(
    ("actor_kind", "sub_event"),
    [
        (ActorKind.STATE_FORCES, "Government regains territory"),
        (ActorKind.REBEL_GROUP, "Non-state actor overtakes territory"),
        (ActorKind.EXTERNAL_FORCES, "Non-state actor overtakes territory"),
        (None, "Non-state actor overtakes territory"),
    ],
)
def test_acled_keeps_regains_for_governments(actor_kind: ActorKind | None, sub_event: str) -> None:
    assert codes_for(State.CAPTURED, actor_kind).acled == sub_event


@pytest.mark.parametrize("state", [State.CAPTURED, State.RECAPTURED])
def test_taking_territory_is_cameo_192_and_plover_seize(state: State) -> None:
    codes = codes_for(state)
    assert (codes.cameo, codes.plover_event, codes.plover_mode) == ("192", "COERCE", "seize")


def test_withdrawal_is_plover_retreat() -> None:
    assert codes_for(State.WITHDRAWN).plover_event == "RETREAT"


@pytest.mark.parametrize("state", sorted(set(State) - WAR_STATES))
def test_civil_states_have_no_conflict_code(state: State) -> None:
    assert codes_for(state).acled is None
    assert codes_for(state).cameo is None


def test_every_certainty_has_a_cap_word() -> None:
    assert set(CAP_CERTAINTY) == set(Certainty)
