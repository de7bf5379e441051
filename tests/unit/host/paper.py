"""Documents and layers that are nothing but data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from draggan_server.host.layers.document import Document, Kind, Node
from draggan_server.host.layers.timeline import Keys, Timeline
from draggan_server.host.region import Region


@dataclass(frozen=True)
class PaperSpace:
    """Its bytes are sRGB RGBA8 as they are."""

    name: str = "paper"
    is_rgba8: bool = True

    def to_rgba8(self, data: bytes, width: int, height: int) -> bytes:
        assert len(data) == width * height * 4
        return data

    def from_rgba8(self, rgba: bytes, width: int, height: int) -> bytes:
        return self.to_rgba8(rgba, width, height)


class PaperNode(Node):
    """A layer with the RGBA bytes `data` in `region`, in a document `of`."""

    def __init__(
        self, of: PaperDocument, key: str, region: Region, data: bytes, **other: Any
    ) -> None:
        self.of, self.key, self.region, self.data = of, key, region, data
        self.name, self.kind, self.locked = key.title(), Kind.PAINT, False
        self.offset, self.space = (0, 0), PaperSpace()
        self.plain, self.visible = True, True
        self.masked: int | None = None  # its mask is of one grey
        for name, value in other.items():
            setattr(self, name, value)

    @property
    def content(self) -> Region:
        return self.region

    @property
    def is_plain(self) -> bool:
        return self.plain

    @property
    def is_there(self) -> bool:
        return self.of.is_open and self.of.find(self.key) is self

    def activate(self) -> None:
        self.of.active_key = self.key

    def pixels(self, region: Region) -> bytes:
        return b"".join(
            self._pixel(x, y)
            for y in range(region.y, region.y + region.height)
            for x in range(region.x, region.x + region.width)
        )

    def _pixel(self, x: int, y: int) -> bytes:
        across, down = x - self.region.x, y - self.region.y
        if 0 <= across < self.region.width and 0 <= down < self.region.height:
            start = (down * self.region.width + across) * 4
            return self.data[start : start + 4]
        return bytes(4)

    def mask(self, region: Region) -> bytes | None:
        if self.masked is None:
            return None
        return bytes([self.masked]) * (region.width * region.height)

    def show(self, visible: bool) -> None:
        self.visible = visible

    def copy_above(self, name: str, native: bytes, place: Region, alone: bool) -> PaperNode:
        key = f"{self.key} copy {len(self.of.nodes)}"
        copy = PaperNode(self.of, key, place, native, name=name, offset=self.offset)
        copy.plain, copy.alone = self.plain, alone  # type: ignore[attr-defined]
        self.of.nodes.append(copy)
        return copy

    def animate_above(self, name: str, keys: Keys, corner: tuple[int, int]) -> PaperNode:
        picture = keys[0][1]
        region = Region(*corner, picture.width, picture.height)
        layer = self.copy_above(name, picture.data, region, alone=True)
        layer.keys, layer.corner = keys, corner  # type: ignore[attr-defined]
        return layer

    def move(self, dx: int, dy: int) -> None:
        self.region = self.region.moved(dx, dy)
        self.offset = self.offset[0] + dx, self.offset[1] + dy


@dataclass(eq=False)
class PaperDocument:
    """`selection` says of an image's pixel how much of it is selected, within `bounds`."""

    size: tuple[int, int] = (64, 64)
    nodes: list[PaperNode] = field(default_factory=list)
    active_key: str = ""
    is_open: bool = True
    end: int = 100
    bounds: Region | None = None
    annotations: dict[str, bytes] = field(default_factory=dict)
    beside: list[PaperDocument] = field(default_factory=list)

    def layer(self, key: str, region: Region, shade: int = 255, **other: Any) -> PaperNode:
        """An active layer of one grey, opaque."""
        data = bytes([shade, shade, shade, 255]) * (region.width * region.height)
        node = PaperNode(self, key, region, data, **other)
        self.nodes.append(node)
        node.activate()
        return node

    @property
    def space(self) -> PaperSpace:
        return PaperSpace()

    @property
    def timeline(self) -> Timeline:
        return Timeline(0, 0, self.end, 0, self.end, 24)

    def reach(self, frame: int) -> None:
        self.end = max(self.end, frame)

    def others(self) -> Iterable[Document]:
        return self.beside

    def active(self) -> PaperNode | None:
        return self.find(self.active_key)

    def find(self, key: str) -> PaperNode | None:
        return next((node for node in self.nodes if node.key == key), None)

    def read(self, annotation: str) -> bytes:
        return self.annotations.get(annotation, b"")

    def write(self, annotation: str, description: str, data: bytes) -> None:
        assert description
        self.annotations[annotation] = data

    def add(self, name: str, native: bytes, place: Region, above: str) -> PaperNode:
        node = PaperNode(self, f"added {len(self.nodes)}", place, native, name=name)
        places = [one.key for one in self.nodes]
        self.nodes.insert(places.index(above) + 1 if above else len(places), node)
        return node

    def selected_bounds(self) -> Region | None:
        return self.bounds

    def selected(self, region: Region) -> bytes | None:
        if self.bounds is None:
            return None
        return bytes(
            255 if not self.bounds.overlap(Region(x, y, 1, 1)).is_empty else 0
            for y in range(region.y, region.y + region.height)
            for x in range(region.x, region.x + region.width)
        )


def reopened(document: PaperDocument) -> PaperDocument:
    """The same one, opened from its file by another program."""
    again = replace(document, nodes=[], annotations=dict(document.annotations))
    for node in document.nodes:
        same = PaperNode(again, node.key, node.region, node.data, offset=node.offset)
        again.nodes.append(same)
    return again
