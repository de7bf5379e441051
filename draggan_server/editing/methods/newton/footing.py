"""What a search stands on that does not depend on where it is pressed or goes: made once, used by
every press on the same picture, and where nothing is masked on those that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch

from draggan_server.editing import preparation
from draggan_server.editing.features.levels import Level
from draggan_server.editing.features.pyramid import PyramidSource, PyramidView
from draggan_server.editing.methods.newton import handle_tracker
from draggan_server.editing.methods.newton.beginning import Beginning
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker
from draggan_server.editing.methods.newton.looks import Looks
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.stillness import Stillness
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.replay import Recorder

K = TypeVar("K")
V = TypeVar("V")

MOST_SIGHTS = 2
"""Kept, for the numbers of points used last: each has a copy of the layers' weights."""


class Footing:
    """Give it the problems of presses in turn; it makes anew what does not fit the next one.

    With a `recorder` what is done for a latent is recorded, for all presses.
    """

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._recorder = recorder
        self._problem: DragProblem | None = None
        self._surveyed = 0
        self._stillness: Stillness | None = None
        self._beginning: Beginning | None = None
        self._sights: dict[tuple[int, int], PyramidSource] = {}
        self._looks: dict[tuple[int, int, int], Looks] = {}

    def press(
        self,
        problem: DragProblem,
        every: Sequence[Level],
        moves: Moves,
        rows: torch.Tensor,
        besides: Looks | None = None,
    ) -> tuple[Looks, PyramidView]:
        """Looks through every level for the problem's handles, and the view of the latent where
        they are pressed, whose first rows are `rows` [1, R, w_dim]. Looks `besides` stay in use."""
        self._stand_on(problem)
        problem = replace(problem, handle_points=problem.handle_points.to(rows))
        surveyed = preparation.survey_of(problem.generator).count
        key = len(every), len(problem.handle_points), surveyed
        looks = self._looks.get(key)
        if looks is not None and looks is not besides:
            return looks, looks.press(rows, problem.handle_points)
        sight = self._sight(problem, every, moves)
        view = sight.at(rows, problem.handle_points)
        looks = Looks(sight, HandleTracker(problem, every, view), self._recorder)
        if self._recorder is not None:
            _keep(self._looks, key, looks)
        return looks, view

    def press_ahead(
        self,
        problem: DragProblem,
        ways: torch.Tensor,
        every: Sequence[Level],
        moves: Moves,
        rows: torch.Tensor,
    ) -> tuple[Looks, PyramidView]:
        """The same for the half of each disc that lies ahead on the handles' ways [P, 2]."""
        self._stand_on(problem)
        problem = replace(problem, handle_points=problem.handle_points.to(rows))
        sight = self._sight(problem, every, moves)
        view = sight.at(rows, problem.handle_points)
        return Looks(sight, HandleTracker(problem, every, view, ways.to(rows))), view

    def _sight(self, problem: DragProblem, every: Sequence[Level], moves: Moves) -> PyramidSource:
        """A source of every level, for the problem's number of points and what its mask holds."""
        key = len(every), len(problem.handle_points)
        sight = self._sights.get(key)
        if sight is None:
            masked = problem.movable_mask is not None
            sight = handle_tracker.sight(problem, every, rows=moves.rows, hold=masked)
        _keep(self._sights, key, sight)
        return sight

    def stillness(self, problem: DragProblem, moves: Moves, view: PyramidView) -> Stillness:
        """`view` is of the first picture, as `press` gave it."""
        self._stand_on(problem)
        # What is learned of the model between two presses counts in the second.
        surveyed = preparation.survey_of(problem.generator).count
        known = self._stillness
        if known is None or known.size != moves.size or surveyed != self._surveyed:
            known = self._stillness = Stillness(problem, moves, view)
            self._surveyed = preparation.survey_of(problem.generator).count
        return known

    def beginning(self, problem: DragProblem, moves: Moves) -> Beginning:
        """Of the problem's picture, for whatever handles."""
        self._stand_on(problem)
        known = self._beginning
        if known is None or not known.is_of(problem, moves):
            known = self._beginning = Beginning(problem, moves)
        return known

    def _stand_on(self, problem: DragProblem) -> None:
        if self._problem is None or not _alike(self._problem, problem):
            self._stillness = self._beginning = None
            self._sights.clear()
            self._looks.clear()
        self._problem = problem


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """Keep it as the newest; of more than `MOST_SIGHTS` the oldest goes."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > MOST_SIGHTS:
        del kept[next(iter(kept))]


def _alike(before: DragProblem, problem: DragProblem) -> bool:
    """Whether what was made for the one is right for the other."""
    if before.generator is not problem.generator or before.config != problem.config:
        return False
    if before.movable_mask is None or problem.movable_mask is None:
        return before.movable_mask is problem.movable_mask  # then every row of the latent varies
    return torch.equal(before.movable_mask, problem.movable_mask) and torch.equal(
        before.w_plus, problem.w_plus
    )
