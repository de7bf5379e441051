"""How the picture moves and turns with the latent where drags of it begin."""

from __future__ import annotations

from functools import cached_property

import torch

from draggan_server.editing.methods.newton.lead import drift
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.turn import Turning
from draggan_server.editing.problem import DragProblem


class Beginning:
    """What of it does not depend on the handles: made once, when it is asked for."""

    def __init__(self, problem: DragProblem, moves: Moves) -> None:
        self._problem = problem
        self._moves = moves

    def is_of(self, problem: DragProblem, moves: Moves) -> bool:
        """Whether a problem alike but for its latent and its points, with such moves, begins
        there."""
        same = moves.size == self._moves.size
        return same and torch.equal(problem.w_plus, self._problem.w_plus)

    @cached_property
    def drift(self) -> torch.Tensor:
        """[2, size], see `lead.drift`."""
        return drift(self._problem, self._moves)

    @cached_property
    def turning(self) -> Turning:
        return Turning(self._problem, self._moves)
