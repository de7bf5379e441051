"""An animated layer as a file of Krita's, .kra.

Krita's scripts can neither add a key frame to a layer nor write into one; they can open a file. Its
parts are those that Krita 5.2 writes: `maindoc.xml`, which names the layer; the list of its key
frames; and for each of these a file of tiles, 64 x 64 pixels as Krita keeps them, here not packed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from draggan_server.host.layers.timeline import Keys
from draggan_server.host.raw_pixels import swap_red_and_blue
from draggan_server.wire.messages import Pixels

_TILE = 64
_ROW = _TILE * 4
_PLAIN = b"\x00"
"""Before a tile's bytes: they are not packed."""
_DOCUMENT = "http://www.calligra.org/DTD/krita"
_KEYS = "http://www.calligra.org/DTD/krita-keyframes"
_IMAGE = "image"
_LAYER = "frames"
_LISTED = f"{_LAYER}.keyframes.xml"


def write_layer(path: Path, name: str, keys: Keys, corner: tuple[int, int]) -> None:
    """Write a file whose only layer has these key frames, of one size, sRGB of 8 bits. Their first
    pixel lies at `corner` of the image. Krita wants a key at frame 0."""
    # As Krita names them: the first frame bears the layer's name.
    frames = [_LAYER, *(f"{_LAYER}.f{number}" for number in range(1, len(keys)))]
    times = [time for time, _picture in keys]
    parts = {
        "maindoc.xml": _document(name, keys[0][1]),
        f"{_IMAGE}/layers/{_LISTED}": _list(frames, times, corner),
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        for part, root in parts.items():
            kind = f"<!DOCTYPE {root.tag}>"  # without, Krita does not know it
            archive.writestr(part, kind.encode() + tostring(root, "utf-8", xml_declaration=False))
        for frame, (_time, picture) in zip(frames, keys, strict=True):
            archive.writestr(f"{_IMAGE}/layers/{frame}", b"".join(_tiles(picture)))
            archive.writestr(f"{_IMAGE}/layers/{frame}.defaultpixel", bytes(4))


def _document(name: str, picture: Pixels) -> Element:
    root = Element("DOC", xmlns=_DOCUMENT, editor="Krita", syntaxVersion="2.0")
    colours = {"colorspacename": "RGBA", "profile": "sRGB-elle-V2-srgbtrc.icc"}
    size = {"width": str(picture.width), "height": str(picture.height)}
    other = {"name": _IMAGE, "mime": "application/x-kra", "x-res": "72", "y-res": "72"}
    image = SubElement(root, "IMAGE", {**other, **size, **colours})
    SubElement(
        SubElement(image, "layers"),
        "layer",
        nodetype="paintlayer",
        name=name,
        filename=_LAYER,
        keyframes=_LISTED,
        colorspacename=colours["colorspacename"],
        compositeop="normal",
        opacity="255",
        visible="1",
        intimeline="1",
        x="0",
        y="0",
    )
    return root


def _list(frames: list[str], times: list[int], corner: tuple[int, int]) -> Element:
    root = Element("keyframes", xmlns=_KEYS)
    channel = SubElement(root, "channel", name="content")
    x, y = map(str, corner)
    for frame, time in zip(frames, times, strict=True):
        key = SubElement(channel, "keyframe", {"time": str(time), "frame": frame})
        SubElement(key, "offset", type="point", x=x, y=y)
    return root


def _tiles(picture: Pixels) -> Iterator[bytes | memoryview]:
    data = memoryview(swap_red_and_blue(picture.data))
    across, down = -(-picture.width // _TILE), -(-picture.height // _TILE)
    head = {"VERSION": 2, "TILEWIDTH": _TILE, "TILEHEIGHT": _TILE, "PIXELSIZE": 4}
    for word, value in {**head, "DATA": across * down}.items():
        yield f"{word} {value}\n".encode()
    stride = picture.width * 4
    for top in range(0, picture.height, _TILE):
        rows = range(top, min(top + _TILE, picture.height))
        for left in range(0, picture.width, _TILE):
            begin, end = left * 4, min(left * 4 + _ROW, stride)
            tile = [data[row * stride + begin : row * stride + end] for row in rows]
            yield f"{left},{top},LZF,{1 + _TILE * _ROW}\n".encode() + _PLAIN
            if end - begin == _ROW:
                yield from tile
            else:
                rest = bytes(_ROW - (end - begin))
                yield from (part for row in tile for part in (row, rest))
            yield bytes(_ROW * (_TILE - len(rows)))
