"""What handles show in one block's features: a disc about each, as it was in the first picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn import functional

from draggan_server.editing.features import WindowField
from draggan_server.editing.preparation import feature_statistics
from draggan_server.editing.problem import DragProblem
from stylegan2.generator import Generator

_BEHIND = 0.5
"""Cells: what lies so far behind a handle is beside it, and counts with what lies ahead."""


class Patches:
    """The discs about a drag's handles in block b{resolution}, read once a cell.

    `radius` is in cells. `spacing` (px of the picture, a whole part of a cell) is that of the
    places where `misfits` looks, `searched` [N] px those about an expected place. With the `ways`
    [P, 2] that handles go only the half of each disc counts that lies ahead.
    """

    def __init__(
        self,
        problem: DragProblem,
        resolution: int,
        radius: int,
        field: WindowField,
        searched: torch.Tensor,
        spacing: float,
        ways: torch.Tensor | None = None,
    ) -> None:
        self.cell = cell(problem.generator, resolution)
        points = problem.handle_points
        steps = torch.arange(-radius, radius + 1, dtype=points.dtype, device=points.device)
        self._offsets = steps * self.cell
        # Of each cell three: a little before it, at it and a little after it.
        self._half = self.cell / 4
        aside = self._half * steps.new_tensor([-1, 0, 1])
        self._threes = (self._offsets[:, None] + aside).flatten()
        disc = (steps[:, None].square() + steps.square() <= radius**2 + 0.5).to(points)
        disc = disc.expand(len(points), -1, -1)
        if ways is not None:
            length = ways.norm(dim=1)[:, None, None]
            ahead = ways[:, 0, None, None] * steps + ways[:, 1, None, None] * steps[:, None]
            disc = disc * (ahead >= -_BEHIND * length)
        self._disc = disc / disc.sum(dim=(1, 2), keepdim=True)  # [P, S, S]
        self._dilation = round(self.cell / spacing)
        rim = spacing * steps.new_tensor(range(1, radius * self._dilation + 1))
        self._read_at = torch.cat([searched[0] - rim.flip(0), searched, searched[-1] + rim])
        self._statistics = feature_statistics(problem.generator, resolution)
        with torch.no_grad():
            field = self.standardise(field)
            self._wanted, self._slope = self._read_with_slope(field, points)  # [P, S, S, C]

    @torch.no_grad()
    def remember(self, field: WindowField, points: torch.Tensor) -> None:
        """From now on want what `field` shows about points [P, 2]."""
        wanted, slope = self._read_with_slope(self.standardise(field), points)
        self._wanted.copy_(wanted)
        self._slope.copy_(slope)

    def take_over(self, other: Patches, kept: Sequence[int | None]) -> None:
        """Want what `other` wants, where `kept` says which of its discs one is."""
        for mine, its in enumerate(kept):
            if its is not None:
                self._wanted[mine] = other._wanted[its]
                self._slope[mine] = other._slope[its]

    def standardise(self, field: WindowField) -> WindowField:
        return self._statistics.standardise(field)

    def read(self, field: WindowField, points: torch.Tensor) -> torch.Tensor:
        """[P, S, S, C] of a standardised field on the discs' squares about points [P, 2]."""
        return field.read(points[:, :1] + self._offsets, points[:, 1:] + self._offsets)

    def misfits(self, field: WindowField, expected: torch.Tensor) -> torch.Tensor:
        """How unlike the first picture's the discs are, 0 to 4: [P, N, N] (y, x) at the places
        searched about expected [P, 2]."""
        here = field.read(expected[:, :1] + self._read_at, expected[:, 1:] + self._read_at)
        count, *_, channels = here.shape
        here = here.permute(0, 3, 1, 2).reshape(1, count * channels, *here.shape[1:3])
        square = here.view(count, channels, *here.shape[2:]).square().sum(dim=1)[None]
        disc = self._disc[:, None]
        wanted = self._wanted.permute(0, 3, 1, 2) * disc
        misfits = functional.conv2d(square, disc, dilation=self._dilation, groups=count)
        both = functional.conv2d(here, wanted, dilation=self._dilation, groups=count)
        energy = self._weighted(self._wanted.square())
        found: torch.Tensor = misfits[0] - 2 * both[0] + energy[:, None, None]
        return found

    def compare(
        self, field: WindowField, points: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """How the discs about points [P, 2] differ from the first picture's, [P, S, S, C], and the
        slope halfway between the two, [P, 2, S, S, C]."""
        here, slope = self._read_with_slope(field, points)
        return here - self._wanted, (slope + self._slope) / 2

    def products(self, difference: torch.Tensor, jacobian: torch.Tensor) -> torch.Tensor:
        """[P, 3, 3]: those of r and J's two columns, r the difference [P, S, S, C], over the discs.

        r'r is the misfit, J'r the descent, J'J the normal matrix.
        """
        columns = torch.cat([difference[:, None], jacobian], dim=1)
        weighted = (columns * self._disc[:, None, ..., None]).flatten(2)
        return weighted @ columns.flatten(2).transpose(1, 2)

    def turned(self) -> tuple[torch.Tensor, torch.Tensor]:
        """J'J [P, 2, 2] of the first picture's discs, and J't [P, 2], t what a turn by one radian,
        from x to y, changes of them."""
        across, down = self._slope[:, 0], self._slope[:, 1]
        turn = down * self._offsets[:, None] - across * self._offsets[:, None, None]
        weighted = (self._slope * self._disc[:, None, ..., None]).flatten(2)
        slopes = self._slope.flatten(2)
        return weighted @ slopes.transpose(1, 2), (weighted @ turn.flatten(1)[..., None])[..., 0]

    def responses(
        self, weights: torch.Tensor, values: torch.Tensor, asked: torch.Tensor
    ) -> torch.Tensor:
        """[N, 2]: weights [N, 2, S, S, C] times values [N, S, S, C] over the discs `asked` [N]."""
        return torch.einsum("pasrc,psrc->pa", weights, self._disc[asked][..., None] * values)

    def _read_with_slope(
        self, field: WindowField, points: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[P, S, S, C], and its derivative by x and y [P, 2, S, S, C]."""
        read = field.read(points[:, :1] + self._threes, points[:, 1:] + self._threes)
        side = len(self._offsets)
        threes = read.view(len(points), side, 3, side, 3, read.shape[-1])
        across = threes[:, :, 1, :, 2] - threes[:, :, 1, :, 0]
        down = threes[:, :, 2, :, 1] - threes[:, :, 0, :, 1]
        slope = torch.stack([across, down], dim=1) / (2 * self._half)
        return threes[:, :, 1, :, 1], slope

    def _weighted(self, values: torch.Tensor) -> torch.Tensor:
        """[P, S, S, C] -> [P]: the mean over the discs, summed over channels."""
        return torch.einsum("psrc,psr->p", values, self._disc)


def cell(generator: Generator, resolution: int) -> float:
    """Pixels of the picture from one cell of block b{resolution} to the next."""
    geometry = generator.geometry
    cells = geometry.block_size(geometry.block_index(resolution))
    return max(generator.img_resolution) / max(cells)


def reach(generator: Generator, resolution: int, radius: int) -> int:
    """Pixels from a handle that a disc of `radius` cells and its slopes are read from."""
    return math.ceil((radius + 1) * cell(generator, resolution))
