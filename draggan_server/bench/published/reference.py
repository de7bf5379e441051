"""The paper's step written straightforwardly: the other side of every equality and every ratio.

DragGAN (arXiv 2305.10973) as its formulas read: synthesise the whole picture, build the block's
features at the picture's size, search and push on those, and let autograd find the gradient of
everything, weights included. Shares no code with the product but the names of the weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

from stylegan2 import Geometry

Tensors = dict[str, torch.Tensor]


class ReferenceGenerator:
    """StyleGAN2's synthesis with weights modulated sample by sample, from named tensors."""

    def __init__(self, geometry: Geometry, tensors: Tensors, *, train_weights: bool = True) -> None:
        self.geometry = geometry
        self.tensors = {
            key: value.clone().requires_grad_(train_weights)
            for key, value in tensors.items()
            if key.startswith("synthesis.")
        }

    def synthesis(self, w_plus: torch.Tensor, resolution: int) -> tuple[torch.Tensor, torch.Tensor]:
        """w_plus [1, num_ws, w_dim] -> picture [1, 3, H, W], features of block b{resolution}."""
        geometry = self.geometry
        x, picture, features, row = self.tensors["synthesis.b4.const"][None], None, None, 0
        for name in geometry.resolutions:
            for layer in ("conv1",) if name == 4 else ("conv0", "conv1"):
                x = self._convolution(x, w_plus[:, row], f"synthesis.b{name}.{layer}.")
                row += 1
            prefix = f"synthesis.b{name}.torgb."
            styles = self._styles(w_plus[:, row], prefix) / math.sqrt(x.shape[1])
            weight = self.tensors[f"{prefix}weight"] * styles[0, :, None, None]
            colours = self._finish(functional.conv2d(x, weight), prefix, activate=False)
            picture = colours if picture is None else self._upsample(picture) + colours
            if name == resolution:
                features = x
        assert picture is not None
        assert features is not None
        return picture, features

    def _convolution(self, x: torch.Tensor, w: torch.Tensor, prefix: str) -> torch.Tensor:
        weight = self.tensors[f"{prefix}weight"] * self._styles(w, prefix)[0, :, None, None]
        weight = weight * (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).rsqrt()
        if "conv0" in prefix:
            x = functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = self._filter(x, padding=1)
        else:
            x = functional.conv2d(x, weight, padding=1)
        if self.geometry.use_noise:
            key = f"{prefix}noise_"
            x = x + self.tensors[f"{key}const"] * self.tensors[f"{key}strength"]
        return self._finish(x, prefix, activate=True)

    def _styles(self, w: torch.Tensor, prefix: str) -> torch.Tensor:
        weight, bias = self.tensors[f"{prefix}affine.weight"], self.tensors[f"{prefix}affine.bias"]
        return functional.linear(w, weight / math.sqrt(w.shape[1]), bias)

    def _finish(self, x: torch.Tensor, prefix: str, *, activate: bool) -> torch.Tensor:
        x = x + self.tensors[f"{prefix}bias"][:, None, None]
        if activate:
            x = functional.leaky_relu(x, 0.2) * math.sqrt(2)
        clamp = self.geometry.conv_clamp
        return x if clamp is None else x.clamp(-clamp, clamp)

    @staticmethod
    def _filter(x: torch.Tensor, padding: int) -> torch.Tensor:
        taps = torch.tensor([1, 3, 3, 1], dtype=x.dtype) / 4
        kernel = torch.outer(taps, taps).expand(x.shape[1], 1, 4, 4)
        return functional.conv2d(x, kernel, padding=padding, groups=x.shape[1])

    def _upsample(self, x: torch.Tensor) -> torch.Tensor:
        inserted = x.new_zeros(*x.shape[:2], x.shape[2], 2, x.shape[3], 2)
        inserted[:, :, :, 0, :, 0] = x
        inserted = inserted.reshape(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
        return self._filter(functional.pad(inserted, (2, 1, 2, 1)), padding=0)


@dataclass
class ReferenceDrag:
    """DragGAN's loop; all sizes in pixels of the picture. `step` once for each update, or its parts
    one by one: `look`, `loss`, `update`.
    """

    generator: ReferenceGenerator
    w_plus: torch.Tensor
    handle_points: torch.Tensor
    target_points: torch.Tensor
    movable_mask: torch.Tensor | None
    resolution: int
    r1: int
    r2: int
    rows: int
    mask_weight: float
    learning_rate: float

    def __post_init__(self) -> None:
        self.free = self.w_plus[:, : self.rows].clone().requires_grad_(True)
        self._fixed = self.w_plus[:, self.rows :]
        self._optimiser = torch.optim.Adam([self.free], lr=self.learning_rate)
        with torch.no_grad():
            self._start = self._features()
            self._wanted = [_read(self._start, point[None]) for point in self.handle_points]

    def step(self, *, track: bool = True) -> torch.Tensor:
        """Track, push and update; the loss before the update. `free.grad` is left as it was."""
        loss = self.loss(self.look(track=track))
        self.update(loss)
        return loss.detach()

    def look(self, *, track: bool) -> torch.Tensor:
        """[1, C, H, W]: the features, in which the handles are found again if `track`."""
        features = self._features()
        if track:
            with torch.no_grad():
                self._track(features)
        return features

    def update(self, loss: torch.Tensor) -> None:
        """One step of Adam."""
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()

    def latent(self) -> torch.Tensor:
        """[1, num_ws, w_dim], differentiable with respect to `free`."""
        return torch.cat([self.free, self._fixed], dim=1)

    def _features(self) -> torch.Tensor:
        """[1, C, H, W]: the block's features as if the picture had them."""
        _, features = self.generator.synthesis(self.latent(), self.resolution)
        size = self.generator.geometry.img_resolution
        return functional.interpolate(features, size, mode="bilinear", align_corners=False)

    def _track(self, features: torch.Tensor) -> None:
        height, width = features.shape[2:]
        steps = torch.arange(-self.r2, self.r2 + 1, dtype=features.dtype)
        rows, columns = torch.meshgrid(steps, steps, indexing="ij")
        offsets = torch.stack([columns, rows], dim=2).flatten(0, 1)
        for i, point in enumerate(self.handle_points.clone()):
            near = point + offsets
            last = torch.tensor([width - 1, height - 1])
            near = near[((near >= 0) & (near <= last)).all(dim=1)]
            distance = (_read(features, near) - self._wanted[i]).norm(dim=0)
            self.handle_points[i] = near[distance.argmin()]

    def loss(self, features: torch.Tensor) -> torch.Tensor:
        """The loss of motion supervision and mask. Scalar."""
        height, width = features.shape[2:]
        loss = features.new_zeros(())
        for point, target in zip(self.handle_points, self.target_points, strict=True):
            way = target - point
            if way.norm() <= 1:
                continue
            disc = [
                point + torch.tensor([dx, dy])
                for dy in range(-self.r1, self.r1 + 1)
                for dx in range(-self.r1, self.r1 + 1)
                if dx * dx + dy * dy <= self.r1**2
            ]
            q = torch.stack([p for p in disc if 0 <= p[0] <= width - 1 and 0 <= p[1] <= height - 1])
            there = _read(features, q + way / way.norm())
            loss = loss + _l1(there - _read(features, q).detach()).mean()
        if self.movable_mask is not None:
            held = 1 - self.movable_mask
            loss = loss + self.mask_weight * _l1((features - self._start) * held).mean()
        return loss


def _l1(difference: torch.Tensor) -> torch.Tensor:
    """|difference| without a gradient where it is zero but for rounding."""
    size = difference.abs()
    return size * (size > 1e-12)


def _read(features: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Bilinear, nothing outside: features [1, C, H, W], points [S, 2] (x, y) -> [C, S]."""
    height, width = features.shape[2:]
    grid = points / torch.tensor([width - 1, height - 1]) * 2 - 1
    read = functional.grid_sample(features, grid[None, None].to(features), align_corners=True)
    return read[0, :, 0]
