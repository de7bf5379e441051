"""A daemon that a host has restarted: looked at, and ended."""

from __future__ import annotations

import contextlib
from pathlib import Path

from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.messages import Shutdown
from draggan_server.wire.transport import open_transport
from tests.patience import patient
from tests.protocol.daemons import wait_until


def pid_of(connection: Path) -> int | None:
    """The process that serves there, if any does."""
    try:
        return ConnectionFile.read(connection).pid
    except DaemonUnreachable:
        return None


def end(connection: Path) -> None:
    """Stop what serves there, and return once its process is gone."""
    pid = pid_of(connection)
    with (
        contextlib.suppress(DaemonUnreachable),
        Client(open_transport(ConnectionFile.read(connection))) as client,
    ):
        client.ask(Shutdown(), timeout=patient(10))
    if pid is not None:
        wait_until(lambda: not _runs(pid), 60)


def _runs(pid: int) -> bool:
    """Nobody need have asked how a process has ended that stands there as a mere zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not status.rpartition(")")[2].startswith(" Z")
