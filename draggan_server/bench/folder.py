"""Where the files of a measurement go."""

from __future__ import annotations

from pathlib import Path

from draggan_server.wire.errors import BadInput


def make_folder(folder: Path) -> None:
    """Raises `BadInput` where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} cannot be made: {error}.") from None
