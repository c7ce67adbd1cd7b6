"""ruff's S rules are bandit's: they are on for all that is shipped, and what is allowed says why where it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


# A line of each kind of fault, and the rule that has to find it.
FAULTY = """
import hashlib, pickle, random, ssl, subprocess, tempfile, xml.etree.ElementTree
import yaml
from jinja2 import Environment

def fault(body, name, connection, url):
    pickle.loads(body)
    yaml.load(body)
    eval(body)
    exec(body)
    subprocess.run(body, shell=True)
    connection.execute(f"SELECT * FROM alerts WHERE name = '{name}'")
    hashlib.md5(body)
    ssl._create_unverified_context()
    xml.etree.ElementTree.fromstring(body)
    tempfile.mktemp()
    Environment(autoescape=False)
    password = "hunter2"
    try:
        random.random()
    except Exception:
        pass
    assert name
"""
RULES = {
    *("S101", "S102", "S105", "S110", "S301", "S306", "S307", "S311", "S314", "S323", "S324"),
    *("S506", "S602", "S608", "S701"),
}
SHIPPED = [
    "placewatch/x.py",
    "placewatch/cli/x.py",
    "producers/x.py",
    "sinks/x.py",
    "sinks/board/x.py",
    "streams/x.py",
    "streams/reading/x.py",
]


@pytest.fixture(scope="module")
def ruff() -> str:
    beside = Path(sys.executable).with_name("ruff")
    found = str(beside) if beside.exists() else shutil.which("ruff")
    return found or pytest.skip("ruff is not installed")


@pytest.mark.parametrize("path", SHIPPED)
def test_each_kind_of_fault_is_found_in_each_package(ruff: str, repo_root: Path, path: str) -> None:
    done = subprocess.run(
        [ruff, "check", "--output-format=json", "--stdin-filename", path, "-"],
        input=FAULTY,
        cwd=repo_root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert {each["code"] for each in json.loads(done.stdout)} >= RULES


def test_only_our_own_programs_are_exempt_from_a_rule_everywhere(repo_root: Path) -> None:
    lint = tomllib.loads((repo_root / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert {code for code in lint["ignore"] if code.startswith("S")} == {"S603", "S607"}


def test_every_exemption_says_why(repo_root: Path) -> None:
    silent = [
        f"{path.relative_to(repo_root)}:{number}"
        for package in ("placewatch", "producers", "streams", "sinks")
        for path in (repo_root / package).rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (found := re.search(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b[A-Z0-9, ]*(.*)", line))
        and len(found[1].strip(" #")) < 8
    ]
    assert silent == []
