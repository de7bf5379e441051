"""What a model shows, as a drawing, where there is no picture of what it makes; and icons.

The drawings are SVG files of circles and polylines in a square of 64, which is all that is read.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from draggan_server.host.drawing import Drawing
from draggan_server.host.shapes import Ink, Ring, Shape, Stroke
from draggan_server.wire.messages import THUMBNAIL_SIDE, Pixels

NOTHING = Pixels(THUMBNAIL_SIDE, THUMBNAIL_SIDE, 4, bytes(4 * THUMBNAIL_SIDE * THUMBNAIL_SIDE))
"""Keeps the room of a picture where there is none."""

SIDE = 48
_FOLDER = Path(__file__).parent / "pictograms"
_ICONS = Path(__file__).parent / "icons"
_SCALE = SIDE / 64
_WIDTH = 3.0 * _SCALE
_GROUND = bytes((92, 108, 126, 255))  # on which white reads, and which dark and light themes leave


def pictogram(subject: str) -> Pixels | None:
    """A square (RGBA) of `SIDE` pixels; None of a subject that has no drawing."""
    name = drawings().get(subject)
    return None if name is None else _drawn(_FOLDER / f"{name}.svg", _GROUND)


def icon(name: str, colour: tuple[int, ...]) -> Pixels:
    """The icon of that name, of one colour (RGB), with nothing around it."""
    white = _drawn(_ICONS / f"{name}.svg", bytes((0, 0, 0, 255)))
    data = bytearray(bytes((*colour, 0)) * (SIDE * SIDE))
    data[3::4] = white.data[0::4]
    return Pixels(SIDE, SIDE, 4, bytes(data))


@functools.cache
def drawings() -> dict[str, str]:
    """Which drawing a subject has, by the subjects of the models that can be had."""
    text = (_FOLDER / "subjects.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@functools.lru_cache(maxsize=64)
def _drawn(file: Path, ground: bytes) -> Pixels:
    data = bytearray(ground * (SIDE * SIDE))
    drawing = Drawing(data, SIDE, SIDE)
    for shape in _shapes(file):
        drawing.paint(shape)
    return Pixels(SIDE, SIDE, 4, bytes(data))


def _shapes(file: Path) -> Iterator[Shape]:
    for element in ElementTree.parse(file).getroot():
        if element.tag.endswith("circle"):
            x, y, radius = (_SCALE * float(element.attrib[name]) for name in ("cx", "cy", "r"))
            yield Ring((x, y), radius, _WIDTH, Ink.LIGHT)
        else:
            points = (point.split(",") for point in element.attrib["points"].split())
            line = tuple((_SCALE * float(x), _SCALE * float(y)) for x, y in points)
            yield Stroke((line,), _WIDTH, Ink.LIGHT)
