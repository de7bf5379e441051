"""How a picture turns about its handles, in its own plane, with the latent's moves.

Of the cells about a handle, weighed by a bell, the displacement is sought that fits their change
best: a translation, a turn and a growth. Its derivative is that of a handle's place, with four
unknowns for two.
"""

from __future__ import annotations

import torch

from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.problem import DragProblem
from stylegan2.windows import WindowedFeatures

REACH = 1 / 16
"""The bell's standard deviation, of the picture's longer side: an ear, not the head beside it."""
RIDGE = 1e-2
"""Ridge over the normal matrix, whose diagonal is scaled to 1."""
_TURN = 2


class Turning:
    """Of the picture where a drag begins, in the third block; for any handles."""

    @torch.no_grad()
    def __init__(self, problem: DragProblem, moves: Moves) -> None:
        generator = problem.generator
        block = generator.geometry.resolutions[:3][-1]
        self._moves = moves
        self._features = WindowedFeatures(generator, block, problem.w_plus, moves.rows)
        self._forward = self._features.forward(problem.w_plus[:, : moves.rows])
        values = self._forward.values[0]  # [h, w, C]
        self._tiny = torch.finfo(values.dtype).tiny
        self._spread = values.std(dim=(0, 1)) + self._tiny
        values = values / self._spread
        self._across, self._down = torch.zeros_like(values), torch.zeros_like(values)
        self._across[:, 1:-1] = (values[:, 2:] - values[:, :-2]) / 2
        self._down[1:-1] = (values[2:] - values[:-2]) / 2
        self._side = max(generator.img_resolution)
        self._cell = self._side / max(self._features.map_size)
        self._columns, self._rows = (
            (torch.arange(count).to(values) + 0.5) * self._cell - 0.5
            for count in reversed(values.shape[:2])
        )

    @torch.no_grad()
    def about(self, handle_points: torch.Tensor) -> torch.Tensor:
        """[P, size], float64 on the processor: radians by x about each handle [P, 2].

        From x to y, which is clockwise as pictures are shown.
        """
        found = [self._about(x, y) for x, y in handle_points.tolist()]
        return self._moves.vjp(torch.cat(found))

    def _about(self, x: float, y: float) -> torch.Tensor:
        """[1, rows, w_dim]: the same by the rows."""
        across, down, tiny = self._across, self._down, self._tiny
        right, below = (self._columns - x)[None, :, None], (self._rows - y)[:, None, None]
        bell = torch.exp(-(right.square() + below.square()) / (2 * (REACH * self._side) ** 2))
        turned, grown = down * right - across * below, across * right + down * below
        slopes = torch.stack([across, down, turned / self._cell, grown / self._cell])
        normal = torch.einsum("ahwc,bhwc->ab", slopes * bell, slopes)
        scale = (normal.diagonal() + tiny).rsqrt()
        normal = normal * scale * scale[:, None] + RIDGE * torch.eye(4).to(normal)
        row = torch.linalg.inv(normal)[_TURN] * scale * scale[_TURN]
        weights = -torch.einsum("b,bhwc->hwc", row, slopes * bell) / self._spread
        return self._features.vjp(self._forward, weights[None])
