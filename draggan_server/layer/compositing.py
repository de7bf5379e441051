"""Putting the generator's change onto the layer without touching what did not change.

Colours are [1, C, H, W] in [0, 1] and the composite rule is: outside the movable mask the layer's
own pixels, bit for bit; inside, the layer where the generator's picture did not change, the new
picture where it did, with the layer's own detail carried along by the motion, and the layer plus
the change in between. On a layer that is the generator's own picture all of these agree, and the
result is the new picture. Along a mask's soft edge, light is mixed.

C is 3, or 4 where the generator makes alpha. Then alpha follows the rule as a fourth channel, and
colours are premultiplied while they are mixed.
"""

from __future__ import annotations

from functools import cached_property

import torch
from torch.nn import functional

from draggan_server.layer.detail import Detail
from draggan_server.layer.fate import Fate
from draggan_server.layer.motion import Motion, ramp, shifted
from draggan_server.layer.pixels import as_seen, mixed_in_light
from draggan_server.layer.placement import AnyPlacement

UNCHANGED = 0.5 / 255
"""A change of at most this is none: it would not change an 8-bit pixel."""

SMALL_CHANGE, LARGE_CHANGE = 8 / 255, 32 / 255
"""Below the first a change is a shift of colour, which the layer's own detail survives; above the
second it is a movement, and the layer's detail is that of what was there before."""

NO_WAY, WAY = 1 / 512, 1 / 256
"""Movements, in shares of the picture's longer side. What is so even that its colours hardly change
stays where it moves by less than the first, and moves where that is more than the second."""

GLAZE, PAINT = 48 / 255, 128 / 255
"""Detail below the first is added to the new picture, as grain and light are; above the second it
covers the picture, as paint does. With 24 and 64 freckles keep the old light, and detail gains 1.9
dB instead of 2.9; opaque paint is as near to the truth with either (21.7 dB at the median of its
place, 12 moved lions)."""

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
        self._layer = layer
        self._before = as_seen(before)
        self._detail = Detail(placement, layer, self._before)
        self._mask = None
        if movable_mask is not None:
            self._mask = movable_mask[0]
            self._movable = placement.image_to_picture(movable_mask.to(before) / 255)
            self._feather = _feather(placement, self._movable)

    @property
    def has_detail(self) -> bool:
        """Whether the layer shows anything that a motion could carry along."""
        return self._detail.any

    def apply(self, after: torch.Tensor, motion: Motion | None = None) -> torch.Tensor:
        """The layer [1, 4, H, W], of uint8, once the generator shows `after` [1, C, h, w].

        Alpha is the layer's own where the generator makes none. `motion` of the picture carries
        detail along; without it detail is lost where the picture changed.
        """
        after = as_seen(after)
        change = after - self._before
        size = _size_of(change)
        moved = self._moved(size, motion)
        if self.has_detail:
            change = change * ramp(size, UNCHANGED, 4 * UNCHANGED)
        images = [moved, change, after]
        if self._mask is not None:
            images.append(self._feather)
        if motion is not None:
            covered = shifted(self._painted, motion.back, "bilinear")
            not_there = (after - shifted(self._before, motion.back)) * covered
            # Grain belongs to the surface below it; what is painted over it does not.
            sure = motion.sure * torch.maximum(motion.alike, covered)
            images += [not_there, self._placement.shifts_to_layer(motion.back), sure]
        scaled = self._placement.image_to_layer(torch.cat(images, dim=1))
        height, width = self._placement.layer
        result = torch.empty(height, width, 4, dtype=torch.uint8)
        count = max(1, BAND_PIXELS // width)
        for first in range(0, height, count):
            rows = slice(first, min(first + count, height))
            band = self._blend(rows, scaled.rows(rows), change.shape[1])
            whole = band.mul_(255).add_(0.5).clamp_(0, 255).to(torch.uint8).cpu()
            for channel in range(4):  # one by one: all at once takes several times as long
                kept = channel == len(whole)
                result[rows, :, channel] = self._layer[0, 3, rows] if kept else whole[channel]
        return result.permute(2, 0, 1)[None]

    def _blend(self, rows: slice, scaled: torch.Tensor, channels: int) -> torch.Tensor:
        """Rows of the result, [C, B, W] in about [0, 1], RGB or straight RGBA.

        `scaled` [1 + 2C + (0 or 1) + (0 or C + 3), B, W] are moved, change, picture, the feather
        where there is a mask, and where detail moves what it should not be seen through, its
        shifts and how sure they are.
        """
        moved, change, picture = torch.split(scaled[: 1 + 2 * channels], [1, channels, channels])
        rest = scaled[1 + 2 * channels :]
        plain = torch.contiguous_format  # channel by channel, as `scaled` is
        layer = self._layer[0, :channels, rows].to(scaled, memory_format=plain) / 255
        own = layer if channels == 3 else as_seen(layer[None])[0]
        moved = moved.clamp(0, 1)
        if len(rest) > 1 and bool((moved > 0).any()):
            not_there, shifts, sure = torch.split(rest[-channels - 3 :], [channels, 2, 1])
            detail = self._detail.moved(rows, shifts)
            picture = picture + sure.clamp(0, 1) * (detail - not_there)
        result = own + change
        result += (picture - result).mul_(moved)
        if self._mask is not None:
            weight = self._mask[:, rows].to(scaled) / 255 * rest[:1].clamp(0, 1)
            result = mixed_in_light(own, result, weight)
        if channels == 3:
            return result
        result = result.clamp_(0, 1)
        alpha = result[3:]
        seen = torch.where(alpha > 0, result[:3] / alpha, layer[:3])
        return torch.cat([seen, alpha])

    def _moved(self, size: torch.Tensor, motion: Motion | None) -> torch.Tensor:
        """[1, 1, h, w], 0 to 1: where the new picture takes the place of the layer."""
        moved = ramp(size, SMALL_CHANGE, LARGE_CHANGE)
        if motion is None:
            return moved
        side = max(self._placement.picture)
        way = motion.back.norm(dim=1, keepdim=True)
        goes = motion.moves * ramp(way, NO_WAY * side, WAY * side)
        differs = torch.maximum(ramp(size, UNCHANGED, 4 * UNCHANGED), self._painted)
        return torch.maximum(moved, goes * differs)

    @cached_property
    def _painted(self) -> torch.Tensor:
        """[1, 1, h, w], 0 to 1: where the layer shows something else than the picture, which goes
        along also where the picture is the same before and after.
        """
        layer = self._placement.image_to_picture(self._layer.float() / 255)
        seen = as_seen(layer[:, : self._before.shape[1]])
        off = _size_of(seen - self._before) * (layer[:, 3:] > 0)
        return ramp(off, GLAZE, PAINT)

    def fate(self, after: torch.Tensor, motion: Motion | None = None) -> Fate:
        """What becomes of what is painted on the layer."""
        moved = self._moved(_size_of(as_seen(after) - self._before), motion)
        if self._mask is not None:
            moved = moved * self._movable * self._feather
        return Fate.of(self._placement, moved, motion)


def keep_held(
    placement: AnyPlacement, layer: torch.Tensor, result: torch.Tensor, movable: torch.Tensor
) -> torch.Tensor:
    """The result [1, 4, H, W] where `movable` [1, 1, h, w], of the picture's size, is above 0; the
    layer's own pixels elsewhere.
    """
    scaled, kept = placement.image_to_layer(movable.float()), layer.clone()
    height, width = placement.layer
    count = max(1, BAND_PIXELS // width)
    for first in range(0, height, count):
        rows = slice(first, min(first + count, height))
        free = scaled.rows(rows) > 0
        kept[0, :, rows] = torch.where(free, result[0, :, rows], layer[0, :, rows])
    return kept


def _size_of(change: torch.Tensor) -> torch.Tensor:
    """[1, C, h, w] -> [1, 1, h, w], of the largest change near by."""
    return _neighbourhood_maximum(change.abs().amax(dim=1, keepdim=True))


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
