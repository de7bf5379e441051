"""Which of the mapping network's outputs is nearest to a latent.

The outputs lie on a curved sheet in the space of w. A straight move along it leaves it, and what
lies beside it the model was never trained on: far drags melt there.
"""

from __future__ import annotations

import torch

from draggan_server.editing import manifold
from stylegan2.generator import Generator

STARTS = 3
"""Samples that the first search begins at: the sheet is folded."""
PARTS = 4
"""Of the way from one latent to the next: outputs are followed along it, on the same fold. The
nearest of all may be a lion of another colour."""
BEGUN, STEPS = 3, 12
"""Gauss-Newton steps at a start or a part of a way, and at most in the end."""
ENDED = 0.01
"""A step that takes off less of the squared distance is the last one."""
DIFFERENCE = 0.01
"""Of a coordinate of z, which are of 1 at the mean: for derivatives, good for four digits. They are
reckoned in the model's precision, float32."""
DAMPING, LEAST_DAMPING, RAISED, LOWERED = 1e-3, 1e-6, 8.0, 5.0
"""Levenberg's damping over the mean diagonal of the normal matrix: at first, at least, times more
after a step that comes no nearer, and times less after one that does."""
TRIED = 4
"""Dampings tried in a step."""


class Mapped:
    """Follows outputs w of the generator's mapping network near latents.

    How near is the length of `factor` (w' - w), factor [n, w_dim], float64, on the processor. The
    first search begins at the nearest of some samples, the next ones follow from there.
    """

    def __init__(self, generator: Generator, factor: torch.Tensor) -> None:
        self._generator = generator
        # Lengths are the same by its triangular factor, which has w_dim rows at most.
        self._factor: torch.Tensor = torch.linalg.qr(factor, mode="r").R
        self._found: tuple[torch.Tensor, manifold.Outputs] | None = None

    def nearest(self, w: torch.Tensor) -> torch.Tensor:
        """[w_dim], float64, on the processor: the output nearest to w [w_dim], likewise."""
        if self._found is None:
            begun = [self._descend(start, w, BEGUN) for start in self._nearest_samples(w)]
            at = min(begun, key=lambda at: float(self._off(at, w).norm()))
        else:
            before, at = self._found
            for part in range(1, PARTS):
                at = self._descend(at, before.lerp(w, part / PARTS), BEGUN)
        at = self._descend(at, w, STEPS)
        self._found = w, at
        return at.w[0].cpu().double()

    @property
    def found(self) -> manifold.Outputs:
        """The output that was found last."""
        assert self._found is not None
        return self._found[1]

    def between(
        self, begin: manifold.Outputs, end: manifold.Outputs, shares: torch.Tensor
    ) -> torch.Tensor:
        """[N, w_dim], float64, on the processor: outputs on the way in z from one to another, at
        shares [N] of it."""
        z = begin.z.lerp(end.z, shares.to(begin.z)[:, None])
        return self._make(z, begin).w.cpu().double()

    def _descend(self, at: manifold.Outputs, w: torch.Tensor, steps: int) -> manifold.Outputs:
        """Where so many steps lead to at most, each of them nearer."""
        off = self._off(at, w)
        damping = DAMPING
        for _ in range(steps):
            slope = self._slope(at)
            normal, descent = (slope.T @ slope).double(), slope.double().T @ off
            ridge = normal.diagonal().mean() * torch.eye(len(normal), dtype=normal.dtype)
            going = False
            for _ in range(TRIED):
                # Where it has no factor, the step is none that comes nearer, and is not taken.
                lower = torch.linalg.cholesky_ex(normal + damping * ridge).L
                step = torch.cholesky_solve(descent[:, None], lower)[:, 0]
                tried = self._make(at.z.cpu().double() - step, at)
                left = self._off(tried, w)
                if left.square().sum() < off.square().sum():
                    going = bool(left.square().sum() < (1 - ENDED) * off.square().sum())
                    at, off = tried, left
                    damping = max(damping / LOWERED, LEAST_DAMPING)
                    break
                damping *= RAISED
            if not going:
                break
        return at

    def _nearest_samples(self, w: torch.Tensor) -> list[manifold.Outputs]:
        samples = manifold.outputs(self._generator)
        away = (samples.w.cpu().double() - w) @ self._factor.T
        best = away.square().sum(dim=1).topk(min(STARTS, len(away)), largest=False).indices
        return [samples[index : index + 1] for index in best.tolist()]

    def _off(self, at: manifold.Outputs, w: torch.Tensor) -> torch.Tensor:
        return self._factor @ (at.w[0].cpu().double() - w)

    def _slope(self, at: manifold.Outputs) -> torch.Tensor:
        """[n, z_dim], in the model's precision: how far off the output is, by z."""
        by_z = slope(self._generator, at)
        return self._factor.to(by_z) @ by_z

    def _make(self, z: torch.Tensor, like: manifold.Outputs) -> manifold.Outputs:
        return output_of(self._generator, z, like)


def output_of(generator: Generator, z: torch.Tensor, like: manifold.Outputs) -> manifold.Outputs:
    """Of z [N, z_dim], scaled to what coordinates of z usually are, with the same label."""
    z = z / z.square().mean(dim=1, keepdim=True).sqrt()
    return manifold.made_of(generator, z, like.labels)


def slope(generator: Generator, at: manifold.Outputs) -> torch.Tensor:
    """[w_dim, z_dim], on the processor: how one output's w changes with z."""
    aside = at.z + DIFFERENCE * torch.eye(at.z.shape[1]).to(at.z)
    moved = output_of(generator, aside, at).w - at.w
    return moved.cpu().T / DIFFERENCE
