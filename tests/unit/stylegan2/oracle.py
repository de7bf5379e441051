"""StyleGAN2's generator once more, straight from the formulas and as slow as they are.

Nothing is shared with the product: weights are modulated per sample, upsampling inserts zeros, and
every filter is a sum over its taps.
"""

from __future__ import annotations

import math

import torch

from stylegan2 import Geometry

Tensors = dict[str, torch.Tensor]


def mapping(
    geometry: Geometry, t: Tensors, z: torch.Tensor, c: torch.Tensor | None
) -> torch.Tensor:
    """[N, w_dim], not truncated."""
    x = _unit(z)
    if c is not None:
        weight = t["mapping.embed.weight"] / math.sqrt(geometry.c_dim)
        x = torch.cat([x, _unit(c @ weight.T + t["mapping.embed.bias"])], dim=1)
    for i in range(geometry.mapping_layers):
        weight, bias = t[f"mapping.fc{i}.weight"], t[f"mapping.fc{i}.bias"]
        gain = geometry.mapping_lr_multiplier
        x = _activate(x @ (weight * gain / math.sqrt(weight.shape[1])).T + bias * gain)
    return x


def synthesis(
    geometry: Geometry, t: Tensors, w_plus: torch.Tensor, noise: bool
) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
    """The pictures, and each block's features."""
    pictures, features = [], []
    for ws in w_plus:
        picture, feature = _synthesise_one(geometry, t, ws, noise)
        pictures.append(picture)
        features.append(feature)
    joined = {r: torch.stack([f[r] for f in features]) for r in features[0]}
    return torch.stack(pictures), joined


def _synthesise_one(
    geometry: Geometry, t: Tensors, ws: torch.Tensor, noise: bool
) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
    x, picture, row, features = t["synthesis.b4.const"], None, 0, {}
    for resolution in geometry.resolutions:
        prefix, block_input = f"synthesis.b{resolution}", x
        for name in ("conv1",) if resolution == 4 else ("conv0", "conv1"):
            x = _convolution(t, f"{prefix}.{name}", x, ws[row], up=name == "conv0")
            if noise and geometry.use_noise:
                key = f"{prefix}.{name}.noise_"
                x = x + t[key + "const"] * t[key + "strength"]
            x = _activate(x + t[f"{prefix}.{name}.bias"][:, None, None])
            x = _clamp(x, geometry.conv_clamp)
            row += 1
        if geometry.architecture == "resnet" and resolution > 4:
            kernel = t[f"{prefix}.skip.weight"][:, :, 0, 0] / math.sqrt(block_input.shape[0])
            skipped = torch.einsum("oi,ihw->ohw", kernel, block_input)
            x = (x + _low_pass(_zero_insert(skipped))) / math.sqrt(2)
        features[resolution] = x
        if geometry.architecture != "skip" and resolution != geometry.resolutions[-1]:
            continue
        style = _style(t, f"{prefix}.torgb", ws[row]) / math.sqrt(x.shape[0])
        kernel = t[f"{prefix}.torgb.weight"][:, :, 0, 0] * style
        colours = torch.einsum("oi,ihw->ohw", kernel, x)
        colours = _clamp(colours + t[f"{prefix}.torgb.bias"][:, None, None], geometry.conv_clamp)
        picture = colours if picture is None else _low_pass(_zero_insert(picture)) + colours
    assert picture is not None
    return picture, features


def _unit(x: torch.Tensor) -> torch.Tensor:
    return x / ((x**2).mean(dim=1, keepdim=True) + 1e-8).sqrt()


def _activate(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x < 0, 0.2 * x, x) * math.sqrt(2)


def _clamp(x: torch.Tensor, limit: float | None) -> torch.Tensor:
    return x if limit is None else x.clamp(-limit, limit)


def _style(t: Tensors, prefix: str, w: torch.Tensor) -> torch.Tensor:
    weight = t[f"{prefix}.affine.weight"] / math.sqrt(len(w))
    return weight @ w + t[f"{prefix}.affine.bias"]


def _convolution(
    t: Tensors, prefix: str, x: torch.Tensor, w: torch.Tensor, up: bool
) -> torch.Tensor:
    kernel = t[f"{prefix}.weight"] * _style(t, prefix, w)[None, :, None, None]
    kernel = kernel / ((kernel**2).sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
    if not up:
        return _correlate(_pad(x, 1, 1), kernel)
    # A transposed convolution is a full convolution (a flipped kernel) of the zero-inserted input.
    x = _correlate(_pad(_zero_insert(x), 2, 2), kernel.flip(2, 3))
    return _filter(_pad(x, 1, 1))[:, : x.shape[1] - 2, : x.shape[2] - 2]


def _zero_insert(x: torch.Tensor) -> torch.Tensor:
    channels, height, width = x.shape
    out = x.new_zeros(channels, 2 * height, 2 * width)
    out[:, ::2, ::2] = x
    return out


def _low_pass(x: torch.Tensor) -> torch.Tensor:
    return _filter(_pad(x, 2, 1))


def _filter(x: torch.Tensor) -> torch.Tensor:
    """[1, 3, 3, 1] on both axes, summing to 4 as upsampling by 2 x 2 asks, valid part."""
    taps = [1 / 4, 3 / 4, 3 / 4, 1 / 4]
    height, width = x.shape[1] - 3, x.shape[2] - 3
    x = sum(tap * x[:, k : k + height] for k, tap in enumerate(taps))  # type: ignore[assignment]
    return sum(tap * x[:, :, k : k + width] for k, tap in enumerate(taps))  # type: ignore[return-value]


def _correlate(x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    height, width = x.shape[1] - 2, x.shape[2] - 2
    out = x.new_zeros(len(kernel), height, width)
    for dy in range(3):
        for dx in range(3):
            part = x[:, dy : dy + height, dx : dx + width]
            out += torch.einsum("oi,ihw->ohw", kernel[:, :, dy, dx], part)
    return out


def _pad(x: torch.Tensor, before: int, after: int) -> torch.Tensor:
    channels, height, width = x.shape
    out = x.new_zeros(channels, height + before + after, width + before + after)
    out[:, before : before + height, before : before + width] = x
    return out
