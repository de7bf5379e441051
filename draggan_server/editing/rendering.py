"""Pictures of latents, in [0, 1] and on the processor: layers come from there and go there."""

from __future__ import annotations

import torch

from draggan_server.editing import pixels
from stylegan2.generator import Generator


def render(generator: Generator, w_plus: torch.Tensor) -> torch.Tensor:
    """The picture of w_plus [1, num_ws, w_dim]: RGB or RGBA [1, 3 or 4, h, w]."""
    with torch.no_grad():
        return pixels.from_picture(generator.synthesis(w_plus).cpu())


def render_coarse(generator: Generator, w_plus: torch.Tensor, side: int) -> torch.Tensor:
    """The same, as small as a generator whose blocks add up colours can make it at once.

    No side is shorter than `side`, unless the whole picture's is. What the finer blocks would have
    added is missing: show it at half its size.
    """
    with torch.no_grad():
        for output in generator.outputs(w_plus):
            picture = output.picture
            if picture is not None and min(picture.shape[2:]) >= side:
                break
        assert picture is not None
        return pixels.from_picture(picture.cpu())
