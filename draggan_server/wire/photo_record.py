"""How a model shows a photo, as a saved state keeps it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from draggan_server.wire.drag_record import PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_original import PhotoOriginal
from draggan_server.wire.readers import Kind
from draggan_server.wire.sample_record import SampleRecord

TONE_VALUES = 9
"""Values of each colour channel: 6 of its gain, 3 of its offset, see `editing.inversion.tone`."""

MAX_PHOTO_SIDE = 16384

SHOWN_SIDE = 96
"""Pixels of the longer side of what is shown, at most."""

IN_THE_WORLD = 0.3
"""A photo of which less is explained shows something else than the model does, where no likeness
is known. Measured, as both others, see `editing/inversion/README.md`."""
LIKE_THE_MODEL = 0.45
"""So does one of less likeness, however much is explained; a small subject explains little."""
LEAST_EXPLAINED = 0.1
"""So does one of which less is explained, however alike that is."""


def in_the_world(explained: float, likeness: float | None) -> bool:
    """Whether a photo seems to show what the model draws."""
    if likeness is None:
        return explained >= IN_THE_WORLD
    return explained >= LEAST_EXPLAINED and likeness >= LIKE_THE_MODEL


@dataclass(frozen=True, slots=True)
class PhotoRecord(Kind):
    """A region of `width` x `height` pixels, explained by the latent at the edit's beginning.

    `placement` is the homography, row by row, that takes pixels (x, y, 1) of the generator's
    picture to those of the region; `tone` its gains and offsets, float32 little endian, channel by
    channel. `explained` is the share of the photo that the model can show, 0 to 1, where it
    matters; `psnr` in dB, of all of the region that the picture covers. `sample` is what drew the
    picture, where the photo is a sample that was turned, cropped or recoloured. `original` is what
    was there before drags; None before the first, and where it takes too much room. `likeness`, 0
    to 1, is how much of the structure of what is the model's own the model itself meets, however
    small that part is; None where nobody knows what is its own. `shown`, small and of the region's
    shape, is how much of each place is explained.
    """

    KIND = "photo"

    width: int
    height: int
    placement: tuple[float, ...]
    tone: bytes
    explained: float
    psnr: float
    sample: SampleRecord | None = None
    original: PhotoOriginal | None = None
    likeness: float | None = None
    shown: PackedMask | None = None

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_PHOTO_SIDE and 1 <= self.height <= MAX_PHOTO_SIDE):
            raise BadInput(
                "A photo of {width} x {height} pixels: the saved state is damaged.",
                width=self.width,
                height=self.height,
            )
        numbers = (*self.placement, self.explained, self.psnr, self.likeness or 0.0)
        if len(self.placement) != 9 or not all(map(math.isfinite, numbers)):
            raise BadInput("The photo's placement is damaged, and so is the saved state.")
        if abs(_determinant(self.placement)) < 1e-9:
            raise BadInput("The photo's placement has no size: the saved state is damaged.")
        if len(self.tone) not in (4 * TONE_VALUES, 12 * TONE_VALUES):
            raise BadInput("The photo's tone is damaged, and so is the saved state.")
        if not all(map(math.isfinite, self.tone_values())):
            raise BadInput("The photo's tone is not finite: the saved state is damaged.")

    @property
    def in_the_world(self) -> bool:
        return in_the_world(self.explained, self.likeness)

    def tone_values(self) -> tuple[float, ...]:
        return struct.unpack(f"<{len(self.tone) // 4}f", self.tone)


def _determinant(m: tuple[float, ...]) -> float:
    return (
        m[0] * (m[4] * m[8] - m[5] * m[7])
        - m[1] * (m[3] * m[8] - m[5] * m[6])
        + m[2] * (m[3] * m[7] - m[4] * m[6])
    )
