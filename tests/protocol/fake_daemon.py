"""A daemon whose worker has the fake engine and little patience, in a process of its own.

python -m tests.protocol.fake_daemon CONNECTION_FILE [IDLE_SECONDS [LISTEN [WORKERS [RAY]]]]
"""

from __future__ import annotations

import sys
from pathlib import Path

from draggan_server.broker import catalogue, crew, dispatcher, service
from draggan_server.broker.dispatcher import Models
from draggan_server.broker.errands import ErrandProcess
from draggan_server.broker.ray_worker import RayWorkers, label_of
from draggan_server.broker.service import local_workers
from draggan_server.wire.install_record import log_folder
from draggan_server.wire.invitation import Address
from tests.protocol.fake_engine import MODELS

ERRAND_COMMAND = (sys.executable, "-m", "tests.protocol.served_errand")
QUIET_SECONDS = 2.0
"""After so long in which nobody wanted anything it leaves where another release takes its place."""

WORKER_COMMAND = (sys.executable, "-m", "tests.protocol.fake_engine")
ACTOR_ENGINE = "tests.protocol.fake_engine:actor_engine"


def fake_models() -> Models:
    """What is listed are the fake engine's; what is installed and can be had lies on the disk."""
    log_file = log_folder() / "errand.log"
    return Models(
        lambda: MODELS,
        catalogue.catalogue,
        catalogue.remove,
        lambda errand: ErrandProcess(errand, log_file, ERRAND_COMMAND),
    )


if __name__ == "__main__":
    crew.OBEY_SECONDS = 2.0
    dispatcher.QUIET_SECONDS = QUIET_SECONDS
    idle_seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    count = int(sys.argv[4]) if sys.argv[4:] else 1
    path = Path(sys.argv[1])
    make_workers: service.MakeWorkers = local_workers(count, WORKER_COMMAND)
    if sys.argv[5:]:
        make_workers = RayWorkers(
            sys.argv[5], count, 1.0, 0.0, label_of(path), ACTOR_ENGINE, head_seconds=5.0
        )
    sys.exit(
        service.serve(
            path,
            idle_seconds,
            listen=Address.parse(sys.argv[3]) if sys.argv[3:] and sys.argv[3] else None,
            make_workers=make_workers,
            make_models=fake_models,
        )
    )
