"""Where the mapping network's outputs live: the directions of W, each in units of its spread.

The model has only been trained on latents that its mapping network makes. They lie unevenly in W:
wide along a few directions, thin along most. A move in units of the spread along each direction
stays among them, and means the same for a model whose w is scaled or rotated.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch.nn import functional

from stylegan2.generator import Generator

SAMPLES = 4096
"""Latents whose covariance is taken: the mapping network alone, under a second for 512 x 8."""
KEPT = 1024
"""Of these, the outputs that are kept to search from."""
LEAST = 1e-3
"""Spread over the widest direction's: directions that are thinner are left out."""
SEED = 5


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the mapping network makes, on its device: of z [N, z_dim] and, where the model is
    conditional, labels [N, c_dim], w [N, w_dim]."""

    z: torch.Tensor
    labels: torch.Tensor | None
    w: torch.Tensor

    def __getitem__(self, some: slice) -> Outputs:
        labels = None if self.labels is None else self.labels[some]
        return Outputs(self.z[some], labels, self.w[some])


@dataclass(frozen=True, slots=True)
class _Known:
    directions: torch.Tensor
    outputs: Outputs


_KNOWN: WeakKeyDictionary[Generator, _Known] = WeakKeyDictionary()


def directions(generator: Generator) -> torch.Tensor:
    """[D, w_dim], float64, on the processor: principal directions of W times their spread.

    The move `x @ directions` of a latent w, x [D] standard normal, is as large as the moves from
    one of the model's samples to its mean. Computed once a generator.
    """
    return _known(generator).directions


def outputs(generator: Generator) -> Outputs:
    """`KEPT` of the mapping network's outputs, computed once a generator."""
    return _known(generator).outputs


def made_of(generator: Generator, z: torch.Tensor, labels: torch.Tensor | None) -> Outputs:
    """What the mapping network makes of z [N, z_dim], labels [N, c_dim] or [1, c_dim] or None."""
    z = z.to(generator.w_avg)
    if labels is not None:
        labels = labels.to(generator.w_avg).expand(len(z), -1)
    with torch.no_grad():
        return Outputs(z, labels, generator.mapping_network(z, labels))


def _known(generator: Generator) -> _Known:
    known = _KNOWN.get(generator)
    if known is None:
        random = torch.Generator().manual_seed(SEED)
        z = torch.randn(SAMPLES, generator.z_dim, generator=random)
        labels = None
        if generator.c_dim:
            drawn = torch.randint(generator.c_dim, (SAMPLES,), generator=random)
            labels = functional.one_hot(drawn, generator.c_dim)
        made = made_of(generator, z, labels)
        w = made.w.cpu().double()
        _, spreads, axes = torch.linalg.svd(w - w.mean(dim=0), full_matrices=False)
        spreads = spreads / (SAMPLES - 1) ** 0.5
        wide = spreads > LEAST * spreads[0]
        known = _Known(spreads[wide, None] * axes[wide], made[:KEPT])
        _KNOWN[generator] = known
    return known
