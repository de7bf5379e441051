"""Where the files come from: package indexes, or a folder that was brought."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from draggan_server import __version__

PACKAGE = "draggan-server"


@dataclass(frozen=True)
class Source:
    """`wheel` is our own wheel, where it is not in the index; `index` another index than the usual
    one. `folder` has every file needed, and nothing is fetched."""

    wheel: Path | None = None
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
        pip = ["python", "-m", "pip", "download", "--dest", "draggan-files"]
        return " ".join([*pip, self.requirement])
