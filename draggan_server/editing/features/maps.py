"""Views of the whole map of a block."""

from __future__ import annotations

import torch

from draggan_server.editing.features.field import FeatureField, MapField
from stylegan2.generator import Generator
from stylegan2.windows import Forward, WindowedFeatures


class MapSource:
    """Computes the whole map, which views offer as what is held."""

    def __init__(
        self, generator: Generator, resolution: int, w_plus: torch.Tensor, rows: int
    ) -> None:
        self.pixels = generator.img_resolution
        self.features = WindowedFeatures(generator, resolution, w_plus, rows)

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> MapView:
        return MapView(self, self.features.forward(free))


class MapView:
    def __init__(self, source: MapSource, forward: Forward) -> None:
        self._source = source
        self._forward = forward
        self.held: torch.Tensor | None = forward.values.requires_grad_(True)
        self.field: FeatureField = MapField(forward.values.detach(), source.pixels)

    def near(self, handle_points: torch.Tensor) -> MapField:
        return MapField(self._forward.values, self._source.pixels)

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        (gradient,) = torch.autograd.grad(loss, [self._forward.values])
        return self._source.features.vjp(self._forward, gradient)
