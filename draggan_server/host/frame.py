"""The frame around what of a layer a model is to look at, whose sides and corners are pulled.

Where a model looked already, its place is taken by the outline of what that shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor, pull_cursor
from draggan_server.host.ends import GRAB_RADIUS
from draggan_server.host.face_marks import FaceMarks
from draggan_server.host.pairs import Bounds
from draggan_server.host.region import Region
from draggan_server.host.shapes import Shape, frame_shapes
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import MIN_LAYER_SIDE
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.state import Point

_EDGE = 6.0
"""Pixels of the view: so near to an edge the mouse takes hold of all of the frame."""
_HANDLES = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0))
"""Left, above: -1; right, below: 1; between: 0. Each handle moves the sides that it lies on."""


class Frame:
    """`region` is in pixels of the layer; positions are in pixels of the view, to which an `Affine`
    leads from points. The frame is of whole pixels, and as large as a drag needs at least. Of the
    face that is to be looked at it has the `marks`. `shown` is called when it comes or goes,
    `changed` once it lies elsewhere, or anew."""

    def __init__(self) -> None:
        self.marks = FaceMarks()
        self.shown: Callable[[bool], None] = lambda there: None
        self.region = Region(0, 0, 0, 0)
        self.outline: tuple[Point, ...] = ()
        self.changed: Callable[[], None] = lambda: None
        self._there = False
        self._began: tuple[str, Region, Region] | None = None
        self._limits = self.region
        self._held: tuple[int, int] | None = None
        self._pressed_at: Point = (0.0, 0.0)
        self._at_press = self.region

    @property
    def there(self) -> bool:
        """Whether there is a frame, which the mouse pulls."""
        return self._there

    @property
    def held(self) -> bool:
        return self._held is not None or self.marks.held

    @property
    def seen(self) -> tuple[Region | None, tuple[Point, ...], tuple[Point, ...]]:
        """What is drawn: equal where it is the same."""
        return (self.region if self._there else None), self.outline, tuple(self.marks.points)

    @property
    def marked(self) -> Marks | None:
        """Both eyes and the mouth, in pixels of the region; None where they are not marked."""
        if not self._there or self.marks.all is None:
            return None
        one, other, mouth = ((x - self.region.x, y - self.region.y) for x, y in self.marks.all)
        return one, other, mouth

    def show(self, key: str, begins: Region, limits: Region) -> None:
        """Show the frame of the layer of that key, within `limits`. It begins anew, there, where it
        is another layer's than before, or `begins` or they are others."""
        there, self.outline = self._there, ()
        if self._began != (key, begins, limits):
            self._held, self._limits, self.region = None, limits, begins
            self._began, there = (key, begins, limits), False
            self.marks.clear()
        self._be(True)
        if not there:
            self.changed()

    def hide(self, outline: tuple[Point, ...] = ()) -> None:
        """There is none now, but the `outline` of what a model shows, if any."""
        self.give_up()
        self.outline = outline
        self._be(False)

    def surround(self, region: Region) -> None:
        """Lay it there, as far as the layer reaches; not where that is too small for a drag."""
        part = region.overlap(self._limits)
        if min(part.width, part.height) >= MIN_LAYER_SIDE:
            self.region = part
            self.changed()

    def _be(self, there: bool) -> None:
        if there != self._there:
            self._there = there
            self.shown(there)

    def press(self, position: Point, view: Affine) -> bool:
        """The left button goes down. False beside the marks, the frame's handles and edges."""
        if self._there and self.marks.press(position, view):
            return True
        found = self._at(position, view)
        if found is not None:
            self._held, self._at_press = found, self.region
            self._pressed_at = view.inverted().map(position)
        return found is not None

    def move(self, position: Point, view: Affine) -> bool:
        """False where the mouse holds nothing of the frame."""
        if self._held is None:
            return self.marks.move(position, view)
        x, y = view.inverted().map(position)
        dx, dy = round(x - self._pressed_at[0]), round(y - self._pressed_at[1])
        across, down = self._held
        was, most = self._at_press, self._limits
        left, width = _pulled(was.x, was.width, across, dx, most.x, most.width)
        top, height = _pulled(was.y, was.height, down, dy, most.y, most.height)
        if self._held == (0, 0):
            left = min(max(was.x + dx, most.x), most.x + most.width - was.width)
            top = min(max(was.y + dy, most.y), most.y + most.height - was.height)
        self.region = Region(left, top, width, height)
        return True

    def cursor(self, position: Point, view: Affine) -> Cursor | None:
        """What the mouse looks like there: how it would pull, or does; None beside the frame."""
        of_mark = self.marks.cursor(position, view) if self._there else None
        found = self._held or self._at(position, view)
        if of_mark is not None and self._held is None:
            return of_mark
        if found is None:
            return None
        return Cursor.MOVES if found == (0, 0) else pull_cursor(found, view)

    def release(self) -> bool:
        """The left button goes up; False where it had pulled at nothing."""
        held, self._held = self._held is not None, None
        if held:
            self.changed()
        return self.marks.release() or held

    def give_up(self) -> bool:
        """Give up what the mouse has begun; False where that is nothing."""
        if self._held is None:
            return self.marks.give_up()
        self.region, self._held = self._at_press, None
        self.changed()
        return True

    def reset(self, position: Point, view: Affine) -> bool:
        """The right button goes down: on the frame it begins anew, on a mark all marks do. False
        beside both."""
        if self.held:
            return self.give_up()
        if self._there and self.marks.reset(position, view):
            return True
        there = self._at(position, view) is not None
        if there and self._began is not None:
            self.region = self._began[1]
            self.changed()
        return there

    def shapes(self, view: Affine) -> Iterator[Shape]:
        """The frame and the marks, or the outline."""
        if self._there:
            corners = [view.map(self._spot(*one)) for one in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            yield from frame_shapes(corners, [view.map(self._spot(*one)) for one in _HANDLES])
            yield from self.marks.shapes(view)
        elif self.outline:
            yield from frame_shapes([view.map(point) for point in self.outline], ())

    def _at(self, position: Point, view: Affine) -> tuple[int, int] | None:
        if not self._there:
            return None
        # Of handles equally near a corner's comes first: by it a frame of no room is enlarged.
        distance, _sides, found = min(
            (math.dist(position, view.map(self._spot(*one))), one.count(0), one) for one in _HANDLES
        )
        if distance <= GRAB_RADIUS:
            return found
        around = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        corners = [view.map(self._spot(*one)) for one in around]
        near = min(_distance(position, *edge) for edge in pairwise(corners)) <= _EDGE
        return (0, 0) if near else None

    def _spot(self, across: int, down: int) -> Point:
        region = self.region
        left, top, right, bottom = Bounds.of_picture(
            region.width, region.height, region.x, region.y
        )
        return (
            (left + right + across * (right - left)) / 2,
            (top + bottom + down * (bottom - top)) / 2,
        )


def outline_of(
    photo: PhotoRecord | None,
    size: tuple[int, int] | None,
    region: tuple[int, int],
    corner: Point,
) -> tuple[Point, ...]:
    """The corners of the model's picture, of `size` (width, height), where it lies on a photo, now
    of the size of `region`, whose first pixel is at `corner`. Empty where that was scaled, nothing
    is known of it, or a homography has a corner behind the camera."""
    if photo is None or size is None or region != (photo.width, photo.height):
        return ()
    left, top, right, bottom = Bounds.of_picture(*size)
    m, found = photo.placement, []
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        w = m[6] * x + m[7] * y + m[8]
        if w * m[8] <= 0:
            return ()
        u, v = (m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w
        found.append((u + corner[0], v + corner[1]))
    return tuple(found)


def _pulled(begin: int, length: int, side: int, by: int, limit: int, room: int) -> tuple[int, int]:
    """Where a stretch begins, and how long it is, once its beginning (-1) or end (1) was pulled."""
    end, least = begin + length, min(MIN_LAYER_SIDE, length)
    if side < 0:
        begin = min(max(begin + by, limit), end - least)
    elif side > 0:
        end = max(min(end + by, limit + room), begin + least)
    return begin, end - begin


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a line between two."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = x * x + y * y
    along = ((point[0] - start[0]) * x + (point[1] - start[1]) * y) / length if length else 0.0
    along = min(max(along, 0.0), 1.0)
    return math.dist(point, (start[0] + along * x, start[1] + along * y))
