"""What a fit cannot reach by small steps: a part that began wrong, an eye that is shown half shut.

Such a part is a place that stays unlike the photo in the midst of what is met. Of the latent's
directions those are looked for that change the picture there and nearly nothing else: they are
known from the fit's own derivatives. Far along the best of them the picture is compared anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from draggan_server.editing.inversion import robustness
from draggan_server.editing.inversion.joint_fit import PRIOR, Estimate, JointFit
from draggan_server.editing.inversion.world import World

UNLIKE = 0.2
"""A difference in [-1, 1] by which half of a place counts as unlike the photo."""
DIRECTIONS = 3
"""That are tried, the most local ones first."""
LENGTHS = (-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)
"""Of a leap, in units of W's spread."""


@torch.no_grad()
def leaps(world: World, fit: JointFit, start: Estimate, scale: float) -> Iterator[Estimate]:
    """For each direction where along it the picture at `start`, at which `fit` has ended, becomes
    most like the photo, softly counted, see `JointFit.unlike`. The best first; none that are worse
    than `start`. Raises `Interrupted`.
    """
    look = fit.look(start)
    slopes = fit.slopes(start, look)
    square = robustness.near(look.residual, look.seen)
    unlike = square / (square + UNLIKE**2) * look.seen
    directions = _local(slopes, unlike, look.seen - unlike)[:DIRECTIONS]
    lengths = torch.tensor(LENGTHS).to(directions)
    steps = lengths[None, :, None] * directions[:, None]  # [D, L, K]
    places = start.coordinates + steps
    pictures = world.picture(world.w_plus(places.flatten(0, 1)), fit.block)
    left = fit.different(start.tone.apply(pictures), look, scale).view(steps.shape[:2])
    best = left.min(dim=1)
    for number in best.values.argsort().tolist():
        if best.values[number] < fit.different(look.toned[None], look, scale)[0]:
            yield replace(start, coordinates=places[number, int(best.indices[number])])


def _local(slopes: torch.Tensor, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """slopes [K, C, h, w] of a picture, weights [h, w] of two parts of it -> [K, K]: directions of
    length 1 by how much more the picture changes in the one part than in the other, and than the
    prior allows, the greatest first.
    """

    def curvature(weights: torch.Tensor) -> torch.Tensor:
        products = (slopes * weights).flatten(1) @ slopes.flatten(1).T
        return products.double() / slopes[0].numel()

    prior = PRIOR / len(slopes) * torch.eye(len(slopes)).to(slopes).double()
    white = torch.linalg.inv(torch.linalg.cholesky(curvature(there) + prior))
    vectors = torch.linalg.eigh(white @ curvature(here) @ white.T).eigenvectors
    found = (white.T @ vectors).T.flip(0)
    directions: torch.Tensor = (found / found.norm(dim=1, keepdim=True)).to(slopes)
    return directions
