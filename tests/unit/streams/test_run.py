"""What the worker tells Faust's command line is what that understands."""

from __future__ import annotations

from typing import get_args

import pytest
from faust.cli.base import LOGLEVELS

from placewatch.settings import Settings
from streams.run import level_of_faust


LEVELS = get_args(Settings.model_fields["log_level"].annotation)


def test_there_are_levels_to_look_at():
    assert "WARNING" in LEVELS


@pytest.mark.parametrize("level", LEVELS)
def test_every_log_level_that_can_be_set_lets_a_worker_start(level):
    assert level_of_faust(level) in {name.lower() for name in LOGLEVELS}
