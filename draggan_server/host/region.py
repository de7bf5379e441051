"""Rectangles of whole pixels: where the picture that is dragged lies on its layer, or the image."""

from __future__ import annotations

import json
from dataclasses import dataclass

from draggan_server.host.affine import Affine
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document


@dataclass(frozen=True)
class Region:
    """A rectangle; its first pixel is (x, y). One of no width or height holds nothing."""

    x: int
    y: int
    width: int
    height: int

    def moved(self, dx: int, dy: int) -> Region:
        return Region(self.x + dx, self.y + dy, self.width, self.height)

    @property
    def is_empty(self) -> bool:
        return min(self.width, self.height) < 1

    def carried(self, before: tuple[int, int], after: tuple[int, int]) -> Region:
        """Where it lies once its layer's offset has changed."""
        return self.moved(after[0] - before[0], after[1] - before[1])

    def way_from(self, offset: tuple[int, int]) -> Affine:
        """From the pixels of a layer of that offset to those of this region."""
        return Affine(e=offset[0] - self.x, f=offset[1] - self.y)

    def middle(self, width: int, height: int) -> Region:
        """One of that size in the middle of this one."""
        x, y = self.x + (self.width - width) // 2, self.y + (self.height - height) // 2
        return Region(x, y, width, height)

    def overlap(self, other: Region) -> Region:
        """What both hold; of no size where that is nothing."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Region(left, top, max(right - left, 0), max(bottom - top, 0))


@dataclass(frozen=True)
class KeptRegion:
    """A region of a layer, as it is kept with it: the layer had `width` x `height` pixels. The
    `fingerprint` tells the picture that lay there from others; empty where it was not kept."""

    region: Region
    width: int
    height: int
    fingerprint: str = ""

    def at_size(self, width: int, height: int) -> Region:
        """The region on the layer scaled to another size, to whole pixels."""
        across, down = width / self.width, height / self.height
        left = min(round(self.region.x * across), width - 1)
        top = min(round(self.region.y * down), height - 1)
        right = round((self.region.x + self.region.width) * across)
        bottom = round((self.region.y + self.region.height) * down)
        return Region(left, top, max(right - left, 1), max(bottom - top, 1))

    def to_json(self) -> str:
        region = self.region
        sides = region.x, region.y, region.width, region.height
        document = to_document(_Record(sides, (self.width, self.height), self.fingerprint))
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> KeptRegion | None:
        """None for what is no such region, or one that reaches beyond its layer."""
        try:
            record = from_document(_Record, parse(text))
        except ProtocolError:
            return None
        region = Region(*record.region)
        width, height = record.size
        layer = Region(0, 0, width, height)
        inside = region.overlap(layer) == region and min(region.width, region.height) > 0
        return cls(region, width, height, record.fingerprint) if inside else None


@dataclass(frozen=True)
class _Record:
    """`KeptRegion` as it is written: x, y, width and height; the layer's size."""

    region: tuple[int, int, int, int]
    size: tuple[int, int]
    fingerprint: str = ""
