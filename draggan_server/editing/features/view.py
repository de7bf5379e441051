"""What a drag's method sees of a latent."""

from __future__ import annotations

from typing import Protocol

import torch

from draggan_server.editing.features.field import FeatureField


class View(Protocol):
    """One latent, looked at: make a loss of what `near` reads and of `held`, ask `gradient`."""

    @property
    def field(self) -> FeatureField:
        """For reading only, up to the source's reach from the handles."""

    held: torch.Tensor | None
    """[1, h, w, C]: what a mask holds, if the source was asked for it."""

    def near(self, handle_points: torch.Tensor) -> FeatureField:
        """For a loss: what motion supervision reads about handle_points [P, 2]."""

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        """[1, rows, w_dim]: the gradient of `loss` with respect to the rows that vary."""


class FeatureSource(Protocol):
    """Looks at latents of one drag, whose first rows vary."""

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> View:
        """View the latent whose first rows are free [1, rows, w_dim] near handles [P, 2]."""
