"""Pictures in images of every precision, with profiles of their own: they look as they do in a
plain image, and what is held keeps its values in the layer's own numbers."""

from __future__ import annotations

import functools
import random
import struct

from document import change, drag, new_image, pixels, sample
from gi.repository import Gegl, Gimp

SEED, SIDE = 8, 256
SELECTED = (90, 150, 80, 90)
CHIN = (108, 176, 152, 216)
CHIN_DOWN = [[130.5, 188.5, 130.5, 200.5]]
FLOATS, OWN = "R'G'B'A float", "RGBA double"
AREA = Gegl.Rectangle.new(0, 0, SIDE, SIDE)
_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
"""The primaries of Display P3 as X, Y, Z of D50."""


def display_p3() -> Gimp.ColorProfile:
    """As a screen of wide gamut has it, with a gamma of 2.2: an ICC profile of version 2."""

    def colour(x: float, y: float, z: float) -> bytes:
        return struct.pack(">4s4x3i", b"XYZ ", *(round(65536 * value) for value in (x, y, z)))

    text = b"a wide gamut\0"
    gamma = struct.pack(">4s4xIHxx", b"curv", 1, round(2.2 * 256))
    tags = {
        b"desc": struct.pack(f">4s4xI{len(text)}s", b"desc", len(text), text) + bytes(81),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": colour(0.9642, 1.0, 0.8249),
        **dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), (colour(*one) for one in _P3), strict=True)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma),
    }
    table, data, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s28xiii48x",
        *(start + len(data), b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp"),
        *(63190, 65536, 54061),
    )
    return Gimp.ColorProfile.new_from_icc_profile(header + table + data)


def check(precision: Gimp.Precision, profile: Gimp.ColorProfile | None, worst: int = 2) -> None:
    """`worst`: by how much of 255 a value of the lion may be another one than in a plain image."""
    image = new_image(SIDE, SIDE, precision=precision)
    if profile is not None:
        assert image.set_color_profile(profile)
    layer, (drawn, dragged) = sample(image, SEED), in_a_plain_image()
    difference = max(abs(a - b) for a, b in zip(pixels(layer), drawn, strict=True))
    assert difference <= worst, difference

    make_finer(layer)
    before, own = pixels(layer), held(layer)
    drag_chin(layer)
    assert held(layer) == own
    assert change(before, pixels(layer), SIDE, CHIN) > 10
    apart = change(dragged, pixels(layer), SIDE, CHIN)
    assert apart < worst, apart


@functools.cache
def in_a_plain_image() -> tuple[bytes, bytes]:
    """The lion's pixels there, and those of the dragged one."""
    layer = sample(new_image(SIDE, SIDE), SEED)
    drawn = pixels(layer)
    drag_chin(layer)
    return drawn, pixels(layer)


def drag_chin(layer: Gimp.Layer) -> None:
    image = layer.get_image()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *SELECTED)
    answer = drag(image, layer, CHIN_DOWN, result="same-layer")
    assert answer.ok, answer


def make_finer(layer: Gimp.Layer) -> None:
    """Let it have values that 8 bits cannot hold, as far as its own numbers can."""
    buffer, chance = layer.get_buffer(), random.Random(1)
    values = list(
        struct.unpack(
            f"={4 * SIDE * SIDE}f", bytes(buffer.get(AREA, 1.0, FLOATS, Gegl.AbyssPolicy.NONE))
        )
    )
    for at in range(len(values)):
        if at % 4 < 3:
            values[at] += (chance.random() - 0.5) * 2**-11
    buffer.set(AREA, FLOATS, struct.pack(f"={len(values)}f", *values))
    buffer.flush()
    layer.update(0, 0, SIDE, SIDE)


def held(layer: Gimp.Layer) -> bytes:
    """What is not selected of it, as exactly as it is kept."""
    data = bytearray(layer.get_buffer().get(AREA, 1.0, OWN, Gegl.AbyssPolicy.NONE))
    left, top, width, height = SELECTED
    for y in range(top, top + height):
        start = 32 * (y * SIDE + left)
        data[start : start + 32 * width] = bytes(32 * width)
    return bytes(data)


def case_8_bits() -> None:
    check(Gimp.Precision.U8_LINEAR, None, 9)  # there are few dark values in it
    check(Gimp.Precision.U8_PERCEPTUAL, None)
    check(Gimp.Precision.U8_NON_LINEAR, Gimp.ColorProfile.new_rgb_adobe(), 9)
    check(Gimp.Precision.U8_NON_LINEAR, display_p3(), 9)


def case_16_bits() -> None:
    check(Gimp.Precision.U16_LINEAR, display_p3())
    check(Gimp.Precision.U16_PERCEPTUAL, Gimp.ColorProfile.new_rgb_adobe())
    check(Gimp.Precision.U16_NON_LINEAR, Gimp.ColorProfile.new_rgb_srgb_linear())


def case_32_bits() -> None:
    check(Gimp.Precision.U32_LINEAR, Gimp.ColorProfile.new_rgb_adobe())
    check(Gimp.Precision.U32_PERCEPTUAL, display_p3())


def case_halves() -> None:
    check(Gimp.Precision.HALF_LINEAR, None)
    check(Gimp.Precision.HALF_NON_LINEAR, display_p3())
    check(Gimp.Precision.HALF_PERCEPTUAL, Gimp.ColorProfile.new_rgb_adobe())


def case_floats() -> None:
    check(Gimp.Precision.FLOAT_LINEAR, Gimp.ColorProfile.new_rgb_srgb_linear())
    check(Gimp.Precision.FLOAT_PERCEPTUAL, Gimp.ColorProfile.new_rgb_adobe())


def case_doubles() -> None:
    check(Gimp.Precision.DOUBLE_LINEAR, display_p3())
    check(Gimp.Precision.DOUBLE_NON_LINEAR, Gimp.ColorProfile.new_rgb_adobe())
    check(Gimp.Precision.DOUBLE_PERCEPTUAL, None)
