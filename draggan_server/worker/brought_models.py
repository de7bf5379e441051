"""Models that a node of a cluster is brought by its broker, each once: by the digest of its file.
And what was learned of them, unless the node has learned something itself.

Imports no torch.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import BinaryIO

import platformdirs

from draggan_server.models import learned, zoo
from draggan_server.models.errors import ModelError
from stylegan2.digest import sha256_of
from stylegan2.errors import CheckpointError

CHUNK_BYTES = 8 << 20
"""A file travels in pieces of this size, so that no node holds it whole in memory."""


def brought_folder() -> Path:
    """Where they lie on this node, for all workers on it. It may be deleted at any time."""
    return platformdirs.user_cache_path("draggan") / "brought"


class BroughtModels:
    """Finds models as the zoo does, and first of all those that the broker has told of."""

    def __init__(self, folder: Path | None = None, learned_folder: Path | None = None) -> None:
        self._folder = folder or brought_folder()
        self._learned_folder = learned_folder or learned.cache_folder()
        self._told: dict[str, zoo.Model] = {}
        self._coming: BinaryIO | None = None

    def has(self, wanted: str, name: str, sha256: str) -> bool:
        """Whether the file with this digest is here. If so, it is meant from now on by what it is
        called in requests, `wanted`, and `name` is that of the model."""
        path = self._path(sha256)
        try:
            model = zoo.find(path) if path.is_file() else zoo.find_installed(name)
        except (ModelError, CheckpointError):
            return False
        if not path.is_file() and model.sha256 != sha256:
            return False
        self._told[wanted] = dataclasses.replace(model, name=name)
        return True

    def take(self, sha256: str, piece: bytes) -> None:
        """Take the next piece of a file; an empty one ends it. Raises `ValueError` where another
        file came than was said, and `OSError`."""
        if (path := self._come(self._folder, sha256, piece)) is None:
            return
        if (found := sha256_of(path)) != sha256:
            path.unlink()
            raise ValueError(f"A model came damaged: its SHA-256 is {found}, not {sha256}.")
        path.replace(self._path(sha256))

    def has_learned(self, name: str) -> bool:
        """Whether there is a file with this name of what was learned, from here or brought."""
        return (self._learned_folder / name).is_file()

    def take_learned(self, name: str, piece: bytes) -> None:
        """Take the next piece of such a file, as `take`. Raises `ValueError` where the name is no
        plain one, and `OSError`."""
        if Path(name).name != name:
            raise ValueError(f"{name!r} is no name of a file.")
        if (path := self._come(self._learned_folder, name, piece)) is not None:
            path.replace(self._learned_folder / name)

    def find(self, name_or_path: str | Path) -> zoo.Model:
        """Raises as `zoo.find` does."""
        told = self._told.get(str(name_or_path))
        return zoo.find(name_or_path) if told is None else told

    def find_installed(self, name: str) -> zoo.Model:
        """Raises as `zoo.find_installed` does. What is installed is so where the broker is."""
        told = self._told.get(name)
        return zoo.find_installed(name) if told is None else told

    def _come(self, folder: Path, name: str, piece: bytes) -> Path | None:
        """Where a file lies that has come whole; None while it comes."""
        if self._coming is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._coming = (folder / f"{name}.{os.getpid()}.part").open("wb")
        if piece:
            self._coming.write(piece)
            return None
        coming, self._coming = self._coming, None
        coming.close()
        return Path(coming.name)

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}{zoo.SUFFIX}"
