"""Which edits are told (T75 to T78)."""

from __future__ import annotations

import pytest

from producers.edits import MAX_HASH_ONLY_REVISIONS, Content, Edit, changed_chars, judge_edit


BEFORE = Content("Rebels enter Rastan", "A summary.", "The army left the town. " * 5)


def judge(after: Content, *, before: Content = BEFORE, hash_only_revisions: int = 0) -> Edit:
    return judge_edit(
        before,
        after,
        before_hash=before.content_hash,
        hash_only_revisions=hash_only_revisions,
    )


@pytest.mark.parametrize(
    ("after", "edit"),
    [
        (BEFORE, Edit.SAME),
        (Content("REBELS enter  Rastan ", "a summary.", BEFORE.text + "\n\n"), Edit.SAME),
        (Content("Rebels leave Rastan", BEFORE.summary, BEFORE.text), Edit.TITLE),
        (Content(BEFORE.title, "A summery.", BEFORE.text), Edit.MINOR),
        (Content(BEFORE.title, BEFORE.summary, BEFORE.text + "x" * 50), Edit.MINOR),
        (Content(BEFORE.title, BEFORE.summary, BEFORE.text + " " + "x" * 51), Edit.TEXT),
        (Content(BEFORE.title, BEFORE.summary, ""), Edit.TEXT),
    ],
)
def test_what_an_edit_is(after: Content, edit: Edit) -> None:
    assert judge(after) is edit


def test_a_page_with_a_running_clock_stops_being_edited_after_24_times() -> None:
    after = Content(BEFORE.title, BEFORE.summary, "quite another text " * 10)
    assert judge(after, hash_only_revisions=MAX_HASH_ONLY_REVISIONS - 1) is Edit.TEXT
    assert judge(after, hash_only_revisions=MAX_HASH_ONLY_REVISIONS) is Edit.LIMIT


def test_a_new_title_is_told_even_after_that() -> None:
    after = Content("Rebels leave Rastan", BEFORE.summary, BEFORE.text)
    assert judge(after, hash_only_revisions=MAX_HASH_ONLY_REVISIONS) is Edit.TITLE


def test_a_moved_paragraph_is_no_news() -> None:
    before = Content("t", "", "First paragraph of many words. Second paragraph, quite as long.")
    after = Content("t", "", "Second paragraph, quite as long. First paragraph of many words.")
    assert changed_chars(before, after) == 0


def test_a_hash_of_another_version_is_not_compared() -> None:
    edit = judge_edit(BEFORE, BEFORE, before_hash="0:abc", hash_only_revisions=0)
    assert edit is Edit.SAME


def test_the_hash_names_its_version_and_keeps_the_parts_apart() -> None:
    assert BEFORE.content_hash.startswith("1:")
    assert Content("a b", "", "").content_hash != Content("a", "b", "").content_hash
