"""Layers of an .xcf file, read without GIMP: by the format's own description, `devel-docs/xcf.txt`
among GIMP's sources."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

_TILE = 64
_END, _COMPRESSION, _OFFSETS, _PARASITES = 0, 17, 15, 21  # properties
_GROUP, _PATH = 29, 30
_RUNS, _ZLIB = 1, 2  # compressions
_BYTES = {150: 1, 250: 2, 350: 4, 650: 4}
"""Of a channel, by what the file says of its precision; the last are floats. None is linear."""

Picture = np.ndarray  # [H, W, C] of whole numbers; those of floats are their bits


@dataclass(frozen=True)
class Layer:
    """`offset` (x, y) is where it lies in the image; `parasites` are its texts by their names.
    `path`: of one in a group, that one's place, and its own in there."""

    name: str
    picture: Picture
    offset: tuple[int, int] = (0, 0)
    parasites: Mapping[str, str] = field(default_factory=dict)
    path: tuple[int, ...] = ()
    is_group: bool = False


class _File:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def take(self, count: int) -> bytes:
        taken = self._data[self.at : self.at + count]
        assert len(taken) == count, "the file ends too early"
        self.at += count
        return taken

    def rest(self) -> bytes:
        return self._data[self.at :]

    def number(self, kind: str = "I") -> int:
        return int(struct.unpack(f">{kind}", self.take(struct.calcsize(kind)))[0])

    def text(self) -> str:
        """With a zero at its end, which its length counts, too."""
        return self.take(self.number())[:-1].decode()

    def properties(self) -> Iterator[tuple[int, int]]:
        """Each one's kind and where its data end; they begin where the file stands then."""
        while (kind := self.number()) != _END:
            size = self.number()
            end = self.at + size
            yield kind, end
            self.at = end
        self.take(4)  # the size of nothing


def layers_of(path: Path) -> list[Layer]:
    """From the top of the image, those of a group after it. Not linear ones only."""
    file = _File(path.read_bytes())
    magic = file.take(14)
    assert magic[:10] == b"gimp xcf v", magic
    pointer = "Q" if int(magic[10:13]) >= 11 else "I"
    file.take(12)  # width, height, kind of colours
    depth = _BYTES[file.number()]
    compression = 0
    for kind, _ in file.properties():
        if kind == _COMPRESSION:
            compression = file.number("B")
    places = []
    while place := file.number(pointer):
        places.append(place)
    return [_layer(file, place, pointer, compression, depth) for place in places]


def _layer(file: _File, place: int, pointer: str, compression: int, depth: int) -> Layer:
    file.at = place
    width, height, _ = file.number(), file.number(), file.number()
    name, offset, parasites = file.text(), (0, 0), {}
    path: tuple[int, ...] = ()
    is_group = False
    for kind, end in file.properties():
        if kind == _OFFSETS:
            offset = file.number("i"), file.number("i")
        is_group = is_group or kind == _GROUP
        while kind == _PATH and file.at < end:
            path = (*path, file.number())
        while kind == _PARASITES and file.at < end:
            called, _flags = file.text(), file.number()
            parasites[called] = file.take(file.number()).rstrip(b"\0").decode()
    file.at = file.number(pointer)  # the hierarchy
    file.take(8)
    size = file.number()  # of a pixel
    file.at = file.number(pointer)  # its first level, which is all of it
    assert (file.number(), file.number()) == (width, height)
    picture = np.zeros((height, width, size), np.uint8)
    corners = [(x, y) for y in range(0, height, _TILE) for x in range(0, width, _TILE)]
    starts = [file.number(pointer) for _ in corners]
    for (x, y), start in zip(corners, starts, strict=True):
        across, down = min(_TILE, width - x), min(_TILE, height - y)
        file.at = start
        picture[y : y + down, x : x + across] = _tile(file, across, down, size, compression)
    return Layer(name, picture.view(f">u{depth}"), offset, parasites, path, is_group)


def _tile(file: _File, across: int, down: int, size: int, compression: int) -> Picture:
    count = across * down
    if compression == _RUNS:
        planes = [np.frombuffer(_runs(file, count), np.uint8) for _ in range(size)]
        return np.stack(planes, axis=1).reshape(down, across, size)
    if compression == _ZLIB:
        raw = zlib.decompressobj().decompress(file.rest(), count * size)
    else:
        raw = file.take(count * size)
    return np.frombuffer(raw, np.uint8).reshape(down, across, size)


def _runs(file: _File, count: int) -> bytes:
    """One channel: an operation says that one byte repeats, or how many follow as they are."""
    out = bytearray()
    while len(out) < count:
        operation = file.number("B")
        if operation < 127:
            out += file.take(1) * (operation + 1)
        elif operation == 127:
            length = file.number("H")
            out += file.take(1) * length
        elif operation == 128:
            out += file.take(file.number("H"))
        else:
            out += file.take(256 - operation)
    assert len(out) == count
    return bytes(out)
