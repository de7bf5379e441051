"""Images as they travel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from draggan_server.wire.errors import BadInput

MAX_SIDE = 16384

THUMBNAIL_SIDE = 64
"""Pixels of the squares in which models are shown."""

MAX_THUMBNAILS = MAX_SIDE // THUMBNAIL_SIDE
"""More models than these are listed without their pictures."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """An image of 8-bit samples, rows from the top: sRGB RGBA (4 channels) or a mask (1).

    Travels as a raw frame behind the header, exactly height * width * channels bytes.
    """

    width: int
    height: int
    channels: int
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise BadInput(
                "An image of {width} x {height} pixels is out of range: give 1 to {most} "
                "pixels a side.",
                width=self.width,
                height=self.height,
                most=MAX_SIDE,
            )
        if self.channels not in (1, 4):
            raise BadInput(
                "An image of {channels} channels; give 1 (mask) or 4 (RGBA).",
                channels=self.channels,
            )
        if len(self.data) != self.width * self.height * self.channels:
            raise BadInput(
                "An image of {width} x {height} x {channels} has {expected} bytes, not {count}.",
                width=self.width,
                height=self.height,
                channels=self.channels,
                expected=self.width * self.height * self.channels,
                count=len(self.data),
            )

    def fingerprint(self) -> str:
        """What tells the image from all others: the SHA-256 of its size and its bytes."""
        size = f"{self.width} x {self.height} x {self.channels}\n".encode()
        return hashlib.sha256(size + self.data).hexdigest()


def check_squares(sheet: Pixels, count: int) -> None:
    """Raises `BadInput` unless `sheet` is `count` thumbnails, one below the other."""
    if (sheet.width, sheet.height, sheet.channels) != (THUMBNAIL_SIDE, THUMBNAIL_SIDE * count, 4):
        raise BadInput(
            "{count} thumbnails are {width} x {height} pixels; expected RGBA squares of "
            "{side} one below the other.",
            count=count,
            width=sheet.width,
            height=sheet.height,
            side=THUMBNAIL_SIDE,
        )


def square_of(sheet: Pixels, index: int) -> Pixels:
    """The thumbnail of that number, from 0."""
    size = THUMBNAIL_SIDE * THUMBNAIL_SIDE * 4
    data = sheet.data[index * size : (index + 1) * size]
    return Pixels(THUMBNAIL_SIDE, THUMBNAIL_SIDE, 4, data)


def picture_of(sheet: Pixels | None, index: int) -> Pixels | None:
    """The same; None where there is no picture."""
    square = None if sheet is None else square_of(sheet, index)
    return square if square is not None and any(square.data) else None
