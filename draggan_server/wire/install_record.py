"""Which daemon belongs to this copy of the wire, and how it is started.

A plug-in that an installation put in place has a record of its own. One that was unpacked from a
release finds the record of the user's daemon, `daemon.json` in `config_folder`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from draggan_server import __version__
from draggan_server.wire.errors import DaemonUnreachable, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.whole_file import write_private

CONNECTION_FILE_VARIABLE = "DRAGGAN_CONNECTION_FILE"
"""Environment variable that names another connection file, for hosts and the daemon alike."""

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class InstallRecord:
    """`command` starts the daemon; `connection_file` is where it then says how to reach it.

    `command` is empty where no daemon was installed yet.
    """

    command: tuple[str, ...]
    connection_file: Path
    version: str

    def sibling(self, *arguments: str) -> tuple[str, ...]:
        """Another command of the same installation; empty where none is known."""
        if "serve" not in self.command:
            return ()
        return (*self.command[: self.command.index("serve")], *arguments)

    def write(self, path: Path) -> None:
        """Raises `OSError`."""
        write_private(path, f"{json.dumps(to_document(self), indent=2)}\n")


def config_folder() -> Path:
    """The user's folder for the connection file, the daemon's record and the plug-ins' settings.

    The same one inside of a Flatpak or a Snap and outside of it.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or _home() / "AppData/Local"
        return Path(local) / "draggan" / "draggan"
    if sys.platform == "darwin":
        return _home() / "Library/Application Support/draggan"
    return _xdg_folder("XDG_CONFIG_HOME", ".config")


def data_folder() -> Path:
    """The user's folder for models, and for a daemon that a plug-in sets up.

    The same one inside of a Flatpak or a Snap and outside of it.
    """
    if sys.platform in ("win32", "darwin"):
        return config_folder()
    return _xdg_folder("XDG_DATA_HOME", ".local/share")


def state_folder() -> Path:
    """The user's folder for what a daemon keeps over a restart.

    The same one inside of a Flatpak or a Snap and outside of it.
    """
    if sys.platform in ("win32", "darwin"):
        return config_folder()
    return _xdg_folder("XDG_STATE_HOME", ".local/state")


def edits_file() -> Path:
    """The edits that a daemon keeps over a restart. Documents have theirs with them."""
    return state_folder() / "edits.sqlite3"


def log_folder() -> Path:
    """Where the daemon's processes log. It need not exist yet.

    The same one inside of a Flatpak or a Snap and outside of it.
    """
    if sys.platform == "win32":
        return config_folder() / "Logs"
    if sys.platform == "darwin":
        return _home() / "Library/Logs/draggan"
    return state_folder() / "log"


def daemon_log() -> Path:
    """The log of the daemon itself, beside those of its other processes."""
    return log_folder() / "daemon.log"


def shared_record_file() -> Path:
    """Where the record of the user's daemon lies, for plug-ins that have none of their own."""
    return config_folder() / "daemon.json"


def is_vendored() -> bool:
    """Whether this copy was installed into a host's plug-in folder."""
    return (_PACKAGE.parent / "install.json").is_file()


def is_daemon_missing() -> bool:
    """Whether this is a plug-in for which no daemon was set up yet, and none can be reached."""
    try:
        record = install_record()
    except DaemonUnreachable:
        return False
    return not record.command and not record.connection_file.exists()


def install_record() -> InstallRecord:
    """The record that the installer left beside the vendored package; in the repository, its own.

    Raises `DaemonUnreachable` where the record is damaged.
    """
    record = _vendored_record() if is_vendored() else _repository_record()
    override = os.environ.get(CONNECTION_FILE_VARIABLE)
    if override:
        return InstallRecord(record.command, Path(override), record.version)
    return record


def _vendored_record() -> InstallRecord:
    path = _PACKAGE.parent / "install.json"
    try:
        document = parse(path.read_bytes())
        if "command" in document or "version" not in document:
            return from_document(InstallRecord, document)
    except (OSError, ProtocolError) as error:
        raise DaemonUnreachable(
            "{path} is damaged ({error}): install the plug-in again (draggan plugins install).",
            path=path,
            error=error,
        ) from None
    try:
        record = shared_record()
    except (OSError, ProtocolError):
        return InstallRecord((), config_folder() / "connection.json", __version__)
    # Who deletes the folder of a daemon leaves its record behind.
    there = any(map(shutil.which, record.command[:1]))
    return record if there else replace(record, command=())


def shared_record() -> InstallRecord:
    """The record of the user's daemon. Raises `OSError` and `ProtocolError`."""
    return from_document(InstallRecord, parse(shared_record_file().read_bytes()))


def _repository_record() -> InstallRecord:
    return InstallRecord(
        command=(sys.executable, "-m", "draggan_server", "serve"),
        connection_file=config_folder() / "connection.json",
        version=__version__,
    )


def _home() -> Path:
    return Path(os.environ.get("SNAP_REAL_HOME") or Path.home())


def _xdg_folder(variable: str, usual: str) -> Path:
    """The user's own, not that of the package in which this runs."""
    if "FLATPAK_ID" in os.environ:
        folder = os.environ.get(f"HOST_{variable}")
    else:
        folder = None if "SNAP_REAL_HOME" in os.environ else os.environ.get(variable)
    return Path(folder or _home() / usual) / "draggan"
