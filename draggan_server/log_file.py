"""Where a process of the daemon logs: one rotating file each."""

from __future__ import annotations

import logging
import logging.handlers
import os
from pathlib import Path
from typing import IO

from draggan_server.wire.install_record import log_folder

logger = logging.getLogger(__name__)


def worker_log(number: int) -> Path:
    """Where the worker of this number, from 0, logs."""
    return log_folder() / ("worker.log" if number == 0 else f"worker-{number + 1}.log")


def log_to_file(path: Path) -> logging.Handler:
    """Send the log of this process to `path`, beside which two older files are kept; to the
    standard error output where the disk refuses that."""
    handler: logging.Handler
    refused = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=1 << 20, backupCount=2, encoding="utf-8"
        )
    except OSError as error:
        handler, refused = logging.StreamHandler(), str(error)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    if refused:
        logger.warning("no log is written: %s", refused)
    return handler


def open_errors(log_file: Path, *, afresh: bool) -> IO[bytes]:
    """Where a process with this log prints what a crash in native code says: beside its log, where
    no rotation takes the file away from it; nowhere, where the disk refuses that.

    `afresh`: in the place of what earlier ones have printed.
    """
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        return log_file.with_suffix(".err").open("wb" if afresh else "ab")
    except OSError as error:
        logger.warning("what a crash prints is not kept: %s", error)
        return Path(os.devnull).open("wb")
