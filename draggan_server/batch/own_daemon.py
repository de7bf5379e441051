"""A daemon for one batch, in a thread of its process: with the workers of a Ray cluster."""

from __future__ import annotations

import contextlib
import math
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from draggan_server.broker.ray_worker import RayWorkers, workers_on
from draggan_server.broker.service import Daemon, local_models
from draggan_server.broker.store import EditStore
from draggan_server.wire.errors import DaemonUnreachable

_START_SECONDS = 20.0


@contextlib.contextmanager
def daemon_on_ray(
    address: str, workers: int | None, gpus: float, cpus: float
) -> Iterator[tuple[Path, RayWorkers]]:
    """Its connection file, and its workers. What is edited there is kept in memory only.

    Raises as `look_at` does, and `DaemonUnreachable` where it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="draggan-batch-") as folder:
        path = Path(folder) / "connection.json"
        make_workers = workers_on(address, path, workers, gpus=gpus, cpus=cpus)
        daemons: list[Daemon] = []

        def run() -> None:
            daemons.append(Daemon(path, EditStore(None), make_workers, local_models()))
            daemons[0].run(math.inf)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        try:
            while not path.exists():
                if not thread.is_alive() or time.monotonic() > deadline:
                    raise DaemonUnreachable("The batch's own daemon does not start: see ray.log.")
                time.sleep(0.02)
            yield path, make_workers
        finally:
            for daemon in daemons:
                daemon.stop()
            thread.join()
