"""Picture files that appear whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from draggan_server.wire.errors import BadInput
from draggan_server.wire.whole_file import written_whole


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """`written_whole` for the user's own files: raises `BadInput`."""
    try:
        with written_whole(path) as unfinished:
            yield unfinished
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from None
