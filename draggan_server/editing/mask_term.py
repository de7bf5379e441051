"""What is not movable is held: DragGAN's mask term, and one that costs next to nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from draggan_server.editing.difference import magnitude, rounding
from draggan_server.editing.features import View
from draggan_server.editing.problem import DragProblem

CHANNELS_AT_ONCE = 16
"""Upsampled maps are built this many channels at a time: 16 MB at 512 px instead of 256."""


def mask_term_of(problem: DragProblem, view: View, share: float = 1) -> MapTerm | LayerTerm | None:
    """The term that holds what `view`, the first one, shows outside the mask; None without a mask.

    It weighs `share` of the configuration's weight.
    """
    if problem.movable_mask is None or view.held is None:
        return None
    start, weight = view.held.detach(), share * problem.config.mask_weight
    if problem.holds_exactly:
        return MapTerm(start, problem.movable_mask, weight)
    gain = float(view.field.values.abs().mean() / start.abs().mean())
    return LayerTerm(start, problem.movable_mask, weight, gain)


class MapTerm:
    """The mask term of arXiv 2305.10973, equation 1.

    weight * mean |(F - F0) * (1 - movable_mask)| over the whole upsampled map.

    The mean runs over held and movable pixels alike, as in the published code, so the term's
    strength follows the held area. `start` [1, h, w, C] is the first map, `movable_mask` [H, W].
    """

    def __init__(self, start: torch.Tensor, movable_mask: torch.Tensor, weight: float) -> None:
        self._start = start.detach()
        self._rounding = rounding(start)
        held = 1 - movable_mask
        self._held = held * (weight / (held.numel() * start.shape[3]))

    def loss(self, feature_map: torch.Tensor) -> torch.Tensor:
        """Scalar, differentiable with respect to feature_map [1, h, w, C]."""
        loss: torch.Tensor = _HeldDifference.apply(
            feature_map, self._start, self._held, self._rounding
        )  # type: ignore[no-untyped-call]
        return loss


class LayerTerm:
    """The same at the last layer that varies: what comes after it is a fixed function of it.

    weight * gain * mean |(x - start) * (1 - movable_mask)|, `start` [1, h, w, C] the layer's first
    output, the mask averaged over its cells. A change there grows or shrinks on its way to the
    features: `gain`, the ratio of their size to the layer's, makes up for that.

    It ends where the exact term does, for half the cost a step; `methods/newton/README.md` has the
    figures. Holding the cells around held ones too, as features made from both would ask, only
    trades distance for stillness as a larger weight does.
    """

    def __init__(
        self, start: torch.Tensor, movable_mask: torch.Tensor, weight: float, gain: float
    ) -> None:
        _, height, width, channels = start.shape
        self._start = start.detach()
        self._rounding = rounding(start)
        held = held_cells(movable_mask, (height, width))
        self._held = held[..., None] * (weight * gain / (height * width * channels))

    def loss(self, output: torch.Tensor) -> torch.Tensor:
        """Scalar, differentiable with respect to output [1, h, w, C]."""
        return (magnitude(output - self._start, self._rounding) * self._held).sum()


def held_cells(movable_mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """[h, w]: how much of each cell of a map of that `size` is held, 0 to 1."""
    held = functional.interpolate(
        (1 - movable_mask)[None, None], size, mode="bilinear", antialias=True
    )
    return held[0, 0]


class _HeldDifference(torch.autograd.Function):
    """sum |up(x - start)| * held, with the gradient made on the way, a few channels at a time."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, start: torch.Tensor, held: torch.Tensor, floor: torch.Tensor
    ) -> torch.Tensor:
        total = x.new_zeros(())
        gradient = torch.empty_like(x)
        for begin in range(0, x.shape[3], CHANNELS_AT_ONCE):
            channels = slice(begin, begin + CHANNELS_AT_ONCE)
            with torch.enable_grad():
                part = (x[..., channels] - start[..., channels]).detach().permute(0, 3, 1, 2)
                part = part.contiguous().requires_grad_(True)
                up = functional.interpolate(part, held.shape, mode="bilinear", align_corners=False)
                loss = (magnitude(up, floor) * held).sum()
            (of_part,) = torch.autograd.grad(loss, [part])
            gradient[..., channels] = of_part.permute(0, 2, 3, 1)
            total += loss.detach()
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad_output, None, None, None
