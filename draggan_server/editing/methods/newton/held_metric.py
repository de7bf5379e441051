"""What a mask holds: by how much it has changed, and how that goes on with the latent.

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


class Held:
    """What a mask holds, outside movable_mask [H, W], as the first `view` shows it.

    Its change is the mean square over the cells outside, of channels scaled to a variance of 1
    over the first map.
    """

    def __init__(self, view: PyramidView, movable_mask: torch.Tensor) -> None:
        assert view.held is not None
        self._start = view.held[0].detach().clone()
        held = held_cells(movable_mask, (self._start.shape[0], self._start.shape[1]))
        variance = self._start.var(dim=(0, 1))
        variance = variance + 0.05 * variance.mean() + torch.finfo(variance.dtype).tiny
        share = held / held.sum().clamp(min=1)
        self._weights = (share[..., None] / (variance * len(variance))).sqrt()  # [h, w, C]

    def metric(self, view: PyramidView) -> torch.Tensor:
        """U [PROBES, rows, w_dim]: a move d of the rows from what `view` shows changes what is held
        by |U d|^2 about. A sketch, by random vectors, as `picture_metric`'s."""
        random = torch.Generator().manual_seed(0)
        products = []
        for begin in range(0, PROBES, AT_ONCE):
            count = min(AT_ONCE, PROBES - begin)
            vectors = torch.randn(count, *self._weights.shape, generator=random)
            products.append(view.held_gradients(vectors.to(self._weights) * self._weights))
        factor: torch.Tensor = torch.cat(products) / PROBES**0.5
        return factor

    def change(self, view: PyramidView) -> float:
        """By how much what is held has changed."""
        return float(self._off(view).square().sum())

    def slope(self, view: PyramidView) -> torch.Tensor:
        """[1, rows, w_dim]: half of the derivative of the change by the rows."""
        return view.held_gradients((self._off(view) * self._weights)[None])

    def _off(self, view: PyramidView) -> torch.Tensor:
        assert view.held is not None
        return (view.held[0].detach() - self._start) * self._weights
