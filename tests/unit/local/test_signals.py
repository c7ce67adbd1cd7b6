"""Ctrl-C and SIGTERM end a command wherever they find it, also while Python tidies up."""

from __future__ import annotations

import signal
import time

import pytest

from placewatch.cli.services import ended_by_signals


class Tidied:
    """An object at whose end a signal comes: what is raised there, Python drops."""

    def __init__(self, number: signal.Signals) -> None:
        self._number = number

    def __del__(self) -> None:
        signal.raise_signal(self._number)


CODES = [(signal.SIGINT, 130), (signal.SIGTERM, 0)]


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_ends_with_its_code(number, code):
    with pytest.raises(SystemExit) as ended, ended_by_signals():
        signal.raise_signal(number)
    assert ended.value.code == code


def tidy_up(number: signal.Signals) -> None:
    tidied = Tidied(number)
    del tidied
    time.sleep(10)


def signal_twice() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_that_comes_while_an_object_is_tidied_up_is_not_lost(number, code):
    with pytest.raises(SystemExit) as ended, ended_by_signals():
        tidy_up(number)
    assert ended.value.code == code


def test_the_second_signal_does_not_disturb_the_stopping_of_the_first():
    with pytest.raises(SystemExit), ended_by_signals():
        signal_twice()
