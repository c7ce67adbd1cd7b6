"""The documents keep up with the code: every command and setting is named, every command helps with an example."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from placewatch.cli.app import app
from placewatch.schema_documents import CLOUDEVENTS_HEADERS
from placewatch.schema_documents import kept as kept_of
from placewatch.settings import Settings
from placewatch.topics import ALL_TOPICS


def _commands() -> dict[str, Any]:
    """Every leaf command by its full name: "status", "watch add"."""
    found: dict[str, Any] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                walk(child, (*path, name))
        else:
            found[" ".join(path)] = command

    walk(typer.main.get_command(app), ())
    return found


COMMANDS = _commands()
SETTINGS = [name for name in Settings.model_fields if name != "is_broker_embedded"]


@pytest.fixture(scope="module")
def readme(repo_root: Path) -> str:
    return (repo_root / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme(readme: str, name: str) -> None:
    words = name.split()
    table = readme.split("## Commands", 1)[1].split("\n## ", 1)[0]
    # Its own row, or that of another command it stands beside; "feeds export" has nothing to do with "export csv".
    rows = [line for line in table.splitlines() if line.startswith(f"| `{words[0]}")]
    rows += [line for line in table.splitlines() if f", `{words[0]}`" in line]
    row = next(iter(rows), "")
    assert all(
        re.search(rf"`(?:{words[0]} )?{re.escape(word)}`|`{re.escape(word)}\b", row)
        for word in words
    )


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_helps_with_an_example(name: str) -> None:
    shown = f"{COMMANDS[name].help} {COMMANDS[name].epilog}"
    assert "Example" in shown, f"placewatch {name} --help shows no example"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_in_the_readme(readme: str, name: str) -> None:
    assert f"`PLACEWATCH_{name.upper()}`" in readme


def _typed(document: str) -> list[list[str]]:
    """The words of each command of ours that a document shows in a block, up to a pipe, redirection or comment."""
    lines = [line for line in document.splitlines() if line.startswith("    ")]
    typed = re.compile(r"(?:^ +(?:[A-Z_]+=\S+ )*|[|(] ?)placewatch (?P<words>[a-z][^|>&;#)]*)")
    found = [typed.search(line) for line in lines]
    return [shlex.split(match["words"]) for match in found if match and "$" not in match["words"]]


def test_every_command_and_option_shown_exists(repo_root: Path) -> None:
    documents = [repo_root / "README.md", *repo_root.glob("docs/*.md")]
    shown = [(path.name, words) for path in documents for words in _typed(path.read_text("utf-8"))]
    assert len(shown) > 50
    for document, words in shown:
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in COMMANDS), None)
        assert name, f"{document} shows placewatch {' '.join(words)}: there is no such command"
        known = {option for param in COMMANDS[name].params for option in param.opts}
        known |= {option for param in COMMANDS[name].params for option in param.secondary_opts}
        used = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= known | {"--help"}, f"{document}: {name} has no {used - known}"


def test_the_readme_names_no_setting_that_does_not_exist(readme: str) -> None:
    named = set(re.findall(r"PLACEWATCH_([A-Z_]+)", readme))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_relative_link_leads_somewhere(repo_root: Path) -> None:
    documents = [
        path for folder in (".", "docs", "examples") for path in repo_root.glob(f"{folder}/*.md")
    ]
    for document in documents:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_make_target_of_the_readme_exists(readme: str, repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text("utf-8")
    for target in re.findall(r"^\s+make ([a-z-]+)", readme, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def test_no_document_names_a_machine_or_a_registry(repo_root: Path) -> None:
    forbidden = re.compile(
        r"/(?:work|root|home)/|files\.pythonhosted|pypi\.org|registry\.npmjs|repo1\.maven"
    )
    for document in [
        *repo_root.glob("*.md"),
        *repo_root.glob("docs/*.md"),
        repo_root / "constraints.txt",
        repo_root / "Makefile",
    ]:
        assert not forbidden.search(document.read_text("utf-8")), document.name


def test_every_file_that_the_architecture_names_exists(repo_root: Path) -> None:
    known = {path.name for path in repo_root.rglob("*.*") if ".venv" not in path.parts}
    text = (repo_root / "ARCHITECTURE.md").read_text("utf-8")
    named = {name.rsplit("/", 1)[-1] for name in re.findall(r"`([\w/]+\.(?:py|yaml|opml))`", text)}
    assert len(named) > 20
    assert named <= known


def test_the_topics_page_names_every_topic_with_its_key_and_how_long_it_is_kept(
    repo_root: Path,
) -> None:
    rows = re.findall(
        r"^\| `(placewatch\.\S+)` \| [^|]+ \| (\S+|[^|]+?) \| ([^|]+?) \|$",
        (repo_root / "docs" / "topics.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    said = {name: (key.strip("`"), kept) for name, key, kept in rows}
    assert {name: kept for name, (_, kept) in said.items()} == {
        topic.name: kept_of(topic).split(":")[0] for topic in ALL_TOPICS
    }
    for topic in ALL_TOPICS:
        if topic.key in {*topic.record.model_fields, "kind:subject_id"}:
            assert said[topic.name][0] == topic.key


def test_the_topics_page_names_every_header_of_an_alert(repo_root: Path) -> None:
    page = (repo_root / "docs" / "topics.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z_-]+)` \| [^|]+ \|$", page, flags=re.MULTILINE))
    assert named == set(CLOUDEVENTS_HEADERS["properties"])


def test_every_test_that_the_threat_model_names_exists(repo_root: Path) -> None:
    text = (repo_root / "SECURITY.md").read_text("utf-8")
    files = {path.name for path in (repo_root / "tests").rglob("test_*.py")}
    named = set(re.findall(r"\btest_\w+\.py\b", text))
    assert len(named) > 10
    assert named <= files
    for path in re.findall(r"`((?:tests|seeds|docs)/[\w/.]+)`", text):
        assert (repo_root / path).exists(), path
    makefile = (repo_root / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
