"""Views of the whole map of a block."""

from __future__ import annotations

import torch

from draggan_server.editing.features.field import FeatureField, MapField
from stylegan2.generator import Generator
from stylegan2.windows import Look, WindowedFeatures


class MapSource:
    """Computes the whole map, which views offer as what is held."""

    def __init__(
        self, generator: Generator, resolution: int, w_plus: torch.Tensor, rows: int
    ) -> None:
        self.pixels = generator.img_resolution
        self.features = WindowedFeatures(generator, resolution, w_plus, rows)

    def at(self, free: torch.Tensor, handle_points: torch.Tensor) -> MapView:
        return MapView(self, self.features.look(free))


class MapView:
    def __init__(self, source: MapSource, look: Look) -> None:
        self._source = source
        self._look = look
        self.held: torch.Tensor | None = look.values.requires_grad_(True)
        self.field: FeatureField = MapField(look.values.detach(), source.pixels)

    def near(self, handle_points: torch.Tensor) -> MapField:
        return MapField(self._look.values, self._source.pixels)

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        (gradient,) = torch.autograd.grad(loss, [self._look.values])
        return self._source.features.pull(self._look, gradient)
