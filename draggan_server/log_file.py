"""Where a process of the daemon logs: one rotating file each."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from draggan_server.wire.install_record import log_folder


def worker_log(number: int) -> Path:
    """Where the worker of this number, from 0, logs."""
    return log_folder() / ("worker.log" if number == 0 else f"worker-{number + 1}.log")


def log_to_file(path: Path) -> logging.Handler:
    """Send the log of this process to `path`, beside which two older files are kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=1 << 20, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return handler
