"""Where the frame lies on a document's active layer: around what is to be looked at, or was."""

from __future__ import annotations

import functools
from collections.abc import Callable

from draggan_server.host.frame import Frame, outline_of
from draggan_server.host.layers.document import Document, PictureLayer
from draggan_server.host.layers.pictures import LayerPictures
from draggan_server.host.region import Region
from draggan_server.host.sight import Sight
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.state import EditState

_LOOKS = 5
"""At each fifth look it is looked at what is selected, and how far the layer reaches."""


class Framing:
    """Of one window, whose hand has the `frame`; `size_of` says how large a model's pictures are,
    where that is known."""

    def __init__(
        self,
        frame: Frame,
        pictures: LayerPictures,
        sight: Sight[PictureLayer],
        size_of: Callable[[str], tuple[int, int] | None],
    ) -> None:
        self._frame = frame
        self._pictures = pictures
        self._sight = sight
        self._size_of = size_of
        self._looks = 0

    def look(self, document: Document, anew: bool) -> None:
        """Show what a document's active layer has; asked again and again, `anew` where another
        layer may be active now."""
        if not self._sight.editing or self._sight.busy:
            self._looks = 0
            self._frame.hide()
            return
        self._looks = 1 if anew else self._looks + 1
        if self._looks % _LOOKS == 1 and not self._frame.held:
            try:
                self._show(document)
            except BadInput:  # said when it is to be recognised, or a point to be set
                self._frame.hide()

    def region(self, document: Document) -> Region:
        """What of the active layer a model is to look at. Raises `BadInput` where none can."""
        node, begins, limits = self._pictures.photo(document)
        if not self._sight.editing:
            return begins
        x, y = node.offset
        self._frame.show(node.key, begins.moved(-x, -y), limits.moved(-x, -y))
        return self._frame.region.moved(x, y)

    def _show(self, document: Document) -> None:
        try:
            node, region, saved_state = self._pictures.known(document)
        except UnknownPicture:
            self.region(document)
            return
        photo, model = _photo_of(saved_state)
        x, y = node.offset
        place, found = (region.x - x, region.y - y), (region.width, region.height)
        self._frame.hide(outline_of(photo, self._size_of(model), found, place))


@functools.lru_cache(maxsize=8)
def _photo_of(saved_state: str) -> tuple[PhotoRecord | None, str]:
    state = EditState.from_json(saved_state)
    return state.photo, state.model
