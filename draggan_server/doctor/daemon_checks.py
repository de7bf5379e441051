"""From the plug-in to the daemon: the connection file, the port, and who answers there."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import filelock

from draggan_server import __version__
from draggan_server.doctor.finding import Finding, good
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import DaemonUnreachable, VersionMismatch
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import GetStatus, Shutdown, Status
from draggan_server.wire.said import Said

_LINK = Said("daemon")
_FILE = Said("connection file")
_ANSWER_SECONDS = 10.0


def check_daemon(record: InstallRecord) -> Iterator[Finding]:
    yield _check_loopback()
    path = record.connection_file
    if not path.exists():
        yield good(_LINK, "None runs now. Plug-ins start it when they need it.")
        return
    file = _check_file(path)
    yield file
    if file.state == "bad" and not _is_served(path):
        return
    try:
        with connect(start_daemon=False, timeout=_ANSWER_SECONDS) as client:
            status = client.ask(GetStatus())
    except VersionMismatch as error:
        yield Finding(_LINK, "bad", error.said, "Stop it: draggan stop", _stop_any)
    except DaemonUnreachable as error:
        if _is_served(path):
            yield Finding(
                _LINK,
                "bad",
                Said("One runs and does not answer. {error}", error=error.said),
                "End its process and try again; draggan logs says what it did last.",
            )
        else:
            yield Finding(
                _FILE,
                "bad",
                Said(
                    "{path} is left over: the daemon that wrote it is gone. {error}",
                    path=path,
                    error=error,
                ),
                Said("Delete {path}", path=path),
                lambda: path.unlink(missing_ok=True),
            )
    else:
        yield from _check_status(status)


def _check_loopback() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                pass
    except OSError as error:
        return Finding(
            "port",
            "bad",
            Said(
                "Programs of this machine cannot reach each other at 127.0.0.1: {error}.",
                error=error,
            ),
            "Allow local connections in the firewall, or leave the sandbox.",
        )
    return good("port", "Programs of this machine reach each other at 127.0.0.1.")


def _check_file(path: Path) -> Finding:
    try:
        ConnectionFile.read(path)
    except DaemonUnreachable as error:
        if _is_served(path):
            return Finding(_FILE, "bad", str(error), "End the daemon's process, then try again.")
        return Finding(_FILE, "bad", str(error), Said("Delete {path}", path=path), path.unlink)
    mode = path.stat().st_mode
    if os.name == "posix" and mode & 0o077:
        return Finding(
            _FILE,
            "bad",
            Said(
                "Others may read {path} ({mode}), and its secret with it.",
                path=path,
                mode=stat.filemode(mode),
            ),
            Said("Run: chmod 600 {path}. Then stop the daemon: draggan stop", path=path),
            lambda: path.chmod(0o600),
        )
    return good(_FILE, str(path))


def _check_status(status: Status) -> Iterator[Finding]:
    if status.version != __version__:
        busy = status.drags > 0
        yield Finding(
            _LINK,
            "warning",
            Said(
                "The daemon that runs is of version {theirs}, this is {ours}.",
                theirs=status.version,
                ours=__version__,
            ),
            Said("Let its drags end, then stop it: draggan stop")
            if busy
            else Said("Stop it: draggan stop"),
            None if busy else _stop_any,
        )
    else:
        yield good(_LINK, f"Version {status.version} runs as process {status.pid}.")
    for worker in status.workers:
        if worker.state == "lost":
            yield Finding(
                "worker",
                "bad",
                Said(
                    "The process that computes on {device} ended several times.",
                    device=worker.device,
                ),
                "See why: draggan logs --level error",
            )
        else:
            yield good("worker", f"It computes on {worker.device} and is {worker.state}.")


def _is_served(path: Path) -> bool:
    """Whether a daemon holds the lock of this connection file."""
    try:
        with filelock.FileLock(f"{path}.lock", timeout=0):
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False


def _stop_any() -> None:
    with connect(start_daemon=False, any_version=True, timeout=_ANSWER_SECONDS) as client:
        client.ask(Shutdown())
