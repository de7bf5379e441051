"""The command in a folder, beside a daemon of its own."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from draggan_server.files.picture import read_image
from tests.daemon import private_environment, running_daemon
from tests.patience import patient


class Work:
    """A folder, and the command in it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment

    def command(
        self, *arguments: object, room: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """`room`: bytes that a file may have before the disk takes no more of it."""

        def fill_disk() -> None:
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        return subprocess.run(
            [sys.executable, "-m", "draggan_server", *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": os.getcwd(), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=patient(300),
            preexec_fn=fill_disk,
        )

    def begin(self, *arguments: object) -> subprocess.Popen[str]:
        """It goes on by itself; both of its outputs are read through pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "draggan_server", *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": os.getcwd(), "COLUMNS": "300"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> str:
        done = self.command(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: object) -> str:
        done = self.command(*arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def pixels(self, name: str) -> np.ndarray:  # type: ignore[type-arg]
        return np.asarray(read_image(self.folder / name))


@contextlib.contextmanager
def place_to_work(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder, and the environment that leads to a daemon which runs meanwhile."""
    home = tmp_path_factory.mktemp("home")
    with running_daemon(home) as daemon:
        environment = {**os.environ, **private_environment(home), **daemon}
        yield tmp_path_factory.mktemp("work"), environment
