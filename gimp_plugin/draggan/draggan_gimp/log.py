"""The plug-in's log file. Only the entry script calls this."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path
from types import TracebackType

from gi.repository import GLib

_MAX_BYTES = 512 * 1024


def log_file() -> Path:
    """Where the log lies: in the user's state folder, as the platform has it."""
    return Path(GLib.get_user_state_dir()) / "draggan" / "gimp.log"


def start_logging() -> None:
    """Write this process's log to the file, uncaught exceptions too. Without a file, go without."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=1)
    except OSError as error:
        print(f"DragGAN: no log file ({error})", file=sys.stderr)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger(__name__).critical("uncaught", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
