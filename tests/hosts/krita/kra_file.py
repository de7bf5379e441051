"""Animated layers of a .kra file, read without Krita."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

_DOCUMENT = "{http://www.calligra.org/DTD/krita}"
_KEYS = "{http://www.calligra.org/DTD/krita-keyframes}"

Picture = np.ndarray  # [H, W, 4] of uint8, BGRA


@dataclass(frozen=True)
class AnimatedLayer:
    """`frames`: of each key frame, by its time, what it shows of the image from (0, 0) on."""

    name: str
    frames: dict[int, Picture]


def animated_layers(path: Path) -> list[AnimatedLayer]:
    """Those that have key frames, from the top of the image. 8 bits a channel only."""
    with zipfile.ZipFile(path) as archive:
        image = ElementTree.fromstring(archive.read("maindoc.xml")).find(f"{_DOCUMENT}IMAGE")
        assert image is not None
        size = int(image.get("width", "")), int(image.get("height", ""))
        folder = f"{image.get('name')}/layers/"
        found = []
        for layer in image.iter(f"{_DOCUMENT}layer"):
            listed = layer.get("keyframes")
            if listed is None:
                continue
            keys = ElementTree.fromstring(archive.read(folder + listed))
            frames = {}
            for key in keys.iter(f"{_KEYS}keyframe"):
                offset = key.find(f"{_KEYS}offset")
                assert offset is not None
                corner = int(offset.get("x", "")), int(offset.get("y", ""))
                tiles = archive.read(folder + key.get("frame", ""))
                frames[int(key.get("time", ""))] = _picture(tiles, corner, size)
            found.append(AnimatedLayer(layer.get("name", ""), frames))
        return found


def _picture(data: bytes, corner: tuple[int, int], size: tuple[int, int]) -> Picture:
    said, at = {}, 0
    while "DATA" not in said:
        end = data.index(b"\n", at)
        word, _, value = data[at:end].decode().partition(" ")
        said[word], at = int(value), end + 1
    across, down, pixel = said["TILEWIDTH"], said["TILEHEIGHT"], said["PIXELSIZE"]
    assert (said["VERSION"], pixel) == (2, 4)
    width, height = size
    # With a border on all sides for tiles that reach beyond.
    canvas = np.zeros((height + 2 * 4096, width + 2 * 4096, 4), np.uint8)
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
        y, x = 4096 + int(top) + corner[1], 4096 + int(left) + corner[0]
        canvas[y : y + down, x : x + across] = tile
    return canvas[4096 : 4096 + height, 4096 : 4096 + width].copy()


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
