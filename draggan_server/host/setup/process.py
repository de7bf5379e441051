"""One process of setting up: it writes into the log, and is waited for by asking."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from draggan_server.wire.launch import outside_environment

_MAX_OUTPUT = 1 << 20


class Process:
    """A running command. What it prints goes to the end of `log`. Raises `OSError`."""

    def __init__(self, command: Sequence[str], log: Path, temporary: Path) -> None:
        temporary.mkdir(parents=True, exist_ok=True)
        folder = str(temporary)
        hidden = 0
        if sys.platform == "win32":
            hidden = subprocess.CREATE_NO_WINDOW
        with log.open("ab") as output:
            output.write(f"+ {' '.join(command)}\n".encode())
            output.flush()
            self._log, self._begin = log, output.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=temporary,
                # Where pip keeps what it fetches until it is whole.
                env={**outside_environment(), "TMPDIR": folder, "TEMP": folder, "TMP": folder},
                creationflags=hidden,
            )

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    @property
    def output(self) -> str:
        """What it has printed."""
        with self._log.open("rb") as log:
            log.seek(self._begin)
            return log.read(_MAX_OUTPUT).decode(errors="replace")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
