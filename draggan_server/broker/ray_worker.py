"""Workers on a Ray cluster: actors, one for each worker, reached by one process for all of them.

Ray is in that process only, see `draggan_server.worker.bridge`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import zmq

from draggan_server.broker.invited import ending_of, invited_process, pause_after
from draggan_server.broker.socket_worker import SocketWorker
from draggan_server.broker.worker import MAX_WORKERS, Worker, WorkerDied
from draggan_server.broker.zap import Doorkeeper
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.install_record import log_folder
from draggan_server.wire.json_record import from_document, parse
from draggan_server.worker.channel import Invitation
from draggan_server.worker.messages import (
    ActorLost,
    ActorReady,
    EndActor,
    LossSeen,
    WorkerEvent,
    WorkerReady,
)
from draggan_server.worker.ray_orders import Cluster, Orders

BRIDGE = (sys.executable, "-m", "draggan_server.worker.bridge")
MAKE_ENGINE = "draggan_server.worker.actor:make_engine"

PATIENCE_SECONDS = 300.0
"""A worker that the cluster has no room for is called lost after so long, and is waited for on. A
cluster that grows by itself, or gets another head, takes minutes."""

logger = logging.getLogger(__name__)

_LEAVE_SECONDS = 5.0
_OBEY_SECONDS = 10.0
_LOOK_SECONDS = 60.0
_CURRENT_CLUSTER = Path("/tmp/ray/ray_current_cluster")  # where `ray start` notes its address


class RayBridge:
    """The process that speaks with Ray for all workers; another one where it has ended."""

    def __init__(self, orders: Orders, log_file: Path) -> None:
        self.ends = 0
        """How many have ended."""
        self.ending = ""
        """How the last one did."""
        self._orders = orders
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._invitations: list[Invitation] = []
        self._failed = 0
        self._start_after = 0.0

    def invite(self, invitation: Invitation) -> None:
        """One more worker's; with the last one it starts."""
        self._invitations.append(invitation)
        if len(self._invitations) == self._orders.workers:
            self._start()

    def look(self) -> None:
        """See whether it has ended, and start another one in time."""
        if self._process is not None and (code := self._process.poll()) is not None:
            logger.error("the bridge to Ray, process %d, %s", self._process.pid, ending_of(code))
            self.ends += 1
            self.ending = ending_of(code)
            self._close_process()
            self._failed += 1
            self._start_after = time.monotonic() + pause_after(self._failed)
        elif (
            self._process is None
            and len(self._invitations) == self._orders.workers
            and time.monotonic() >= self._start_after
        ):
            self._start()

    def works(self) -> None:
        """It was of use: the next pause is a short one again."""
        self._failed = 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End it, and with it the actors."""
        self._invitations.clear()
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close_process()

    def _start(self) -> None:
        command = (*BRIDGE, "serve", json.dumps(asdict(self._orders)))
        self._process = invited_process(
            command,
            self._log_file,
            self._invitations,
            afresh=not self.ends,
            environment=_environment(self._orders.address),
        )
        logger.info("the bridge to Ray, process %d, started", self._process.pid)

    def _close_process(self) -> None:
        assert self._process is not None
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


class RayWorker(SocketWorker):
    """Implements `worker.Worker` by an actor, which is hired again where it is lost."""

    memory = 0
    free_memory = None

    def __init__(
        self, context: zmq.Context[Any], doorkeeper: Doorkeeper, bridge: RayBridge, number: int
    ) -> None:
        super().__init__(context, doorkeeper, ray_log(), f"ray-{number}")
        self.device = "ray"
        self._bridge = bridge
        self._pid: int | None = None
        self._node = ""
        self._ends_seen = 0
        self._told_to_end: float | None = None
        self._without_since = time.monotonic()
        bridge.invite(self._open())

    @property
    def pid(self) -> int | None:
        """Of the actor's process, on its node."""
        return self._pid

    def poll(self) -> list[WorkerEvent | WorkerDied]:
        events: list[WorkerEvent | WorkerDied] = []
        for message in self._messages():
            if isinstance(message, ActorReady):
                self._node, self._pid = message.node, message.pid
            elif isinstance(message, ActorLost):
                self._send(LossSeen())
                events.append(self._lose(message.reason))
            else:
                self._heard(message)
                if isinstance(message, WorkerReady):
                    self.device = f"{message.device} on {self._node}"
                    self._bridge.works()
                events.append(message)
        self._bridge.look()
        if self._ends_seen != self._bridge.ends:
            self._ends_seen = self._bridge.ends
            events.append(self._lose(f"was lost: the bridge to Ray {self._bridge.ending}"))
        waited = time.monotonic() - self._without_since
        if self.state == "starting" and waited > PATIENCE_SECONDS:
            self.state = "lost"
            events.append(WorkerDied(f"was not to be had from the cluster for {waited:.0f} s"))
        return events

    def kill(self) -> None:
        now = time.monotonic()
        if self._told_to_end is None:
            self._told_to_end = now
            if self._send(EndActor()):
                return
        if now - self._told_to_end > _OBEY_SECONDS:
            self._bridge.kill()

    def close(self) -> None:
        self._bridge.close()
        self._close_socket()

    def _lose(self, reason: str) -> WorkerDied:
        logger.error("worker %s on %s %s while %s", self._pid, self._node, reason, self.state)
        if self._pid is not None:
            self._without_since = time.monotonic()
        self._pid = self._told_to_end = None
        if self.state != "lost":
            self._ended()
        return WorkerDied(reason)


@dataclass(frozen=True, slots=True)
class RayWorkers:
    """Makes the workers of a daemon: `count` actors on the cluster at `address`, each with so many
    processors and graphics cards. `label` keeps those of several daemons apart."""

    address: str
    count: int
    cpus: float
    gpus: float
    label: str
    make_engine: str = MAKE_ENGINE
    head_seconds: float = 30.0
    dashboard: str = ""

    def __call__(self, context: zmq.Context[Any], doorkeeper: Doorkeeper) -> list[Worker]:
        orders = Orders(
            self.address,
            self.count,
            self.cpus,
            self.gpus,
            self.label,
            self.make_engine,
            self.head_seconds,
        )
        bridge = RayBridge(orders, ray_log())
        return [RayWorker(context, doorkeeper, bridge, number) for number in range(self.count)]


def workers_on(
    address: str,
    connection_file: Path,
    count: int | None = None,
    *,
    gpus: float = 1.0,
    cpus: float = 1.0,
) -> RayWorkers:
    """The workers on a cluster of the daemon with this connection file: by default as many as there
    is room for, with so many graphics cards each, where it has any, else processors.

    Raises as `look_at` does.
    """
    cluster = look_at(address)
    if not cluster.gpus:
        gpus = 0.0
    # 0.1 fits ten times into 1, which floats alone do not say.
    room = int(cluster.gpus / gpus + 1e-6) if gpus else int(cluster.cpus / cpus + 1e-6)
    return RayWorkers(
        address,
        count or min(max(room, 1), MAX_WORKERS),
        0.0 if gpus else cpus,
        gpus,
        label_of(connection_file),
        dashboard=cluster.dashboard,
    )


def ray_log() -> Path:
    """Where the bridge logs; an actor does so in the log folder of its node."""
    return log_folder() / "ray.log"


def label_of(connection_file: Path) -> str:
    """What the names of a daemon's actors begin with: the same each time that it starts."""
    place = f"{platform.node()} {connection_file.absolute()}"
    return f"draggan-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def look_at(address: str) -> Cluster:
    """What the cluster at an address has, "auto": that of this machine.

    Raises `ModuleNotFoundError` without Ray, and `BadInput` where no cluster answers.
    """
    if importlib.util.find_spec("ray") is None:
        raise ModuleNotFoundError("Ray is not installed.", name="ray")
    try:
        done = subprocess.run(
            [*BRIDGE, "look", address],
            capture_output=True,
            timeout=_LOOK_SECONDS,
            check=True,
            env=_environment(address),
        )
        return from_document(Cluster, parse(done.stdout.splitlines()[-1]))
    except (subprocess.SubprocessError, ProtocolError, IndexError) as error:
        said = getattr(error, "stderr", None) or b""
        logger.error("no Ray cluster: %s", said.decode(errors="replace"))
        if address == "auto":
            raise BadInput(
                "No Ray cluster runs on this machine: start one with ray start --head "
                "--node-ip-address 127.0.0.1, or give the address of another one."
            ) from None
        raise BadInput(
            "No Ray cluster answers at {address}: is it running, and is the same release of Ray "
            "and Python used there? Give HOST:PORT as ray start has printed it.",
            address=address,
        ) from None


def _environment(address: str) -> dict[str, str]:
    """Of a process that joins the cluster. Ray takes 127.0.0.1 for the machine's address in its
    network, where a cluster that keeps to this machine does not listen; unless it is told that
    there is no network."""
    if address == "auto":
        try:
            address = _CURRENT_CLUSTER.read_text(encoding="utf-8")
        except OSError:
            return dict(os.environ)
    loopback = address.startswith(("127.", "localhost:"))
    return {**os.environ, **({"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"} if loopback else {})}
