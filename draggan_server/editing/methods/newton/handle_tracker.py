"""Handles found again to fractions of a pixel, and how they move with the latent.

A handle shows the features on a disc about it, in a coarse block, which knows what it is part of,
and in finer ones, which know where it is. Where they are in another picture is a
Gauss-Newton fit, as in image registration (Baker and Matthews 2004, "Lucas-Kanade 20 years on");
the same linear model says how the place moves with the features, and the features' gradient with
respect to the latent does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from draggan_server.editing.features import WindowField
from draggan_server.editing.features.levels import Level, sees_details
from draggan_server.editing.features.pyramid import Block, PyramidSource, PyramidView
from draggan_server.editing.methods.newton.patches import Patches, cell, reach
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.trackers import Found
from stylegan2 import answers

LONGEST = 0.02
"""How far a step moves a handle at most, of the picture's longer side. The linear model is not to
be trusted farther."""
SEARCHED = 2.4 * LONGEST
"""Likewise: how far from where it is expected a handle is looked for."""
PER_CELL = 2
"""Places searched a cell of the finer block and axis, before the fit refines the best."""
AS_ALIKE = 1.02
"""Times the least misfit: places up to it are as alike, as those along an edge are, and the nearest
of them to where a handle is expected is meant."""
FITS = 6
STILL = 0.02
"""Cells: a fit that moves less has ended."""
RIDGE = 1e-3
"""Ridge over the trace of a disc's normal matrix: an edge says nothing of the way along it."""
_LEAST = 1e-30
"""Trace: less is that of a disc which shows nothing."""


def sight(
    problem: DragProblem, every: Sequence[Level], *, rows: int, hold: bool = False
) -> PyramidSource:
    """Looks at latents, whose first `rows` rows vary, through every level about the handles.

    With `hold` its views offer what a mask holds.
    """
    generator = problem.generator
    searched = int(SEARCHED * max(generator.img_resolution) + 1)
    blocks = []
    for level in every:
        discs = reach(generator, level.resolution, level.radius)
        blocks.append(Block(level.resolution, searched + discs, discs))
    count = len(problem.handle_points)
    return PyramidSource(generator, blocks, problem.w_plus, rows, count, hold=hold)


class HandleTracker:
    """Follows a drag's handles by what they showed in the first picture.

    `view` is of that picture, through `every` level. With the `ways` [P, 2] that they go it looks
    at the half of each disc that lies ahead.
    """

    def __init__(
        self,
        problem: DragProblem,
        every: Sequence[Level],
        view: PyramidView,
        ways: torch.Tensor | None = None,
    ) -> None:
        points, generator = problem.handle_points, problem.generator
        height, width = generator.img_resolution
        self.last = points.new_tensor([width - 1, height - 1])
        self._cell = cell(generator, every[-1].resolution)
        self._sees_details = sees_details(every)
        spacing = self._cell / PER_CELL
        steps = math.ceil(SEARCHED * max(height, width) / spacing)
        self._searched = spacing * torch.arange(
            -steps, steps + 1, dtype=points.dtype, device=points.device
        )
        self._patches = [
            Patches(problem, level.resolution, level.radius, field, self._searched, spacing, ways)
            for level, field in zip(every, view.fields, strict=True)
        ]

    def remember(self, view: PyramidView, points: torch.Tensor) -> None:
        """From now on look for what `view` shows at points [P, 2]."""
        for patches, field in zip(self._patches, view.fields, strict=True):
            patches.remember(field, points)

    def take_over(self, other: HandleTracker, kept: Sequence[int | None]) -> None:
        """Look for what `other` looked for, where `kept` says which of its handles one is."""
        for patches, others in zip(self._patches, other._patches, strict=True):
            patches.take_over(others, kept)

    @torch.no_grad()
    def find(self, seen: PyramidView, expected: torch.Tensor) -> Found:
        """The handles, to fractions of a pixel, near where they are expected [P, 2]."""
        fields = self._fields(seen)
        places = self._nearest(fields, expected)
        products = self._products(fields, places)
        going = torch.ones_like(places[:1, 0], dtype=torch.bool)
        for _ in range(FITS):
            move = -(_inverse(products[:, 1:, 1:]) @ products[:, 1:, :1])[..., 0]
            move = move * (self._cell / move.norm(dim=1, keepdim=True).clamp(min=self._cell))
            moved = (places + move).clamp(torch.zeros_like(self.last), self.last)
            after = self._products(fields, moved)
            better = (after[:, 0, 0] < products[:, 0, 0]) & going
            places = torch.where(better[:, None], moved, places)
            products = torch.where(better[:, None, None], after, products)
            going = (better & (move.norm(dim=1) > STILL * self._cell)).any(dim=0, keepdim=True)
            # What nothing comes of is not done where it costs nothing to ask.
            if answers.come_at_once(going) and not bool(going):
                break
        return Found(places, products[:, 0, 0] / len(fields))

    @torch.no_grad()
    def misfit(self, view: PyramidView, points: torch.Tensor) -> torch.Tensor:
        """[P]: how unlike the first picture's the discs about points [P, 2] are, 0 to 4."""
        fields = self._fields(view)
        return self._products(fields, points)[:, 0, 0] / len(fields)

    @torch.no_grad()
    def turned(self) -> torch.Tensor:
        """[P, 2]: where the first picture's discs are seen, px from where they are, if they turn by
        one radian from x to y."""
        both = [patches.turned() for patches in self._patches]
        normal, descent = (torch.stack(each).sum(dim=0) for each in zip(*both, strict=True))
        return (_inverse(normal) @ descent[..., None])[..., 0]

    @torch.no_grad()
    def detail(self, ways: torch.Tensor) -> torch.Tensor | None:
        """[P]: how much the first picture's discs show along ways [P, 2], summed over the levels:
        the mean square of what changes from one cell of the finest to the next. None without the
        finest level of near drags."""
        if not self._sees_details:
            return None
        along = ways.to(self.last) / ways.norm(dim=1, keepdim=True).clamp(min=_LEAST).to(self.last)
        normal = torch.stack([patches.turned()[0] for patches in self._patches]).sum(dim=0)
        return torch.einsum("pa,pab,pb->p", along, normal, along) * self._cell**2

    def motion(self, view: PyramidView, points: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        """[N, 2, rows, w_dim]: how the handles `asked` [N], all now at points [P, 2], move with the
        latent.

        Implicit differentiation of p = argmin |F(w, p) - F0|^2: dp/dw = -(J'J)^-1 J' dF/dw, J the
        spatial derivative of the features, over all levels.
        """
        with torch.no_grad():
            compared = [
                patches.compare(field, points)
                for patches, field in zip(self._patches, self._fields(view), strict=True)
            ]
            inverse = -_inverse(self._sum(compared)[:, 1:, 1:])[asked]
        responses = []
        for patches, (_, jacobian), near in zip(
            self._patches, compared, view.near(points[asked], asked), strict=True
        ):
            weights = torch.einsum("pab,pbsrc->pasrc", inverse, jacobian[asked])
            shown = patches.read(patches.standardise(near), points[asked])
            responses.append(patches.responses(weights, shown, asked))
        return view.gradients(responses)

    def _fields(self, view: PyramidView) -> list[WindowField]:
        return [
            patches.standardise(field)
            for patches, field in zip(self._patches, view.fields, strict=True)
        ]

    def _products(self, fields: Sequence[WindowField], points: torch.Tensor) -> torch.Tensor:
        """`Patches.products` [P, 3, 3] at points [P, 2], summed over the levels."""
        pairs = zip(self._patches, fields, strict=True)
        return self._sum([patches.compare(field, points) for patches, field in pairs])

    def _sum(self, compared: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
        pairs = zip(self._patches, compared, strict=True)
        return torch.stack([patches.products(*both) for patches, both in pairs]).sum(dim=0)

    def _nearest(self, fields: Sequence[WindowField], expected: torch.Tensor) -> torch.Tensor:
        """The most alike of the places searched about expected [P, 2], inside the picture; of many,
        the nearest."""
        x, y = expected[:, :1] + self._searched, expected[:, 1:] + self._searched  # [P, N]
        pairs = zip(self._patches, fields, strict=True)
        misfits = [patches.misfits(field, expected) for patches, field in pairs]
        misfit = torch.stack(misfits).mean(dim=0)
        outside = (y < 0) | (y > self.last[1]), (x < 0) | (x > self.last[0])
        misfit = misfit.masked_fill(outside[0][:, :, None] | outside[1][:, None], torch.inf)
        misfit = misfit.flatten(1)
        as_alike = misfit <= AS_ALIKE * misfit.amin(dim=1, keepdim=True).clamp(min=0)
        away = (self._searched[:, None].square() + self._searched.square()).flatten()
        away = torch.where(as_alike, away, torch.inf)
        nearest = torch.where(as_alike.any(dim=1), away.argmin(dim=1), misfit.argmin(dim=1))
        side = len(self._searched)
        column, row = nearest % side, nearest.div(side, rounding_mode="floor")
        return torch.cat([x.gather(1, column[:, None]), y.gather(1, row[:, None])], dim=1)


def _inverse(normal: torch.Tensor) -> torch.Tensor:
    """The inverse [P, 2, 2] of J'J [P, 2, 2], which is kept invertible."""
    scale = normal.diagonal(dim1=1, dim2=2).sum(dim=1).clamp(min=_LEAST)
    xx, yy = (normal[:, axis, axis] / scale + RIDGE for axis in (0, 1))
    xy = normal[:, 0, 1] / scale
    adjugate = torch.stack([yy, -xy, -xy, xx], dim=1).view(-1, 2, 2)
    return adjugate / ((xx * yy - xy.square()) * scale)[:, None, None]
