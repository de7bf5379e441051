"""What layers, history and composition need of a model: that it shows pictures of latents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch

from stylegan2.generator import BlockOutput, Generator


class DrawnByFeatures(Protocol):
    """A model that is no StyleGAN2, and whose latents [1, num_ws, w_dim] have no pictures on the
    way from one to another."""

    @property
    def sha256(self) -> str: ...

    @property
    def num_ws(self) -> int: ...

    @property
    def w_dim(self) -> int: ...

    @property
    def w_avg(self) -> torch.Tensor:
        """[w_dim], of the type and on the device of its latents."""

    @property
    def img_resolution(self) -> tuple[int, int]:
        """(height, width)."""

    def outputs(self, w_plus: torch.Tensor) -> Iterator[BlockOutput]:
        """As `Generator.outputs`; the last has the picture."""

    def seen(self, w_plus: torch.Tensor) -> torch.Tensor:
        """Features [1, C, h, w] by which what the picture of a latent shows is known again."""


PictureModel = Generator | DrawnByFeatures
