"""A daemon whose worker has the fake engine and little patience, in a process of its own.

python -m tests.protocol.fake_daemon CONNECTION_FILE [IDLE_SECONDS [LISTEN]]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import zmq

from draggan_server.broker import dispatcher, service
from draggan_server.broker.local_worker import LocalWorker
from draggan_server.broker.worker import Worker
from draggan_server.broker.zap import Doorkeeper
from draggan_server.log_file import log_folder
from draggan_server.wire.invitation import Address
from tests.protocol.fake_engine import MODELS

WORKER_COMMAND = (sys.executable, "-m", "tests.protocol.fake_engine")


def fake_workers(context: zmq.Context[Any], doorkeeper: Doorkeeper) -> list[Worker]:
    return [LocalWorker(context, doorkeeper, log_folder() / "worker.log", WORKER_COMMAND)]


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
            catalogue=lambda: MODELS,
        )
    )
