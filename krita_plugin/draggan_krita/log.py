"""The plug-in's log file: one, rotating, for the plug-in and what it is built on."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from krita import Krita

_MAX_BYTES = 512 * 1024
_LOGGERS = (__package__, "draggan_server")


def log_file() -> Path:
    """Where the log lies: in Krita's resource folder."""
    return Path(Krita.instance().getAppDataLocation()) / "draggan.log"


def start_logging() -> None:
    """Write the log to the file. A folder that cannot be written must not keep Krita from having
    the plug-in."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
