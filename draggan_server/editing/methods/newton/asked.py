"""Which of many handles a step asks for, and what that says of the others.

How a handle moves with the latent costs two backward passes. Many handles say nearly the same of
it, so each step asks for some that lie apart, and those that are far from their targets first.
"""

from __future__ import annotations

import torch

MOST = 32
"""Handles asked for in one step."""


def asked(points: torch.Tensor, distances: torch.Tensor) -> torch.Tensor:
    """Numbers, rising, of at most `MOST` of handles at points [P, 2], distances [P] px to go.

    One after the other that which lies farthest from those that were chosen, weighed by the root
    of its distance; all of them where there are no more.
    """
    if len(points) <= MOST:
        return torch.arange(len(points), device=points.device)
    weight = distances.sqrt()
    chosen = [int(distances.argmax())]
    gap = (points - points[chosen[0]]).norm(dim=1)
    while len(chosen) < MOST:
        merit = gap * weight
        merit[chosen] = -1
        chosen.append(int(merit.argmax()))
        gap = torch.minimum(gap, (points - points[chosen[-1]]).norm(dim=1))
    return torch.tensor(sorted(chosen), device=points.device)


def carried(points: torch.Tensor, some: torch.Tensor, moved: torch.Tensor) -> torch.Tensor:
    """[P, 2]: how handles at points [P, 2] move, if `some` [N] of them move by moved [N, 2].

    The others go with those about them: the mean, weighed by the inverse fourth power of the
    distance, px.
    """
    square = (points[:, None] - points[some]).square().sum(dim=2)
    weight = (square + 1).reciprocal().square()
    way = (weight / weight.sum(dim=1, keepdim=True)) @ moved
    way[some] = moved
    return way
