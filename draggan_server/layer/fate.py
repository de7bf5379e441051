"""What becomes of what is painted on a layer when the picture on it moves."""

from __future__ import annotations

from typing import NamedTuple

import torch

from draggan_server.layer.homography import Size
from draggan_server.layer.motion import Motion, shifted
from draggan_server.layer.placement import AnyPlacement
from draggan_server.layer.resemblance import resize


class Fate(NamedTuple):
    """What becomes of every place of a layer, all of it in a small size, [1, C, h, w].

    `replaced`: how much of it the new picture takes the place of, 0 to 1. `shifts`, C 2, x over the
    layer's width and y over its height: where what is there now was before; `sure` and `seen_again`
    as in `Motion`.
    """

    replaced: torch.Tensor
    shifts: torch.Tensor
    sure: torch.Tensor
    seen_again: torch.Tensor

    @classmethod
    def of(cls, placement: AnyPlacement, replaced: torch.Tensor, motion: Motion | None) -> Fate:
        """`replaced` [1, 1, h, w] on the picture, and how that moves, if it is known."""
        if motion is None:
            nothing = torch.zeros_like(replaced)
            shifts, sure, seen_again = nothing.expand(-1, 2, -1, -1), nothing, nothing
        else:
            height, width = placement.layer
            sides = replaced.new_tensor([width, height]).view(1, 2, 1, 1)
            shifts = placement.shifts_to_layer(motion.back) / sides
            sure, seen_again = motion.sure, motion.seen_again
        small = placement.overview(torch.cat([replaced, shifts, sure, seen_again], dim=1))
        return cls(*torch.split(small, [1, 2, 1, 1], dim=1))

    def moved(self, marks: torch.Tensor) -> torch.Tensor:
        """marks [1, 1, h, w], 1 where a small layer is painted, else 0 -> the same afterwards."""
        size = (marks.shape[2], marks.shape[3])
        replaced, shifts, sure, _ = self._resized(size)
        sides = marks.new_tensor([size[1], size[0]]).view(1, 2, 1, 1)
        carried = shifted(marks, shifts * sides, "bilinear") * sure
        return (torch.where(replaced > 0.5, carried, marks) > 0.5).to(marks)

    def lost(self, marks: torch.Tensor) -> torch.Tensor:
        """marks, as `moved` takes them -> those that are seen nowhere afterwards."""
        replaced, _, _, seen_again = self._resized((marks.shape[2], marks.shape[3]))
        return marks * ((replaced > 0.5) & (seen_again < 0.5)).to(marks)

    def _resized(self, size: Size) -> list[torch.Tensor]:
        return [resize(image, size) for image in self]
