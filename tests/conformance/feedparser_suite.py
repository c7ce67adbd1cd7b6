"""feedparser's own test files, fetched from the package index, and what they expect, read without running it.

Each file holds a feed and, in a comment, a Python expression about what a parser makes of it. Only comparisons of
a field with a literal are used; they are read with `ast`, nothing of the files is ever evaluated.
"""

from __future__ import annotations

import ast
import codecs
import importlib.metadata
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs


BASE = "http://127.0.0.1:8097/tests/"  # where feedparser's own runner serves them: some expect its links
# Extensions whose fields no article has.
SKIPPED_FOLDERS = frozenset({"amp", "cdf", "psc", "media-rss", "itunes"})
# The fields of an entry that we keep, by the name of ours.
ENTRY_FIELDS = {
    "title": "title",
    "title_detail.value": "title",
    "description": "summary",
    "summary": "summary",
    "summary_detail.value": "summary",
    "content.0.value": "text",
    "id": "guid",
    "guid": "guid",
    "link": "link",
    "author": "author",
    "author_detail.name": "author",
    "authors.0.name": "author",
    "published": "published",
    "published_parsed": "published_at",
    "updated": "updated",
    "updated_parsed": "updated_at",
}
FEED_FIELDS = {"title": "title", "title_detail.value": "title", "language": "language"}
_FETCH_TIMEOUT_S = 60
_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_CODEC = re.compile(r"SkipUnless:.*lookup\('([^']+)'\)")
_HEADER = re.compile(r"^Header:\s*([\w-]+):\s*(.+?)\s*$", re.MULTILINE)


class UnreachableError(Exception):
    """The package index did not give the suite."""


@dataclass(frozen=True, slots=True)
class Case:
    """One file: where it is in the suite, what it holds, and the headers it is served with."""

    path: str
    body: bytes

    @property
    def url(self) -> str:
        """The address feedparser's runner serves it at."""
        return BASE + self.path

    @property
    def headers(self) -> dict[str, str]:
        """The response headers the file asks for, names in lower case."""
        return {name.lower(): value for name, value in _HEADER.findall(self._comment)}

    @property
    def oracles(self) -> tuple[Oracle, ...]:
        """What the file expects of fields that we keep, as far as it compares them with literals."""
        found, codec = _EXPECT.search(self._comment), _CODEC.search(self._comment)
        if found is None or SKIPPED_FOLDERS.intersection(self.path.split("/")):
            return ()
        if codec is not None and not _is_codec(codec.group(1)):
            return ()
        try:
            expression = ast.parse(found.group(1), mode="eval").body
        except SyntaxError:
            return ()
        return tuple(_oracles(expression))

    @property
    def _comment(self) -> str:
        """The file as text, as far as its comment goes."""
        if self.body[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in self.body[:64]:
            return self.body.replace(b"\0", b"").decode("latin-1")
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Oracle:
    """One expectation: `field` of entry `index` (of the feed itself when None) is `value`."""

    index: int | None
    field: str
    value: object


def fetch() -> Path:
    """Return the suite of the installed feedparser as a source archive, from the cache or the package index.

    Raises:
        UnreachableError: it is not in the cache and pip could not fetch it.
    """
    version = importlib.metadata.version("feedparser")
    folder = platformdirs.user_cache_path("placewatch", appauthor=False) / "conformance"
    archive = folder / f"feedparser-{version}.tar.gz"
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as partial:
            _download(version, Path(partial))
            (Path(partial) / archive.name).replace(archive)
    return archive


def cases(archive: Path) -> Iterator[Case]:
    """Yield every file with a feed, in the order of the paths."""
    with tarfile.open(archive) as sdist:
        members = {m.name.partition("/tests/")[2]: m for m in sdist.getmembers() if m.isfile()}
        for path in sorted(path for path in members if path.endswith(".xml")):
            stream = sdist.extractfile(members[path])
            assert stream is not None
            yield Case(path, stream.read())


def _is_codec(name: str) -> bool:
    """Return whether this Python knows an encoding: feedparser's own runner leaves out those it does not."""
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _download(version: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder), f"feedparser=={version}"]
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S
        )
    except subprocess.SubprocessError as error:
        detail = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
        raise UnreachableError(f"pip could not fetch feedparser {version}: {detail}") from error


def _oracles(expression: ast.expr) -> Iterator[Oracle]:
    """Yield the comparisons of a kept field with a literal that must all hold."""
    if isinstance(expression, ast.BoolOp) and isinstance(expression.op, ast.And):
        for value in expression.values:
            yield from _oracles(value)
    elif isinstance(expression, ast.Compare) and isinstance(expression.ops[0], ast.Eq):
        steps = _steps(expression.left)
        try:
            literal = ast.literal_eval(expression.comparators[0])
        except ValueError:
            return
        if steps[:1] == ["entries"] and ".".join(steps[2:]) in ENTRY_FIELDS:
            yield Oracle(int(steps[1]), ENTRY_FIELDS[".".join(steps[2:])], literal)
        elif steps[:1] == ["feed"] and ".".join(steps[1:]) in FEED_FIELDS:
            yield Oracle(None, FEED_FIELDS[".".join(steps[1:])], literal)


def _steps(node: ast.expr) -> list[str]:
    """Return `entries[0]['title']` or `entries[0].title` as ["entries", "0", "title"]; [] for anything else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [*_steps(node.value), node.attr]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return [*_steps(node.value), str(node.slice.value)]
    return []
