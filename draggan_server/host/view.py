"""How a layer is shown beside the editor's own canvas: scaled as a whole to the room there is."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.host.affine import Affine

MAX_SCALE = 8.0
"""More would show pixels as bricks without showing any more of the picture."""


@dataclass(frozen=True, slots=True)
class View:
    """A layer of `layer_width` x `layer_height` pixels, drawn `scale` times its size."""

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

    @property
    def affine(self) -> Affine:
        """From layer points, 0 at the centre of the first pixel, to view positions, 0 at its
        corner, as toolkits' events have them."""
        half = self.scale / 2
        return Affine(a=self.scale, d=self.scale, e=half, f=half)
