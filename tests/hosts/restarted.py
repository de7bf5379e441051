"""A daemon that a host has restarted: looked at, and ended."""

from __future__ import annotations

import contextlib
from pathlib import Path

from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.messages import Shutdown
from draggan_server.wire.transport import open_transport


def pid_of(connection: Path) -> int | None:
    """The process that serves there, if any does."""
    try:
        return ConnectionFile.read(connection).pid
    except DaemonUnreachable:
        return None


def end(connection: Path) -> None:
    """Stop what serves there."""
    with (
        contextlib.suppress(DaemonUnreachable),
        Client(open_transport(ConnectionFile.read(connection))) as client,
    ):
        client.ask(Shutdown(), timeout=10)
