"""Whether what lies about a handle has gone farther than the handle is seen to have.

Where something turns away, a handle on an edge may slide along the edge: it is seen where it should
be, while the head has turned too far. What lies about it has turned with the head. So points on a
ring about the handle are pressed and followed as it is, and an affine map of those that are found
again and go with it says where it should be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch

from draggan_server.editing.features.levels import Level
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker, sight
from draggan_server.editing.methods.newton.looks import Looks
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.trail import Known
from draggan_server.editing.problem import DragProblem

ABOUT = 8
"""Points about a handle."""
RING = 0.1
"""How far from it they are, of the picture's longer side."""
AHEAD = 0.032
"""Likewise: what lies about a handle is seen ahead of it by no more. On the toy lion it is 10 to
14 px of 256 ahead of lips that have slid, and of right handles by 7 at most."""
FOUND = 1.2
"""Mean square of the difference of unit vectors: what differs more is not found again."""
GOES = 0.35
"""Of the handle's way: what goes less, as the background does, is not of the same thing."""
LEAST = 4
"""Points: of fewer nothing is said."""
STIFF = 0.02
"""Of the longer side: an affine map is one beside the translation as far as points that lie so far
from the handle weigh against it."""
OFF = 0.016
"""Likewise: what is so far off the map counts half."""
ROUNDS = 15


class Company:
    """What lies about handles, pressed where these are `first` seen.

    `level` is the coarse one: there are many points, and it costs least to look at.
    """

    def __init__(self, problem: DragProblem, moves: Moves, level: Level, first: Known) -> None:
        self._side = max(problem.generator.img_resolution)
        self._first = first
        turns = torch.arange(ABOUT, dtype=first.seen.dtype) * (2 * math.pi / ABOUT)
        ring = RING * self._side * torch.stack([turns.cos(), turns.sin()], dim=1)
        about = problem.inside((first.seen[:, None] + ring).flatten(0, 1))
        self._pressed = about.view(-1, ABOUT, 2)
        rows = moves.apply(first.x)
        pressed = replace(problem, handle_points=about.to(rows))
        source = sight(pressed, [level], rows=moves.rows)
        view = source.at(rows, pressed.handle_points)
        self._looks = Looks(source, HandleTracker(pressed, [level], view))
        self._moves = moves

    def gone_ahead(self, way: Sequence[torch.Tensor], last: Known) -> tuple[bool, ...]:
        """For each handle, whether what lies about it has gone farther than where it is seen at
        the `last` of the moves of a way."""
        before = seen = self._pressed.flatten(0, 1)
        for x in way:
            _, found = self._looks.find(self._moves.apply(x), 2 * seen - before)
            before, seen = seen, found.points
        seen, misfit = seen.view_as(self._pressed), found.misfit.view(-1, ABOUT)
        each = zip(self._first.seen, last.seen, self._pressed, seen, misfit, strict=True)
        return tuple(self._is_ahead(*one) for one in each)

    def _is_ahead(
        self,
        begun: torch.Tensor,
        ended: torch.Tensor,
        pressed: torch.Tensor,
        seen: torch.Tensor,
        misfit: torch.Tensor,
    ) -> bool:
        """Of one handle, seen at [2] and [2], and the points about it, [N, 2] and [N, 2]."""
        length = float((ended - begun).norm())
        if length <= RING * self._side:
            return False
        along = (ended - begun) / length
        fit = (misfit <= FOUND) & ((seen - pressed) @ along > GOES * length)
        if int(fit.sum()) < LEAST:
            return False
        sure = carried(begun, pressed[fit], seen[fit], STIFF * self._side, OFF * self._side)
        return float((sure - ended) @ along) > AHEAD * self._side


def carried(
    point: torch.Tensor, pressed: torch.Tensor, seen: torch.Tensor, stiff: float, off: float
) -> torch.Tensor:
    """[2]: where a point [2] goes by the affine map of what was pressed at [N, 2] and is seen at
    [N, 2]. What is `off` px from it counts half, what is farther less; as much as the map's linear
    part differs from no change costs what points so many px aside, `stiff`, would be off by it."""
    from_point = torch.cat([pressed - point, torch.ones_like(pressed[:, :1])], dim=1).double()
    to = seen.double()
    still = torch.eye(3, 2, dtype=torch.float64)
    rigid = torch.diag(torch.tensor([stiff**2, stiff**2, 0.0], dtype=torch.float64))
    weight = torch.ones_like(to[:, :1])
    for _ in range(ROUNDS):
        normal = from_point.T @ (weight * from_point) + weight.sum() * rigid
        wanted = from_point.T @ (weight * to) + weight.sum() * rigid @ still
        fitted = torch.linalg.solve(normal, wanted)
        weight = 1 / (1 + (from_point @ fitted - to).square().sum(dim=1, keepdim=True) / off**2)
    where: torch.Tensor = fitted[2]
    return where.to(point)
