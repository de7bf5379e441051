"""What a photo was where drags have changed it, as a saved state keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.wire.drag_record import PackedMask
from draggan_server.wire.errors import BadInput

MAX_ORIGINAL_BYTES = 2 * 1024 * 1024
"""What takes more is not kept: going back is made of what the generator shows then."""


@dataclass(frozen=True, slots=True)
class PhotoOriginal:
    """A part of the photo's layer before all drags: its corner (`x`, `y`), in the layer's pixels.

    `png` is RGBA of 8 bits, of the size of `changed`, which is above 0 where drags changed the
    layer. Elsewhere the part says nothing.
    """

    x: int
    y: int
    changed: PackedMask
    png: bytes

    def __post_init__(self) -> None:
        if min(self.x, self.y) < 0 or len(self.png) > MAX_ORIGINAL_BYTES:
            raise BadInput("What the state keeps of the photo is damaged, and so is the state.")
