"""A node of Krita's as a sheet."""

from __future__ import annotations

from typing import Any

from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels

from .colours import ColourSpace, to_rgba8
from .nodes import bounds_of, offset_of, pixels_of


class NodeSheet:
    """A layer as it is for a moment: what it was once asked for may be answered so again."""

    def __init__(self, node: Any) -> None:
        self._node = node
        self.name: str = node.name()
        self.offset = offset_of(node)
        self.content = bounds_of(node)
        self.space = ColourSpace.of(node)
        self._fingerprints: dict[Region, str] = {}

    def pixels(self, region: Region) -> bytes:
        return pixels_of(self._node, region)

    def shows(self, x: int, y: int) -> bool:
        return any(self.pixels(Region(x, y, 1, 1))[-1:])

    def fingerprint(self, region: Region) -> str:
        if region not in self._fingerprints:
            size = region.width, region.height
            picture = Pixels(*size, 4, to_rgba8(self.pixels(region), *size, self.space))
            self._fingerprints[region] = picture.fingerprint()
        return self._fingerprints[region]
