"""Files that appear whole or not at all.

The program that is built on this package has the same in `draggan_server.wire.whole_file`, for what
it and the hosts write. It stands twice because neither may import the other: the hosts have no
`stylegan2`, and networks know of no program. Tests ask the same of both.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, which takes the place of `path` at the end of the `with`.

    It begins with a dot and ends with ".part". Where the `with` fails it is removed, and what was
    at `path` before is still there. A link stays one: the file that it leads to is replaced.
    Raises `OSError`.
    """
    path = Path(os.path.realpath(path))
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
