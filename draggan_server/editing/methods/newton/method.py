"""Our own method: the handles' motion is solved for, not descended to.

Where a handle is follows from the latent, so its motion can be linearised (`handle_tracker`), and
the latent's move that takes all handles where they should go and changes the least else
(`minimum_norm`, `stillness`) is a small linear system. A few such steps arrive where gradient
descent needs a hundred (`approach`). `README.md` has the derivation and what was tried.
"""

from __future__ import annotations

from collections.abc import Iterator

from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.problem import DragProblem, DragStep

CLOSER = 0.75
"""Part of the arrival distance: steps are large, and to stop at the first place that will do would
waste what one more gains."""


def newton(problem: DragProblem) -> Iterator[DragStep]:
    """Run Gauss-Newton steps with a line search on the tracked distance."""
    search = Approach(problem, CLOSER)
    step = search.standing
    yield step
    while not (search.ended or (step.arrived and not step.step)):
        if step.step == problem.config.max_steps:
            return
        step = search.advance()
        yield step
