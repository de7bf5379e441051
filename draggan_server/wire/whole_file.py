"""The user's own files, which appear whole or not at all.

Other files are written by `stylegan2.whole_file`, which hosts do not have.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8 to a file that only its owner can read; what was there is replaced.

    Folders that are missing are made. A link stays one: the file that it leads to is replaced.
    Raises `OSError`, and then what was there before still is.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
