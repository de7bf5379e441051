"""Where the files come from: package indexes, or a folder that was brought."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import draggan_server
from draggan_server import __version__

PACKAGE = "draggan-server"


def brought_wheel() -> Path | None:
    """Our own wheel, where a plug-in of a release zip has it beside its packages."""
    folder = Path(draggan_server.__file__).parents[1]
    return next(folder.glob(f"draggan_server-{__version__}-*.whl"), None)


@dataclass(frozen=True)
class Source:
    """`wheel` is our own wheel, where it is not fetched; `index` another index than the usual one.
    `folder` has every other file needed, and nothing is fetched."""

    wheel: Path | None = field(default_factory=brought_wheel)
    index: str = ""
    folder: Path | None = None

    @property
    def requirement(self) -> str:
        """Our own package, of the plug-in's version."""
        return f"{PACKAGE}=={__version__}" if self.wheel is None else str(self.wheel)

    @property
    def options(self) -> list[str]:
        """What pip is told of it."""
        if self.folder is not None:
            return ["--no-index", "--find-links", str(self.folder)]
        return ["--index-url", self.index] if self.index else []

    @property
    def command_elsewhere(self) -> str:
        """What to run on another computer, to bring the folder that it makes."""
        wanted = [self.requirement] if self.wheel is None else _requirements_of(self.wheel)
        pip = ["python", "-m", "pip", "download", "--dest", "draggan-files"]
        return " ".join([*pip, *(f'"{one}"' if ">" in one else one for one in wanted)])


def _requirements_of(wheel: Path) -> list[str]:
    """What it asks for whatever the extras, as pip takes it. Raises `OSError`."""
    with zipfile.ZipFile(wheel) as files:
        (about,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        said = message_from_bytes(files.read(about)).get_all("Requires-Dist", [])
    return [str(one) for one in said if ";" not in one]
