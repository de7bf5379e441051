"""The folder of what was set up, and what is in it."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from draggan_server import __version__
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import DaemonUnreachable, ProtocolError
from draggan_server.wire.install_record import (
    InstallRecord,
    config_folder,
    data_folder,
    edits_file,
    log_folder,
    shared_record,
    shared_record_file,
    state_folder,
)
from draggan_server.wire.messages import Shutdown

logger = logging.getLogger(__name__)

_STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Place:
    """`folder` holds nothing but what is set up."""

    folder: Path

    @property
    def environment(self) -> Path:
        return self.folder / "environment"

    @property
    def python(self) -> Path:
        if sys.platform == "win32":
            return self.environment / "Scripts" / "python.exe"
        return self.environment / "bin" / "python"

    def is_made_by(self, python: Path) -> bool:
        """Whether the environment was made whole by that Python, and is there."""
        try:
            return self.python.exists() and self._maker.read_text("utf-8") == str(python)
        except OSError:
            return False

    def note_made(self, python: Path) -> None:
        """The environment is whole. Raises `OSError`."""
        self._maker.write_text(str(python), "utf-8")

    def doubt_environment(self) -> None:
        """Have it made again at the next try."""
        self._maker.unlink(missing_ok=True)

    @property
    def _maker(self) -> Path:
        return self.folder / "made-by.txt"

    @property
    def cache(self) -> Path:
        """Whole files that were fetched, for the next try."""
        return self.folder / "cache"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def report(self) -> Path:
        """What pip would install."""
        return self.folder / "report.json"

    @property
    def log(self) -> Path:
        return self.folder / "setup.log"

    @property
    def record(self) -> InstallRecord:
        """How the daemon that is set up here is started."""
        command = (str(self.python), "-m", "draggan_server", "serve")
        return InstallRecord(command, config_folder() / "connection.json", __version__)

    def publish(self) -> None:
        """Let plug-ins find the daemon. Raises `OSError`."""
        for leftover in (self.cache, self.temporary):
            shutil.rmtree(leftover, ignore_errors=True)
        self.report.unlink(missing_ok=True)
        self.record.write(shared_record_file())

    def is_there(self) -> bool:
        """Whether there is anything to be removed."""
        return os.path.lexists(self.folder)

    def is_whole(self) -> bool:
        """Whether there is a daemon that plug-ins find."""
        return self.is_published() and self.python.exists()

    def remove(self) -> None:
        """Take everything away, and what the daemon of this place has written elsewhere: the
        record, logs and kept edits, which the documents have, too. Raises `OSError`."""
        if self.is_published():
            self._stop_daemon()
            self._remove_what_it_wrote()
        if self.is_there():
            shutil.rmtree(self.folder)
        for folder in (self.folder.parent, shared_record_file().parent, state_folder()):
            with contextlib.suppress(OSError):  # it holds other things
                folder.rmdir()

    def is_published(self) -> bool:
        """Whether plug-ins find the daemon that is set up here."""
        try:
            return shared_record().command == self.record.command
        except (OSError, ProtocolError):
            return False

    def _remove_what_it_wrote(self) -> None:
        shutil.rmtree(log_folder(), ignore_errors=True)
        connection_file, edits = self.record.connection_file, edits_file()
        for file in (
            shared_record_file(),
            connection_file.with_name(f"{connection_file.name}.lock"),
            *edits.parent.glob(f"{edits.name}*"),
        ):
            file.unlink(missing_ok=True)

    def _stop_daemon(self) -> None:
        """It may run from what is about to be removed. Returns when it is gone."""
        try:
            with connect(start_daemon=False, any_version=True, timeout=_STOP_SECONDS) as client:
                client.ask(Shutdown())
        except DaemonUnreachable:
            logger.info("no daemon runs that would have to be stopped")
            return
        deadline = time.monotonic() + _STOP_SECONDS
        while self.record.connection_file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)  # the broker removes the file last


def usual_place() -> Place:
    """The user's."""
    return Place(data_folder() / "daemon")
