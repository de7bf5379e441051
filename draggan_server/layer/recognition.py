"""A layer that is dragged, known again: whether it shows what the last drag left, and what of it is
paint that the generator knows nothing of."""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.layer import pixels
from draggan_server.layer.fate import Fate
from draggan_server.layer.resemblance import check_shows, shrink
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import LayerThumbnail

LEAST_PAINT = 3
"""Pixels of a thumbnail. Fewer may come of a layer that was scaled without smoothing."""


class Recognition:
    """`layer` [1, 4, H, W] RGBA of uint8 is to show `left`, or where there is none `picture`.

    That is [1, C, h, w], C 3, or 4 where the generator makes alpha. Raises `BadInput` where the
    layer shows something else.
    """

    def __init__(
        self, layer: torch.Tensor, picture: torch.Tensor, left: LayerThumbnail | None
    ) -> None:
        seen = shrink(layer)
        if left is None:
            expected, painted = picture, None
        else:
            rgba, painted = _read(left)
            expected = rgba[:, : picture.shape[1]]
        shown = check_shows(seen, expected)
        self._gray = shown.gray
        self._painted = shown.painted
        if painted is not None:
            self._painted = torch.maximum(
                shown.painted, functional.interpolate(painted, seen.size, mode="nearest")
            )

    def in_its_colours(self, picture: torch.Tensor) -> torch.Tensor:
        """picture [1, C, h, w], gray where the layer is."""
        return pixels.luminance(picture) if self._gray else picture

    def paint_replaced(self, fate: Fate) -> bool:
        """Whether paint is lost where the layer changes."""
        return float(fate.lost(self._painted).sum()) >= LEAST_PAINT

    def paint_on(self, fate: Fate, layer: torch.Tensor) -> torch.Tensor:
        """[1, 1, H, W] of bools, of the size of `layer`: where paint was, or is once it has moved,
        and what is near.
        """
        paint = torch.maximum(self._painted, fate.moved(self._painted))
        if float(paint.sum()) < LEAST_PAINT:
            return torch.zeros_like(layer[:, :1], dtype=torch.bool)
        near = functional.max_pool2d(paint, 3, stride=1, padding=1)
        size = (layer.shape[2], layer.shape[3])
        return functional.interpolate(near, size, mode="nearest") > 0

    def left(self, layer: torch.Tensor, fate: Fate) -> LayerThumbnail:
        """What the next drag is to know `layer` [1, 4, H, W] by."""
        paint = fate.moved(self._painted)
        rgba = pixels.from_tensor(torch.cat(shrink(layer), dim=1))
        return LayerThumbnail(rgba.width, rgba.height, rgba.data, pixels.from_tensor(paint).data)


def _read(left: LayerThumbnail) -> tuple[torch.Tensor, torch.Tensor]:
    """[1, 4, h, w] and paint [1, 1, h, w] of 0 and 1."""
    like = torch.zeros(1)
    rgba, painted = (
        pixels.to_tensor(Pixels(left.width, left.height, channels, data), like)
        for channels, data in ((4, left.rgba), (1, left.painted))
    )
    return rgba, painted
