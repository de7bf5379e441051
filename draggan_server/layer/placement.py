"""Where the generator's picture lies on the layer: the whole of it, at another scale perhaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional

from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import Point

MAX_ASPECT_ERROR = 0.02
"""How far a layer may be off the picture's shape: rounding of a scaled side stays below this."""


class AnyPlacement(Protocol):
    """Where the generator's picture lies on a layer, a `Placement` or a `PhotoPlacement`."""

    @property
    def layer(self) -> tuple[int, int]: ...
    @property
    def picture(self) -> tuple[int, int]: ...
    def check_mask(self, size: tuple[int, int]) -> None: ...
    def to_picture(self, points: tuple[Point, ...]) -> torch.Tensor: ...
    def to_layer(self, points: torch.Tensor) -> tuple[Point, ...]: ...
    def image_to_picture(self, image: torch.Tensor) -> torch.Tensor: ...
    def image_to_layer(self, image: torch.Tensor) -> AnyRows: ...
    def overview(self, image: torch.Tensor) -> torch.Tensor: ...
    def shifts_to_layer(self, shifts: torch.Tensor) -> torch.Tensor: ...


class AnyRows(Protocol):
    """An image of a layer's size, of which any rows can be made."""

    def rows(self, rows: slice) -> torch.Tensor:
        """[C, B, W]."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A layer of `layer` (height, width) pixels that shows a picture of `picture` pixels.

    Points are (x, y) pixels with 0 at the centre of the first pixel, on either side. Raises
    `BadInput` if the layer has another shape than the picture.
    """

    layer: tuple[int, int]
    picture: tuple[int, int]

    def __post_init__(self) -> None:
        scale_y, scale_x = self._scale
        if abs(scale_x / scale_y - 1) > MAX_ASPECT_ERROR:
            height, width = self.picture
            raise BadInput(
                "The layer is {found_width} x {found_height} pixels, but the generator's picture "
                "is {width} x {height}, of another shape. Crop or scale the layer to this shape, "
                "or drag the layer that was made from the picture.",
                found_width=self.layer[1],
                found_height=self.layer[0],
                width=width,
                height=height,
            )

    @property
    def _scale(self) -> tuple[float, float]:
        return self.layer[0] / self.picture[0], self.layer[1] / self.picture[1]

    def check_mask(self, size: tuple[int, int]) -> None:
        """Raises `BadInput` unless a mask of `size` (height, width) has the layer's size."""
        check_mask_size(size, self.layer)

    def to_picture(self, points: tuple[Point, ...]) -> torch.Tensor:
        """Layer points -> [P, 2] in the picture, in float64."""
        y, x = self._scale
        scale = torch.tensor([x, y], dtype=torch.float64)
        return (torch.tensor(points, dtype=torch.float64) + 0.5) / scale - 0.5

    def to_layer(self, points: torch.Tensor) -> tuple[Point, ...]:
        """Picture points [P, 2] -> layer points."""
        y, x = self._scale
        scaled = (points.detach().cpu().double() + 0.5) * torch.tensor([x, y]).double() - 0.5
        return tuple((float(px), float(py)) for px, py in scaled)

    def image_to_picture(self, image: torch.Tensor) -> torch.Tensor:
        """[1, C, H, W] of the layer's size -> the picture's, each pixel the mean of its area."""
        if self.layer == self.picture:
            return image
        return functional.interpolate(
            image, self.picture, mode="bilinear", align_corners=False, antialias=True
        )

    def overview(self, image: torch.Tensor) -> torch.Tensor:
        """[1, C, h, w] of the picture's size -> the whole layer, at any size: the same."""
        return image

    def shifts_to_layer(self, shifts: torch.Tensor) -> torch.Tensor:
        """[1, 2, h, w], (x, y) of each pixel of the picture -> the same in the layer's pixels."""
        y, x = self._scale
        return shifts * shifts.new_tensor([x, y]).view(1, 2, 1, 1)

    def image_to_layer(self, image: torch.Tensor) -> LayerRows:
        """[1, C, h, w] of the picture's size -> the layer's, bicubic, a band of rows at a time."""
        return LayerRows(image[0], self.layer)


def check_mask_size(mask: tuple[int, int], layer: tuple[int, int]) -> None:
    """Raises `BadInput` unless a mask has the layer's size, (height, width) both."""
    if mask != layer:
        raise BadInput(
            "The movable mask is {width} x {height} pixels and the layer {layer_width} x "
            "{layer_height}: give a mask of the layer's size.",
            width=mask[1],
            height=mask[0],
            layer_width=layer[1],
            layer_height=layer[0],
        )


class LayerRows:
    """`image` [C, h, w] scaled to `size` (height, width), of which any rows can be made.

    A layer of 8000 pixels a side has no room in a processor's cache, nor twenty times as floats in
    memory.
    """

    def __init__(self, image: torch.Tensor, size: tuple[int, int]) -> None:
        height = image.shape[1]
        self._down = None
        if tuple(image.shape[1:]) != size:
            rows = torch.eye(height, dtype=image.dtype)[None, None]
            self._down = _bicubic(rows, (size[0], height))[0, 0]  # [H, h], a few of a row not 0
            image = _bicubic(image[None], (height, size[1]))[0]
        self._image = image

    def rows(self, rows: slice) -> torch.Tensor:
        """[C, B, W]."""
        if self._down is None:
            return self._image[:, rows]
        down = self._down[rows]
        used = down.abs().amax(dim=0).nonzero()
        top, bottom = int(used[0]), int(used[-1]) + 1
        return down[:, top:bottom] @ self._image[:, top:bottom]


def _bicubic(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return functional.interpolate(image, size, mode="bicubic", align_corners=False, antialias=True)
