"""Putting the generator's change onto the layer without touching what did not change.

Colours are [1, C, H, W] in [0, 1] and the composite rule is: outside the movable mask the layer's
own pixels, bit for bit; inside, the layer where the generator's picture did not change, the new
picture where it did, and the layer plus the change in between. On a layer that is the generator's
own picture all of these agree, and the result is the new picture.

C is 3, or 4 where the generator makes alpha. Then alpha follows the rule as a fourth channel, and
colours are premultiplied while they are mixed.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.layer.pixels import as_seen
from draggan_server.layer.placement import AnyPlacement

UNCHANGED = 0.5 / 255
"""A change of at most this is none: it would not change an 8-bit pixel."""

SMALL_CHANGE, LARGE_CHANGE = 8 / 255, 32 / 255
"""Below the first a change is a shift of colour, which the layer's own detail survives; above the
second it is a movement, and the layer's detail is that of what was there before."""

FEATHER = 1 / 50
"""Width of the soft edge inside the movable mask, over the picture's longer side."""


BAND_PIXELS = 1 << 18
"""About so many pixels of a layer are worked on at a time: they fit a processor's cache."""


class Composite:
    """A layer and the picture that the generator showed when the edit began.

    `layer` [1, 4, H, W] RGBA and `movable_mask` [1, 1, H, W], of uint8, the latter perhaps None;
    `before` [1, C, h, w] in [0, 1].
    """

    def __init__(
        self,
        placement: AnyPlacement,
        layer: torch.Tensor,
        before: torch.Tensor,
        movable_mask: torch.Tensor | None,
    ) -> None:
        self._placement = placement
        self._layer = layer[0]
        self._before = as_seen(before)
        self._mask = None
        if movable_mask is not None:
            self._mask = movable_mask[0]
            self._movable = placement.image_to_picture(movable_mask.to(before) / 255)
            self._feather = _feather(placement, self._movable)

    def apply(self, after: torch.Tensor) -> torch.Tensor:
        """The layer [1, 4, H, W], of uint8, once the generator shows `after` [1, C, h, w].

        Alpha is the layer's own where the generator makes none.
        """
        after = as_seen(after)
        change = after - self._before
        size = _size_of(change)
        moved = _ramp(size, SMALL_CHANGE, LARGE_CHANGE)
        change = change * _ramp(size, UNCHANGED, 4 * UNCHANGED)
        images = [moved, change, after]
        if self._mask is not None:
            images.append(self._feather)
        scaled = self._placement.image_to_layer(torch.cat(images, dim=1))
        height, width = self._placement.layer
        result = torch.empty(height, width, 4, dtype=torch.uint8)
        count = max(1, BAND_PIXELS // width)
        for first in range(0, height, count):
            rows = slice(first, min(first + count, height))
            band = self._blend(rows, scaled.rows(rows), change.shape[1])
            whole = band.mul_(255).add_(0.5).clamp_(0, 255).to(torch.uint8).permute(1, 2, 0)
            result[rows, :, : len(band)] = whole
            if len(band) == 3:
                result[rows, :, 3] = self._layer[3, rows]
        return result.permute(2, 0, 1)[None]

    def _blend(self, rows: slice, scaled: torch.Tensor, channels: int) -> torch.Tensor:
        """Rows of the result, [C, B, W] in about [0, 1], RGB or straight RGBA.

        `scaled` [1 + 2C + (0 or 1), B, W] are moved, change, picture, and the feather where there
        is a mask.
        """
        sizes = [1, channels, channels] + [1] * (self._mask is not None)
        moved, change, picture, *feather = torch.split(scaled, sizes)
        layer = self._layer[:channels, rows].to(scaled) / 255
        own = layer if channels == 3 else as_seen(layer[None])[0]
        result = torch.lerp(own + change, picture, moved.clamp(0, 1))
        if self._mask is not None:
            weight = self._mask[:, rows].to(scaled) / 255 * feather[0].clamp(0, 1)
            result = torch.lerp(own, result, weight)
        if channels == 3:
            return result
        result = result.clamp_(0, 1)
        alpha = result[3:]
        seen = torch.where(alpha > 0, result[:3] / alpha, layer[:3])
        return torch.cat([seen, alpha])

    def replaced(self, after: torch.Tensor) -> torch.Tensor:
        """[1, 1, h, w], 0 to 1: how much of the layer the new picture takes the place of."""
        moved = _ramp(_size_of(as_seen(after) - self._before), SMALL_CHANGE, LARGE_CHANGE)
        if self._mask is not None:
            moved = moved * self._movable * self._feather
        return moved


def _size_of(change: torch.Tensor) -> torch.Tensor:
    """[1, C, h, w] -> [1, 1, h, w], of the largest change near by."""
    return _neighbourhood_maximum(change.abs().amax(dim=1, keepdim=True))


def _ramp(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """0 up to `low`, 1 from `high`, smooth in between."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def _neighbourhood_maximum(x: torch.Tensor) -> torch.Tensor:
    """[1, 1, h, w]: where something moves, all of it moves, also where colours happen to agree."""
    return functional.avg_pool2d(
        functional.max_pool2d(x, 5, stride=1, padding=2),
        3,
        stride=1,
        padding=1,
        count_include_pad=False,
    )


def _feather(placement: AnyPlacement, movable: torch.Tensor) -> torch.Tensor:
    """[1, 1, h, w]: rises inwards from the edge of what is above 0 to 1, at most half way to its
    middle.
    """
    movable = (movable > 0).to(movable)
    width = max(2, round(max(placement.picture) * FEATHER))
    layers, inner = [movable], movable
    while len(layers) < 2 * width and bool(inner.any()):
        inner = -functional.max_pool2d(-inner, 3, stride=1, padding=1)
        layers.append(inner)
    used = layers[: max(1, min(width, len(layers) // 2))]
    return torch.stack(used).mean(dim=0)
