"""Skipped records and workers that stand still."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.topics import ARTICLES, ASSERTIONS
from streams.reader_pool import MAX_BREAKS, TIMEOUT_S
from streams.watchdog import BUSY_TOO_LONG_S, Watchdog


TP = (ARTICLES.name, 0)


def skips(*offsets: int) -> list[int]:
    watchdog = Watchdog()
    return [watchdog.skipped(ARTICLES.name, 0, offset) for offset in offsets]


def test_a_hole_is_counted() -> None:
    assert skips(36, 37, 47) == [0, 0, 9]


def test_the_first_record_may_have_any_offset() -> None:
    assert skips(1000, 1001) == [0, 0]


def test_reading_again_from_an_earlier_offset_is_no_hole_but_one_behind_it_is() -> None:
    assert skips(10, 11, 5, 6, 8) == [0, 0, 0, 0, 1]


@given(st.integers(0, 1000), st.integers(1, 50))
def test_offsets_that_count_up_never_alarm(start: int, count: int) -> None:
    assert not any(skips(*range(start, start + count)))


def test_partitions_are_followed_apart() -> None:
    watchdog = Watchdog()
    assert watchdog.skipped(ARTICLES.name, 0, 5) == 0
    assert watchdog.skipped(ARTICLES.name, 1, 90) == 0
    assert watchdog.skipped(ARTICLES.name, 0, 6) == 0


def test_compacted_topics_have_holes_by_nature() -> None:
    watchdog = Watchdog()
    watchdog.skipped(ASSERTIONS.name, 0, 5)
    assert watchdog.skipped(ASSERTIONS.name, 0, 50) == 0


def test_after_partitions_changed_hands_nothing_is_expected() -> None:
    watchdog = Watchdog()
    watchdog.skipped(ARTICLES.name, 0, 5)
    watchdog.forget()
    assert watchdog.skipped(ARTICLES.name, 0, 50) == 0


@pytest.mark.parametrize(
    ("committed_later", "is_busy", "expected"),
    [(4, False, [TP]), (5, False, []), (10, False, []), (4, True, [])],
)
def test_stuck_is_who_has_records_and_neither_works_nor_moves(
    committed_later: int, is_busy: bool, expected: list[tuple[str, int]]
) -> None:
    watchdog = Watchdog(stuck_after_s=60)
    assert watchdog.stuck({TP: 10}, {TP: 4}, 0.0, is_busy=False) == []
    assert watchdog.stuck({TP: 10}, {TP: 4}, 59.0, is_busy=False) == []
    assert watchdog.stuck({TP: 10}, {TP: committed_later}, 60.0, is_busy=is_busy) == expected


def test_who_was_busy_for_long_has_time_to_commit() -> None:
    watchdog = Watchdog(stuck_after_s=60)
    for now in (0.0, 100.0, 200.0):
        assert watchdog.stuck({TP: 10}, {TP: 4}, now, is_busy=True) == []
    assert watchdog.stuck({TP: 10}, {TP: 4}, 205.0, is_busy=False) == []
    assert watchdog.stuck({TP: 10}, {TP: 10}, 210.0, is_busy=False) == []


def test_work_that_never_ends_is_stuck_too() -> None:
    watchdog = Watchdog(stuck_after_s=60, busy_too_long_s=1000)
    assert watchdog.stuck({TP: 10}, {TP: 4}, 0.0, is_busy=True) == []
    assert watchdog.stuck({TP: 20}, {TP: 4}, 999.0, is_busy=True) == []
    assert watchdog.stuck({TP: 30}, {TP: 4}, 1000.0, is_busy=True) == [TP]


def test_work_that_shows_signs_of_life_may_last_but_only_on_its_own_partition() -> None:
    other = (ARTICLES.name, 1)
    watchdog = Watchdog(stuck_after_s=60, busy_too_long_s=1000)
    ends, done = {TP: 10, other: 10}, {TP: 4, other: 4}
    assert watchdog.stuck(ends, done, 0.0, is_busy=True) == []
    assert watchdog.stuck(ends, done, 900.0, is_busy=True, living={TP}) == []
    assert watchdog.stuck(ends, done, 1000.0, is_busy=True) == [other]
    assert watchdog.stuck(ends, done, 1900.0, is_busy=True) == [TP, other]


def test_an_article_that_hangs_the_readers_again_and_again_is_given_up_before_the_worker_is() -> (
    None
):
    assert (MAX_BREAKS + 2) * TIMEOUT_S < BUSY_TOO_LONG_S


def test_nothing_to_read_is_not_stuck_however_long() -> None:
    watchdog = Watchdog(stuck_after_s=60)
    for now in (0.0, 100.0, 1000.0):
        assert watchdog.stuck({TP: 10}, {TP: 10}, now, is_busy=False) == []
