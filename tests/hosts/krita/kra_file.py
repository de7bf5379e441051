"""What a .kra file keeps, read without Krita: layers, masks, key frames, notes. 8 bits only."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

_DOCUMENT = "{http://www.calligra.org/DTD/krita}"
_KEYS = "{http://www.calligra.org/DTD/krita-keyframes}"
_BORDER = 4096  # pixels on all sides, for tiles that reach beyond the image

Picture = np.ndarray  # [H, W, 4] of uint8, BGRA; of a mask [H, W]


@dataclass(frozen=True)
class Layer:
    """What it shows of the image from (0, 0) on, and what its masks let be seen, by their names.
    `key` is Krita's name of it."""

    name: str
    key: str
    picture: Picture
    masks: dict[str, Picture]


@dataclass(frozen=True)
class AnimatedLayer:
    """`frames`: of each key frame, by its time, what it shows of the image from (0, 0) on."""

    name: str
    frames: dict[int, Picture]


@dataclass(frozen=True)
class _Opened:
    archive: zipfile.ZipFile
    image: ElementTree.Element

    def read(self, part: str) -> bytes:
        return self.archive.read(f"{self.image.get('name')}/{part}")

    def picture(self, file: str, corner: tuple[int, int], ground: bytes) -> Picture:
        size = int(self.image.get("width", "")), int(self.image.get("height", ""))
        return _picture(self.read(f"layers/{file}"), corner, size, ground)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    with zipfile.ZipFile(path) as archive:
        image = ElementTree.fromstring(archive.read("maindoc.xml")).find(f"{_DOCUMENT}IMAGE")
        assert image is not None
        yield _Opened(archive, image)


def layers(path: Path) -> list[Layer]:
    """The paint layers, from the top of the image."""
    with _opened(path) as file:
        return [
            Layer(
                layer.get("name", ""),
                layer.get("uuid", ""),
                _of_layer(file, layer),
                {
                    mask.get("name", ""): _of_mask(file, mask)
                    for mask in layer.iter(f"{_DOCUMENT}mask")
                },
            )
            for layer in file.image.iter(f"{_DOCUMENT}layer")
        ]


def note(path: Path, key: str) -> bytes:
    """What a plug-in has noted in the document."""
    with _opened(path) as file:
        return file.read(f"annotations/{key}")


def _of_layer(file: _Opened, layer: ElementTree.Element) -> Picture:
    name = layer.get("filename", "")
    return file.picture(name, _corner(layer), file.read(f"layers/{name}.defaultpixel"))


def _of_mask(file: _Opened, mask: ElementTree.Element) -> Picture:
    name = mask.get("filename", "")
    ground = file.read(f"layers/{name}.pixelselection.defaultpixel")
    return file.picture(f"{name}.pixelselection", _corner(mask), ground)[..., 0]


def _corner(element: ElementTree.Element) -> tuple[int, int]:
    return int(element.get("x", "")), int(element.get("y", ""))


def animated_layers(path: Path) -> list[AnimatedLayer]:
    """Those that have key frames, from the top of the image."""
    with _opened(path) as file:
        found = []
        for layer in file.image.iter(f"{_DOCUMENT}layer"):
            listed = layer.get("keyframes")
            if listed is None:
                continue
            keys = ElementTree.fromstring(file.read(f"layers/{listed}"))
            frames = {}
            for key in keys.iter(f"{_KEYS}keyframe"):
                offset = key.find(f"{_KEYS}offset")
                assert offset is not None
                frame = file.picture(key.get("frame", ""), _corner(offset), bytes(4))
                frames[int(key.get("time", ""))] = frame
            found.append(AnimatedLayer(layer.get("name", ""), frames))
        return found


def _picture(data: bytes, corner: tuple[int, int], size: tuple[int, int], ground: bytes) -> Picture:
    said, at = {}, 0
    while "DATA" not in said:
        end = data.index(b"\n", at)
        word, _, value = data[at:end].decode().partition(" ")
        said[word], at = int(value), end + 1
    across, down, pixel = said["TILEWIDTH"], said["TILEHEIGHT"], said["PIXELSIZE"]
    assert (said["VERSION"], pixel) == (2, len(ground))
    width, height = size
    canvas = np.empty((height + 2 * _BORDER, width + 2 * _BORDER, pixel), np.uint8)
    canvas[:] = np.frombuffer(ground, np.uint8)
    for _ in range(said["DATA"]):
        end = data.index(b"\n", at)
        left, top, packing, length = data[at:end].decode().split(",")
        assert packing == "LZF"
        packed, at = data[end + 1 : end + 1 + int(length)], end + 1 + int(length)
        if packed[0]:
            planes = np.frombuffer(_unpack(packed[1:], across * down * pixel), np.uint8)
            tile = planes.reshape(pixel, down, across).transpose(1, 2, 0)
        else:
            tile = np.frombuffer(packed[1:], np.uint8).reshape(down, across, pixel)
        y, x = _BORDER + int(top) + corner[1], _BORDER + int(left) + corner[0]
        canvas[y : y + down, x : x + across] = tile
    return canvas[_BORDER : _BORDER + height, _BORDER : _BORDER + width].copy()


def _unpack(packed: bytes, size: int) -> bytes:
    """LZF: below 32 the length of what stands there; else the length of, and the way back to, what
    is repeated."""
    out, at = bytearray(), 0
    while at < len(packed):
        control, at = packed[at], at + 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length, at = length + packed[at], at + 1
        start, at = len(out) - ((control & 31) << 8) - packed[at] - 1, at + 1
        for place in range(start, start + length + 2):
            out.append(out[place])
    assert len(out) == size
    return bytes(out)
