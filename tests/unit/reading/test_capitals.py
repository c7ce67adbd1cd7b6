"""A country's capital by that name: "Syria's capital" is Damascus."""

from __future__ import annotations

import pytest

from streams.reading.reader import Reader
from tests.unit.reading.conftest import article_of, place_of


pytestmark = pytest.mark.model


def test_the_capital_of_a_country_is_meant(nlp, actors, sources):
    damascus = place_of("Damascus, Syria").model_copy(update={"country_code": "SY"})
    homs = place_of("Homs, Syria").model_copy(update={"country_code": "SY"})
    reader = Reader([damascus, homs], actors, sources, nlp, has_second_opinion=False)
    text = "Rebels left Homs at night. Missiles hit Syria's capital on Friday."
    (readings,) = reader.read([article_of(text)])
    assert ("Damascus, Syria", "struck") in {
        (report.place, report.state.value) for reading in readings for report in reading.reports
    }


def test_a_provincial_city_is_not_the_capital(nlp, actors, sources):
    damascus = place_of("Damascus, Syria").model_copy(update={"country_code": "SY"})
    homs = place_of("Homs, Syria").model_copy(update={"country_code": "SY"})
    reader = Reader([damascus, homs], actors, sources, nlp, has_second_opinion=False)
    text = (
        "A bus from Homs reached Damascus, the first since rebels captured the central port city."
    )
    (readings,) = reader.read([article_of(text)])
    assert {report.place for reading in readings for report in reading.reports} <= {"Homs, Syria"}
