"""What all kinds of picture files can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from draggan_server.files.raster import Raster

STATE_KEY = "draggan-state"
"""What a text is called that holds the saved state, such as a PNG's chunk."""

REGION_KEY = "draggan-region"
"""That which says of which part of a photo the state is, as `Region` writes it."""


class Kind(Protocol):
    """A picture file as it was read. Its maker takes the file's bytes, and raises `NotInKind`."""

    ENDINGS: ClassVar[tuple[str, ...]]
    """Of files' names."""

    @property
    def raster(self) -> Raster: ...

    @property
    def exif(self) -> bytes | None:
        """With its orientation, as Pillow takes it; None where there is none to take along."""

    @property
    def texts(self) -> Mapping[str, str]:
        """What the file says by names, where it can: a state, too."""

    def encoded(self, raster: Raster, texts: Mapping[str, str]) -> bytes:
        """The file with other pixels, of the same size, mode and depth, and the rest as it was.

        `texts` are added, where the kind holds such.
        """


class NotInKind(Exception):
    """The file can be shown, but not be written again with all that is in it: why, as a phrase."""
