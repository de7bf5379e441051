"""Which daemon belongs to this copy of the wire, and how it is started."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from draggan_server.wire.errors import DaemonUnreachable, ProtocolError
from draggan_server.wire.json_record import from_document, parse

CONNECTION_FILE_VARIABLE = "DRAGGAN_CONNECTION_FILE"
"""Environment variable that names another connection file, for hosts and the daemon alike."""

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class InstallRecord:
    """`command` starts the daemon; `connection_file` is where it then says how to reach it."""

    command: tuple[str, ...]
    connection_file: Path
    version: str


def is_vendored() -> bool:
    """Whether this copy was installed into a host's plug-in folder."""
    return (_PACKAGE.parent / "install.json").is_file()


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
        return from_document(InstallRecord, parse(path.read_bytes()))
    except (OSError, ProtocolError) as error:
        raise DaemonUnreachable(
            f"{path} is damaged ({error}): install the plug-in again (draggan plugins install)."
        ) from None


def _repository_record() -> InstallRecord:
    import platformdirs  # not there in a host, where the record above is

    from draggan_server import __version__

    return InstallRecord(
        command=(sys.executable, "-m", "draggan_server", "serve"),
        connection_file=platformdirs.user_config_path("draggan") / "connection.json",
        version=__version__,
    )
