"""How far a picture is from the rendering it should be, with care for what is small but seen."""

from __future__ import annotations

import torch
from torch.nn import functional

_SPOT = 0.05  # of the picture's side: radius of what is cared for about a landmark
_EDGE = 3.0  # how much more an edge weighs than a plain area
_GRADIENTS = 0.5
_SMALLEST = 8  # pixels: the coarsest level compared


def care_map(
    points: torch.Tensor, visible: torch.Tensor, weights: torch.Tensor, resolution: int
) -> torch.Tensor:
    """Weights [N, 1, r, r], at least 1, higher about visible landmarks [N, L, 2] (x, y), [N, L].

    `weights` [L] is how much more each counts, 0 for those that count as the rest does.
    """
    if not points.shape[1]:
        return points.new_ones((len(points), 1, resolution, resolution))
    at = torch.arange(resolution, dtype=points.dtype, device=points.device)
    near = [
        torch.exp(-((at - points[..., axis, None]) ** 2) / (2 * (_SPOT * resolution) ** 2))
        for axis in (0, 1)
    ]  # [N, L, r] each: a Gaussian is the product of its rows and columns
    spots = near[1][..., :, None] * near[0][..., None, :]
    counted = (weights * visible)[..., None, None] * spots
    return 1 + counted.amax(dim=1, keepdim=True)


def picture_loss(made: torch.Tensor, wanted: torch.Tensor, care: torch.Tensor) -> torch.Tensor:
    """L1 + L2, with more weight at edges, and L1 of differences between neighbours.

    Pictures are [N, 3, r, r] in [-1, 1]; the terms are summed over a pyramid of halved sizes.
    `care` [N, 1, r, r] weighs the pixels.
    """
    total = made.new_zeros(())
    while True:
        across, down = _differences(wanted)
        edges = functional.pad(across.abs().sum(1, keepdim=True), (0, 1))
        edges = edges + functional.pad(down.abs().sum(1, keepdim=True), (0, 0, 0, 1))
        weight = care * (1 + _EDGE * (0.7 * edges).clamp(max=1))
        error = made - wanted
        total = total + (weight * (error.abs() + error.square())).mean()
        error_across, error_down = _differences(error)
        total = total + _GRADIENTS * (care[..., 1:] * error_across.abs()).mean()
        total = total + _GRADIENTS * (care[..., 1:, :] * error_down.abs()).mean()
        if made.shape[-1] <= _SMALLEST:
            return total
        made, wanted, care = (functional.avg_pool2d(x, 2) for x in (made, wanted, care))


def _differences(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
