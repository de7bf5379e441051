"""What becomes of what is painted on a layer when the picture on it moves."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.layer.motion import Motion, shifted
from draggan_server.layer.placement import AnyPlacement
from draggan_server.layer.resemblance import resize


class Fate(NamedTuple):
    """What becomes of every place of a layer, all of it in a small size, [1, C, h, w].

    `replaced`: how much of it the new picture takes the place of, 0 to 1. `shifts`, C 2, x over the
    layer's width and y over its height: where what is there now was before; `sure` as in `Motion`.
    """

    replaced: torch.Tensor
    shifts: torch.Tensor
    sure: torch.Tensor

    @classmethod
    def of(cls, placement: AnyPlacement, replaced: torch.Tensor, motion: Motion | None) -> Fate:
        """`replaced` [1, 1, h, w] on the picture, and how that moves, if it is known."""
        if motion is None:
            nothing = torch.zeros_like(replaced)
            shifts, sure = nothing.expand(-1, 2, -1, -1), nothing
        else:
            height, width = placement.layer
            sides = replaced.new_tensor([width, height]).view(1, 2, 1, 1)
            shifts = placement.shifts_to_layer(motion.back) / sides
            sure = motion.sure
        small = placement.overview(torch.cat([replaced, shifts, sure], dim=1))
        return cls(*torch.split(small, [1, 2, 1], dim=1))

    def moved(self, marks: torch.Tensor) -> torch.Tensor:
        """marks [1, 1, h, w], 1 where a small layer is painted, else 0 -> the same afterwards."""
        replaced, shifts, sure = self._resized(marks)
        carried = shifted(marks, shifts, "bilinear") * sure
        return (torch.where(replaced > 0.5, carried, marks) > 0.5).to(marks)

    def lost(self, marks: torch.Tensor) -> torch.Tensor:
        """marks, as `moved` takes them -> those that take up less than half the room afterwards."""
        return marks * (self._room(marks) < 0.5).to(marks)

    def _room(self, marks: torch.Tensor) -> torch.Tensor:
        """[1, 1, h, w], as `marks`: how many places each place takes up afterwards.

        The transpose of what moves marks: each place gives itself to where it is read from.
        """
        replaced, shifts, sure = self._resized(marks)
        new = (replaced > 0.5).to(marks)
        with torch.enable_grad():
            places = torch.zeros_like(marks, requires_grad=True)
            (room,) = torch.autograd.grad(shifted(places, shifts, "bilinear"), places, new * sure)
        return _near(_near(room + 1 - new))

    def _resized(self, marks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """All three in the size of `marks`, `shifts` in its pixels."""
        size = (marks.shape[2], marks.shape[3])
        replaced, shifts, sure = (resize(image, size) for image in self)
        return replaced, shifts * marks.new_tensor([size[1], size[0]]).view(1, 2, 1, 1), sure


def _near(image: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(image, 3, stride=1, padding=1, count_include_pad=False)
