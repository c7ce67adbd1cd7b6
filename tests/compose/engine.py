"""A Docker engine for the test: the one that runs, or one of its own that it installs, starts and ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self


START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 30.0
PULL_TIMEOUT_S = 120


class CannotRunError(Exception):
    """The test cannot run here; the message says what to do."""


def run(*command: str, timeout: float = 600, check: bool = True, **options: object) -> str:
    """Run a command and return what it printed.

    Raises:
        subprocess.CalledProcessError: it failed; its output is printed first.
    """
    done = subprocess.run(  # type: ignore[call-overload]
        command, capture_output=True, text=True, timeout=timeout, check=False, **options
    )
    if check and done.returncode:
        print(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}", file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return str(done.stdout)


class Engine:
    """Gives DOCKER_HOST and DOCKER_CONFIG to this process, so that `docker compose` works in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Make `docker compose` work.

        Raises:
            CannotRunError: it cannot be made to.
        """
        try:
            if not self._answers():
                self._start()
            self._add_compose()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End what was started here."""
        self.stop()

    @property
    def is_ours(self) -> bool:
        """Whether the engine was started by this test."""
        return self._process is not None

    def stop(self) -> None:
        """End the engine if it is ours, and remove what it leaves behind outside of its folder."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        run("umount", str(self._folder / "exec" / "netns" / "default"), check=False)
        run("ip", "link", "delete", "docker0", check=False)
        shutil.rmtree(self._folder / "exec", ignore_errors=True)

    def _answers(self) -> bool:
        if not shutil.which("docker"):
            return False
        return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0

    def _start(self) -> None:
        if os.geteuid() != 0:
            raise CannotRunError(
                "no Docker engine answers. Start one (on most machines: sudo systemctl start docker) and see that you "
                "may use it (sudo usermod -aG docker $USER, then log in again); or run this as root on Debian or "
                "Ubuntu, where it installs and starts one by itself"
            )
        install("dockerd", "docker.io")
        install("mmdebstrap", "mmdebstrap")
        socket = self._folder / "docker.sock"
        with (self._folder / "dockerd.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "dockerd",
                    f"--data-root={self._folder / 'data'}",
                    f"--exec-root={self._folder / 'exec'}",
                    f"--pidfile={self._folder / 'docker.pid'}",
                    f"--host=unix://{socket}",
                ],
                stdout=log,
                stderr=log,
                process_group=0,
            )
        os.environ["DOCKER_HOST"] = f"unix://{socket}"
        end = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                last = (self._folder / "dockerd.log").read_text().splitlines()[-5:]
                raise CannotRunError("the Docker engine does not start: " + " | ".join(last))
            time.sleep(0.2)

    def _add_compose(self) -> None:
        if not run("docker", "compose", "version", check=False):
            plugin = Path(sys.executable).parent / "docker-compose"
            if not plugin.exists():
                raise CannotRunError(
                    "there is no `docker compose`: install Docker's plugin, or `make .venv/.dev`"
                )
            plugins = self._folder / "config" / "cli-plugins"
            plugins.mkdir(parents=True, exist_ok=True)
            (plugins / "docker-compose").unlink(missing_ok=True)
            (plugins / "docker-compose").symlink_to(plugin)
            os.environ["DOCKER_CONFIG"] = str(self._folder / "config")


def install(program: str, *packages: str) -> None:
    """Install Debian packages when a program is not there.

    Raises:
        CannotRunError: there is no apt-get to do it with.
    """
    if shutil.which(program):
        return
    if not shutil.which("apt-get"):
        raise CannotRunError(f"there is no {program}: install {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=environment)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=environment)
