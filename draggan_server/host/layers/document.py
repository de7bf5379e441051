"""What is asked of an editor's documents and of the layers in them. Regions are in pixels of the
image."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from draggan_server.host.affine import Affine
from draggan_server.host.layers.timeline import Keys, Timeline
from draggan_server.host.region import Region
from draggan_server.host.request import Layer
from draggan_server.host.results import Found
from draggan_server.wire.messages import Pixels


class Kind(enum.Enum):
    """What a layer is."""

    PAINT = "pixels of its own"
    GROUP = "other layers"
    OTHER = "something else, such as shapes"


class Space(Protocol):
    """What bytes of a layer or a document mean; those of equal spaces can be compared."""

    @property
    def is_rgba8(self) -> bool:
        """Whether a pixel has four bytes, the last of which is its opacity."""

    def to_rgba8(self, data: bytes, width: int, height: int) -> bytes:
        """The editor's bytes of a picture as sRGB RGBA8."""

    def from_rgba8(self, rgba: bytes, width: int, height: int) -> bytes:
        """The other way round."""


class Node(ABC):
    """A layer as it is for a moment: what it was once asked for may be answered so again. A `Sheet`
    as well."""

    key: str
    name: str
    kind: Kind
    locked: bool
    offset: tuple[int, int]
    space: Space

    @property
    @abstractmethod
    def content(self) -> Region:
        """The smallest rectangle that holds all of its pixels; of no size for an empty one."""

    @property
    @abstractmethod
    def is_plain(self) -> bool:
        """Whether its pixels are seen as they are, with nothing of what is below them."""

    @property
    @abstractmethod
    def is_there(self) -> bool:
        """Whether it is still in its document, and that one open."""

    @abstractmethod
    def activate(self) -> None:
        """Let it be the layer that the user works on. It must be there."""

    @abstractmethod
    def pixels(self, region: Region) -> bytes:
        """As the editor keeps them."""

    @abstractmethod
    def mask(self, region: Region) -> bytes | None:
        """The mask that it has in the editor, a byte a pixel; None where it has none."""

    @abstractmethod
    def show(self, visible: bool) -> None:
        """Let it be seen, or not any more."""

    @abstractmethod
    def copy_above(self, name: str, native: bytes, place: Region, alone: bool) -> Node:
        """A copy above it, seen and not locked, with other bytes in a `place`, and `alone`: with
        nothing around that. One undo step."""

    @abstractmethod
    def animate_above(self, name: str, keys: Keys, corner: tuple[int, int]) -> Node | None:
        """An animated layer above it, seen and not locked, that looks as this one does but for its
        pictures, whose first pixels lie at `corner` of the image. One undo step. The editor goes on
        meanwhile: None where this one is not there any more at the end."""

    def shows(self, x: int, y: int) -> bool:
        """Whether there is anything of it in a pixel."""
        return any(self.pixels(Region(x, y, 1, 1))[-1:])

    def rgba(self, region: Region) -> Pixels:
        """How the wire has what it shows there."""
        size = region.width, region.height
        return Pixels(*size, 4, self.space.to_rgba8(self.pixels(region), *size))

    @cached_property
    def _fingerprints(self) -> dict[Region, str]:
        return {}

    def fingerprint(self, region: Region) -> str:
        """Of the picture that it shows there."""
        if region not in self._fingerprints:
            self._fingerprints[region] = self.rgba(region).fingerprint()
        return self._fingerprints[region]


class Document(Protocol):
    """Equal where it is the same one. All but `is_open` only while it is open."""

    @property
    def is_open(self) -> bool: ...

    @property
    def size(self) -> tuple[int, int]:
        """Of the image, in pixels."""

    @property
    def space(self) -> Space:
        """Of a new layer."""

    @property
    def timeline(self) -> Timeline:
        """Of its animation."""

    def reach(self, frame: int) -> None:
        """Let what is played reach to that frame at least."""

    def others(self) -> Iterable[Document]:
        """Those that are open beside it."""

    def active(self) -> Node | None:
        """The layer that the user works on."""

    def find(self, key: str) -> Node | None:
        """The layer of that key, which undo and redo leave as it is."""

    def read(self, annotation: str) -> bytes:
        """What it keeps by that name; empty where it keeps nothing."""

    def write(self, annotation: str, description: str, data: bytes) -> None:
        """Keep that, to be saved with it."""

    def add(self, name: str, native: bytes, place: Region, above: str) -> Node:
        """A new layer of these bytes above the one of that key, or where that is empty on top of
        all. One undo step."""

    def selected_bounds(self) -> Region | None:
        """What is selected lies within; None where nothing is."""

    def selected(self, region: Region) -> bytes | None:
        """How much of each pixel is selected, a byte for each; None where nothing is."""


@dataclass(frozen=True)
class PictureLayer(Layer):
    """A layer as it was when it was looked at: its picture lay in `region`, and its own offset was
    `offset`. `native` are the bytes of `region` in `space`."""

    document: Document
    region: Region
    offset: tuple[int, int]
    space: Space
    native: bytes

    @property
    def to_picture(self) -> Affine:
        """From pixels of the layer, (0, 0) at its offset, to those of the picture."""
        return self.region.way_from(self.offset)

    @property
    def node(self) -> Node | None:
        """The layer as it is now; None where it was removed. The document must be open."""
        return self.document.find(self.key)

    @property
    def place(self) -> Region:
        """Where its picture lies now. The layer must be there."""
        node = self.node
        assert node is not None, "the layer is there"
        return self.region.carried(self.offset, node.offset)

    def found(self) -> Found:
        """What became of it."""
        if not self.document.is_open:
            return Found.CLOSED
        return Found.REMOVED if self.node is None else Found.THERE

    def is_in(self, document: Document) -> bool:
        """Whether it is there, in that document."""
        return self.document == document and self.node is not None
