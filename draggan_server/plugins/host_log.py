"""A plug-in's log: one rotating file.

The installer copies this module into each plug-in, because a failing import of anything else is to
be logged as well.
"""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

_MAX_BYTES = 512 * 1024


def log_to(path: Path, *names: str) -> None:
    """Write what the loggers of these names say to the file, all loggers' where none is named.

    A folder that cannot be written must not keep a host from having the plug-in.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in names or (None,):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
