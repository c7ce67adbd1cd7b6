"""Whose fire a text tells of."""

from __future__ import annotations

import pytest

from streams.reading.told_strikes import tells_of_strikes_by


SIDE = ("Norland", "Norlandic", "Norhaven")


@pytest.mark.parametrize(
    "text",
    [
        "Norlandic long-range missiles hit two bridges.",
        "Norland unleashed a new wave of them.",
        "Norland's third night of raids is over.",
        "The barns burned after shelling by the Norlandic army.",
        "The governor blamed the blast on Norhaven.",
        "They accuse Norland of a large rocket volley.",
    ],
)
def test_a_side_is_told_to_fire(text: str) -> None:
    assert tells_of_strikes_by(SIDE, text)


@pytest.mark.parametrize(
    "text",
    [
        "Norland says a missile fell in the sea.",
        "Norland reports drone swarms at its border.",
        "Norhaven under rocket fire",
        "Norland war: strikes go on in the south",
        "Missiles hit Arden. Norland wants talks.",
        "Norlandshire attacked the tax.",
    ],
)
def test_who_only_speaks_suffers_or_is_named_does_not(text: str) -> None:
    assert not tells_of_strikes_by(SIDE, text)
