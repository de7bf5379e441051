"""FreeDrag's loop (Ling et al., arXiv 2307.04684): no point is tracked, features follow a template.

What a handle shows is remembered as a template. The picture is asked to show it a little farther on
the straight way to the target; once it does, or after a few updates, the template takes up what
there is now, and a next place is asked for: one that differs from it by as much as an update or
five can make good.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing.features import source_of
from draggan_server.editing.latent_space import LatentSpace
from draggan_server.editing.mask_term import mask_term_of
from draggan_server.editing.methods.freedrag.template import Templates
from draggan_server.editing.problem import DragProblem, DragStep

MASK_SHARE = 0.5
"""Share of the configuration's mask weight: FreeDrag's is 10 where DragGAN's is 20."""


def freedrag(problem: DragProblem) -> Iterator[DragStep]:
    """Run FreeDrag: Adam on the rows that vary, each point in sub-motions of its own.

    A step's `handle_points` are not tracked: they are the places where the templates were asked for
    last and the picture then showed them, well enough to go on.
    """
    space = LatentSpace(problem)
    free = space.start()
    optimiser = torch.optim.Adam([free], lr=problem.learning_rate)
    source = source_of(problem, **Templates.reaches(problem))
    view = source.at(space.rows(free), problem.handle_points)
    templates = Templates(problem, view.field)
    mask_term = mask_term_of(problem, view, MASK_SHARE)
    for step in range(problem.config.max_steps + 1):
        rows = space.rows(free)
        view = source.at(rows, templates.asked)
        templates.advance(view.field)
        loss = templates.loss(view.near(templates.asked))
        if mask_term is not None and view.held is not None:
            loss = loss + mask_term.loss(view.held)
        state = problem.state(step, rows, templates.reached, loss.detach())
        yield state
        if state.arrived:
            return
        free.grad = space.vjp(view.gradient(loss))
        optimiser.step()
