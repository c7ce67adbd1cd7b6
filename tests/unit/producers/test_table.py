"""The table of cases in README.md names tests that are there, and every case once."""

from __future__ import annotations

import re
from pathlib import Path


FOLDER = Path(__file__).parent
# All but T112, which is WebSub: not built.
CASES = {*range(1, 112), 113}


def test_every_case_has_a_test_that_is_there() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (FOLDER / "README.md").read_text("utf-8").splitlines()
        if line.startswith("| T")
    ]
    cases = [int(number) for row in rows for number in re.findall(r"T(\d+)", row[0])]
    assert len(cases) == len(set(cases))
    assert set(cases) == CASES
    for case, _, tests in rows:
        for test in tests.split(", "):
            file, name = test.split("::")
            assert f"def {name}(" in (FOLDER / file).read_text("utf-8"), f"{case}: no {test}"
