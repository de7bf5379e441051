"""The plug-in's log file. Only the entry script starts it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import TracebackType

from gi.repository import GLib

from .host_log import log_to


def log_file() -> Path:
    """Where the log lies: in the user's state folder, as the platform has it."""
    return Path(GLib.get_user_state_dir()) / "draggan" / "gimp.log"


def start_logging() -> None:
    """Write this process's log to the file, uncaught exceptions too."""
    log_to(log_file())
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger(__name__).critical("uncaught", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
