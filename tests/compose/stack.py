"""The stack of docker-compose.yml as a person runs it: docker compose, docker inspect, commands in containers."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from engine import run


REPO = Path(__file__).resolve().parents[2]
PROBE = (Path(__file__).resolve().parent / "probe.py").read_text("utf-8")
OURS = ("produce", "work", "sink", "board", "newswire")
SERVICES = (*OURS, "kafka", "postgres")


class Stack:
    """A compose project of its own name, with the demo's settings."""

    def __init__(self, project: str, variables: dict[str, str]) -> None:
        self.project = project
        self._environment = os.environ | variables | {"COMPOSE_PROJECT_NAME": project}

    def compose(self, *words: str, check: bool = True, timeout: float = 600, **more: Any) -> str:
        """Run `docker compose`."""
        command = ("docker", "compose", "--env-file", "deploy/compose/demo.env", *words)
        return run(*command, check=check, timeout=timeout, cwd=REPO, env=self._environment, **more)

    def is_done(self, *words: str, timeout: float = 600) -> bool:
        """Run `docker compose` and return whether it exits 0; what it says otherwise is shown."""
        try:
            self.compose(*words, timeout=timeout)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False
        return True

    def inside(self, service: str, *command: str, check: bool = True, **more: Any) -> str:
        """Run a command in the first container of a service."""
        container = self.container(service)["Id"]
        return run("docker", "exec", "-i", container, *command, check=check, timeout=120, **more)

    def probe(self, *arguments: str) -> Any:
        """Return what the probe says, from within the sink."""
        said = self.inside("sink", "python3", "-", *arguments, input=PROBE)
        return json.loads(said.strip().splitlines()[-1])

    def page(self, service: str, path: str, *, number: int = 1) -> tuple[int, str]:
        """Return status and body of a page of a service, asked on its network; (0, "") when nobody answers."""
        found = [c for c in self.containers(service) if _number(c) == number]
        networks = found[0]["NetworkSettings"]["Networks"] if found else {}
        address = networks.get(f"{self.project}_backend", {}).get("IPAddress")
        if not address:
            return 0, ""
        connection = http.client.HTTPConnection(address, 8080, timeout=10)
        try:
            # The board answers to names that it knows.
            connection.request("GET", path, headers={"Host": "localhost"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def sql(self, query: str) -> list[list[str]]:
        """Return the rows of a query to the ledger."""
        said = self.inside(
            "postgres",
            "psql",
            "-U",
            "placewatch",
            "-d",
            "placewatch",
            "-At",
            "-F",
            "\t",
            "-c",
            query,
        )
        return [line.split("\t") for line in said.splitlines()]

    def containers(self, service: str | None = None) -> list[dict[str, Any]]:
        """Return what `docker inspect` says of the project's containers, stopped ones too, by their numbers."""
        filters = [f"--filter=label=com.docker.compose.project={self.project}"]
        if service:
            filters.append(f"--filter=label=com.docker.compose.service={service}")
        ids = run("docker", "ps", "-aq", *filters).split()
        found = json.loads(run("docker", "inspect", *ids)) if ids else []
        return sorted(found, key=_number)

    def container(self, service: str) -> dict[str, Any]:
        """Return what `docker inspect` says of the one container of a service."""
        return self.containers(service)[0]

    def is_healthy(self, service: str) -> bool:
        """Return whether every container of a service runs and is healthy."""
        states = [container["State"] for container in self.containers(service)]
        return bool(states) and all(
            state["Running"] and state.get("Health", {}).get("Status") == "healthy"
            for state in states
        )

    def kill_9(self, service: str) -> int:
        """Kill the first process of a container from outside, as a crash would; return its restarts before."""
        container = self.container(service)
        os.kill(int(container["State"]["Pid"]), signal.SIGKILL)
        return int(container["RestartCount"])

    def logs(self, *words: str) -> str:
        """Return what the containers logged."""
        return self.compose("logs", "--no-color", *words)

    def left_over(self) -> list[str]:
        """Return containers, volumes and networks of the project."""
        label = f"--filter=label=com.docker.compose.project={self.project}"
        return [
            *run("docker", "ps", "-aq", label).split(),
            *run("docker", "volume", "ls", "-q", label).split(),
            *run("docker", "network", "ls", "-q", label).split(),
        ]


def _number(container: dict[str, Any]) -> int:
    """Return which of its service's containers it is."""
    return int(container["Config"]["Labels"]["com.docker.compose.container-number"])
