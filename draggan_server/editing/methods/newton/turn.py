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


@torch.no_grad()
def turns(problem: DragProblem, moves: Moves) -> torch.Tensor:
    """[P, size], float64 on the processor: radians by x about each handle, where the drag begins.

    From x to y, which is clockwise as pictures are shown. In the third block.
    """
    generator = problem.generator
    block = generator.geometry.resolutions[:3][-1]
    features = WindowedFeatures(generator, block, problem.w_plus, moves.rows)
    forward = features.forward(problem.w_plus[:, : moves.rows])
    values = forward.values[0]  # [h, w, C]
    tiny = torch.finfo(values.dtype).tiny
    spread = values.std(dim=(0, 1)) + tiny
    values = values / spread
    across, down = torch.zeros_like(values), torch.zeros_like(values)
    across[:, 1:-1] = (values[:, 2:] - values[:, :-2]) / 2
    down[1:-1] = (values[2:] - values[:-2]) / 2
    side = max(generator.img_resolution)
    cell = side / max(features.map_size)
    columns, rows = (
        (torch.arange(count).to(values) + 0.5) * cell - 0.5 for count in reversed(across.shape[:2])
    )
    found = []
    for x, y in problem.handle_points.tolist():
        right, below = (columns - x)[None, :, None], (rows - y)[:, None, None]
        bell = torch.exp(-(right.square() + below.square()) / (2 * (REACH * side) ** 2))
        turned, grown = down * right - across * below, across * right + down * below
        slopes = torch.stack([across, down, turned / cell, grown / cell])
        normal = torch.einsum("ahwc,bhwc->ab", slopes * bell, slopes)
        scale = (normal.diagonal() + tiny).rsqrt()
        normal = normal * scale * scale[:, None] + RIDGE * torch.eye(4).to(normal)
        row = torch.linalg.inv(normal)[_TURN] * scale * scale[_TURN]
        weights = -torch.einsum("b,bhwc->hwc", row, slopes * bell) / spread
        found.append(features.vjp(forward, weights[None]))
    return moves.vjp(torch.cat(found))
