"""What a fit cannot reach by small steps: a part that began wrong, an eye that is shown half shut.

Such a part is a place that stays unlike the photo in the midst of what is met. Of the latent's
directions those are looked for that change the picture there and nearly nothing else: they are
known from the fit's own derivatives. Far along the best of them the picture is compared anew. What
such a leap changes elsewhere is taken back, as far as the derivatives tell, before it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from draggan_server.editing.inversion import robustness
from draggan_server.editing.inversion.joint_fit import PRIOR, Estimate, JointFit

UNLIKE = 0.2
"""A difference in [-1, 1] by which half of a place counts as unlike the photo."""
LENGTHS = (-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)
"""Of a leap, in units of W's spread."""


@torch.no_grad()
def leaps(fit: JointFit, start: Estimate, scale: float, directions: int) -> Iterator[Estimate]:
    """Where along each of so many directions, the most local ones, the picture at `start`, at which
    `fit` has ended, becomes most like the photo, softly counted, see `JointFit.unlike`. The best
    first; none that are worse than `start`. Raises `Interrupted`.
    """
    look = fit.look(start)
    slopes = fit.slopes(start, look)
    square = robustness.near(look.residual, look.seen)
    unlike = square / (square + UNLIKE**2) * look.seen
    there = look.seen - unlike
    ways = _local(slopes, unlike, there)[:directions]
    lengths = torch.tensor(LENGTHS).to(ways)
    steps = lengths[None, :, None] * ways[:, None]  # [D, L, K]
    places = (start.coordinates + steps).flatten(0, 1)
    toned = start.tone.apply(fit.pictures(places))
    back = _back(slopes, toned - look.photo, there)
    toned = toned + torch.einsum("nk,kchw->nchw", back, slopes)
    left = fit.different(toned, look, scale).view(steps.shape[:2])
    best = left.argmin(dim=1) + len(lengths) * torch.arange(len(ways)).to(left.device)
    places = (places + back)[best]
    toned = start.tone.apply(fit.pictures(places))
    left = fit.different(toned, look, scale)
    most = fit.different(look.toned[None], look, scale)[0]
    for number in left.argsort().tolist():
        if left[number] < most:
            yield replace(start, coordinates=places[number])


def _back(slopes: torch.Tensor, residual: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """slopes [K, C, h, w], residual [N, C, h, w], weights [h, w] -> steps [N, K] that leave least
    of it there, by least squares and the prior.
    """
    products = (residual * there).flatten(1) @ slopes.flatten(1).T / slopes[0].numel()
    found: torch.Tensor = -torch.linalg.solve(_stiff(slopes, there), products.double().T).T
    return found.to(slopes)


def _stiff(slopes: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """[K, K]: how a picture changes there with the coordinates, and the prior."""
    prior = PRIOR / len(slopes) * torch.eye(len(slopes)).to(slopes).double()
    return _curvature(slopes, there) + prior


def _curvature(slopes: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    products = (slopes * weights).flatten(1) @ slopes.flatten(1).T
    return products.double() / slopes[0].numel()


def _local(slopes: torch.Tensor, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """slopes [K, C, h, w] of a picture, weights [h, w] of two parts of it -> [K, K]: directions of
    length 1 by how much more the picture changes in the one part than in the other, and than the
    prior allows, the greatest first.
    """

    white = torch.linalg.inv(torch.linalg.cholesky(_stiff(slopes, there)))
    vectors = torch.linalg.eigh(white @ _curvature(slopes, here) @ white.T).eigenvectors
    found = (white.T @ vectors).T.flip(0)
    directions: torch.Tensor = (found / found.norm(dim=1, keepdim=True)).to(slopes)
    return directions
