"""Is it still a lion, and of the same colours? Judged by what the reader reads of a picture."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn import functional

from draggan_server.bench.reader.reader import Reader
from stylegan2.toy_lion import parameters
from stylegan2.toy_lion.renderer import render

_RANGES = torch.from_numpy(parameters.HIGH - parameters.LOW)
_COLOURS = parameters.members("colours") + parameters.members("light")
AVERAGED = 4
"""Pixels by pixels: fine detail, such as the edges of a mane's spikes, is not what is judged."""


def likeness(reader: Reader, picture: torch.Tensor) -> float:
    """PSNR in dB of a picture [3, H, W = H] in [-1, 1] to the rendering of what is read of it."""
    read = reader.read(picture[None]).parameters.double().numpy()
    rows = np.clip(read, parameters.LOW, parameters.HIGH)
    rendered = torch.from_numpy(render(rows, picture.shape[1], samples=2))
    rendered = rendered.permute(0, 3, 1, 2).float() / 127.5 - 1
    coarse = [functional.avg_pool2d(p, AVERAGED) for p in (picture[None], rendered)]
    return -10 * math.log10(float((coarse[0] - coarse[1]).square().mean()) / 4)


def colour_drift(reader: Reader, before: torch.Tensor, after: torch.Tensor) -> float:
    """Mean change of colours and light, read from pictures [3, H, W], in % of their ranges."""
    read = reader.read(torch.stack([before, after])).parameters[:, _COLOURS]
    return float(((read[1] - read[0]).abs() / _RANGES[_COLOURS]).mean()) * 100
