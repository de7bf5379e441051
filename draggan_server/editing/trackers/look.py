"""What a tracker may look at of a latent, computed when it asks for it and no more than once."""

from __future__ import annotations

import torch

from draggan_server.editing.features import FeatureField, FeatureSource, View


class Look:
    """The latent whose first rows are `rows` [1, rows, w_dim], as `source` shows it."""

    def __init__(self, source: FeatureSource, rows: torch.Tensor) -> None:
        self.rows = rows
        self._source = source
        self._view: View | None = None

    def field(self, expected: torch.Tensor) -> FeatureField:
        """The features about where handles are expected [P, 2], as far as the source reaches."""
        return self.view(expected).field

    def view(self, handle_points: torch.Tensor) -> View:
        """The latent near handles [P, 2]; they are the expected ones, or what a search about those
        has found."""
        if self._view is None:
            self._view = self._source.at(self.rows, handle_points)
        return self._view
