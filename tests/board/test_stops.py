"""The board ends as a service should: told to by its manager with 0, by Ctrl-C with 130."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from placewatch.local.broker import free_port, is_taken


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_in_good_order(tmp_path: Path, number: signal.Signals, status: int) -> None:
    port = free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    command = [sys.executable, "-m", "placewatch", "board", "--port", str(port)]
    environment = inherited | {"PLACEWATCH_STATE_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as board:
        deadline = time.monotonic() + 60
        while not is_taken(port):
            assert board.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        board.send_signal(number)
        _, said = board.communicate(timeout=30)
    assert board.returncode == status, said
    assert "Traceback" not in said
