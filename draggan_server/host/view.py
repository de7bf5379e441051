"""How a layer is shown beside the editor's own canvas: scaled, as a whole or a part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from draggan_server.host.affine import Affine
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import Point

MAX_SCALE = 8.0
"""Of a layer that is shown as a whole: more would show pixels as bricks without showing any more of
the picture."""

MAX_ZOOM = 32.0
"""Of a part of it, for points that are to lie on one pixel."""

Room = tuple[int, int]
"""Width and height, in pixels of the view."""


@dataclass(frozen=True, slots=True)
class View:
    """A layer of `layer_width` x `layer_height` pixels, drawn `scale` times its size.

    What there is `room` for is seen of it, from `left` and `top` on, in pixels of the view. Where
    it is smaller than its room it lies at the top, in the middle between left and right. Where the
    screen is drawn larger there are `screen_pixels` in each of the view, in a row.
    """

    layer_width: int
    layer_height: int
    scale: float
    room: Room
    left: float = 0.0
    top: float = 0.0
    screen_pixels: int = 1

    @classmethod
    def fitting(cls, layer_width: int, layer_height: int, room: Room) -> View:
        """The largest view of all of it within `room`."""
        scale = min(room[0] / layer_width, room[1] / layer_height, MAX_SCALE)
        return cls(layer_width, layer_height, scale, room)

    @property
    def width(self) -> int:
        """Of what is seen."""
        return max(1, min(round(self.layer_width * self.scale), self.room[0]))

    @property
    def height(self) -> int:
        return max(1, min(round(self.layer_height * self.scale), self.room[1]))

    @property
    def fits(self) -> bool:
        """Whether all of it is seen, as large as can be."""
        return self.scale == self.fitted.scale

    @property
    def fitted(self) -> View:
        """All of it, as large as can be."""
        whole = View.fitting(self.layer_width, self.layer_height, self.room)
        return replace(whole, screen_pixels=self.screen_pixels)

    @property
    def full_scale(self) -> float:
        """100%: a pixel of the layer in each of the screen."""
        return 1.0 / self.screen_pixels

    @property
    def on_screen(self) -> View:
        """The same in pixels of the screen, with no more room than what is seen takes."""
        times = self.screen_pixels
        return replace(
            self,
            scale=self.scale * times,
            room=(self.width * times, self.height * times),
            left=self.left * times,
            top=self.top * times,
            screen_pixels=1,
        )

    @property
    def affine(self) -> Affine:
        """From layer points, 0 at the centre of the first pixel, to view positions, 0 at its
        corner, as toolkits' events have them."""
        half = self.scale / 2
        return Affine(a=self.scale, d=self.scale, e=half - self.left, f=half - self.top)

    def scales(self, picture: Pixels) -> tuple[float, float]:
        """By which a picture of the layer, of whatever size, is as large as it is drawn."""
        across, down = self.layer_width / picture.width, self.layer_height / picture.height
        return self.scale * across, self.scale * down

    @property
    def middle(self) -> Point:
        """Of what is seen."""
        return self.width / 2, self.height / 2

    def scaled(self, scale: float, at: Point) -> View:
        """Drawn at another scale, with what is at a position staying there as far as can be. It is
        not smaller than what fits."""
        other = replace(self, scale=self._allowed(scale))
        grown = other.scale / self.scale
        x, y = at[0] + (other.width - self.width) / 2, at[1]
        left, top = (self.left + at[0]) * grown - x, (self.top + at[1]) * grown - y
        return replace(other, left=left, top=top)._within()

    def about_its_middle(self, scale: float, room: Room) -> View:
        """Drawn at another scale, in another room, with the same in the middle of what is seen. At
        100% the layer's pixels lie on those of the screen, or all would be blurred."""
        other = replace(self, room=room)
        other = replace(other, scale=other._allowed(scale))
        grown = other.scale / self.scale
        (x, y), (left, top) = self.middle, other.middle
        left, top = (self.left + x) * grown - left, (self.top + y) * grown - top
        if other.scale == self.full_scale:
            left, top = (round(one / other.scale) * other.scale for one in (left, top))
        return replace(other, left=left, top=top)._within()

    def moved(self, dx: float, dy: float) -> View:
        """With what is seen moved by so much, as far as there is more of it."""
        return replace(self, left=self.left - dx, top=self.top - dy)._within()

    def in_room(self, room: Room) -> View:
        """The same in another room: as a whole again, or with the same in the middle."""
        if self.fits:
            return replace(self, room=room).fitted
        return self.about_its_middle(self.scale, room)

    def _allowed(self, scale: float) -> float:
        least = self.fitted.scale
        return min(max(scale, least), max(MAX_ZOOM, least))

    def _within(self) -> View:
        """With no room left beside the layer that could show it."""
        most_left = self.layer_width * self.scale - self.width
        most_top = self.layer_height * self.scale - self.height
        left, top = min(max(self.left, 0.0), most_left), min(max(self.top, 0.0), most_top)
        return replace(self, left=max(left, 0.0), top=max(top, 0.0))
