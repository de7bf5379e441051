"""Another machine's daemon, to which hosts are invited: by its encrypted port on loopback, and by
the commands that whoever runs it types."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.invitation import Invitation, accepted_invitation
from tests.daemon import private_environment, running_daemon
from tests.end_to_end.test_house import free_port
from tests.patience import patient


@dataclass(frozen=True)
class House:
    """`draggan serve --listen` below `home`."""

    home: Path
    address: str

    def keys(self, *words: str) -> str:
        """What `draggan keys` prints."""
        return subprocess.run(
            [sys.executable, "-m", "draggan_server", "keys", *words],
            env={**os.environ, **private_environment(self.home)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=patient(60),
            check=True,
        ).stdout.strip()

    def is_used(self, connection: Path) -> bool:
        """Whether the programs of this connection file are led here, and something serves them."""
        invitation: Invitation | None = accepted_invitation(connection)
        here = invitation is not None and str(invitation.address) == self.address
        return here and connection.exists() and ConnectionFile.read(connection).pid > 0

    def said(self) -> str:
        """Its log, with a line for each connection."""
        return (self.home / "state/draggan/log/daemon.log").read_text(encoding="utf-8")


@contextlib.contextmanager
def running_house(home: Path) -> Iterator[House]:
    address = f"127.0.0.1:{free_port()}"
    with running_daemon(home, serve=("--listen", address)):
        yield House(home, address)
