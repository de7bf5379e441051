"""A real daemon for tests, with a home of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""What two processes compute is the same, bit for bit, where they share the work out alike."""


def private_environment(home: Path) -> dict[str, str]:
    """An environment in which everything of ours lies below `home`."""
    folders = {"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data"}
    return {
        "HOME": str(home),
        "DRAGGAN_CONNECTION_FILE": str(home / "connection.json"),
        **{name: str(home / folder) for name, folder in folders.items()},
    }


@contextlib.contextmanager
def running_daemon(
    home: Path,
    program: tuple[str, ...] = ("-m", "draggan_server"),
    serve: tuple[str, ...] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[dict[str, str]]:
    """Start `draggan serve` below `home`, yield the variables that lead clients to it, stop it."""
    private = private_environment(home)
    with (home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *program, "serve", *serve],
            env={**os.environ, **private, **(variables or {})},
            stdout=log,
            stderr=log,
        )
    try:
        connection = Path(private["DRAGGAN_CONNECTION_FILE"])
        deadline = time.monotonic() + 60
        while not connection.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no daemon: {(home / 'daemon.log').read_text()}")
            time.sleep(0.05)
        yield {"DRAGGAN_CONNECTION_FILE": str(connection)}
    finally:
        process.terminate()
        process.wait(timeout=30)
