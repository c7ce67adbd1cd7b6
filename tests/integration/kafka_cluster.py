"""A real Apache Kafka on loopback for tests: one node or several, in the clear or with TLS, passwords and access lists.

Every node is broker and controller. Each listener beside the plain one, which the nodes use among themselves, has a
port of its own on every node; whoever comes over the plain one is nobody (User:ANONYMOUS) and a super user.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from placewatch.kafka import answers
from placewatch.local.broker import HOST, free_port
from placewatch.local.processes import start_process


HEAP_MB = 384
START_TIMEOUT_S = 180
ACCESS_LISTS = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS;User:admin",
}


@dataclass(frozen=True)
class Listener:
    """A way in.

    Attributes:
        name: of the listener, in capitals.
        protocol: SSL, SASL_PLAINTEXT or SASL_SSL.
        properties: its own, without their prefix.
        host: the name that clients are told to come to.
    """

    name: str
    protocol: str
    properties: Mapping[str, object] = field(default_factory=dict)
    host: str = HOST


@dataclass
class Node:
    """One of the brokers."""

    number: int
    ports: dict[str, int]
    properties: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def address(self, listener: str, host: str = HOST) -> str:
        return f"{host}:{self.ports[listener]}"


class RealKafka:
    """An Apache Kafka whose nodes may be killed and started again; what they held stays on disk.

    Attributes:
        servers: where it listens in the clear, all nodes with commas.
    """

    def __init__(
        self,
        jars: Path,
        folder: Path,
        *,
        nodes: int = 1,
        listeners: Sequence[Listener] = (),
        more: Mapping[str, object] | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare it.

        Args:
            jars: Kafka's.
            folder: where it keeps everything.
            nodes: how many brokers.
            listeners: ways in beside the plain one.
            more: properties of every node.
            users: passwords by name, known to SCRAM-SHA-512 from the start.
        """
        self._java = ("java", f"-Xmx{HEAP_MB}m", "-cp", f"{jars}/*")
        self._listeners = {listener.name: listener for listener in listeners}
        names = ("PLAINTEXT", "CONTROLLER", *self._listeners)
        self.nodes = [
            Node(
                number,
                {name: free_port() for name in names},
                folder / f"server-{number}.properties",
                folder / f"kafka-{number}.log",
            )
            for number in range(1, nodes + 1)
        ]
        self.servers = ",".join(node.address("PLAINTEXT") for node in self.nodes)
        cluster_id = str(uuid.uuid4())
        credentials = [
            f"SCRAM-SHA-512=[name={name},password={password}]"
            for name, password in (users or {}).items()
        ]
        for node in self.nodes:
            values = self._values(node, folder / f"data-{node.number}") | dict(more or {})
            node.properties.write_text("".join(f"{k}={v}\n" for k, v in values.items()))
            self._format(node, cluster_id, credentials)

    def servers_of(self, listener: str) -> str:
        """Return where a listener listens, all nodes with commas."""
        host = self._listeners[listener].host if listener in self._listeners else HOST
        return ",".join(node.address(listener, host) for node in self.nodes)

    def start(self) -> None:
        """Start the nodes that do not run, and wait until each takes connections."""
        for node in self.nodes:
            self.start_node(node)
        for node in self.nodes:
            self.wait_for(node)

    def start_node(self, node: Node) -> None:
        if node.process is None:
            with node.log.open("ab") as log:
                node.process = start_process(
                    [*self._java, "kafka.Kafka", str(node.properties)], output=log
                )

    def wait_for(self, node: Node) -> None:
        """Return once a node takes connections."""
        end = time.monotonic() + START_TIMEOUT_S
        while not all(answers(node.address(name)) for name in ("PLAINTEXT", *self._listeners)):
            assert time.monotonic() < end, node.log.read_text()[-2000:]
            assert node.process is not None
            assert node.process.poll() is None, node.log.read_text()[-2000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """End all nodes with -9."""
        for node in self.nodes:
            self.kill_node(node)

    def kill_node(self, node: Node) -> None:
        if node.process is not None:
            node.process.kill()
            node.process.wait()
            node.process = None

    def _values(self, node: Node, data: Path) -> dict[str, object]:
        """Return a node's properties."""
        inner = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
        protocols = inner | {each.name: each.protocol for each in self._listeners.values()}
        hosts = {each.name: each.host for each in self._listeners.values()}
        copies = min(3, len(self.nodes))
        values: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": node.number,
            "controller.quorum.voters": ",".join(
                f"{each.number}@{each.address('CONTROLLER')}" for each in self.nodes
            ),
            "listeners": ",".join(f"{name}://{node.address(name)}" for name in protocols),
            "advertised.listeners": ",".join(
                f"{name}://{node.address(name, hosts.get(name, HOST))}"
                for name in protocols
                if name != "CONTROLLER"
            ),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": ",".join(f"{k}:{v}" for k, v in protocols.items()),
            "log.dirs": data,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": max(1, copies - 1),
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": max(1, copies - 1),
            "group.initial.rebalance.delay.ms": 0,
            # Kafka's own second is too short for three machines of Java on a busy machine: they elect for ever.
            "controller.quorum.election.timeout.ms": 5_000,
            "controller.quorum.fetch.timeout.ms": 10_000,
        }
        for listener in self._listeners.values():
            prefix = f"listener.name.{listener.name.lower()}."
            values |= {prefix + key: value for key, value in listener.properties.items()}
        return values

    def _format(self, node: Node, cluster_id: str, credentials: Sequence[str]) -> None:
        words = ["format", "-t", cluster_id, "-c", str(node.properties)]
        for credential in credentials:
            words += ["--add-scram", credential]
        done = subprocess.run(
            [*self._java, "kafka.tools.StorageTool", *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
