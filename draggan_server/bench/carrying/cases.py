"""Lions that move, photographed: what each pixel shows, and where that was before, is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from draggan_server.layer.motion import shifted
from stylegan2.generator import Generator
from stylegan2.toy_lion import parameters, surface
from stylegan2.toy_lion.character import ToyLion

MOVED = ("yaw", "pitch", "mouth", "ear_l", "ear_r")
REACHES = (0.2, 0.4, 0.8)
"""Standard deviations by which the latent of what is moved changes, in turns."""
GRAIN = 5 / 255
FRECKLES = 14
_STEP = 2  # pixels: the motion is known at every second
_SEED = 20261129


@dataclass(frozen=True)
class Case:
    """`photo` and `truth` [1, 3, s, s] in [0, 1]: renderings with the same grain and freckles on
    the lion, before and after it moved. `judged` [1, 1, s, s]: what of the lion moved by more than
    a pixel and is seen in both. `back` [1, 2, s, s] is the motion itself. `before` and `after` are
    latents w+ of about these renderings.
    """

    name: str
    photo: torch.Tensor
    truth: torch.Tensor
    judged: torch.Tensor
    back: torch.Tensor
    before: torch.Tensor
    after: torch.Tensor


def make_cases(generator: Generator, count: int, seed: int) -> Iterator[Case]:
    """The same for the same `seed`."""
    side = generator.img_resolution[0]
    for number in range(count):
        random = np.random.default_rng((_SEED, seed, number))
        z = random.standard_normal((2, len(parameters.NAMES))).astype(np.float32)
        z[1] = z[0]
        reach = REACHES[number % len(REACHES)]
        for name in MOVED:
            z[1, parameters.index(name)] += reach * random.normal()
        rows = parameters.from_latent(z)
        back, judged = _motion(rows[0], rows[1], side)
        detail = _detail(random, side)
        pictures = torch.from_numpy(ToyLion().render(rows, side)).permute(0, 3, 1, 2).float() / 255
        with torch.no_grad():
            w_plus = generator.mapping(torch.from_numpy(z))
        yield Case(
            f"{number}, moved by {reach}",
            _seen(pictures[:1] + detail),
            _seen(pictures[1:] + shifted(detail, back)),
            judged,
            back,
            w_plus[:1],
            w_plus[1:],
        )


def _motion(
    before: NDArray[np.float64], after: NDArray[np.float64], side: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """[1, 2, s, s], from each pixel of the lion after to before; where it is to be judged."""
    count = side // _STEP
    shifts, judged = np.zeros((2, count, count), np.float32), np.zeros((count, count), np.float32)
    for row in range(count):
        for column in range(count):
            x, y = (_STEP * at + (_STEP - 1) / 2 for at in (column, row))
            spot = surface.under(after, (x, y), side)
            if spot is not None:
                (there_x, there_y), visible = surface.project(before, spot, side)
                shifts[:, row, column] = there_x - x, there_y - y
                judged[row, column] = visible and np.hypot(there_x - x, there_y - y) > 1
    whole = (side, side)
    back = torch.from_numpy(shifts)[None]
    return (
        functional.interpolate(back, whole, mode="bilinear", align_corners=False),
        functional.interpolate(torch.from_numpy(judged)[None, None], whole),
    )


def _detail(random: np.random.Generator, side: int) -> torch.Tensor:
    """[1, 3, s, s]: grain of about two pixels, and freckles of several colours."""
    noise = torch.from_numpy(
        random.standard_normal((1, 3, side // 2, side // 2)).astype(np.float32)
    )
    grain = GRAIN * functional.interpolate(noise, (side, side), mode="bicubic", align_corners=False)
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    for _ in range(FRECKLES):
        centre = random.uniform(0.3, 0.7, 2) * side
        away = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
        colour = torch.from_numpy(random.uniform(-0.4, 0.1, (1, 3, 1, 1)).astype(np.float32))
        grain = grain + colour * torch.exp(-away / (2 * random.uniform(2, 6) ** 2))
    return grain


def _seen(image: torch.Tensor) -> torch.Tensor:
    return (image.clamp(0, 1) * 255).round() / 255
