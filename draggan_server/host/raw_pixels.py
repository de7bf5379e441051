"""Pixels as bytes: in the order of other programs, held where they must not change, opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator

from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels

_SHADE = 125  # opacity (of 255) of the black over what is held
_SHADE_OF_MOVABLE = bytes(_SHADE * (255 - value) // 255 for value in range(256))
_HELD_RUN, _MOVABLE_RUN = re.compile(rb"\x00+"), re.compile(rb"[^\x00]+")


def swap_red_and_blue(data: bytes) -> bytes:
    """BGRA bytes, as Krita keeps integer RGB, as the wire's RGBA bytes, and the other way round."""
    swapped = bytearray(data)
    swapped[0::4] = data[2::4]
    swapped[2::4] = data[0::4]
    return bytes(swapped)


def keep_held(result: bytes, source: bytes, movable_mask: bytes) -> bytes:
    """`result` with the pixels of `source` wherever the mask is 0, bit for bit.

    Both have the same size in bytes, a multiple of the mask's (one byte a pixel). For documents
    deeper than 8 bits, whose pixels outside the selection would lose depth on the wire.
    """
    if len(result) != len(source) or len(source) % len(movable_mask):
        raise ValueError(
            f"{len(result)} bytes of result, {len(source)} of source and a mask of "
            f"{len(movable_mask)} do not belong together"
        )
    size = len(source) // len(movable_mask)
    kept = bytearray(result)
    for run in _HELD_RUN.finditer(movable_mask):
        start, end = run.start() * size, run.end() * size
        kept[start:end] = source[start:end]
    return bytes(kept)


def movable_parts(picture: Pixels, movable_mask: Pixels | None) -> Iterator[tuple[Region, bytes]]:
    """What the mask does not hold of an RGBA picture, as rectangles of it with their bytes. For
    editors that write those only, so that the others keep their pixels, whatever their depth."""
    if movable_mask is None:
        yield Region(0, 0, picture.width, picture.height), picture.data
        return
    for y in range(picture.height):
        row = y * picture.width
        for run in _MOVABLE_RUN.finditer(movable_mask.data, row, row + picture.width):
            start, end = run.span()
            yield Region(start - row, y, end - start, 1), picture.data[start * 4 : end * 4]


def at_size(picture: Pixels, width: int, height: int) -> Pixels:
    """A picture or a mask in another size, each pixel that of the place nearest to it."""
    if (picture.width, picture.height) == (width, height):
        return picture
    size, data = picture.channels, picture.data
    columns = [(2 * x + 1) * picture.width // (2 * width) * size for x in range(width)]
    rows = []
    for y in range(height):
        start = (2 * y + 1) * picture.height // (2 * height) * picture.width * size
        rows.append(b"".join([data[start + at : start + at + size] for at in columns]))
    return Pixels(width, height, size, b"".join(rows))


def laid_on(ground: Pixels, picture: Pixels, corner: tuple[int, int]) -> Pixels:
    """`ground` with a picture in the place of its own pixels, whose first lies at `corner`. Both
    have as many channels, and all of the picture lies on it."""
    data, size = bytearray(ground.data), ground.channels
    stride, row = ground.width * size, picture.width * size
    start = corner[1] * stride + corner[0] * size
    for y in range(picture.height):
        begin = start + y * stride
        data[begin : begin + row] = picture.data[y * row : (y + 1) * row]
    return Pixels(ground.width, ground.height, size, bytes(data))


def holds_all(movable_mask: Pixels) -> bool:
    """Whether a mask lets nothing of a picture move."""
    return movable_mask.data == bytes(len(movable_mask.data))


def is_opaque(picture: Pixels) -> bool:
    """Whether nothing that lies below an RGBA picture is seen."""
    alpha = picture.data[3::4]
    return alpha.count(255) == len(alpha)


def veil_over_held(movable_mask: bytes) -> bytes:
    """How opaque the black is that shows what a mask holds, a byte a pixel."""
    return movable_mask.translate(_SHADE_OF_MOVABLE)


def veil_picture(movable_mask: Pixels) -> Pixels:
    """The same as RGBA."""
    data = bytearray(len(movable_mask.data) * 4)
    data[3::4] = veil_over_held(movable_mask.data)
    return Pixels(movable_mask.width, movable_mask.height, 4, bytes(data))
