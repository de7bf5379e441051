"""A Ray cluster for tests: several nodes of one machine, by `ray.cluster_utils.Cluster`, in a
process of its own that takes orders.

    python -m tests.cluster.nodes PORT CPUS GPUS      of each node; the head has none

It reads from standard input: `add` for one more node, `head` for another head at the same port. To
each it answers with a line when it is done. When the input ends, so does the cluster.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.patience import patient

STORE_BYTES = 80 << 20
"""Memory of a node's object store, the least that Ray takes."""

SETTINGS = {
    # A cluster that is gone is noticed in seconds instead of a minute.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_AUTH_MODE": "disabled",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}


class Nodes:
    """The cluster, held by a test. `environment` is that of its processes, `token` what whoever
    joins it has to know."""

    def __init__(
        self,
        environment: dict[str, str],
        nodes: int,
        cpus: float = 1.0,
        gpus: float = 0.0,
        token: str = "",
    ) -> None:
        self.environment = {**environment, **SETTINGS, **with_token(token)}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.nodes", str(port), str(cpus), str(gpus)],
            cwd=Path(__file__).parents[2],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._hear()
        for _ in range(nodes):
            self.add()

    def add(self) -> None:
        """One more node."""
        self._order("add")

    def new_head(self) -> None:
        """The head goes, and another one knows nothing of the nodes, which end."""
        self._order("head")

    def actors(self) -> list[int]:
        """The processes of the actors that are there."""
        found = []
        for process in psutil.Process(self._process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process.cmdline()[:1] and process.cmdline()[0].startswith("ray::Actor"):
                    found.append(process.pid)
        return found

    def kill_node_of(self, pid: int) -> None:
        """A node is gone from one moment to the next: that of an actor's process."""
        for process in _node_of(pid):
            process.kill()

    @contextlib.contextmanager
    def silent_node_of(self, pid: int) -> Iterator[None]:
        """Nothing is heard from a node, that of an actor's process, as if its network were cut; its
        processes stand still."""
        processes = _node_of(pid)
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    @contextlib.contextmanager
    def full_stores(self) -> Iterator[None]:
        """All object stores are full, and what is to be put there has to wait or be moved."""
        with subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.filler", self.address],
            cwd=Path(__file__).parents[2],
            # Else Ray looks for the cluster in the network.
            env={**self.environment, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as filler:
            assert filler.stdout is not None
            assert filler.stdout.readline() == "full\n"
            yield
            filler.communicate()

    def end(self) -> None:
        self._process.communicate(timeout=patient(60))

    def _order(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        self._hear()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line == "done\n", "the cluster has ended"


def _node_of(pid: int) -> list[psutil.Process]:
    """The raylet of an actor's process, and all of its workers."""
    raylet = next(one for one in psutil.Process(pid).parents() if one.name() == "raylet")
    return [raylet, *raylet.children(recursive=True)]


def with_token(token: str) -> dict[str, str]:
    """The settings of whoever knows this token."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token} if token else {}


def main(port: str, cpus: str, gpus: str) -> None:
    from ray.cluster_utils import Cluster

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Ray prints

    def begin() -> Cluster:
        return Cluster(
            initialize_head=True,
            head_node_args={
                "node_ip_address": "127.0.0.1",
                "gcs_server_port": int(port),
                "num_cpus": 0,
                "object_store_memory": STORE_BYTES,
                "include_dashboard": False,
            },
        )

    cluster = begin()
    print("done", file=answers, flush=True)
    for line in sys.stdin:
        if line == "add\n":
            cluster.add_node(
                node_ip_address="127.0.0.1",
                num_cpus=float(cpus),
                num_gpus=float(gpus),
                object_store_memory=STORE_BYTES,
            )
        else:
            cluster.shutdown()
            cluster = begin()
        print("done", file=answers, flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
