"""GIMP's layers, as the brain asks for them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from gi.repository import Gimp

from draggan_server.host.dialog.item import Item
from draggan_server.host.dialog.layer import DialogLayer, look
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals
from draggan_server.host.translation import tr_count
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

from .paths import add_path, selected_pairs
from .pixels import keep_pixels, read_mask, read_rgba, read_selection, write_rgba

_LASTING, _PASSING = 3, 0
"""PERSISTENT | UNDOABLE: without the second, undo over the layer pops up an error in GIMP. Or only
as long as the image is open."""
_PLAIN_MODES = (Gimp.LayerMode.NORMAL, Gimp.LayerMode.NORMAL_LEGACY)


class GimpItem(Item):
    """`layer` and its `image` are GIMP's own; notes are parasites, which travel in the XCF file."""

    def __init__(self, image: Gimp.Image, layer: Gimp.Layer) -> None:
        self.image = image
        self.layer = layer
        self.key = str(layer.get_id())

    @property
    def name(self) -> str:
        return str(self.layer.get_name())

    def found(self) -> Found:
        if self.layer.is_valid() and self.layer.get_image() is not None:
            return Found.THERE
        # Asked after the layer: the image may be closed between the two.
        return Found.REMOVED if self.image.is_valid() else Found.CLOSED

    def check_kind(self) -> None:
        if self.layer.is_group():
            raise BadInput(refusals.GROUP, name=self.name)
        # From GIMP 3.2 on, which lets nobody write into such a layer.
        if not getattr(self.layer, "is_rasterized", lambda: True)():
            raise BadInput(refusals.NOT_RASTERIZED, name=self.name)
        if self.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            raise BadInput(refusals.INDEXED)

    @property
    def locked_by(self) -> str:
        item = self.layer
        while item is not None and not item.get_lock_content():
            item = item.get_parent()
        return "" if item is None else str(item.get_name())

    def size(self) -> tuple[int, int]:
        return self.layer.get_width(), self.layer.get_height()

    @property
    def offset(self) -> tuple[int, int]:
        _ok, x, y = self.layer.get_offsets()
        return x, y

    @property
    def is_plain(self) -> bool:
        return (
            self.layer.get_opacity() == 100.0
            and self.layer.get_mode() in _PLAIN_MODES
            and self.layer.get_mask() is None
            and not self.layer.get_filters()
        )

    @property
    def has_alpha(self) -> bool:
        return bool(self.layer.has_alpha())

    def rgba(self, region: Region) -> Pixels:
        return read_rgba(self.layer, region)

    def selected_bounds(self) -> Region | None:
        _ok, there, left, top, right, bottom = Gimp.Selection.bounds(self.image)
        x, y = self.offset
        return Region(left - x, top - y, right - left, bottom - top) if there else None

    def selected(self, region: Region) -> Pixels | None:
        return read_selection(self.image, region.moved(*self.offset))

    def mask(self, region: Region) -> Pixels | None:
        mask = self.layer.get_mask()
        return None if mask is None else read_mask(mask, region)

    @property
    def above(self) -> GimpItem | None:
        parent, place = self.layer.get_parent(), self.image.get_item_position(self.layer)
        beside = self.image.get_layers() if parent is None else parent.get_children()
        return GimpItem(self.image, beside[place - 1]) if place else None

    def path_pairs(self) -> list[PointPair]:
        return selected_pairs(self.image)

    def read(self, name: str) -> str:
        parasite = self.layer.get_parasite(name)
        if parasite is None:
            return ""
        return bytes(parasite.get_data()).decode("ascii", errors="replace")

    def write(self, name: str, text: str, lasting: bool = True) -> None:
        if text:
            flags = _LASTING if lasting else _PASSING
            self.layer.attach_parasite(Gimp.Parasite.new(name, flags, text.encode("ascii")))
        else:
            self.layer.detach_parasite(name)

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        self.image.undo_group_start()
        try:
            yield
        finally:
            self.image.undo_group_end()
            Gimp.displays_flush()

    def copied(self, name: str) -> GimpItem:
        copy = GimpItem(self.image, self.layer.copy())
        copy.layer.set_name(name)
        copy.layer.set_visible(True)
        return copy

    def blank(self, name: str, width: int, height: int) -> GimpItem:
        return new_item(self.image, name, width, height)

    def write_rgba(self, picture: Pixels, region: Region, movable_mask: Pixels | None) -> None:
        write_rgba(self.layer, picture, region, movable_mask)

    def keep_pixels(self) -> None:
        keep_pixels(self.layer)

    def move_to(self, offset: tuple[int, int]) -> None:
        self.layer.set_offsets(*offset)

    def add_alpha(self) -> None:
        self.layer.add_alpha()

    def put_above(self, other: GimpItem | None) -> bool:
        parent, position = None, 0
        if other is not None:
            parent = other.layer.get_parent()
            position = self.image.get_item_position(other.layer)
        return bool(self.image.insert_layer(self.layer, parent, position))

    def wrap(self, name: str) -> None:
        group = GimpItem(self.image, Gimp.GroupLayer.new(self.image, name))
        group.layer.set_mode(Gimp.LayerMode.PASS_THROUGH)
        group.put_above(self)
        self.image.reorder_item(self.layer, group.layer, 0)

    def remove(self) -> None:
        self.image.remove_layer(self.layer)

    def add_path(self, name: str, pairs: Sequence[PointPair]) -> None:
        add_path(self.image, name, pairs)

    def hide(self) -> None:
        self.layer.set_visible(False)


SourceLayer = DialogLayer[GimpItem]


def find_source(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> SourceLayer:
    """The layer that is to be dragged. Raises `BadInput` with what is wrong with it."""
    if len(drawables) != 1:
        raise BadInput(tr_count(refusals.MANY_LAYERS, len(drawables)))
    layer = drawables[0]
    if isinstance(layer, Gimp.LayerMask):
        layer = Gimp.Layer.from_mask(layer)
    if not isinstance(layer, Gimp.Layer):
        raise BadInput(refusals.CHANNEL, name=layer.get_name())
    return look(GimpItem(image, layer))


def new_item(image: Gimp.Image, name: str, width: int, height: int) -> GimpItem:
    """An empty layer, which is not in its image yet."""
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, name, width, height, kind, 100.0, Gimp.LayerMode.NORMAL)
    return GimpItem(image, layer)
