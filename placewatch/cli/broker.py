"""A durable Kafka for this machine: install it, run it, see how it is."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from placewatch.errors import LocalBrokerError
from placewatch.log import configure_logging
from placewatch.settings import load_settings


CHECK_INTERVAL_S = 0.5


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    group = typer.Typer(
        help="A durable Kafka on this machine, with Java and without Docker.", no_args_is_help=True
    )
    group.command("install")(install)
    group.command("run")(run)
    group.command("status")(status)
    app.add_typer(group, name="broker")


def install(
    archive: Annotated[
        str | None,
        typer.Option(help="Kafka's release archive, a file or https address; else Maven fetches."),
    ] = None,
    sha512: Annotated[
        str | None, typer.Option(help="The archive's SHA-512, from Kafka's download page.")
    ] = None,
) -> None:
    """Put Apache Kafka into the state folder: through Maven, or from a release archive that is checked.

    Example: placewatch broker install
    """
    from placewatch.local import kafka_jars

    settings = load_settings()
    configure_logging(settings.log_format, "WARNING")
    folder = kafka_jars.libs_folder(settings)
    version = kafka_jars.install(folder, archive=archive, sha512=sha512)
    print(f"Apache Kafka {version} is in {folder}; next: placewatch up --broker local")


def run(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Loopback port; 9092 if none.")
    ] = None,
) -> None:
    """Run Kafka in the foreground, on loopback, with its data in the state folder, until ^C.

    Example: placewatch broker run --port 9092
    """
    from placewatch.cli.services import ended_by_signals
    from placewatch.local.kafka_broker import LocalKafka

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    broker = LocalKafka(settings, port=port)
    with ended_by_signals():
        try:
            broker.start()
            servers = broker.settings.bootstrap_servers
            print(f"Kafka listens: export PLACEWATCH_BOOTSTRAP_SERVERS={servers}", flush=True)
            while True:
                broker.check()
                time.sleep(CHECK_INTERVAL_S)
        finally:
            broker.stop()


def status(
    is_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Say which Kafka is installed here, whether it runs and where its data are; exits with 1 when it does not run.

    Example: placewatch broker status --json | jq -r .bootstrap_servers
    """
    from placewatch.local.kafka_broker import cluster_id, require_java
    from placewatch.local.kafka_jars import libs_folder, version_in
    from placewatch.running import with_running_broker

    settings = load_settings()
    folder = settings.state_dir / "kafka"
    running = with_running_broker(settings.model_copy(update={"bootstrap_servers": None}), folder)
    servers = running.bootstrap_servers if running else None
    try:
        java = require_java()
    except LocalBrokerError as error:
        java = str(error)
    said = {
        "installed": version_in(libs_folder(settings)),
        "java": java,
        "data": str(folder / "data"),
        "cluster_id": cluster_id(settings),
        "bootstrap_servers": servers if servers and _answers(servers) else None,
    }
    if is_json:
        print(json.dumps(said))
    else:
        print(f"Kafka    {said['installed'] or 'not installed: placewatch broker install'}")
        print(f"Java     {java}")
        print(f"data     {said['data']} ({said['cluster_id'] or 'none yet'})")
        print(f"runs     {said['bootstrap_servers'] or 'no: placewatch broker run'}")
    if said["bootstrap_servers"] is None:
        raise typer.Exit(1)


def _answers(servers: str) -> bool:
    """Return whether it takes connections: who was killed with -9 leaves a note that it runs."""
    from placewatch.kafka import answers

    return answers(servers)
