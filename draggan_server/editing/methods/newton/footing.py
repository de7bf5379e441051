"""What a search stands on that does not depend on where it is pressed or goes: made once, used by
every press on the same picture, and where nothing is masked on those that come of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from draggan_server.editing import preparation
from draggan_server.editing.features.levels import Level
from draggan_server.editing.features.pyramid import PyramidSource, PyramidView
from draggan_server.editing.methods.newton import handle_tracker
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.stillness import Stillness
from draggan_server.editing.problem import DragProblem

MOST_SIGHTS = 2
"""Kept, for the numbers of points used last: each has a copy of the layers' weights."""


class Footing:
    """Give it the problems of presses in turn; it makes anew what does not fit the next one."""

    def __init__(self) -> None:
        self._problem: DragProblem | None = None
        self._surveyed = 0
        self._stillness: Stillness | None = None
        self._sights: dict[tuple[int, int], PyramidSource] = {}

    def sight(self, problem: DragProblem, every: Sequence[Level], moves: Moves) -> PyramidSource:
        """A source of every level, for the problem's number of points and what its mask holds."""
        self._stand_on(problem)
        key = len(every), len(problem.handle_points)
        sight = self._sights.pop(key, None)
        if sight is None:
            masked = problem.movable_mask is not None
            sight = handle_tracker.sight(problem, every, rows=moves.rows, hold=masked)
        self._sights[key] = sight
        if len(self._sights) > MOST_SIGHTS:
            del self._sights[next(iter(self._sights))]
        return sight

    def stillness(self, problem: DragProblem, moves: Moves, view: PyramidView) -> Stillness:
        """`view` is of the first picture, by `sight`."""
        self._stand_on(problem)
        # What is learned of the model between two presses counts in the second.
        surveyed = preparation.survey_of(problem.generator).count
        if self._stillness is None or surveyed != self._surveyed:
            self._stillness = Stillness(problem, moves, view)
            self._surveyed = preparation.survey_of(problem.generator).count
        return self._stillness

    def _stand_on(self, problem: DragProblem) -> None:
        if self._problem is None or not _alike(self._problem, problem):
            self._stillness = None
            self._sights.clear()
        self._problem = problem


def _alike(before: DragProblem, problem: DragProblem) -> bool:
    """Whether what was made for the one is right for the other."""
    if before.generator is not problem.generator or before.config != problem.config:
        return False
    if before.movable_mask is None or problem.movable_mask is None:
        return before.movable_mask is problem.movable_mask  # then every row of the latent varies
    return torch.equal(before.movable_mask, problem.movable_mask) and torch.equal(
        before.w_plus, problem.w_plus
    )
