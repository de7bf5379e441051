"""A daemon of which models can be had, as the hosts' windows of models do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from draggan_server.models import zoo
from draggan_server.models.download import size_of
from tests.protocol.daemons import RunningDaemon
from tests.unit.models.file_server import FileServer, serving


@dataclass(frozen=True)
class Library:
    """A daemon for which the model `lions-512` can be had from `server`: the first time so slowly
    that it can be looked at."""

    home: Path
    server: FileServer
    environment: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where the user's models lie."""
        return self.home / ".local/share/draggan/models"

    @property
    def arrived(self) -> int:
        """Bytes of `lions-512` that a download has left."""
        return size_of(self.folder / ".incoming/lions-512/download")

    @property
    def installed(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.safetensors"))


@contextlib.contextmanager
def running_library(home: Path) -> Iterator[Library]:
    """Run its daemon and its server."""
    content = zoo.find(zoo.DEFAULT_MODEL).path.read_bytes()
    slow = FileServer(content, chunk_bytes=len(content) // 200, chunk_seconds=0.1, hurries=True)
    with serving(slow) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        patch.setenv("TESTED_MODEL_URL", server.url)
        with RunningDaemon(home, 600) as daemon:
            connection = daemon.record.connection_file
            yield Library(home, server, {"DRAGGAN_CONNECTION_FILE": str(connection)})
