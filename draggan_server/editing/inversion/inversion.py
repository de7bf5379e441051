"""The inversion of a photo, from nothing to an explanation, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.joint_fit import Estimate, JointFit
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.row_fit import STEPS_A_ROUND, RowFit
from draggan_server.editing.inversion.start import starts
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography

MIRRORED_MUST_EXPLAIN = 2.0
"""A mirrored placement is taken only if the plain one leaves so many times as much unexplained: the
model may show both, if its subject has a mirror image."""


@dataclass(frozen=True)
class Effort:
    """What a quality does. Sides are those of pictures, in pixels; a model without such takes the
    next larger.

    `starts` of either side take two steps at `coarse` pixels, the best `kept` of them
    `coarse_steps` more, the best then `middle_steps` at `middle`. Then rows are fitted: rounds at
    each of some sides.
    """

    starts: int
    kept: int
    coarse_steps: int
    middle_steps: int
    rounds: tuple[tuple[int, int], ...]
    coarse: int = 32
    middle: int = 64


EFFORTS = {
    "fast": Effort(1, 1, 2, 0, ((128, 1),)),
    "normal": Effort(3, 2, 4, 6, ((128, 2), (256, 4))),
    "best": Effort(6, 4, 6, 10, ((128, 4), (256, 12), (1024, 12))),
}
"""By quality."""

SCALES = (0.6, 0.3, 0.15)
"""Scales of the robust weights, at the beginning, after the coarse steps, and in the end."""


@dataclass(frozen=True)
class InversionStep:
    """`share` of the work that is done, and the explanation so far."""

    share: float
    explanation: Explanation


class Inversion:
    """Iterate: each step's explanation is the best so far. Stop whenever it is good enough."""

    def __init__(self, world: World, photo: Photo, quality: str) -> None:
        self._world = world
        self._photo = photo
        self._effort = EFFORTS[quality]
        self._done = 0.0

    def __iter__(self) -> Iterator[InversionStep]:
        for cost, explanation in self._steps():
            self._done += cost
            yield InversionStep(min(self._done / self._all(), 1.0), explanation)

    def _all(self) -> float:
        effort = self._effort
        rows = sum(rounds * _round(side) for side, rounds in effort.rounds)
        coarse = 2 * effort.starts * 2 + effort.kept * effort.coarse_steps
        return 1 + coarse + effort.middle_steps * _MIDDLE + rows

    def _steps(self) -> Iterator[tuple[float, Explanation]]:
        """Each with what it cost, in coarse steps."""
        effort, world = self._effort, self._world
        begun = starts(world, self._photo, effort.starts)
        yield 1, self._explanation(begun[0])
        fit = JointFit(world, self._photo, world.block_of(effort.coarse))
        tried = []
        for start in begun:
            tried.append(fit.run(start, 2, (SCALES[0], SCALES[0])))
            yield 2, self._explanation(min(tried, key=_rank))
        kept = []
        for estimate in sorted(tried, key=_rank)[: effort.kept]:
            kept.append(fit.run(estimate, effort.coarse_steps, SCALES[:2]))
            yield effort.coarse_steps, self._explanation(min(kept, key=_rank))
        best = min(kept, key=_rank)
        if effort.middle_steps:
            fit = JointFit(world, self._photo, world.block_of(effort.middle))
            best = fit.run(best, effort.middle_steps, SCALES[1:])
            yield effort.middle_steps * _MIDDLE, self._explanation(best)
        rows = RowFit(world, self._photo, best, fit.curvature)
        for side, rounds in effort.rounds:
            for explanation in rows.run(world.block_of(side), rounds, SCALES[2]):
                yield _round(side), explanation

    def _explanation(self, estimate: Estimate) -> Explanation:
        w_plus = self._world.w_plus(estimate.coordinates[None]).clone()
        return Explanation(estimate.matrix, estimate.tone, w_plus)


_MIDDLE = 3.0
"""What a middle step costs, in coarse ones."""


def _round(side: int) -> float:
    """What a round of rows costs, in coarse steps."""
    return float(STEPS_A_ROUND * (side / 128) ** 1.2)


def _rank(estimate: Estimate) -> float:
    mirrored = homography.mirrors(estimate.matrix)
    return estimate.energy * (MIRRORED_MUST_EXPLAIN if mirrored else 1.0)
