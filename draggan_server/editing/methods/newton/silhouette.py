"""Drags whose handles may stand because of a silhouette.

A handle on a silhouette has behind it what may not go with it: the tip of a small spike over a head
shows the head's outline. There the half of its disc that lies ahead on its way tells more.
"""

from __future__ import annotations

import torch

from draggan_server.editing.problem import DragProblem

FEW = 3
"""Handles. Where more of them come no nearer they rather contradict each other."""
APART = 0.05
"""Of the picture's longer side: handles that are nearer to each other lie on the same thing."""


def may_stand(problem: DragProblem) -> bool:
    """Whether that may be why the drag's handles come no nearer. What a mask holds stands because
    of that."""
    points = problem.handle_points
    if problem.movable_mask is not None or len(points) > FEW:
        return False
    between = torch.pdist(points)
    return bool((between > APART * max(problem.generator.img_resolution)).all())
