"""What `extract --explain` shows: each sentence that carries reports, cut at the words that each report stands on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from placewatch.records import Report
from placewatch.vocabulary import DatePrecision, MarkRole


@dataclass(frozen=True, slots=True)
class Explained:
    """One article and what it says.

    Attributes:
        published: the day it was published, as in ISO 8601.
        statuses: what this article alone would establish, as `extract` prints it.
    """

    article_id: str
    source_id: str
    url: str
    title: str
    published: str
    reports: tuple[Report, ...]
    statuses: tuple[dict[str, Any], ...]


class Marked(NamedTuple):
    """A stretch of a sentence that plays a part; `role` chooses its colour."""

    start: int
    end: int
    role: MarkRole
    label: str


class Open(NamedTuple):
    """A marked stretch begins."""

    marked: Marked


class Close(NamedTuple):
    """A marked stretch ends."""

    marked: Marked


Piece = str | Open | Close


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence that carries reports."""

    start: int
    text: str
    reports: tuple[Report, ...]

    def pieces(self) -> Iterator[Piece]:
        """Yield the sentence in order: its text, and where marked stretches begin and end, properly nested."""
        yield from _pieces(self.text, self.start, _nested(_marked(self)))


def marked_sentences(explained: Explained) -> list[MarkedSentence]:
    """Return the sentences of an article that carry reports, in text order."""
    found: dict[int, list[Report]] = {}
    for report in explained.reports:
        found.setdefault(report.evidence.start, []).append(report)
    return [
        MarkedSentence(start, reports[0].evidence.sentence, tuple(reports))
        for start, reports in sorted(found.items())
    ]


def _marked(sentence: MarkedSentence) -> list[Marked]:
    """One mark a stretch and role, with all that the reports say of it as its label."""
    labels: dict[tuple[int, int, MarkRole], dict[str, None]] = {}
    for report in sentence.reports:
        for mark in report.marks:
            label = labels.setdefault((mark.start, mark.end, mark.role), {})
            label[_label(mark.role, report, sentence.text[mark.start - sentence.start :])] = None
    return [Marked(*key, ", ".join(label)) for key, label in labels.items()]


def _label(role: MarkRole, report: Report, said: str) -> str:
    if role is MarkRole.TRIGGER:
        return f"{report.state.upper()} {report.factuality}"
    if role is not MarkRole.PLACE:
        return role.upper()
    # A report without a trigger is the second opinion's: its state stands at the place.
    state = "" if report.trigger else f" {report.state.upper()} {report.factuality}"
    is_name = said.startswith(report.place.partition(",")[0])
    return f"PLACE{'' if is_name else ' ' + report.place}{state}"


def _nested(marks: Iterable[Marked]) -> list[Marked]:
    """The marks, outer ones first; one that crosses another is cut where that ends."""
    out: list[Marked] = []
    for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
        ends = [m.end for m in out if m.start <= mark.start < m.end < mark.end]
        out.append(mark._replace(end=min(ends, default=mark.end)))
    return sorted(out, key=lambda m: (m.start, -m.end))


def _pieces(text: str, offset: int, marks: Sequence[Marked]) -> Iterator[Piece]:
    cursor = offset
    opened: list[Marked] = []
    for mark in marks:
        while opened and opened[-1].end <= mark.start:
            yield text[cursor - offset : opened[-1].end - offset]
            cursor = opened[-1].end
            yield Close(opened.pop())
        yield text[cursor - offset : mark.start - offset]
        cursor = mark.start
        yield Open(mark)
        opened.append(mark)
    while opened:
        yield text[cursor - offset : opened[-1].end - offset]
        cursor = opened[-1].end
        yield Close(opened.pop())
    yield text[cursor - offset :]


# --- beneath the sentence ---------------------------------------------------------------------------------------


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """Yield name and value of what is known of a report, as it is shown beneath its sentence."""
    parties = (
        ("actor", report.actor),
        ("against", report.against),
        ("said by", report.attributed_to),
    )
    yield from ((name, party) for name, party in parties if party)
    if report.event_date is not None and report.date_precision is not DatePrecision.UNKNOWN:
        yield "date", f"{report.event_date} ({report.date_precision})"
    path = [r.removeprefix("path:") for r in report.reasons if r.startswith("path:")]
    if report.trigger:
        yield "path", " > ".join([report.trigger, *path])
    reasons = [r for r in report.reasons if not r.startswith("path:")]
    yield "reasons", ", ".join(reasons) or "said outright"
    codes = (("ACLED", report.acled), ("CAMEO", report.cameo), ("PLOVER", report.plover))
    if any(code for _, code in codes):
        yield "codes", ", ".join(f"{name} {code}" for name, code in codes if code)
    spans = [(str(m.role), m.start, m.end) for m in report.marks]
    spans.append(("sentence", report.evidence.start, report.evidence.end))
    yield "offsets", ", ".join(f"{role} {start}-{end}" for role, start, end in spans)


def status_line(status: dict[str, Any]) -> str:
    """Return "Hama, Syria: held, holder Syrian rebels"."""
    holder = f", holder {status['holder']}" if status.get("holder") else ""
    return f"{status['place']}: {status['state']}{holder}"


_INVISIBLE = {"Cc", "Cs"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


def shown(text: str) -> str:
    """Return `text` without what steers a terminal or turns the reading direction; a space stands for each."""
    if text.isprintable():
        return text
    return "".join(
        " " if c in _TURNING or unicodedata.category(c) in _INVISIBLE else c for c in text
    )
