"""A daemon whose worker has the fake engine and little patience, in a process of its own.

python -m tests.protocol.fake_daemon CONNECTION_FILE [IDLE_SECONDS [LISTEN]]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import zmq

from draggan_server.broker import catalogue, dispatcher, service
from draggan_server.broker.dispatcher import Models
from draggan_server.broker.errands import ErrandProcess
from draggan_server.broker.local_worker import LocalWorker
from draggan_server.broker.worker import Worker
from draggan_server.broker.zap import Doorkeeper
from draggan_server.log_file import log_folder
from draggan_server.wire.invitation import Address
from tests.protocol.fake_engine import MODELS

ERRAND_COMMAND = (sys.executable, "-m", "tests.protocol.served_errand")
WORKER_COMMAND = (sys.executable, "-m", "tests.protocol.fake_engine")


def fake_workers(context: zmq.Context[Any], doorkeeper: Doorkeeper) -> list[Worker]:
    return [LocalWorker(context, doorkeeper, log_folder() / "worker.log", WORKER_COMMAND)]


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
    dispatcher.OBEY_SECONDS = 0.5
    dispatcher.QUIET_SECONDS = 1.0
    idle_seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    sys.exit(
        service.serve(
            Path(sys.argv[1]),
            idle_seconds,
            listen=Address.parse(sys.argv[3]) if len(sys.argv) > 3 else None,
            make_workers=fake_workers,
            make_models=fake_models,
        )
    )
