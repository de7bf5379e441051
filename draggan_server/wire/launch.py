"""Starting the daemon so that it outlives the host that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from draggan_server.wire.errors import DaemonMissing, DaemonUnreachable
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE, InstallRecord, is_vendored

_started: list[subprocess.Popen[bytes]] = []
"""Kept, because a dropped `Popen` warns that its process still runs, which it should."""


def spawn(record: InstallRecord) -> subprocess.Popen[bytes]:
    """Start the daemon, detached. Raises `DaemonUnreachable` where its command cannot be run, and
    its `DaemonMissing` where there is none.

    A second daemon beside a running one leaves at once by itself.
    """
    if not record.command:
        raise DaemonMissing(
            "DragGAN's daemon is not on this computer yet, or it was removed. Set it up in "
            "DragGAN's dialog or docker, or run “pip install draggan-server” and then “draggan "
            "plugins install”."
        )
    options: dict[str, object] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {
            "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        }
    try:
        record.connection_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        process = subprocess.Popen(  # type: ignore[call-overload]
            record.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=_folder(record),
            env={**outside_environment(), CONNECTION_FILE_VARIABLE: str(record.connection_file)},
            close_fds=True,
            **options,
        )
    except OSError as error:
        raise DaemonUnreachable(
            "The DragGAN daemon cannot be started by '{command}' ({error}): install DragGAN again, "
            "then install its plug-ins (draggan plugins install).",
            command=" ".join(record.command),
            error=error,
        ) from None
    _started[:] = [earlier for earlier in _started if earlier.poll() is None]
    _started.append(process)
    return process  # type: ignore[no-any-return]


def _folder(record: InstallRecord) -> Path:
    # `python -m` looks for packages in the working folder first: never let that be a host's
    # vendored copy, which holds the wire alone.
    return record.connection_file.parent if is_vendored() else Path(__file__).resolve().parents[2]


def outside_environment() -> dict[str, str]:
    """The host's environment without what would break another Python than the host's own."""
    environment = dict(os.environ)
    if is_vendored():
        unwanted = ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONNOUSERSITE"]
        if "APPIMAGE" in environment or "APPDIR" in environment:
            unwanted.append("LD_LIBRARY_PATH")
        for name in unwanted:
            environment.pop(name, None)
    return environment
