"""What handles show, found again to fractions of a pixel, and how it moves with the latent.

A handle shows the features on a disc about it, each channel scaled by its own spread. Where they
are in another picture is a Gauss-Newton fit, as in image registration (Baker and Matthews 2004,
"Lucas-Kanade 20 years on"); the same linear model says how the place moves with the features, and
the features' gradient with respect to the latent does the rest.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from draggan_server.editing.features import FeatureField, WindowView
from draggan_server.editing.problem import DragProblem

RADIUS = 2
"""Cells from a disc's centre to its rim; features are read once a cell."""
PER_CELL = 2
"""Places searched a cell and axis, before the fit refines the best."""
FITS = 6
STILL = 0.02
"""Cells: a fit that moves less has ended."""
LEASH = 0.1
"""What a place as far off as is searched must be more alike by, of a disc's own energy. Without it
handles on lips and chins slide sideways; of 24 drags of the toy lion 75% arrive instead of 88%."""
RIDGE = 1e-3
"""Over the trace of a disc's normal matrix: an edge says nothing of the way along it."""


class Patches:
    """The discs about a drag's handles, as they were in the first picture.

    `field` is of the first picture. `search` is how far, in pixels of the picture, handles are
    looked for from where they are expected.
    """

    def __init__(self, problem: DragProblem, field: FeatureField, search: float) -> None:
        self._cell = cell(problem)
        height, width = field.pixels
        points = problem.handle_points
        self.last = points.new_tensor([width - 1, height - 1])
        steps = torch.arange(-RADIUS, RADIUS + 1, dtype=points.dtype, device=points.device)
        self._offsets = steps * self._cell
        self._disc = (steps[:, None].square() + steps.square() <= RADIUS**2 + 0.5).to(points)
        reach = math.ceil(search / self._cell * PER_CELL)
        steps = torch.arange(-reach, reach + 1, dtype=points.dtype, device=points.device)
        self._searched = steps * (self._cell / PER_CELL)
        with torch.no_grad():
            variance = field.values.flatten(0, -2).var(dim=0)  # [C]
            variance = variance + 0.05 * variance.mean() + torch.finfo(variance.dtype).tiny
            self._scale = (variance * len(variance)).rsqrt()
            self._wanted = self._read(field, points)  # [P, S, S, C]
            self._slope = self._slopes(field, points)
            self._energy = self._weighted(self._wanted.square()).clamp(min=1e-12)

    @staticmethod
    def reach(problem: DragProblem) -> int:
        """Pixels from a handle that a disc about it and its slopes are read from."""
        return math.ceil((RADIUS + 1) * cell(problem))

    @torch.no_grad()
    def find(self, field: FeatureField, expected: torch.Tensor) -> torch.Tensor:
        """Where the handles are [P, 2], near where they are expected [P, 2]."""
        places = self._nearest(field, expected)
        misfit = self.misfit(field, places)
        for _ in range(FITS):
            jacobian = self._jacobian(field, places)
            difference = (self._read(field, places) - self._wanted) * self._disc[..., None]
            pull = torch.einsum("pasrc,psrc->pa", jacobian, difference)
            move = -torch.linalg.solve(self._normal(jacobian), pull[..., None])[..., 0]
            move = move * (self._cell / move.norm(dim=1, keepdim=True).clamp(min=self._cell))
            moved = (places + move).clamp(torch.zeros_like(self.last), self.last)
            after = self.misfit(field, moved)
            better = after < misfit
            places = torch.where(better[:, None], moved, places)
            misfit = torch.where(better, after, misfit)
            if not bool((better & (move.norm(dim=1) > STILL * self._cell)).any()):
                break
        return places

    def misfit(self, field: FeatureField, points: torch.Tensor) -> torch.Tensor:
        """[P]: how unlike the first picture's the discs about points [P, 2] are, 0 for equal."""
        return self._weighted((self._read(field, points) - self._wanted).square()) / self._energy

    def motion(self, view: WindowView, points: torch.Tensor) -> torch.Tensor:
        """[P, 2, rows, w_dim]: how the handles, now at points [P, 2], move with the latent.

        Implicit differentiation of p = argmin |F(w, p) - F0|^2: dp/dw = -(J'J)^-1 J' dF/dw, J the
        spatial derivative of the features.
        """
        with torch.no_grad():
            jacobian = self._jacobian(view.field, points)
            weights = torch.linalg.solve(self._normal(jacobian), jacobian.flatten(2))
            weights = -weights.view_as(jacobian)
        values = self._read(view.near(points), points)
        return view.gradients(torch.einsum("pasrc,psrc->pa", weights, values))

    def _read(self, field: FeatureField, points: torch.Tensor) -> torch.Tensor:
        """[P, S, S, C] on the discs' square about points [P, 2], scaled."""
        x, y = points[:, :1] + self._offsets, points[:, 1:] + self._offsets
        return field.read(x, y) * self._scale

    def _slopes(self, field: FeatureField, points: torch.Tensor) -> torch.Tensor:
        """[P, 2, S, S, C]: the derivative by x and y."""
        half = self._cell / 4
        moves = half * torch.eye(2, dtype=points.dtype, device=points.device)
        return torch.stack(
            [
                (self._read(field, points + move) - self._read(field, points - move)) / (2 * half)
                for move in moves
            ],
            dim=1,
        )

    def _jacobian(self, field: FeatureField, points: torch.Tensor) -> torch.Tensor:
        """The slope halfway between the first picture's and this one's, on the discs."""
        return (self._slopes(field, points) + self._slope) / 2 * self._disc[..., None]

    def _normal(self, jacobian: torch.Tensor) -> torch.Tensor:
        """J'J [P, 2, 2], kept invertible."""
        normal = torch.einsum("pasrc,pbsrc->pab", jacobian, jacobian)
        ridge = RIDGE * normal.diagonal(dim1=1, dim2=2).sum(1) + torch.finfo(normal.dtype).tiny
        return normal + ridge[:, None, None] * torch.eye(2, dtype=normal.dtype, device=ridge.device)

    def _weighted(self, values: torch.Tensor) -> torch.Tensor:
        """[P, S, S, C] -> [P]: the sum over the discs."""
        return torch.einsum("psrc,sr->p", values, self._disc)

    def _nearest(self, field: FeatureField, expected: torch.Tensor) -> torch.Tensor:
        """Of the places searched about expected [P, 2], inside the picture, the most alike."""
        x, y = expected[:, :1] + self._searched, expected[:, 1:] + self._searched  # [P, N]
        rim = self._searched.new_tensor(range(1, PER_CELL * RADIUS + 1)) * (self._cell / PER_CELL)
        offsets = torch.cat(
            [self._searched[0] - rim.flip(0), self._searched, self._searched[-1] + rim]
        )
        here = field.read(expected[:, :1] + offsets, expected[:, 1:] + offsets) * self._scale
        count, *_, channels = here.shape
        here = here.permute(0, 3, 1, 2).reshape(1, count * channels, *here.shape[1:3])
        disc = self._disc.expand(count, channels, -1, -1)
        wanted = self._wanted.permute(0, 3, 1, 2) * disc
        # |F - F0|^2 on the disc but for |F0|^2, which is the same everywhere.
        misfit = functional.conv2d(here.square(), disc, dilation=PER_CELL, groups=count)
        misfit = misfit - 2 * functional.conv2d(here, wanted, dilation=PER_CELL, groups=count)
        # What tells places apart little, as along an edge, must not lead far from the expected one.
        away = (self._searched / self._searched.abs().amax()).square()
        misfit = misfit + LEASH * self._energy[:, None, None] * (away[:, None] + away)
        outside = (y < 0) | (y > self.last[1]), (x < 0) | (x > self.last[0])
        misfit = misfit[0].masked_fill(outside[0][:, :, None] | outside[1][:, None], torch.inf)
        nearest = misfit.flatten(1).argmin(dim=1)
        side = len(self._searched)
        column, row = nearest % side, nearest.div(side, rounding_mode="floor")
        return torch.cat([x.gather(1, column[:, None]), y.gather(1, row[:, None])], dim=1)


def cell(problem: DragProblem) -> float:
    """Pixels of the picture from one cell of the features to the next."""
    geometry = problem.generator.geometry
    cells = geometry.block_size(geometry.block_index(problem.feature_resolution))
    return max(problem.generator.img_resolution) / max(cells)
