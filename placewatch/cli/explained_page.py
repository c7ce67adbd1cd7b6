"""Explained articles as one HTML page: everything escaped, nothing fetched, light or dark as the reader's system is.

displaCy's own templates are not used: they cannot nest marks, and put titles and labels in unescaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from placewatch.cli.explained import (
    Explained,
    MarkedSentence,
    Open,
    facts,
    marked_sentences,
    shown,
    status_line,
)
from placewatch.errors import ConfigError
from placewatch.records import Report
from placewatch.vocabulary import MarkRole


_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>placewatch: what the articles say</title>
<style>
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c1e21; --faint: #5c636b; --line: #d9dde2;
  --place: #b9e4c0; --trigger: #ffe08a; --actor: #aadcf0; --against: #f4bfd8; --speaker: #c9c5f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e6e8ea; --faint: #9aa3ad; --line: #343a41;
    --place: #1f5a33; --trigger: #6b5200; --actor: #12546e; --against: #742a52; --speaker: #433c8c;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 0; line-height: 1.35; }
article { border-top: 1px solid var(--line); padding: 1.2rem 0 .6rem; }
.of, dt, .silent { color: var(--faint); font-size: .85rem; }
a { color: inherit; }
.sentence { line-height: 2.1; margin: .8rem 0 .4rem; }
mark { color: inherit; border-radius: .35em; padding: .2em .4em; margin: 0 .1em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
mark b { font-size: .68em; letter-spacing: .03em; margin-left: .5em; vertical-align: .1em; }
.place { background: var(--place); } .trigger { background: var(--trigger); } .actor { background: var(--actor); }
.against { background: var(--against); } .speaker { background: var(--speaker); }
details { margin: .3rem 0 .3rem 1rem; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .8rem; margin: .3rem 0 .8rem 1rem; font-size: .9rem; }
dd { margin: 0; } .status { font-weight: 600; margin: .6rem 0; }
</style>
</head>
<body>
<h1>What the articles say</h1>
"""
_FOOT = "</body>\n</html>\n"


@contextmanager
def written(page: Path | None) -> Iterator[Callable[[Explained], None]]:
    """Give what adds an article to the file `page`, which is whole at the end; without a page it does nothing.

    Raises:
        ConfigError: the file cannot be written.
    """
    if page is None:
        yield lambda _: None
        return
    try:
        file = page.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the page {page} cannot be written: {error.strerror}") from error
    with file:
        legend = " ".join(f'<mark class="{r}">words<b>{r.upper()}</b></mark>' for r in MarkRole)
        file.write(f"{_HEAD}<p>{legend}</p>\n")
        yield lambda explained: file.writelines(_article(explained))
        file.write(_FOOT)


def _article(explained: Explained) -> Iterator[str]:
    of = [explained.article_id, explained.published, explained.source_id]
    yield f"<article>\n<h2>{_safe(explained.title) or _safe(explained.article_id)}</h2>\n"
    yield f'<p class="of">{" · ".join(_safe(part) for part in of if part)}{_link(explained.url)}</p>\n'
    sentences = marked_sentences(explained)
    if not sentences:
        yield '<p class="silent">no report</p>\n'
    for sentence in sentences:
        yield f'<p class="sentence">{"".join(_pieces(sentence))}</p>\n'
        for report in sentence.reports:
            yield from _report(report)
    for status in explained.statuses:
        yield f'<p class="status">⇒ {_safe(status_line(status))}</p>\n'
    yield "</article>\n"


def _pieces(sentence: MarkedSentence) -> Iterator[str]:
    for piece in sentence.pieces():
        if isinstance(piece, str):
            yield _safe(piece)
        elif isinstance(piece, Open):
            yield f'<mark class="{piece.marked.role}">'
        else:
            yield f"<b>{_safe(piece.marked.label)}</b></mark>"


def _report(report: Report) -> Iterator[str]:
    said = f"{report.place}: {report.state}, {report.factuality}"
    yield f"<details open><summary>{_safe(said)}</summary>\n<dl>"
    for name, value in facts(report):
        yield f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>"
    yield "</dl></details>\n"


def _link(url: str) -> str:
    """A link to the article, where its address is one of the web: `javascript:` is not."""
    try:
        is_web = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return ""
    if not is_web:
        return ""
    return f' · <a href="{_safe(url)}" rel="noopener noreferrer">{_safe(url)}</a>'


def _safe(text: str) -> str:
    return escape(shown(text), quote=True)
