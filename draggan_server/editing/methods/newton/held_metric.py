"""How much what a mask holds changes with the latent, where a drag begins.

What comes after the last layer that varies is a fixed function of its output, so what holds that
output still outside the movable mask holds the picture there, see `mask_term`.
"""

from __future__ import annotations

import torch

from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.mask_term import held_cells

PROBES = 64
"""With a mask, drags of the toy lion change 2.3 levels of 255 outside it with 32, 1.9 with 128."""
AT_ONCE = 8
"""Backward passes in a batch: each holds a few maps."""


def held_metric(view: PyramidView, movable_mask: torch.Tensor) -> torch.Tensor:
    """U [PROBES, rows, w_dim], |U d|^2 about the change of what is held by a move d of the rows.

    The change is the mean square over the cells outside movable_mask [H, W], of channels scaled to
    a variance of 1 over the map. A sketch, by random vectors, as `picture_metric`'s.
    """
    assert view.held is not None
    output = view.held[0]
    held = held_cells(movable_mask, (output.shape[0], output.shape[1]))
    variance = output.var(dim=(0, 1))
    variance = variance + 0.05 * variance.mean() + torch.finfo(output.dtype).tiny
    share = held / held.sum().clamp(min=1)
    weights = (share[..., None] / (variance * len(variance))).sqrt()  # [h, w, C]
    random = torch.Generator().manual_seed(0)
    products = []
    for begin in range(0, PROBES, AT_ONCE):
        vectors = torch.randn(min(AT_ONCE, PROBES - begin), *weights.shape, generator=random)
        products.append(view.held_gradients(vectors.to(weights) * weights))
    factor: torch.Tensor = torch.cat(products) / PROBES**0.5
    return factor
