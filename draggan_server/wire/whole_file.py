"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A path beside `path` to write to, which takes the place of `path` at the end of the `with`.

    It begins with a dot and ends with ".part". Where the `with` fails it is removed, and what was
    at `path` before is still there. A link stays one: the file that it leads to is replaced.
    A `private` file can be read by its owner only. Raises `OSError`.
    """
    path = Path(os.path.realpath(path))
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if private:
            os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a text in UTF-8 to a file that only its owner can read; what was there is replaced.

    Folders that are missing are made. A link stays one: the file that it leads to is replaced.
    Raises `OSError`, and then what was there before still is.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with written_whole(path, private=True) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
