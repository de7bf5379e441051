"""Handles found again to fractions of a pixel, and how they move with the latent.

A handle shows the features on a disc about it, in a coarse block, which knows what it is part of,
and in one twice as fine, which knows where it is. Where they are in another picture is a
Gauss-Newton fit, as in image registration (Baker and Matthews 2004, "Lucas-Kanade 20 years on");
the same linear model says how the place moves with the features, and the features' gradient with
respect to the latent does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from draggan_server.editing.features import WindowField, WindowSource, WindowView
from draggan_server.editing.features.levels import levels
from draggan_server.editing.methods.newton.patches import Patches, cell, reach
from draggan_server.editing.problem import DragProblem

LONGEST = 0.02
"""Of the picture's longer side: how far a step moves a handle at most. The linear model is not to
be trusted farther."""
SEARCHED = 2.4 * LONGEST
"""Likewise: how far from where it is expected a handle is looked for."""
PER_CELL = 2
"""Places searched a cell of the finer block and axis, before the fit refines the best."""
FITS = 6
STILL = 0.02
"""Cells: a fit that moves less has ended."""
RIDGE = 1e-3
"""Over the trace of a disc's normal matrix: an edge says nothing of the way along it."""


class Sight:
    """Looks at latents, whose first `rows` rows vary, through all levels about the handles.

    With `hold` the last view offers what a mask holds, see `WindowSource`.
    """

    def __init__(self, problem: DragProblem, *, rows: int, hold: bool = False) -> None:
        generator = problem.generator
        searched = int(SEARCHED * max(generator.img_resolution) + 1)
        every = levels(generator, problem.config)
        self._sources = []
        for level in every:
            discs = reach(generator, level.resolution, level.radius)
            self._sources.append(
                WindowSource(
                    generator,
                    level.resolution,
                    problem.w_plus,
                    rows,
                    len(problem.handle_points),
                    track_reach=searched + discs,
                    push_reach=discs,
                    hold=hold and level is every[-1],
                )
            )

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> list[WindowView]:
        """A view a level of the latent whose first rows are free [1, rows, w_dim]."""
        return [source.at(free, handle_points) for source in self._sources]


class HandleTracker:
    """Follows a drag's handles by what they showed in the first picture, which `views` are of."""

    def __init__(self, problem: DragProblem, views: Sequence[WindowView]) -> None:
        points, generator = problem.handle_points, problem.generator
        height, width = generator.img_resolution
        self.last = points.new_tensor([width - 1, height - 1])
        every = levels(generator, problem.config)
        self._cell = cell(generator, every[-1].resolution)
        spacing = self._cell / PER_CELL
        steps = math.ceil(SEARCHED * max(height, width) / spacing)
        self._searched = spacing * torch.arange(
            -steps, steps + 1, dtype=points.dtype, device=points.device
        )
        self._patches = [
            Patches(problem, level.resolution, level.radius, view.field, self._searched, spacing)
            for level, view in zip(every, views, strict=True)
        ]

    def take_over(self, other: HandleTracker, kept: Sequence[int | None]) -> None:
        """Look for what `other` looked for, where `kept` says which of its handles one is."""
        for patches, others in zip(self._patches, other._patches, strict=True):
            patches.take_over(others, kept)

    @torch.no_grad()
    def find(self, views: Sequence[WindowView], expected: torch.Tensor) -> torch.Tensor:
        """Where the handles are [P, 2], near where they are expected [P, 2]."""
        fields = self._fields(views)
        places = self._nearest(fields, expected)
        misfit = self._misfit(fields, places)
        for _ in range(FITS):
            normal = torch.zeros_like(places)[:, :, None].repeat(1, 1, 2)
            descent = torch.zeros_like(places)
            for patches, field in zip(self._patches, fields, strict=True):
                jacobian = patches.jacobian(field, places)
                normal += patches.normal(jacobian)
                descent += patches.descent(field, places, jacobian)
            move = -torch.linalg.solve(_ridged(normal), descent[..., None])[..., 0]
            move = move * (self._cell / move.norm(dim=1, keepdim=True).clamp(min=self._cell))
            moved = (places + move).clamp(torch.zeros_like(self.last), self.last)
            after = self._misfit(fields, moved)
            better = after < misfit
            places = torch.where(better[:, None], moved, places)
            misfit = torch.where(better, after, misfit)
            if not bool((better & (move.norm(dim=1) > STILL * self._cell)).any()):
                break
        return places

    @torch.no_grad()
    def misfit(self, views: Sequence[WindowView], points: torch.Tensor) -> torch.Tensor:
        """[P]: how unlike the first picture's the discs about points [P, 2] are, 0 to 4."""
        return self._misfit(self._fields(views), points)

    def motion(self, views: Sequence[WindowView], points: torch.Tensor) -> torch.Tensor:
        """[P, 2, rows, w_dim]: how the handles, now at points [P, 2], move with the latent.

        Implicit differentiation of p = argmin |F(w, p) - F0|^2: dp/dw = -(J'J)^-1 J' dF/dw, J the
        spatial derivative of the features, over all levels.
        """
        pairs = list(zip(self._patches, views, strict=True))
        with torch.no_grad():
            jacobians = [
                patches.jacobian(patches.standardise(view.field), points) for patches, view in pairs
            ]
            normal = torch.stack(
                [
                    patches.normal(jacobian)
                    for (patches, _), jacobian in zip(pairs, jacobians, strict=True)
                ]
            ).sum(dim=0)
            inverse = -torch.linalg.inv(_ridged(normal))
        motions = []
        for (patches, view), jacobian in zip(pairs, jacobians, strict=True):
            weights = torch.einsum("pab,pbsrc->pasrc", inverse, jacobian)
            near = patches.standardise(view.near(points))
            motions.append(view.gradients(patches.responses(weights, patches.read(near, points))))
        return torch.stack(motions).sum(dim=0)

    def _fields(self, views: Sequence[WindowView]) -> list[WindowField]:
        return [
            patches.standardise(view.field)
            for patches, view in zip(self._patches, views, strict=True)
        ]

    def _misfit(self, fields: Sequence[WindowField], points: torch.Tensor) -> torch.Tensor:
        pairs = zip(self._patches, fields, strict=True)
        return torch.stack([patches.misfit(field, points) for patches, field in pairs]).mean(dim=0)

    def _nearest(self, fields: Sequence[WindowField], expected: torch.Tensor) -> torch.Tensor:
        """Of the places searched about expected [P, 2], inside the picture, the most alike."""
        x, y = expected[:, :1] + self._searched, expected[:, 1:] + self._searched  # [P, N]
        pairs = zip(self._patches, fields, strict=True)
        misfits = [patches.misfits(field, expected) for patches, field in pairs]
        misfit = torch.stack(misfits).mean(dim=0)
        outside = (y < 0) | (y > self.last[1]), (x < 0) | (x > self.last[0])
        misfit = misfit.masked_fill(outside[0][:, :, None] | outside[1][:, None], torch.inf)
        nearest = misfit.flatten(1).argmin(dim=1)
        side = len(self._searched)
        column, row = nearest % side, nearest.div(side, rounding_mode="floor")
        return torch.cat([x.gather(1, column[:, None]), y.gather(1, row[:, None])], dim=1)


def _ridged(normal: torch.Tensor) -> torch.Tensor:
    """J'J [P, 2, 2], kept invertible."""
    ridge = RIDGE * normal.diagonal(dim1=1, dim2=2).sum(1) + torch.finfo(normal.dtype).tiny
    return normal + ridge[:, None, None] * torch.eye(2, dtype=normal.dtype, device=ridge.device)
