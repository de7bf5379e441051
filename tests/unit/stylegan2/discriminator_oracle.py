"""StyleGAN2's discriminator once more, straight from the formulas and as slow as they are."""

from __future__ import annotations

import math

import torch

from stylegan2.discriminator_geometry import DiscriminatorGeometry

Tensors = dict[str, torch.Tensor]


def logits(
    geometry: DiscriminatorGeometry, t: Tensors, pictures: torch.Tensor, c: torch.Tensor | None
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """[N, 1], and what each block above b4 makes."""
    x, features = None, []
    for resolution in geometry.resolutions[:-1]:
        block = f"b{resolution}"
        if f"{block}.fromrgb.weight" in t:
            colours = _layer(t, f"{block}.fromrgb", pictures, geometry.conv_clamp)
            x = colours if x is None else x + colours
        assert x is not None
        y = _layer(t, f"{block}.conv0", x, geometry.conv_clamp)
        y = _layer(t, f"{block}.conv1", y, geometry.conv_clamp, down=True)
        if geometry.architecture == "resnet":
            weight = t[f"{block}.skip.weight"] / math.sqrt(x.shape[1])
            y = (y + _convolve(_filter(x)[:, :, 1:-1:2, 1:-1:2], weight)) / math.sqrt(2)
        if geometry.architecture == "skip":
            pictures = _filter(pictures)[:, :, 1:-1:2, 1:-1:2]
        x = y
        features.append(x)
    assert x is not None
    if geometry.architecture == "skip":
        x = x + _layer(t, "b4.fromrgb", pictures, None)
    if geometry.mbstd_num_channels:
        x = torch.cat([x, _deviation(geometry, x)], dim=1)
    x = _layer(t, "b4.conv", x, geometry.conv_clamp)
    x = _activate(_linear(t, "b4.fc", x.flatten(1), 1.0))
    out = _linear(t, "b4.out", x, 1.0)
    if c is not None:
        mapped = _unit(_linear(t, "mapping.embed", c, 1.0))
        for i in range(geometry.mapping_layers):
            mapped = _activate(_linear(t, f"mapping.fc{i}", mapped, geometry.mapping_lr_multiplier))
        out = (out * mapped).sum(dim=1, keepdim=True) / math.sqrt(geometry.cmap_dim)
    return out, features


def _deviation(geometry: DiscriminatorGeometry, x: torch.Tensor) -> torch.Tensor:
    count, channels, height, width = x.shape
    groups = count // min(geometry.mbstd_group_size or count, count)
    parts = geometry.mbstd_num_channels
    out = x.new_zeros(count, parts, height, width)
    for first in range(groups):
        group = x[first::groups]
        for part in range(parts):
            some = group[:, part * channels // parts : (part + 1) * channels // parts]
            spread = ((some - some.mean(dim=0)) ** 2).mean(dim=0)
            out[first::groups, part] = (spread + 1e-8).sqrt().mean()
    return out


def _layer(
    t: Tensors, name: str, x: torch.Tensor, clamp: float | None, down: bool = False
) -> torch.Tensor:
    weight = t[f"{name}.weight"]
    weight = weight / math.sqrt(weight.shape[1] * weight.shape[2] ** 2)
    x = _convolve(_filter(x), weight)[:, :, 1:-1:2, 1:-1:2] if down else _convolve(x, weight)
    x = _activate(x + t[f"{name}.bias"][:, None, None])
    return x if clamp is None else x.clamp(-clamp, clamp)


def _convolve(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Correlation with zeros outside."""
    _, _, height, width = x.shape
    reach = weight.shape[2] // 2
    padded = torch.nn.functional.pad(x, (reach,) * 4)
    out = x.new_zeros(len(x), len(weight), height, width)
    for dy in range(weight.shape[2]):
        for dx in range(weight.shape[3]):
            part = padded[:, :, dy : dy + height, dx : dx + width]
            out += torch.einsum("oi,nihw->nohw", weight[:, :, dy, dx], part)
    return out


def _filter(x: torch.Tensor) -> torch.Tensor:
    """[1, 3, 3, 1] / 8 on both axes; one cell longer: between all cells and beyond the borders."""
    taps = [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    x = torch.nn.functional.pad(x, (2, 2, 2, 2))
    height, width = x.shape[2] - 3, x.shape[3] - 3
    x = sum(tap * x[:, :, k : k + height] for k, tap in enumerate(taps))  # type: ignore[assignment]
    return sum(tap * x[:, :, :, k : k + width] for k, tap in enumerate(taps))  # type: ignore[return-value]


def _linear(t: Tensors, name: str, x: torch.Tensor, gain: float) -> torch.Tensor:
    weight, bias = t[f"{name}.weight"], t[f"{name}.bias"]
    return x @ weight.T * gain / math.sqrt(weight.shape[1]) + bias * gain


def _activate(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x < 0, 0.2 * x, x) * math.sqrt(2)


def _unit(x: torch.Tensor) -> torch.Tensor:
    return x / ((x**2).mean(dim=1, keepdim=True) + 1e-8).sqrt()
