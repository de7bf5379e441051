"""Where a mapping network begins: with slow waves of each coordinate of z.

A network that is fed with nothing but z takes long to find out how each coordinate counts by
itself. So the first layer begins as hinges, each unit a ramp of one coordinate from a knot on, and
the second as random mixtures of what can be pieced together from them: the normal CDF of the
coordinate, which is the parameter's share of its range, and two waves of it (Fourier features, as
in arXiv 2006.10739). It is a plain mapping network all the same, and learns as one.
"""

from __future__ import annotations

import math

import torch

from stylegan2 import ops
from stylegan2.generator import MappingNetwork
from stylegan2.layers import FullyConnected

_WAVES = 2
_KNOTS = (-2.4, 2.0)  # first and last, in standard deviations
_LONGEST = 2.6  # what the pieces are fitted to


@torch.no_grad()
def start_with_waves(mapping: MappingNetwork, rate: float, random: torch.Generator) -> None:
    """Set the first two layers of a network whose learning rate multiplier is `rate`."""
    first, second = mapping.get_submodule("fc0"), mapping.get_submodule("fc1")
    assert isinstance(first, FullyConnected)
    assert isinstance(second, FullyConnected)
    units, count = first.weight.shape
    knots = torch.linspace(*_KNOTS, units // count)
    used = count * len(knots)
    ramps = torch.zeros_like(first.weight)
    ramps[:used] = torch.eye(count).repeat_interleave(len(knots), dim=0)
    biases = torch.zeros_like(first.bias)
    biases[:used] = -knots.repeat(count)
    _set(first, ramps, biases, rate)
    pieces, rest = _pieces(knots)  # [knots, waves], [waves]
    outputs = second.weight.shape[0]
    mixture = torch.randn(outputs, count, len(rest), generator=random)
    mixture *= math.sqrt(1 / (count * len(rest)))
    weight = torch.zeros_like(second.weight)
    weight[:, :used] = (mixture @ pieces.T).flatten(1)
    _set(second, weight, (mixture @ rest).sum(dim=1), rate)


def _set(layer: FullyConnected, weight: torch.Tensor, bias: torch.Tensor, rate: float) -> None:
    layer.weight.copy_(weight * (math.sqrt(weight.shape[1]) / rate))
    layer.bias.copy_(bias / rate)


def _pieces(knots: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How the waves are made of ramps: factors [knots, waves] and what is added [waves]."""
    z = torch.linspace(-_LONGEST, _LONGEST, 400)
    ramps = ops.leaky_relu(z[:, None] - knots)
    share = torch.special.ndtr(z) - 0.5
    waves = [2 * math.sqrt(3) * share]
    for k in range(1, _WAVES + 1):
        waves += [math.sqrt(2) * wave(math.pi * k * share) for wave in (torch.sin, torch.cos)]
    # What is drawn seldom may be met less well.
    weights = torch.exp(-z.square() / 4)[:, None]
    known = torch.cat([ramps, torch.ones_like(z)[:, None]], dim=1)
    solved = torch.linalg.lstsq(known * weights, torch.stack(waves, 1) * weights).solution
    return solved[:-1], solved[-1]
