"""What a layer shows that the picture on it does not: grain, paint, pasted things, another
background."""

from __future__ import annotations

import math
from functools import cached_property

import torch

from draggan_server.layer.motion import shifted
from draggan_server.layer.pixels import as_seen
from draggan_server.layer.placement import AnyPlacement, Placement
from draggan_server.layer.resemblance import half_a_pixel_around, resize

ROUNDED = 0.5 / 255
"""A layer of the picture's size that is off by more shows something else."""
SCALED = 4 / 255
"""A layer that was scaled may be off by so much and a quarter of what half a pixel of the picture
changes: hosts interpolate in many ways."""
LEAST_DETAIL = 4
"""Pixels: fewer that are off say nothing."""
_MARGIN = 3  # rows that bicubic interpolation reads beyond its place
_BAND_PIXELS = 1 << 18


class Detail:
    """What `layer` [1, 4, H, W], RGBA of uint8, has beyond the `picture` [1, C, h, w] on it."""

    def __init__(self, placement: AnyPlacement, layer: torch.Tensor, picture: torch.Tensor) -> None:
        self._placement = placement
        self._layer = layer
        self._picture = picture

    @cached_property
    def any(self) -> bool:
        """Whether there is any: not where the layer is the picture, perhaps scaled. A photo always
        has some.
        """
        if not isinstance(self._placement, Placement):
            return True
        size, whole = self._placement.layer, self._placement.picture
        smaller = (min(size[0], whole[0]), min(size[1], whole[1]))
        rows, columns = (
            ((torch.arange(count) + 0.5) * (length / count)).long()
            for count, length in zip(smaller, size, strict=True)
        )
        layer = self._layer[:, :, rows][:, :, :, columns].float() / 255
        shown = as_seen(layer[:, : self._picture.shape[1]])
        if size == whole:
            off = (shown - self._picture).abs() - ROUNDED
        else:
            low, high = half_a_pixel_around(resize(self._picture, smaller))
            off = torch.maximum(low - shown, shown - high) - SCALED - (high - low) / 4
        other = (off.amax(dim=1, keepdim=True) > 0) & (layer[:, 3:] > 0)
        return int(other.sum()) >= LEAST_DETAIL

    def moved(self, rows: slice, shifts: torch.Tensor) -> torch.Tensor:
        """[C, B, W]: detail of rows of the layer, each pixel's taken from where `shifts` [2, B, W]
        lead, (x, y) in the layer's pixels. What is transparent there has none.
        """
        height = self._layer.shape[2]
        down = shifts[1] + torch.arange(rows.start, rows.stop).to(shifts)[:, None]
        top = min(max(0, math.floor(float(down.min())) - _MARGIN), height - 1)
        bottom = max(min(height, math.ceil(float(down.max())) + _MARGIN + 1), top + 1)
        there = shifts.clone()
        there[1] = down - top - torch.arange(shifts.shape[1]).to(shifts)[:, None]
        return shifted(self._whole[:, :, top:bottom].float(), there[None])[0]

    @cached_property
    def _whole(self) -> torch.Tensor:
        """[1, C, H, W] of half floats, which hold a fiftieth of a step of 8 bits."""
        height, width = self._placement.layer
        channels = self._picture.shape[1]
        picture = self._placement.image_to_layer(self._picture)
        whole = torch.empty(1, channels, height, width, dtype=torch.float16)
        count = max(1, _BAND_PIXELS // width)
        for first in range(0, height, count):
            band = slice(first, min(first + count, height))
            layer = self._layer[:, :, band].float() / 255
            shown = as_seen(layer[:, :channels]) - picture.rows(band)
            whole[:, :, band] = shown if channels == 4 else shown * layer[:, 3:]
        return whole
