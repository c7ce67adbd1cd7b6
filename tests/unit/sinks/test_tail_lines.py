"""How an alert looks and sounds at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from placewatch.cli.tail_lines import line, ring


def test_a_line_names_the_place_and_cannot_steer_the_terminal(make_alert) -> None:
    text = line(make_alert(1, headline="\x1b[2J[bold]It fell.", place="Rastan, Syria")).plain
    assert text.endswith("Rastan, Syria:  [2J[bold]It fell.")
    assert "\x1b" not in text


def notify_send(folder: Path, text: str) -> str:
    program = folder / "notify-send"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("display", "script", "is_rung"),
    [(":9", "exit 0", False), (":9", "exit 1", True), ("", "exit 0", True)],
)
def test_the_bell_rings_where_no_desktop_shows_it(
    make_alert,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    display: str,
    script: str,
    is_rung: bool,
) -> None:
    for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("PATH", notify_send(tmp_path, script))
    ring(make_alert(1))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "\a" if is_rung else "")
