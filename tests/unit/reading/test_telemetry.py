"""The runtime of the second opinion tells nobody about us: it keeps no number of this machine to tell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


pytestmark = pytest.mark.model
LOAD = "from streams.reading.opinion.encoder import Encoder; Encoder()"


def test_loading_the_encoder_leaves_nothing_in_the_users_home(
    tmp_path: Path, repo_root: Path
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ORT_"))}
    subprocess.run(
        [sys.executable, "-c", LOAD],
        env=environment | {"HOME": str(tmp_path), "PYTHONPATH": str(repo_root)},
        timeout=120,
        check=True,
    )
    assert list(tmp_path.rglob("*")) == []
