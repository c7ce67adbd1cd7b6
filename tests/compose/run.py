"""`make compose-test`: docker-compose.yml as it is, built and run for real, with the demo's news and with failures.

    ready    an engine (its own where none runs), images (stand-ins where none can be pulled), the image built
    offline  `placewatch demo` on this machine: what the containers must come to as well
    up       everything healthy
    story    the demo's feeds, while worker, sink, producer, broker and database are killed with -9 and the worker's
             network is cut; then the ledger, the topic and the board hold what the offline demo holds, each once
    looks    pages for machines, topics; who runs as what, what it may, what it shows
    scale    three workers share the partitions, and one takes them back
    backup   a dump of the ledger, taken while it runs, brings back what was lost since
    stop     within the grace, with exit status 0; started again nothing is told twice; `down -v` leaves nothing

Exit status: 0 all is as it should be, 1 a check failed, 2 it cannot run here. Whatever it started ends with it.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import scenes
from checks import Checks
from engine import CannotRunError, Engine, run
from stack import REPO, Stack
from standins import provide


PROJECT = "placewatch-test"
IMAGE = "placewatch:compose-test"


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(description="Build and run docker-compose.yml, and break it.")
    parser.add_argument(
        "--folder", type=Path, help="where the engine keeps its data; kept at the end"
    )
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="placewatch-compose-"))
    folder.mkdir(parents=True, exist_ok=True)
    checks = Checks()
    # Told to end, it ends what it started all the same.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with Engine(folder) as engine:
            checks.note(f"the engine is {'ours' if engine.is_ours else 'the one that runs'}")
            _run(checks, folder)
    except CannotRunError as error:
        print(f"compose-test cannot run here: {error}", file=sys.stderr)
        return 2
    except scenes.NotUpError:
        checks.note("nothing else could be looked at")
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    print("\n" + checks.table())
    return 1 if checks.failed else 0


def _run(checks: Checks, folder: Path) -> None:
    """Play all scenes; the stack ends with them."""
    secrets = folder / "secrets"
    run("bash", str(REPO / "deploy" / "compose" / "make-secrets.sh"), str(secrets))
    variables = {
        "PLACEWATCH_IMAGE": IMAGE,
        "PLACEWATCH_SECRETS": str(secrets),
        "PLACEWATCH_POLL_INTERVAL_S": "0.4",
        "PLACEWATCH_POLL_FLOOR_S": "0.2",
        "BOARD_PORT": "0",
    }
    with ThreadPoolExecutor() as pool:
        offline = pool.submit(scenes.offline_demo, folder / "offline")
        variables |= provide(folder)
        checks.note(f"images: {variables.get('KAFKA_IMAGE', 'official')}")
        stack = Stack(PROJECT, variables)
        stack.compose("down", "-v", "--remove-orphans", check=False)
        stack.compose("build", "-q", "prepare", timeout=1200)
        checks.expect("the image is built", True, _size())
        try:
            scenes.up(stack, checks)
            scenes.story(stack, checks, offline.result())
            scenes.pages_and_topics(stack, checks)
            scenes.hardening(stack, checks, secrets)
            scenes.scale(stack, checks)
            scenes.backup(stack, checks, folder)
            scenes.stop_and_start(stack, checks)
        except BaseException:
            _tell_why(stack)
            raise
        else:
            if checks.failed:
                _tell_why(stack)
        finally:
            gone = stack.is_done("down", "-v", "--remove-orphans", timeout=180)
            checks.expect("`down -v` leaves nothing", gone and not stack.left_over())


def _tell_why(stack: Stack) -> None:
    """Show how everything stands and what it said last."""
    print(stack.compose("ps", "-a", check=False), file=sys.stderr)
    print(stack.compose("logs", "--no-color", "--tail=40", check=False), file=sys.stderr)


def _size() -> str:
    size = run("docker", "image", "inspect", "-f", "{{.Size}}", IMAGE)
    return f"{int(size) / 1e6:.0f} MB"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"compose-test: {error}")
