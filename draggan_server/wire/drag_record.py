"""A finished drag as a saved state keeps it, so that it can be gone back to."""

from __future__ import annotations

import math
import struct
import zlib
from array import array
from dataclasses import dataclass

from draggan_server.wire.errors import BadInput

Point = tuple[float, float]
"""(x, y) in pixels; (0, 0) is the centre of the first pixel."""

MAX_MASK_SIDE = 4096
MAX_MASK_BYTES = 96 * 1024
"""A mask that takes more when it is packed is kept smaller. One of hard edges takes 1 to 5 KB."""


@dataclass(frozen=True, slots=True)
class LatentChange:
    """What a drag added to the latent: to the `rows` of w+, in ascending order.

    `values` [rows, w_dim], row by row, are little-endian floats of `bits` 16 or 32.
    """

    rows: tuple[int, ...] = ()
    bits: int = 16
    values: bytes = b""

    def __post_init__(self) -> None:
        if self.bits not in (16, 32) or len(self.values) % (self.bits // 8):
            raise BadInput("A drag's change of the latent is damaged, and so is the saved state.")
        if list(self.rows) != sorted(set(self.rows)) or min(self.rows, default=0) < 0:
            raise BadInput("The rows that a drag changed are damaged, and so is the saved state.")
        if not all(map(math.isfinite, self.unpacked())):
            raise BadInput("A drag's change is not finite: the saved state is damaged.")

    def check(self, num_ws: int, w_dim: int) -> None:
        """Raises `BadInput` where it is no change of a latent of `num_ws` rows."""
        size = len(self.rows) * w_dim * self.bits // 8
        if max(self.rows, default=0) >= num_ws or len(self.values) != size:
            raise BadInput(
                "A drag's change of {count} rows has {others} bytes and does not fit a latent "
                "of {num_ws} x {w_dim}: the saved state is damaged.",
                count=len(self.rows),
                others=len(self.values),
                num_ws=num_ws,
                w_dim=w_dim,
            )

    def unpacked(self) -> tuple[float, ...]:
        code = {16: "e", 32: "f"}[self.bits]
        return struct.unpack(f"<{len(self.values) // (self.bits // 8)}{code}", self.values)

    def add_to(self, w_plus: list[float], w_dim: int) -> None:
        """Add the change to `w_plus`, rounded to float32 as every machine does it."""
        values = self.unpacked()
        for number, row in enumerate(self.rows):
            old = w_plus[row * w_dim : (row + 1) * w_dim]
            change = values[number * w_dim : (number + 1) * w_dim]
            # float64 holds the exact sum or rounds it so that rounding once more does no harm.
            w_plus[row * w_dim : (row + 1) * w_dim] = array("f", map(float.__add__, old, change))


@dataclass(frozen=True, slots=True)
class PackedMask:
    """What a drag was allowed to change of the picture: 8 bits a pixel, rows from the top, zlib."""

    width: int
    height: int
    packed: bytes

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_MASK_SIDE and 1 <= self.height <= MAX_MASK_SIDE):
            raise BadInput(
                "A mask of {width} x {height}: the saved state is damaged.",
                width=self.width,
                height=self.height,
            )
        if len(self.packed) > MAX_MASK_BYTES:
            raise BadInput(
                "A drag's mask takes {count} bytes, more than {most}: the saved state is damaged.",
                count=len(self.packed),
                most=MAX_MASK_BYTES,
            )

    @classmethod
    def of(cls, width: int, height: int, data: bytes) -> PackedMask | None:
        """The mask, or None where it takes too much room."""
        packed = zlib.compress(data, 9)
        return cls(width, height, packed) if len(packed) <= MAX_MASK_BYTES else None

    def data(self) -> bytes:
        """width * height bytes. Raises `BadInput` for anything else that was packed."""
        size = self.width * self.height
        try:
            data = zlib.decompressobj().decompress(self.packed, size + 1)
        except zlib.error:
            data = b""
        if len(data) != size:
            raise BadInput("A drag's mask cannot be unpacked: the saved state is damaged.")
        return data


@dataclass(frozen=True, slots=True)
class DragRecord:
    """One finished drag, in pixels of the generator's picture, and what it changed.

    `mask` is the movable part of the picture, None where all of it was.
    """

    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]
    final_points: tuple[Point, ...]
    method: str
    steps: int
    change: LatentChange = LatentChange()
    mask: PackedMask | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        points = len(self.handle_points) + len(self.target_points) + len(self.final_points)
        mask = 0 if self.mask is None else len(self.mask.packed)
        return len(self.change.values) + mask + 40 * points
