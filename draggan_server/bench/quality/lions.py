"""The lions that drags begin with: latents of a model, and what is known of their pictures.

Other statistics show whether a method is tuned to one model's units: the same pictures from a w
that is rotated and rescaled, or from a z of 512 coordinates that drives the lion's 18; and other
pictures, truncated towards the mean.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from draggan_server.bench.reader.close_reading import read_closely
from draggan_server.bench.reader.reader import Reader
from stylegan2.generator import Generator, MappingNetwork
from stylegan2.toy_lion import parameters

TRUNCATION_PSI = 0.7
"""The truncation of the statistics that are called after it."""
WIDE = 512
_SCALE = 5.0  # of the rotated w
_SEED = 11


class Lions(Protocol):
    """A model whose pictures are lions. z is `[1, 18]`, as `parameters.from_latent` takes it."""

    @property
    def generator(self) -> Generator:
        """The model."""

    def latent(self, z: torch.Tensor) -> torch.Tensor:
        """w+ [1, num_ws, w_dim] of the lion z."""

    def rows(self, z: torch.Tensor) -> NDArray[np.float64]:
        """[1, 18]: the parameters of its picture."""


@dataclasses.dataclass(frozen=True, slots=True)
class PlainLions:
    """Lions as the model makes them. Their parameters are exact."""

    generator: Generator

    def latent(self, z: torch.Tensor) -> torch.Tensor:
        return self.generator.mapping(z)

    def rows(self, z: torch.Tensor) -> NDArray[np.float64]:
        return parameters.from_latent(z)


@dataclasses.dataclass(frozen=True, slots=True)
class TruncatedLions:
    """Lions whose w is moved towards the mean. Their parameters are read from the picture."""

    generator: Generator
    reader: Reader

    def latent(self, z: torch.Tensor) -> torch.Tensor:
        return self.generator.mapping(z, truncation_psi=TRUNCATION_PSI)

    @torch.no_grad()
    def rows(self, z: torch.Tensor) -> NDArray[np.float64]:
        picture = self.generator.synthesis(self.latent(z))[0].clamp(-1, 1)
        return read_closely(self.reader, picture)[None]


class WideLions:
    """Lions of a model whose z has `WIDE` coordinates, of which a projection is the lion's."""

    def __init__(self, generator: Generator) -> None:
        random = torch.Generator().manual_seed(_SEED)
        square = torch.randn(WIDE, generator.z_dim, generator=random)
        basis, _ = torch.linalg.qr(square)
        self._projection = basis.T  # [z_dim, WIDE], its rows of length 1 and at right angles
        self.generator = _copied(generator)
        inner = self.generator.mapping_network
        self.generator.geometry = dataclasses.replace(generator.geometry, z_dim=WIDE)
        mapping = WideMapping(inner, self._projection)
        self.generator.mapping_network = mapping  # type: ignore[assignment]

    def latent(self, z: torch.Tensor) -> torch.Tensor:
        """What the projection does not see is drawn, the same for the same z."""
        random = np.random.default_rng(np.abs(z.numpy()).view(np.uint32).ravel())
        other = torch.from_numpy(random.standard_normal((1, WIDE), dtype=np.float32))
        other = other - other @ self._projection.T @ self._projection
        return self.generator.mapping(z @ self._projection + other)

    def rows(self, z: torch.Tensor) -> NDArray[np.float64]:
        return parameters.from_latent(z)


class WideMapping(nn.Module):
    """A mapping network whose z is projected first. `projection` is `[z_dim, WIDE]`."""

    projection: torch.Tensor
    w_avg: torch.Tensor

    def __init__(self, inner: MappingNetwork, projection: torch.Tensor) -> None:
        super().__init__()
        self.inner = inner
        self.register_buffer("projection", projection.to(inner.w_avg))
        self.register_buffer("w_avg", inner.w_avg)

    def forward(self, z: torch.Tensor, c: torch.Tensor | None) -> torch.Tensor:
        w: torch.Tensor = self.inner(z @ self.projection.T, c)
        return w


def make_lions(generator: Generator, reader: Reader, statistics: str) -> Lions:
    """The lions of one of `STATISTICS`, of a generator that is a toy lion."""
    if statistics == "psi0.7":
        return TruncatedLions(generator, reader)
    if statistics == "rotated":
        return PlainLions(rotated(generator))
    if statistics == "wide-z":
        return WideLions(generator)
    return PlainLions(generator)


def rotated(generator: Generator) -> Generator:
    """A generator of the same pictures whose w is rotated, `_SCALE` times as long, and moved.

    One more mapping layer does it. Its activation is linear where all its inputs are positive, so
    the layer's bias moves them there; the affine layers of the synthesis network undo it all.
    """
    geometry = dataclasses.replace(
        generator.geometry, mapping_layers=generator.geometry.mapping_layers + 1
    )
    tensors = _tensors(generator)
    width = generator.w_dim
    random = torch.Generator().manual_seed(_SEED)
    rotation, _ = torch.linalg.qr(torch.randn(width, width, generator=random, dtype=torch.float64))
    drawn = generator.draw(2000, torch.Generator().manual_seed(_SEED))[:, 0].double()
    matrix = _SCALE * rotation
    floor = 2 * float((drawn @ matrix.T).abs().max())  # moves whatever comes above 0
    gain = 2**0.5  # of the activation
    rate = geometry.mapping_lr_multiplier
    last = f"mapping.fc{geometry.mapping_layers - 1}"
    tensors[f"{last}.weight"] = matrix * width**0.5 / (gain * rate)
    tensors[f"{last}.bias"] = torch.full((width,), floor / (gain * rate), dtype=torch.float64)
    moved = generator.w_avg.double() @ matrix.T + floor
    tensors["mapping.w_avg"] = moved
    for key in list(tensors):
        if key.endswith("affine.weight"):
            weight = tensors[key].double()
            back = weight @ rotation.T / _SCALE
            bias = key.removesuffix("weight") + "bias"
            tensors[key] = back
            shift = back.sum(dim=1) * floor / width**0.5
            tensors[bias] = tensors[bias].double() - shift
    like = generator.w_avg
    tensors = {key: value.to(like) for key, value in tensors.items()}
    return Generator.from_tensors(geometry, tensors, generator.card)


def _copied(generator: Generator) -> Generator:
    return Generator.from_tensors(generator.geometry, _tensors(generator), generator.card)


def _tensors(generator: Generator) -> dict[str, torch.Tensor]:
    """Named as in the published layout."""
    tensors = generator.mapping_network.state_dict(prefix="mapping.")
    return {**tensors, **generator.synthesis_network.state_dict(prefix="synthesis.")}
