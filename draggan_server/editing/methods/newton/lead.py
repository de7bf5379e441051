"""How much farther a spot of the surface goes than what looks like it.

What is found again in another picture are outlines and shades more than anything, and those are no
spots: where something turns, other spots make its outline. Spots that are seen lie before the
outlines about them. So a turn takes them farther than those to where the front goes, by the turn
times the depth between the two. A handle before the axis is ahead of what looks like it, one behind
the axis, which goes against the front, is behind. Depths are not known. How far the front goes is
seen in the coarsest cells, by how the picture moves as a whole.

A spot on a surface that shows much, as an eye's corner, is found again by what the surface shows,
not by an outline: it is where it is seen. In near drags, which look closely enough, that is told by
how much changes within the disc along the handle's way.

Where something turns in the picture's own plane, as an ear does, what is found again is the part of
its outline that lies as the handle's did. The tip is ahead of it, by the turn times the outline's
radius.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.stillness import goes_far
from draggan_server.editing.problem import DragProblem
from stylegan2.windows import WindowedFeatures

SHARE = 0.3
"""How much ahead spots are, over how far the picture goes as a whole. `README.md` says how it was
found."""
MOST = 0.12
"""Of a handle's way: farther ahead are few spots, and none behind."""
FARTHER = 1.25
"""Times both in a drag that goes a fifth of the side: the coarse blocks by which far ones are
placed are behind by more than the finest. Over three tenths it is 1 again."""
TURNED = 3.0
"""How much ahead spots are on what turns in the picture's plane, over what a disc that turns so is
behind. The turn is that of what lies beside, too, which stays, and so is too small."""
MOST_TURNED = 0.15
"""Likewise: of a handle's way. None is behind by a turn."""
LITTLE = 1.25
"""Times as much ahead is, in a near drag, what shows hardly anything along its way."""
DETAILED = 0.385
"""How much a disc shows along its way where its spot is ahead by half of that: the mean square of
what its unit vectors change by from one cell of the finest block to the next."""
STEEP = 4
"""The power by which that counts. `README.md` says how these three were found."""
_FULLY, _NO_MORE = 0.2, 0.3
RIDGE = 1e-3
"""Ridge over the trace of the picture's normal matrix."""


@torch.no_grad()
def drift(problem: DragProblem, moves: Moves) -> torch.Tensor:
    """[2, size], float64 on the processor: how the picture as a whole moves with x, px.

    Of the translation that fits what changes in the second block best, where the drag begins: its
    derivative is -(J'J)^-1 J' dF, as a handle's, with all cells for a disc.
    """
    generator = problem.generator
    block = generator.geometry.resolutions[:2][-1]
    features = WindowedFeatures(generator, block, problem.w_plus, moves.rows)
    forward = features.forward(problem.w_plus[:, : moves.rows])
    values = forward.values  # [1, h, w, C]
    across = (values[:, 1:-1, 2:] - values[:, 1:-1, :-2]) / 2
    down = (values[:, 2:, 1:-1] - values[:, :-2, 1:-1]) / 2
    slope = torch.cat([across, down])
    normal = torch.einsum("ahwc,bhwc->ab", slope, slope)
    ridge = RIDGE * normal.trace() + torch.finfo(normal.dtype).tiny
    inverse = torch.linalg.inv(normal + ridge * torch.eye(2).to(normal))
    weights = torch.einsum("ab,bhwc->ahwc", -inverse, slope)
    weights = functional.pad(weights, (0, 0, 1, 1, 1, 1))
    cell = max(generator.img_resolution) / max(features.map_size)
    products = [features.vjp(forward, weight[None]) for weight in cell * weights]
    return moves.vjp(torch.cat(products))


def by_coarse(problem: DragProblem) -> float:
    """How many times as much ahead as in a near drag handles are in this one."""
    if not goes_far(problem):
        return 1.0
    share = problem.farthest_way / max(problem.generator.img_resolution)
    return 1 + (FARTHER - 1) * min(max((_NO_MORE - share) / (_NO_MORE - _FULLY), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Lead:
    """How much ahead handles are that were pressed at `starts` [P, 2], `over` [P] their way."""

    starts: torch.Tensor
    over: torch.Tensor

    @classmethod
    def of_nothing(cls, starts: torch.Tensor) -> Lead:
        """Handles that are where they are seen."""
        return cls(starts, torch.zeros_like(starts[:, 0]))

    @classmethod
    def of_moves(
        cls,
        starts: torch.Tensor,
        moved: torch.Tensor,
        drifted: torch.Tensor,
        behind: torch.Tensor,
        more: float = 1.0,
        detail: torch.Tensor | None = None,
    ) -> Lead:
        """Of handles that are seen to move by moved [P, 2], while the picture as a whole moves by
        drifted [2], and discs that turn as the picture does about them are seen `behind` [P, 2]
        where they are. By the first they are `more` times as much ahead. Where it is known how much
        `detail` [P] their discs show, that counts, too."""
        square = moved.square().sum(dim=1) + torch.finfo(moved.dtype).tiny
        front = more * (SHARE * (moved @ drifted.to(moved)) / square).clamp(-MOST, MOST)
        if detail is not None:
            counted = LITTLE / (1 + (detail.to(front) / DETAILED) ** STEEP)
            front = torch.where(front > 0, counted * front, front)
        turned = -TURNED * (moved * behind.to(moved)).sum(dim=1) / square
        # Of what goes against the front both say something, and it is the front that is right.
        counts = 1 + front.clamp(max=0) / (more * MOST)
        return cls(starts, front + counts * turned.clamp(0, MOST_TURNED))

    def spots(self, seen: torch.Tensor) -> torch.Tensor:
        """[P, 2]: where handles are that are seen at [P, 2]."""
        return self.starts + (seen - self.starts) * (1 + self.over[:, None])

    def seen(self, spots: torch.Tensor) -> torch.Tensor:
        """[P, 2]: where handles are seen that are at [P, 2]."""
        return self.starts + (spots - self.starts) / (1 + self.over[:, None])
