"""Names of models on the command line."""

from __future__ import annotations

from pathlib import Path

import click

METAVAR = "NAME|PATH"


def whole_name(name: str, base: Path = Path()) -> str:
    """A model's name as it is, or the whole path of its file or folder within `base`: the daemon
    may run elsewhere.

    A file is meant by a name with an ending, and a folder where it is one of diffusers.
    """
    path = base / Path(name).expanduser()
    is_file = bool(path.suffix) and path.is_file()
    return str(path.resolve()) if is_file or (path / "unet").is_dir() else name


def model_name(text: str) -> str:
    """An option's value, as `whole_name`. Raises `click.BadParameter`."""
    if not text:
        raise click.BadParameter("A name is missing: 'draggan models list' says which there are.")
    return whole_name(text)
