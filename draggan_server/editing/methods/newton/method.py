"""Our own method: the handles' motion is solved for, not descended to.

Where a handle is follows from the latent, so its motion can be linearised (`handle_tracker`), and
the latent's move that takes all handles where they should go and changes the least else
(`minimum_norm`, `stillness`) is a small linear system. A few such steps arrive where gradient
descent needs a hundred (`approach`). Where something turns, handles are ahead of what looks like
them (`lead`). `README.md` has the derivation and what was tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from draggan_server.editing.features.levels import levels, near_levels
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.stillness import goes_far
from draggan_server.editing.problem import DragProblem, DragStep

CLOSER = 0.75
"""Part of the arrival distance: steps are large, and to stop at the first place that will do would
waste what one more gains."""

FEW = 6
"""Handles. Drags of so few that do not go far are placed by a finer block as well. Ones of a tenth
of the side end a quarter nearer so, ones of a fifth hardly; five handles more often arrive, for
half as much time again."""


def newton(problem: DragProblem) -> Iterator[DragStep]:
    """Run Gauss-Newton steps with a line search on the tracked distance."""
    held: DragStep | None = None
    for step in _steps(problem):
        if held is not None:
            # It was not the last one, as it seemed.
            yield replace(held, stalled=False, lost=False)
        held = step if step.stalled else None
        if held is None:
            yield step
        if step.step == problem.config.max_steps:
            break
    if held is not None:
        yield held


def _steps(problem: DragProblem) -> Iterator[DragStep]:
    usual = levels(problem.generator, problem.config)
    every = usual
    if len(problem.handle_points) <= FEW and not goes_far(problem):
        every = near_levels(problem.generator, problem.config)
    search = Approach(problem, CLOSER, every)
    step = search.standing
    yield step
    while not (search.ended or (step.arrived and not step.step)):
        before, step = step, search.advance()
        came_nearer = step.mean_distance < before.mean_distance
        if not (came_nearer or step.arrived) and every is not usual:
            # The finest block has lost its way, where the others may go on.
            every = usual
            search.go_by(every)
            step = search.standing
        yield step
    yield from search.relax()
