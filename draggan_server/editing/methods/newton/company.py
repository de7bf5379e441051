"""Whether what lies about a handle has gone farther than the handle is seen to have.

Where something turns away, a handle on an edge may slide along the edge: it is seen where it should
be, while the head has turned too far. What lies about it has turned with the head. So points on a
ring about the handle are pressed and followed as it is, and an affine map of those that are found
again and go with it says where it should be, and how far of the way it is to go back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
ONE_SIDED = 0.048
"""Likewise, where fewer than `AROUND` of the points say so: they lie on one side of the handle, and
right ones, a chin and a lip, seem to have slid by 9.5 px of 256. Below it nothing is gone back."""
AROUND = 6
"""Points that lie on all sides of a handle."""
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


@dataclass(frozen=True, slots=True)
class Followed:
    """What lies about a handle and goes with it: how far it is `ahead` [N] of where the handle is
    seen at the last of N moves, px along the handle's way, by so many `points`."""

    ahead: torch.Tensor
    points: int


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

    def follow(self, way: Sequence[torch.Tensor], last: Known) -> tuple[Followed | None, ...]:
        """What lies about each handle, followed along the moves of a way to the `last`. None where
        nothing is said of a handle."""
        before = seen = self._pressed.flatten(0, 1)
        each = []
        for x in way:
            _, found = self._looks.find(self._moves.apply(x), 2 * seen - before)
            before, seen = seen, found.points
            each.append(seen.view_as(self._pressed))
        tracks = torch.stack(each, dim=1)  # [P, N, ABOUT, 2]
        misfit = found.misfit.view(-1, ABOUT)
        handles = zip(self._first.seen, last.seen, self._pressed, tracks, misfit, strict=True)
        return tuple(self._ahead(*one) for one in handles)

    def gone_ahead(self, each: Sequence[Followed | None]) -> tuple[bool, ...]:
        """For each handle that was followed so, whether what lies about it has gone farther."""
        return tuple(one is not None and self._goes_beyond(one, AHEAD) for one in each)

    def back(self, each: Sequence[Followed | None]) -> float | None:
        """The share of the way at which what lies about handles, if it has surely gone farther,
        says that they are where they are seen at its end. None where it has not."""
        sure = [one.ahead for one in each if one is not None and self._is_sure(one)]
        if not sure:
            return None
        ahead = torch.stack(sure).mean(dim=0).tolist()
        gone = next(k for k, one in enumerate(ahead) if one > 0)
        if gone == 0:
            return 0.0
        before, after = ahead[gone - 1], ahead[gone]
        return float((gone - before / (after - before)) / len(ahead))

    def _is_sure(self, one: Followed) -> bool:
        return self._goes_beyond(one, AHEAD if one.points >= AROUND else ONE_SIDED)

    def _goes_beyond(self, one: Followed, share: float) -> bool:
        return float(one.ahead[-1]) > share * self._side

    def _ahead(
        self,
        begun: torch.Tensor,
        ended: torch.Tensor,
        pressed: torch.Tensor,
        tracks: torch.Tensor,
        misfit: torch.Tensor,
    ) -> Followed | None:
        """Of one handle, seen at [2] and [2], and the points about it, [ABOUT, 2], seen at
        [N, ABOUT, 2]."""
        length = float((ended - begun).norm())
        if length <= RING * self._side:
            return None
        along = (ended - begun) / length
        fit = (misfit <= FOUND) & ((tracks[-1] - pressed) @ along > GOES * length)
        if int(fit.sum()) < LEAST:
            return None
        stiff, off = STIFF * self._side, OFF * self._side
        sure = [carried(begun, pressed[fit], seen[fit], stiff, off) for seen in tracks]
        return Followed((torch.stack(sure) - ended) @ along, int(fit.sum()))


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
