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

from draggan_server.editing.pixels import as_seen
from draggan_server.editing.placement import Placement

UNCHANGED = 0.5 / 255
"""A change of at most this is none: it would not change an 8-bit pixel."""

SMALL_CHANGE, LARGE_CHANGE = 8 / 255, 32 / 255
"""Below the first a change is a shift of colour, which the layer's own detail survives; above the
second it is a movement, and the layer's detail is that of what was there before."""

FEATHER = 1 / 50
"""Width of the soft edge inside the movable mask, over the picture's longer side."""


class Composite:
    """A layer and the picture that the generator showed when the edit began.

    `layer` [1, 4, H, W] RGBA and `before` [1, C, h, w] in [0, 1]; `movable_mask` [1, 1, H, W] in
    [0, 1] or None.
    """

    def __init__(
        self,
        placement: Placement,
        layer: torch.Tensor,
        before: torch.Tensor,
        movable_mask: torch.Tensor | None,
    ) -> None:
        self._placement = placement
        self._layer = layer
        self._before = as_seen(before)
        self._weight = None
        if movable_mask is not None:
            self._weight = movable_mask * _feather(placement, movable_mask)

    def apply(self, after: torch.Tensor) -> torch.Tensor:
        """The layer [1, 4, H, W] once the generator shows `after` [1, C, h, w].

        Alpha is the layer's own where the generator makes none.
        """
        after = as_seen(after)
        change = after - self._before
        size = _size_of(change)
        moved = _ramp(size, SMALL_CHANGE, LARGE_CHANGE)
        change = change * _ramp(size, UNCHANGED, 4 * UNCHANGED)
        own = as_seen(self._layer) if after.shape[1] == 4 else self._layer[:, :3]
        moved, change, picture = map(self._placement.image_to_layer, (moved, change, after))
        moved = moved.clamp(0, 1)
        result = (own + change) * (1 - moved) + picture * moved
        if self._weight is not None:
            result = own + (result - own) * self._weight
        return self._as_layer(result.clamp(0, 1))

    def _as_layer(self, result: torch.Tensor) -> torch.Tensor:
        """RGB with the layer's alpha; of premultiplied RGBA, the colours that are seen."""
        if result.shape[1] == 3:
            return torch.cat([result, self._layer[:, 3:]], dim=1)
        alpha = result[:, 3:]
        seen = (result[:, :3] / alpha).clamp(0, 1)
        return torch.cat([torch.where(alpha > 0, seen, self._layer[:, :3]), alpha], dim=1)

    def replaced(self, after: torch.Tensor) -> torch.Tensor:
        """[1, 1, h, w], 0 to 1: how much of the layer the new picture takes the place of."""
        moved = _ramp(_size_of(as_seen(after) - self._before), SMALL_CHANGE, LARGE_CHANGE)
        if self._weight is not None:
            moved = moved * self._placement.image_to_picture(self._weight)
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


def _feather(placement: Placement, movable_mask: torch.Tensor) -> torch.Tensor:
    """[1, 1, H, W]: rises inwards from the mask's edge to 1, at most half way to its middle."""
    movable = (placement.image_to_picture(movable_mask) > 0).to(movable_mask)
    width = max(2, round(max(placement.picture) * FEATHER))
    layers, inner = [movable], movable
    while len(layers) < 2 * width and bool(inner.any()):
        inner = -functional.max_pool2d(-inner, 3, stride=1, padding=1)
        layers.append(inner)
    used = layers[: max(1, min(width, len(layers) // 2))]
    feather = torch.stack(used).mean(dim=0)
    return placement.image_to_layer(feather).clamp(0, 1)
