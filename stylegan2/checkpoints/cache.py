"""Converted files, kept by the digest of what they were converted from."""

from __future__ import annotations

import hashlib
import mmap
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs

from stylegan2.checkpoints.conversion import convert
from stylegan2.errors import CheckpointError
from stylegan2.whole_file import written_whole

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
    note = folder / f"{hashlib.sha256(os.fsencode(seen)).hexdigest()}.sha256"
    if note.is_file():
        destination = _place(folder, note.read_text())
        if destination.is_file():
            return destination
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A file that was never seen is most likely a new one: it is read and converted at once.
        with tempfile.TemporaryDirectory(dir=folder) as workshop, ThreadPoolExecutor(1) as pool:
            digest = pool.submit(_digest, source)
            unnamed = Path(workshop) / "converted.safetensors"
            convert(source, unnamed)
            destination = _place(folder, digest.result())
            os.replace(unnamed, destination)
        with written_whole(note) as unfinished:
            unfinished.write_text(digest.result())
    except OSError as error:
        raise CheckpointError(
            "{file} cannot be kept in {folder}: {reason}.",
            file=source.name,
            folder=folder,
            reason=error.strerror,
        ) from None
    return destination


def _place(folder: Path, digest: str) -> Path:
    return folder / f"{digest}-{VERSION}.safetensors"


def _digest(path: Path) -> str:
    # Mapped, not read: that spares a copy, and the child maps the same pages.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return hashlib.sha256(mapped).hexdigest()
