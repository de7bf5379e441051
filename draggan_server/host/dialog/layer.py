"""A layer that is shown in a dialog of its own, as its editor has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from draggan_server.host.corner_points import to_image, to_layer
from draggan_server.host.dialog.item import Item, ItemT
from draggan_server.host.layer_names import points_name
from draggan_server.host.layer_notes import (
    read_fingerprint,
    read_mask,
    read_pairs,
    read_region,
    read_state,
    write_mask,
    write_pairs,
    write_region,
    write_state,
)
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import holds_all
from draggan_server.host.region import Region
from draggan_server.host.request import Layer
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals
from draggan_server.host.unknown import MovedPicture, UnknownPicture
from draggan_server.host.whereabouts import Search, Whereabouts, whereabouts
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.state import EditState


@dataclass(frozen=True)
class DialogLayer(Layer, Generic[ItemT]):
    """A layer as it was when it was looked at, and the picture on it: what lies in `region`, whose
    first pixel's corner is at `offset` of the image. Without a `saved_state` nothing is known of
    that yet. Points are in pixels of the picture.

    `rewritten`: a drag's result was put into it, so that it is there for as long as its item keeps
    that state: the editor's undo takes the state back, and the pixels."""

    item: ItemT
    saved_state: str
    is_photo: bool
    region: Region
    offset: tuple[int, int]
    rewritten: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """The picture's width and height."""
        return self.region.width, self.region.height

    def found(self) -> Found:
        """What became of it."""
        found = self.item.found()
        if self.rewritten and found is Found.THERE and read_state(self.item) != self.saved_state:
            return Found.REMOVED
        return found

    @property
    def is_there(self) -> bool:
        return self.found() is Found.THERE

    def now(self) -> DialogLayer[ItemT]:
        """The layer as it is now. Raises as `look` does."""
        return look(self.item)

    def as_photo(self) -> DialogLayer[ItemT]:
        """What is selected of it, or all of it, whether it has a state or not. Raises `BadInput` as
        `look` does, and for a selection beside it."""
        _check_usable(self.item)
        return _photo(self.item)

    def at(self, region: Region) -> DialogLayer[ItemT]:
        """With another picture on it: what lies there."""
        x, y = self.item.offset
        return replace(self, region=region, offset=(x + region.x, y + region.y))

    def around(self) -> DialogLayer[ItemT]:
        """With as much again of the layer to each side of the picture, as far as there is any."""
        x, y, width, height = self.region.x, self.region.y, *self.size
        grown = Region(x - width, y - height, 3 * width, 3 * height)
        return self.at(grown.overlap(whole_of(self.item)))

    def pixels(self) -> Pixels:
        """Its picture."""
        return self.item.rgba(self.region)

    def selected(self) -> Pixels | None:
        """What is selected of the picture; None where nothing is at all."""
        return self.item.selected(self.region)

    def mask(self) -> Pixels | None:
        """The mask that the layer has in the editor, where its picture lies; None without one."""
        return self.item.mask(self.region)

    def path_pairs(self) -> list[PointPair]:
        """Pairs that the user has drawn by other tools of the editor."""
        return to_layer(self.item.path_pairs(), self.offset)

    def add_path(self, pairs: Sequence[PointPair]) -> None:
        """Let the user go on with pairs by other tools of the editor."""
        self.item.add_path(points_name(self.name), to_image(pairs, self.offset))

    def kept_pairs(self) -> list[PointPair]:
        """The pairs that are kept with it."""
        return read_pairs(self.item, self.size)

    def keep_pairs(self, pairs: Sequence[PointPair], *, lasting: bool) -> None:
        """Keep them; where that is not to be `lasting`, without a step of the editor's undo."""
        write_pairs(self.item, pairs, self.size, lasting=lasting)

    def kept_mask(self) -> MaskRows | None:
        """What of its picture may move, as it was painted and is kept with it."""
        return read_mask(self.item)

    def keep_mask(self, mask: MaskRows | None, *, lasting: bool) -> None:
        """Keep that, as `keep_pairs` does."""
        write_mask(self.item, mask, lasting=lasting)

    def keep_state(self, saved_state: str) -> None:
        """Keep the state of its picture, in one undo step."""
        with self.item.one_step():
            write_state(self.item, saved_state)
            write_region(self.item, self.region)

    def keep_found(
        self,
        found: Whereabouts,
        pairs: Sequence[PointPair],
        painted: MaskRows | None,
        carries: bool,
    ) -> None:
        """Keep where its picture lies now, with these pairs and what was `painted` on it, in one
        undo step. They are of the picture where it was kept, and go with it where it `carries`
        them."""
        there = self.at(found.region)
        with self.item.one_step():
            there.keep_state(found.saved_state)
            there.keep_pairs([pair.mapped(found.way(carries)) for pair in pairs], lasting=True)
            there.keep_mask(found.painted(painted, carries), lasting=True)

    def moved(self, keep: Callable[[Whereabouts], None]) -> MovedPicture | None:
        """What is to be asked where its picture is another one than was kept, or, of a part of it,
        where that is not known."""
        whole, kept = whole_of(self.item), read_fingerprint(self.item)
        if (not kept and self.region == whole) or kept == self.pixels().fingerprint():
            return None

        def search() -> Search:
            return whereabouts(self.saved_state, self.region, whole, self.item.rgba)

        return MovedPicture(self.name, search, keep)

    def movable_mask(self) -> Pixels | None:
        """What of its picture may move; None: all of it. Raises `BadInput` where nothing may."""
        mask = self.selected()
        if mask is not None and holds_all(mask):
            raise BadInput(refusals.SELECTION_MISSES)
        return mask

    def check_there(self) -> None:
        """Raises `BadInput` where it was removed."""
        if not self.is_there:
            raise BadInput(refusals.LAYER_DELETED)

    def check_known(self) -> None:
        """Raises `UnknownPicture` where its document knows nothing of its picture."""
        if self.saved_state:
            return
        whole = replace(self, region=whole_of(self.item))

        def keep(saved_state: str) -> None:
            if self.is_there:
                whole.keep_state(saved_state)

        raise UnknownPicture(self.name, lambda: whole.pixels().fingerprint(), keep)


def look(item: ItemT) -> DialogLayer[ItemT]:
    """The layer that is to be dragged: one with a state, or what is selected of one without.

    Raises `BadInput` with what is wrong with it.
    """
    _check_usable(item)
    saved_state = read_state(item)
    if not saved_state:
        return _photo(item)
    is_photo = EditState.from_json(saved_state).photo is not None
    return _layer(item, saved_state, is_photo, read_region(item))


def whole_of(item: Item) -> Region:
    """All of a layer."""
    return Region(0, 0, *item.size())


def _check_usable(item: Item) -> None:
    item.check_kind()
    if locked := item.locked_by:
        raise BadInput(refusals.LOCKED, name=locked)


def _photo(item: ItemT) -> DialogLayer[ItemT]:
    region, bounds = whole_of(item), item.selected_bounds()
    if bounds is not None:
        region = bounds.overlap(region)
    if region.is_empty:
        raise BadInput(refusals.SELECTION_MISSES)
    return _layer(item, "", True, region)


def _layer(item: ItemT, state: str, is_photo: bool, region: Region) -> DialogLayer[ItemT]:
    check_layer_size(region.width, region.height)
    x, y = item.offset
    offset = x + region.x, y + region.y
    return DialogLayer(item.key, item.name, item, state, is_photo, region, offset)
