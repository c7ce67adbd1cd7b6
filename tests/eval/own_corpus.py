"""Our own labelled snippets: tests/eval/corpus/*.txt, one a line, `construction|register|text|places|reports`.

`text` is "Title || body" or a body; `places` are watched labels apart by `;`; `reports` are
`Name:state/factuality/actor/against/speaker`, apart by `;`, `-` or nothing for none. Every snippet counts as
published on Wednesday 5 March 2025. Files named `learning_*` train the second opinion and measure nothing; of the
others one half, by a hash of the text, is for development and training, the other for testing only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


CORPUS = Path(__file__).with_name("corpus")
PUBLISHED = "2025-03-05"
_FIELDS = 5
_REPORT = re.compile(r"(?P<name>.+?):(?P<state>[a-z_]+)/(?P<factuality>[a-z]+)(?:/(?P<who>.*))?")


class Snippet(NamedTuple):
    """One snippet, labelled."""

    construction: str
    register: str
    title: str
    body: str
    places: tuple[str, ...]
    reports: tuple[dict[str, str | None], ...]

    @property
    def snippet_id(self) -> str:
        """A name that stays while the text stays."""
        return "own-" + hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def text(self) -> str:
        """Title and body as the corpus writes them."""
        return f"{self.title} || {self.body}" if self.title else self.body

    @property
    def is_for_testing(self) -> bool:
        """Whether it is of the half that no rule is written from and no model trained on."""
        return int(hashlib.sha256(self.text.encode()).hexdigest()[:8], 16) % 2 == 1


def snippets(*, for_learning: bool = False) -> Iterator[Snippet]:
    """Yield the snippets that measure, or those that only train.

    Raises:
        ValueError: a line is not as described; the message names file and line.
    """
    for path in sorted(CORPUS.glob("*.txt")):
        if path.name.startswith("learning_") is for_learning:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    yield _snippet(line, f"{path.name}, line {number}")


def _snippet(line: str, where: str) -> Snippet:
    fields = [part.replace("\0", " || ").strip() for part in line.replace(" || ", "\0").split("|")]
    if len(fields) != _FIELDS:
        raise ValueError(f"{where}: {len(fields)} fields, not {_FIELDS}")
    construction, register, text, places, reports = fields
    title, _, body = text.rpartition(" || ")
    labels = {label.rsplit(", ", 1)[0]: label for label in parts(places)}
    told = tuple(report(part, labels, where) for part in parts(reports))
    return Snippet(construction, register, title, body, tuple(labels.values()), told)


def report(part: str, labels: dict[str, str], where: str) -> dict[str, str | None]:
    """Return one report as labelled news has it; `labels` are the places of its text by name.

    Raises:
        ValueError: it is not written as described, or of another place.
    """
    match = _REPORT.fullmatch(part)
    if match is None or match["name"] not in labels:
        raise ValueError(f"{where}: {part!r} is no report of a place of the snippet")
    who = [name if name not in {"", "-"} else None for name in (match["who"] or "").split("/")]
    actor, against, speaker = [*who, None, None, None][:3]
    return {
        "place": labels[match["name"]],
        "state": match["state"],
        "factuality": match["factuality"],
        "actor": actor,
        "against": against,
        "attributed_to": speaker,
    }


def parts(field: str) -> list[str]:
    """Return the parts of a field, apart by `;`."""
    return [part.strip() for part in field.split(";") if part.strip()]
