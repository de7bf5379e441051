"""Krita's documents and layers, as the brain asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from krita import Krita

from draggan_server.host.layers.colour_space import ColourSpace
from draggan_server.host.layers.document import Kind, Node
from draggan_server.host.layers.editor import LayerBook
from draggan_server.host.layers.key_frames import key_file
from draggan_server.host.layers.timeline import Keys, Timeline
from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels

from .colours import SRGB8, space_of
from .qt import QApplication, QByteArray, QTimer, QUuid

BOOK = LayerBook()
"""Of all windows."""

_MASKS = ("transparencymask", "selectionmask")
_KINDS = {"paintlayer": Kind.PAINT, "grouplayer": Kind.GROUP}


def is_open(document: Any) -> bool:
    """Whether a document of Krita's is still there; asking a closed one may crash Krita."""
    return document is not None and document in Krita.instance().documents()


class KritaNode(Node):
    """`node` and its `document` are Krita's own."""

    def __init__(self, document: Any, node: Any) -> None:
        self.document = document
        self.node = node
        self.key: str = node.uniqueId().toString()
        self.name: str = node.name()
        self.kind = _KINDS.get(node.type(), Kind.OTHER)
        self.locked: bool = node.locked()
        self.offset = node.position().x(), node.position().y()
        self.space = space_of(node)

    @cached_property
    def content(self) -> Region:
        bounds = self.node.bounds()
        return Region(bounds.x(), bounds.y(), bounds.width(), bounds.height())

    @property
    def is_plain(self) -> bool:
        return (
            self.node.opacity() == 255
            and self.node.blendingMode() == "normal"
            and not self.node.inheritAlpha()
            and not self.node.childNodes()
            and all(channel.visible() for channel in self.node.channels())
        )

    @property
    def is_there(self) -> bool:
        return is_open(self.document) and self.node.parentNode() is not None

    def activate(self) -> None:
        self.document.setActiveNode(self.node)
        self.document.waitForDone()

    def pixels(self, region: Region) -> bytes:
        return _pixels(self.node, region)

    def mask(self, region: Region) -> bytes | None:
        masks = [one for one in self.node.childNodes() if one.type() in _MASKS]
        return _pixels(masks[0], region) if masks else None

    def show(self, visible: bool) -> None:
        self.node.setVisible(visible)
        self.document.refreshProjection()

    def copy_above(self, name: str, native: bytes, place: Region, alone: bool) -> KritaNode:
        copy = KritaNode(self.document, self.node.clone())
        copy.node.setName(name)
        copy.node.setLocked(False)
        copy.node.setVisible(True)
        if alone:
            around, size = copy.content, len(native) // (place.width * place.height)
            copy.write(bytes(size * around.width * around.height), around)
        return copy.add(native, place, self.node.parentNode(), self.node)

    def animate_above(self, name: str, keys: Keys, corner: tuple[int, int]) -> KritaNode | None:
        app = Krita.instance()
        with key_file(name, [time for time, _picture in keys]) as path:
            app.setBatchmode(True)  # else a dialog would say that the file lacks a preview
            opened = app.openDocument(path)
            app.setBatchmode(False)
        made = KritaNode(opened, opened.topLevelNodes()[0])
        for time, picture in keys:
            QApplication.processEvents()  # else Krita would stand still until the last
            opened.setCurrentTime(time)
            opened.waitForDone()
            size = picture.width, picture.height
            made.write(SRGB8.from_rgba8(picture.data, *size), Region(*corner, *size))
        if not self.is_there:
            return None
        made.node.setOpacity(self.node.opacity())
        made.node.setBlendingMode(self.node.blendingMode())  # in no document Krita would crash
        made.node.setInheritAlpha(self.node.inheritAlpha())
        made.node.setColorLabel(self.node.colorLabel())
        for mask in self.node.childNodes():
            made.node.addChildNode(mask.clone(), None)
        opened.waitForDone()
        layer = made.node.clone()
        self.node.parentNode().addChildNode(layer, self.node)
        self.document.refreshProjection()
        QTimer.singleShot(0, lambda: opened.close())  # which takes Krita a while
        return KritaNode(self.document, layer)

    def write(self, native: bytes, place: Region) -> None:
        """Put bytes into the layer, which Krita does not record for undo."""
        self.node.setPixelData(QByteArray(native), place.x, place.y, place.width, place.height)

    def add(self, native: bytes, place: Region, parent: Any, above: Any) -> KritaNode:
        """Put the layer, which is in no document yet, into its own, with these bytes: above one of
        Krita's, or where that is None on top of all in the parent. The layer as it is then."""
        # Pixels first: Krita records only the adding, which then brings the pixels with it.
        self.write(native, place)
        parent.addChildNode(self.node, above)
        self.document.refreshProjection()
        return KritaNode(self.document, self.node)


@dataclass(frozen=True)
class KritaDocument:
    """`document` is Krita's own."""

    document: Any

    @property
    def is_open(self) -> bool:
        return is_open(self.document)

    @property
    def size(self) -> tuple[int, int]:
        return self.document.width(), self.document.height()

    @property
    def space(self) -> ColourSpace:
        return space_of(self.document)

    @property
    def timeline(self) -> Timeline:
        it = self.document
        played = it.playBackStartTime(), it.playBackEndTime()
        whole = it.fullClipRangeStartTime(), it.fullClipRangeEndTime()
        return Timeline(it.currentTime(), *played, *whole, it.framesPerSecond())

    def reach(self, frame: int) -> None:
        self.document.setFullClipRangeEndTime(max(frame, self.document.fullClipRangeEndTime()))

    def others(self) -> Iterator[KritaDocument]:
        opened = Krita.instance().documents()
        return (KritaDocument(other) for other in opened if other != self.document)

    def active(self) -> KritaNode | None:
        """Also where one of its masks is active."""
        node = self.document.activeNode()
        while node is not None and node.type().endswith("mask"):
            node = node.parentNode()
        # A mask of the whole image, such as the selection, hangs on the root, which is no layer.
        return None if node is None or node.parentNode() is None else KritaNode(self.document, node)

    def find(self, key: str) -> KritaNode | None:
        node = self.document.nodeByUniqueID(QUuid(key))
        return None if node is None else KritaNode(self.document, node)

    def read(self, annotation: str) -> bytes:
        return bytes(self.document.annotation(annotation))

    def write(self, annotation: str, description: str, data: bytes) -> None:
        self.document.setAnnotation(annotation, description, QByteArray(data))
        self.document.setModified(True)

    def selected_bounds(self) -> Region | None:
        it = self.document.selection()
        return None if it is None else Region(it.x(), it.y(), it.width(), it.height())

    def selected(self, region: Region) -> bytes | None:
        selection = self.document.selection()
        return None if selection is None else _pixels(selection, region)

    def add(self, name: str, native: bytes, place: Region, above: str) -> KritaNode:
        node = KritaNode(self.document, self.document.createNode(name, "paintlayer"))
        below = self.find(above) if above else None
        if below is None:
            return node.add(native, place, self.document.rootNode(), None)
        return node.add(native, place, below.node.parentNode(), below.node)


def new_document(name: str, picture: Pixels) -> tuple[KritaDocument, KritaNode]:
    """A document of a picture's size that is in no window yet, whose only layer shows that."""
    width, height = picture.width, picture.height
    document = Krita.instance().createDocument(width, height, name, *SRGB8.names, 72.0)
    node = document.topLevelNodes()[0]
    node.setName(name)
    layer = KritaNode(document, node)
    layer.write(SRGB8.from_rgba8(picture.data, width, height), Region(0, 0, width, height))
    return KritaDocument(document), layer


def _pixels(thing: Any, region: Region) -> bytes:
    """The bytes of a layer or a selection in a region of the image, as Krita keeps them."""
    return bytes(thing.pixelData(region.x, region.y, region.width, region.height))
