"""Before and after a drag beside each other in one picture, with a line between them that moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from draggan_server.host.affine import Affine
from draggan_server.host.keys import DIRECTIONS, Key
from draggan_server.host.pairs import Bounds
from draggan_server.host.raw_pixels import at_size
from draggan_server.host.shapes import Shape, split_shapes
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

STEP, FAR_STEP = 0.01, 0.1
"""Parts of the picture's width by which a key moves the line, without and with Shift."""


class Split:
    """The line of a view, `at` a part of the picture's width; left of it is how it was before.

    Positions are in pixels of the view; an `Affine` leads from points to them. The picture lies
    within `bounds`, in the coordinates of points; None: there is no line. `offered`: there could be
    one. `moved` is called when it lies elsewhere, `switch` when a key asks for it or for its end,
    `hold` when the key by which all is seen as it was before goes down or up.
    """

    def __init__(self) -> None:
        self.bounds: Bounds | None = None
        self.at = 0.5
        self.offered = False
        self.moved: Callable[[], None] = lambda: None
        self.switch: Callable[[], None] = lambda: None
        self.hold: Callable[[bool], None] = lambda held: None
        self._held = False

    @property
    def there(self) -> bool:
        """Whether there is a line, which mouse and keys move."""
        return self.bounds is not None

    @property
    def held(self) -> bool:
        """Whether the mouse moves it."""
        return self._held and self.there

    def press(self, position: Point, view: Affine) -> None:
        """The left button goes down: the line comes to there, wherever it was."""
        self._held = True
        self.move(position, view)

    def move(self, position: Point, view: Affine) -> None:
        if self.bounds is not None and self._held:
            left, _top, right, _bottom = self.bounds
            self._go((view.inverted().map(position)[0] - left) / (right - left))

    def release(self) -> bool:
        """The left button goes up; False where it had not moved the line."""
        held, self._held = self.held, False
        return held

    def wants(self, key: Key) -> bool:
        """Whether a key is for the line, or for what it shows."""
        if key in (Key.SPLIT, Key.BEFORE):
            return self.offered
        return self.there and key in (Key.LEFT, Key.RIGHT)

    def key(self, key: Key, far: bool) -> bool:
        """Do what a key asks for; False where it is for others."""
        if not self.wants(key):
            return False
        if key is Key.SPLIT:
            self.switch()
        elif key is Key.BEFORE:
            self.hold(True)
        else:
            self._go(self.at + DIRECTIONS[key][0] * (FAR_STEP if far else STEP))
        return True

    def key_up(self, key: Key) -> bool:
        if key is Key.BEFORE:
            self.hold(False)
        return key is Key.BEFORE

    def shapes(self, view: Affine) -> Iterator[Shape]:
        """The line over the picture."""
        if self.bounds is not None:
            left, top, right, bottom = self.bounds
            x = left + (right - left) * self.at
            yield from split_shapes(view.map((x, top)), view.map((x, bottom)))

    def _go(self, at: float) -> None:
        at = min(max(at, 0.0), 1.0)
        if at != self.at:
            self.at = at
            self.moved()


def left_part(picture: Pixels, at: float) -> Pixels:
    """The columns of a picture that lie left of a line, one at least."""
    size, row = picture.channels, picture.width * picture.channels
    columns = min(max(round(picture.width * at), 1), picture.width)
    starts = range(0, len(picture.data), row)
    data = b"".join(picture.data[start : start + columns * size] for start in starts)
    return Pixels(columns, picture.height, size, data)


def split_picture(before: Pixels, now: Pixels, at: float) -> Pixels:
    """Of the size of `now`: left of the line as it was before, right of it as it is."""
    before, size = at_size(before, now.width, now.height), now.channels
    row, cut = now.width * size, round(now.width * at) * size
    starts = range(0, len(now.data), row)
    data = b"".join(
        before.data[start : start + cut] + now.data[start + cut : start + row] for start in starts
    )
    return Pixels(now.width, now.height, size, data)
