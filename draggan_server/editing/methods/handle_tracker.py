"""Handles found again to fractions of a pixel, and how they move with the latent.

A handle shows the features on a disc about it, in a coarse block, which knows what it is part of,
and in one twice as fine, which knows where it is. Where they are in another picture is a
Gauss-Newton fit, as in image registration (Baker and Matthews 2004, "Lucas-Kanade 20 years on");
the same linear model says how the place moves with the features, and the features' gradient with
respect to the latent does the rest.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from draggan_server.editing.features import WindowSource, WindowView
from draggan_server.editing.methods.patches import Patches, cell, reach
from draggan_server.editing.problem import DragProblem
from stylegan2.generator import Generator

PER_CELL = 2
"""Places searched a cell of the finest block and axis, before the fit refines the best."""
FITS = 6
STILL = 0.02
"""Cells: a fit that moves less has ended."""
RIDGE = 1e-3
"""Over the trace of a disc's normal matrix: an edge says nothing of the way along it."""
LEASH = float(os.environ.get("X_LEASH", "0"))


@dataclass(frozen=True, slots=True)
class Level:
    """A block that discs are read from, and their radius in its cells."""

    resolution: int
    radius: int


class Sight:
    """Looks at latents through several blocks, about the handles."""

    def __init__(
        self,
        problem: DragProblem,
        levels: Sequence[Level],
        *,
        rows: int,
        search: float,
        hold: bool = False,
    ) -> None:
        self._sources = [
            WindowSource(
                problem.generator,
                level.resolution,
                problem.w_plus,
                rows,
                len(problem.handle_points),
                track_reach=int(search + 1)
                + reach(problem.generator, level.resolution, level.radius),
                push_reach=reach(problem.generator, level.resolution, level.radius),
                hold=hold and level is levels[-1],
            )
            for level in levels
        ]

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> list[WindowView]:
        return [source.at(free, handle_points) for source in self._sources]


class HandleTracker:
    """Follows a drag's handles from picture to picture by what they showed in the first.

    `views` are of the first picture. `search` is how far, in pixels of the picture, handles are
    looked for from where they are expected.
    """

    def __init__(
        self,
        problem: DragProblem,
        levels: Sequence[Level],
        views: Sequence[WindowView],
        search: float,
    ) -> None:
        points = problem.handle_points
        height, width = problem.generator.img_resolution
        self.last = points.new_tensor([width - 1, height - 1])
        self._cell = min(cell(problem.generator, level.resolution) for level in levels)
        spacing = self._cell / PER_CELL
        steps = math.ceil(search / spacing)
        self._searched = spacing * torch.arange(
            -steps, steps + 1, dtype=points.dtype, device=points.device
        )
        self._patches = [
            Patches(problem, level.resolution, level.radius, view.field, self._searched, spacing)
            for level, view in zip(levels, views, strict=True)
        ]

    @torch.no_grad()
    def find(
        self, views: Sequence[WindowView], expected: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the handles are [P, 2], near where they are expected [P, 2], and the misfit [P]."""
        fields = self._fields(views)
        places = self._nearest(fields, expected)
        misfit = self._misfit(fields, places)
        for _ in range(FITS):
            normal, descent = 0.0, 0.0
            for patches, field in zip(self._patches, fields, strict=True):
                jacobian = patches.jacobian(field, places)
                normal = normal + patches.normal(jacobian)
                descent = descent + patches.descent(field, places, jacobian)
            move = -torch.linalg.solve(_ridged(normal), descent[..., None])[..., 0]
            move = move * (self._cell / move.norm(dim=1, keepdim=True).clamp(min=self._cell))
            moved = (places + move).clamp(torch.zeros_like(self.last), self.last)
            after = self._misfit(fields, moved)
            better = after < misfit
            places = torch.where(better[:, None], moved, places)
            misfit = torch.where(better, after, misfit)
            if not bool((better & (move.norm(dim=1) > STILL * self._cell)).any()):
                break
        return places, misfit

    def motion(self, views: Sequence[WindowView], points: torch.Tensor) -> torch.Tensor:
        """[P, 2, rows, w_dim]: how the handles, now at points [P, 2], move with the latent.

        Implicit differentiation of p = argmin |F(w, p) - F0|^2: dp/dw = -(J'J)^-1 J' dF/dw, J the
        spatial derivative of the features, over all blocks.
        """
        use = os.environ.get("X_MOTION", "all")
        pairs = list(zip(self._patches, views, strict=True))
        if use == "fine":
            pairs = pairs[-1:]
        if use == "coarse":
            pairs = pairs[:1]
        with torch.no_grad():
            jacobians = [
                patches.jacobian(patches.standardise(view.field), points) for patches, view in pairs
            ]
            normal = _ridged(
                sum(
                    patches.normal(jacobian)
                    for (patches, _), jacobian in zip(pairs, jacobians, strict=True)
                )
            )
        motion = torch.zeros(())
        for (patches, view), jacobian in zip(pairs, jacobians, strict=True):
            weights = -torch.linalg.solve(normal, jacobian.flatten(2)).view_as(jacobian)
            near = patches.standardise(view.near(points))
            motion = motion + view.gradients(patches.responses(weights, patches.read(near, points)))
        return motion

    def _fields(self, views):
        return [
            patches.standardise(view.field)
            for patches, view in zip(self._patches, views, strict=True)
        ]

    def _misfit(self, fields, points: torch.Tensor) -> torch.Tensor:
        return torch.stack(
            [
                patches.misfit(field, points)
                for patches, field in zip(self._patches, fields, strict=True)
            ]
        ).mean(dim=0)

    def _nearest(self, fields, expected: torch.Tensor) -> torch.Tensor:
        """Of the places searched about expected [P, 2], inside the picture, the most alike."""
        x, y = expected[:, :1] + self._searched, expected[:, 1:] + self._searched  # [P, N]
        misfit = torch.stack(
            [
                patches.misfits(field, expected)
                for patches, field in zip(self._patches, fields, strict=True)
            ]
        ).mean(dim=0)
        if LEASH:
            away = (self._searched / self._searched.abs().amax()).square()
            misfit = misfit + LEASH * (away[:, None] + away)
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


def parse(spec):
    return [Level(*map(int, part.split(":"))) for part in spec.split("+")]
