"""Converted files, kept by the digest of what they were converted from."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from stylegan2.checkpoints.conversion import convert
from stylegan2.errors import CheckpointError

VERSION = 1
"""Raised when a converter's output changes, so that files are converted again."""


def cache_folder() -> Path:
    """Where converted files lie. It may be deleted at any time."""
    return platformdirs.user_cache_path("draggan") / "checkpoints"


def converted(source: Path) -> Path:
    """Our own format of the file `source`, converted unless that was done before.

    A file is read again only if its size or its time of change is another. Raises `CheckpointError`
    and `FileNotFoundError`.
    """
    folder = cache_folder()
    stat = source.stat()
    seen = f"{source.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"
    digest_file = folder / f"{hashlib.sha256(os.fsencode(seen)).hexdigest()}.sha256"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if digest_file.is_file():
            digest = digest_file.read_text()
        else:
            digest = _digest(source)
            digest_file.write_text(digest)
    except OSError as error:
        raise CheckpointError(
            f"{source.name} cannot be kept in {folder}: {error.strerror}."
        ) from None
    destination = folder / f"{digest}-{VERSION}.safetensors"
    if not destination.is_file():
        convert(source, destination)
    return destination


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
