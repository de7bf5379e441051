"""The plug-in's log file: one for the plug-in and what it is built on."""

from __future__ import annotations

from pathlib import Path

from krita import Krita

from .host_log import log_to


def log_file() -> Path:
    """Where the log lies: in Krita's resource folder."""
    return Path(Krita.instance().getAppDataLocation()) / "draggan.log"


def start_logging() -> None:
    """Write the log to the file."""
    log_to(log_file(), __package__, "draggan_server")
