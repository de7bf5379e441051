"""How much pictures change with their latent: the metric that `newton` minimises.

G = E_z[J'J], J the derivative of the picture's colours with respect to w+, is what a small move of
w+ changes on average over the model's pictures. A random vector v for each of them makes a low-rank
factor of it: the mean of (J'v)(J'v)' is J'J, at the price of a backward pass.
"""

from __future__ import annotations

import torch

from draggan_server.layer.pixels import as_seen


class PictureMetric:
    """A factor of G that grows with the pictures it is made of.

    `probes` [count, num_ws, w_dim], on the processor, are J'v over the root of the pixels.
    """

    def __init__(self, probes: torch.Tensor) -> None:
        self.probes = probes

    @property
    def count(self) -> int:
        return len(self.probes)

    @property
    def factor(self) -> torch.Tensor:
        """U [count, num_ws, w_dim], on the processor, with U'U an estimate of G.

        A move d of w+ changes the mean square of a pixel, summed over its colours in [-1, 1] and
        its alpha if there is one, by |U d|^2 on average. Colours count as they are seen:
        premultiplied.
        """
        factor: torch.Tensor = self.probes / self.count**0.5
        return factor

    def add(self, picture: torch.Tensor, w_plus: torch.Tensor, random: torch.Generator) -> None:
        """Learn from a picture [1, C, h, w] in [-1, 1], computed of w_plus [1, num_ws, w_dim]."""
        seen = _seen(picture)
        vector = torch.randn(seen.shape, generator=random).to(seen)
        (gradient,) = torch.autograd.grad(seen, w_plus, vector)
        probe = gradient.cpu() / (seen.shape[2] * seen.shape[3]) ** 0.5
        self.probes = torch.cat([self.probes.to(probe), probe])


def _seen(picture: torch.Tensor) -> torch.Tensor:
    """[1, C, H, W] in [-1, 1], its colours premultiplied by the alpha of a fourth channel."""
    if picture.shape[1] != 4:
        return picture
    colours, alpha = (picture[:, :3] + 1) / 2, ((picture[:, 3:] + 1) / 2).clamp(0, 1)
    return as_seen(torch.cat([colours, alpha], dim=1)) * 2 - 1
