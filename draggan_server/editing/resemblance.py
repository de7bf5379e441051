"""Does a layer still show the generator's picture? Asked before a drag, so that a layer that was
repainted, moved or swapped is refused with a sentence instead of being overwritten."""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.editing.pixels import as_seen
from draggan_server.wire.errors import BadInput

COMPARED_SIDE = 64
"""Edges are compared at about this many pixels a side: those of shapes, not of texture or noise."""

MIN_CORRELATION = 0.2
"""Of the edges. On the toy lion (60 seeds): half the picture painted over 0.21 or more, brightness,
contrast, greys, blur and noise 0.39 or more; three of four other lions below 0.2, as are nine of
ten pictures moved by 1/16 of their width."""

MIN_VISIBLE = 0.1
"""Share of what the picture shows that must not be transparent on the layer."""


def check_shows(layer: torch.Tensor, picture: torch.Tensor) -> None:
    """Raises `BadInput` if layer [1, 4, h, w] RGBA plainly does not show picture [1, C, h, w].

    C is 3, or 4 with alpha. What was erased from the layer is not compared where C is 3.
    """
    visible = layer[:, 3:] > 0.5
    expected = picture[:, 3:] > 0.5 if picture.shape[1] == 4 else torch.ones_like(visible)
    if float((visible & expected).sum()) <= MIN_VISIBLE * float(expected.sum()):
        raise BadInput(
            "The layer is almost entirely transparent, so there is nothing to drag: choose the "
            "layer that shows the picture."
        )
    pool = max(1, min(picture.shape[2:]) // COMPARED_SIDE)
    if picture.shape[1] == 3:
        layer, picture = layer[:, :3] * visible, picture * visible
    a, b = (_edges(as_seen(image), pool) for image in (layer, picture))
    scale = (a.norm() * b.norm()).clamp(min=torch.finfo(a.dtype).tiny)
    if float((a * b).sum() / scale) < MIN_CORRELATION:
        raise BadInput(
            "The layer does not show the picture that its saved state belongs to any more: it was "
            "moved, transformed or painted over. Undo that, or drag the layer that was made from "
            "the picture."
        )


def _edges(colours: torch.Tensor, pool: int) -> torch.Tensor:
    """Differences of brightness to the right and downwards, [1, 2, h', w']."""
    grey = functional.avg_pool2d(colours.mean(dim=1, keepdim=True), pool)
    corner = grey[..., :-1, :-1]
    return torch.cat([grey[..., :-1, 1:] - corner, grey[..., 1:, :-1] - corner], dim=1)
