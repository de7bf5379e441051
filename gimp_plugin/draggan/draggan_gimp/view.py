"""How a layer is shown in a dialog: scaled as a whole to the room there is."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.wire.state import Point

MAX_SCALE = 8.0
"""More would show pixels as bricks without showing any more of the picture."""


@dataclass(frozen=True, slots=True)
class View:
    """A layer of `layer_width` x `layer_height` pixels, drawn `scale` times its size.

    Layer points have 0 at the centre of the first pixel; view points at its corner, as GTK's
    events do.
    """

    layer_width: int
    layer_height: int
    scale: float

    @classmethod
    def fitting(cls, layer_width: int, layer_height: int, room: tuple[int, int]) -> View:
        """The largest view within `room` (width, height)."""
        scale = min(room[0] / layer_width, room[1] / layer_height, MAX_SCALE)
        return cls(layer_width, layer_height, scale)

    @property
    def width(self) -> int:
        return max(1, round(self.layer_width * self.scale))

    @property
    def height(self) -> int:
        return max(1, round(self.layer_height * self.scale))

    def to_view(self, point: Point) -> Point:
        return (point[0] + 0.5) * self.scale, (point[1] + 0.5) * self.scale

    def to_layer(self, point: Point) -> Point:
        """The layer point under a view point, moved to the border where it lies outside."""
        x = min(max(point[0] / self.scale, 0.0), float(self.layer_width))
        y = min(max(point[1] / self.scale, 0.0), float(self.layer_height))
        return x - 0.5, y - 0.5
