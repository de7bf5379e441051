"""What lies over the canvas that shows a document: points, pictures, and the veil."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from draggan_server.host.layers.document import Document, PictureLayer
from draggan_server.host.layers.pictures import LayerPictures, selection_mask
from draggan_server.host.layers.points import Points
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.region import Region
from draggan_server.host.sight import Sight
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

_SELECTION_LOOKS = 5
"""At each fifth look it is looked at what is selected: to read it from a large picture takes
milliseconds."""

_SMOOTH_BELOW = 2.0


@dataclass(frozen=True)
class Placed:
    """A picture, or a mask with a veil over what it holds, and where in the image it lies."""

    pixels: Pixels
    region: Region

    def is_smooth(self, magnification: float) -> bool:
        """Whether it is smoothed when it is shown so many times larger. Magnified further, editors
        show pixels; but a frame may have fewer than the layer."""
        whole = self.pixels.width == self.region.width
        return magnification < _SMOOTH_BELOW or not whole


@dataclass(frozen=True)
class Scene:
    """`points` have their (0, 0) at the image's pixel `origin`. The mouse sets them where they are
    `editable`; where not, it is `held_off` or goes through to the canvas. `placed` lie above each
    other."""

    points: PairEditor
    origin: tuple[int, int]
    editable: bool
    held_off: bool
    placed: tuple[Placed, ...]


class CanvasSight:
    """Says what is to be seen, in a view that looks again and again, since a document does not say
    when another layer becomes active, or is moved, or something else selected."""

    def __init__(self, points: Points, pictures: LayerPictures) -> None:
        self._points = points
        self._pictures = pictures
        self._selected_in = Region(0, 0, 1, 1)
        self._looks = 0
        self._none = PairEditor()
        self.sight: Sight[PictureLayer] = Sight(lambda layer: points.known(layer.key))

    def edit(self, editing: bool) -> None:
        """Points are set from now on, or not any more."""
        self.sight.edit(editing)
        self._looks = 0

    def look_at_mask(self) -> None:
        """What may move was painted: look at it the next time."""
        self._looks = 0

    def look(self, document: Document) -> Scene:
        """What is to be seen over a document now."""
        self._look_at_selection(document)
        veil, picture = self.sight.veil, self.sight.picture
        placed = () if veil is None else (Placed(veil, self._selected_in),)
        if picture is not None and picture[1].is_in(document):
            placed = (Placed(picture[0], _left(picture[1].place, self.sight.part)), *placed)
        work = self.sight.layer
        node = None if work is None or work.document != document else work.node
        if work is not None and node is not None:
            points = self._points.known(work.key)
            return Scene(points, node.offset, self.sight.editable, True, placed)
        seen = self.sight.editing or self.sight.split
        node = document.active() if seen else None
        if node is None:
            return Scene(self._none, (0, 0), False, False, placed)
        editable = seen and not self.sight.busy
        return Scene(self._points.of(document, node), node.offset, editable, False, placed)

    def _look_at_selection(self, document: Document) -> None:
        sight, self._looks = self.sight, self._looks + 1
        if sight.editing and not sight.busy and self._looks % _SELECTION_LOOKS == 1:
            mask = None
            with contextlib.suppress(BadInput):  # said when a point is to be set
                node, self._selected_in = self._pictures.active(document)
                mask = self._points.of(document, node).painted.seen
                if mask is None:
                    mask = selection_mask(document, self._selected_in)
            sight.select(mask)


def _left(place: Region, part: float) -> Region:
    """So much of its width."""
    return place if part == 1.0 else replace(place, width=max(round(place.width * part), 1))
