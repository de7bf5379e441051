"""Where the mapping network's outputs live: the directions of W, each in units of its spread.

The model has only been trained on latents that its mapping network makes. They lie unevenly in W:
wide along a few directions, thin along most. A move in units of the spread along each direction
stays among them, and means the same for a model whose w is scaled or rotated.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch

from stylegan2.generator import Generator

SAMPLES = 4096
"""Latents whose covariance is taken: the mapping network alone, under a second for 512 x 8."""
LEAST = 1e-3
"""Spread over the widest direction's: directions that are thinner are left out."""
SEED = 5

_KNOWN: WeakKeyDictionary[Generator, torch.Tensor] = WeakKeyDictionary()


def directions(generator: Generator) -> torch.Tensor:
    """[D, w_dim], float64, on the processor: principal directions of W times their spread.

    The move `x @ directions` of a latent w, x [D] standard normal, is as large as the moves from
    one of the model's samples to its mean. Computed once a generator.
    """
    known = _KNOWN.get(generator)
    if known is None:
        random = torch.Generator().manual_seed(SEED)
        w = generator.draw(SAMPLES, random)[:, 0].cpu().double()
        _, spreads, axes = torch.linalg.svd(w - w.mean(dim=0), full_matrices=False)
        spreads = spreads / (SAMPLES - 1) ** 0.5
        kept = spreads > LEAST * spreads[0]
        known = spreads[kept, None] * axes[kept]
        _KNOWN[generator] = known
    return known
