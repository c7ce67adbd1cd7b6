"""Power and water, orders to leave, ways shut and open, told in many ways."""

from __future__ import annotations

import pytest


pytestmark = pytest.mark.model

# An article of war: the reading of strikes leans on it.
BESIDE = " The war has gone on for years."


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Arden without power after the storm.", "outage"),
        ("Large parts of Arden were without electricity on Friday.", "outage"),
        ("The town of Arden has no water or electricity.", "outage"),
        ("There is no electricity in Arden.", "outage"),
        ("Homes across Arden lost power on Thursday.", "outage"),
        ("Rockets cut off electricity to Arden.", "outage"),
        ("Power outages hit Arden overnight.", "outage"),
        ("The internet was down in Arden.", "outage"),
        ("Arden was disconnected from the grid.", "outage"),
        ("Arden was cut off from the power grid.", "outage"),
        ("Arden lost its connection to the power grid.", "outage"),
        ("Arden was plunged into darkness by the strikes.", "outage"),
        ("Electricity is back in Arden.", "restored"),
        ("The power supply of Arden was restored.", "restored"),
        ("Residents of Arden were told to leave at once.", "evacuation_ordered"),
        ("The army urged people in Arden to flee.", "evacuation_ordered"),
        ("Arden residents were ordered out as the fire neared.", "evacuation_ordered"),
        ("Arden sees mass evacuations over the flood.", "evacuation_ordered"),
        ("The evacuation order for Arden was lifted.", "evacuation_lifted"),
        ("Arden lifts its evacuation order.", "evacuation_lifted"),
        ("The evacuation of civilians from Arden has begun.", "evacuation_ordered"),
        ("Thousands were evacuated from Arden.", "evacuation_ordered"),
        ("People of Arden were allowed to return home.", "evacuation_lifted"),
        ("Quill airport remains closed.", "closed"),
        ("Flights at Quill airport were suspended.", "closed"),
        ("Quill airport is open again.", "reopened"),
        ("Flights resumed at Quill airport.", "reopened"),
    ],
)
def test_a_civil_state_is_read(read, text, state):
    told = read(text + BESIDE)
    assert {(report.state, report.factuality) for report in told} == {(state, "asserted")}


@pytest.mark.parametrize(
    "text",
    [
        "The party lost power in Arden after the vote.",
        "The council has no power over schools in Arden.",
        "The ministry seized power in Arden.",
        "A village near Arden was without power.",
        "A storm in Arden knocked out power for many.",
        "The mayor of Arden lost power.",
        "People in Arden were told to stay calm.",
        "The court in Arden told him to leave the country.",
        "Residents of Arden were asked to leave a message.",
        "People of Arden were allowed to vote.",
        "An airline suspended flights from Quill airport.",
        "A shop at Quill airport was closed.",
    ],
)
def test_what_only_sounds_like_it_says_nothing(read, text):
    assert read(text + BESIDE) == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Arden is lively in spite of the shelling and the blackouts.", "outage"),
        ("Arden braces for a third night of power cuts.", "outage"),
        ("Arden, which has no electricity or heating, is cold.", "outage"),
        (
            "Fear spread in Arden when all civilians were told to leave at once.",
            "evacuation_ordered",
        ),
    ],
)
def test_what_is_told_beside_the_only_place_is_of_it(read, text, state):
    assert state in {report.state for report in read(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Arden woke to the second day of a country-wide internet blackout.",
        "Talks were held in Arden on a village near Dorn that has no electricity.",
        "All ministers were told to leave Arden out of the deal.",
    ],
)
def test_but_not_what_is_of_others(read, text):
    assert not {"outage", "evacuation_ordered"} & {
        r.state for r in read(text) if r.place == "Arden"
    }


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Arden went dark at noon.", "outage"),
        ("The flood left half of Arden in the dark.", "outage"),
        ("Arden has been without running water for nine days.", "outage"),
        ("Arden was told to leave by six.", "evacuation_ordered"),
        ("Residents of Arden must leave tonight.", "evacuation_ordered"),
        ("Residents may return home to Arden from Friday.", "evacuation_lifted"),
        ("It is safe to return to Arden, firefighters said.", "evacuation_lifted"),
    ],
)
def test_orders_and_outages_told_of_the_town_itself(read, text, state):
    assert state in {report.state for report in read(text)}


@pytest.mark.parametrize(
    "text",
    [
        "A dark comedy about Arden opens on Friday.",
        "Tourists may return to Arden next summer, the hotel hopes.",
        "Arden was told to pay its debts.",
        "Visitors should leave their cars outside Arden.",
    ],
)
def test_advice_and_metaphor_order_nobody(read, text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Quill airport closes at noon ahead of the storm.", "closed"),
        ("Quill airport shut until further notice, governor says.", "closed"),
        ("Mobile networks in Arden came back on Friday.", "restored"),
    ],
)
def test_closures_and_networks_need_no_war(read, text, state):
    assert state in {report.state for report in read(text)}


def test_a_shop_that_closes_shuts_no_airport(read):
    assert read("The shop at Quill airport closed on Friday.") == []


@pytest.mark.parametrize(
    ("text", "state", "factuality"),
    [
        ("The people of Arden live with no heating or running water.", "outage", "asserted"),
        ("No electricity, water or internet in Arden", "outage", "asserted"),
        ("Families in Arden came out to queue for water.", "outage", "asserted"),
        ("Power remains out in Arden.", "outage", "asserted"),
        ("Crews worked to bring back electricity in Arden.", "outage", "asserted"),
    ],
)
def test_life_without_services(read, text, state, factuality):
    assert (state, factuality) in {(r.state.value, r.factuality.value) for r in read(text)}


@pytest.mark.parametrize(
    "text",
    [
        "The council has no power over schools in Arden.",
        "With no power to change the law, the council of Arden went home.",
        "Fans in Arden queue for tickets.",
        "Charities bringing water back to Arden were told to wait.",
    ],
)
def test_no_power_of_another_kind(read, text):
    assert read(text) == []
