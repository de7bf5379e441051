"""Drawn cats: heads that turn to the side, of flat colours, whose every place is known exactly.

No model of ours ever saw one. Their fur has any colour, and so has what is behind them.
"""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

RADIUS = 0.33
"""Of the head, a share of the picture's side."""
MOST = 2 * RADIUS * math.sin(0.7)
"""The nose goes no farther, a share of the side."""
_CENTRE = (0.5, 0.54)
_EYES = (0.42, -0.3)  # radians to each side, and down
_NOSE_DOWN = 0.16
_NOSE = (0.2, 0.13)  # half its width and height, shares of the radius
_PATCH = 0.075
"""Half the square about a nose by which it is found, a share of the side."""
_SAMPLES = 3
_SEED = 7


@dataclass(frozen=True, slots=True)
class Cat:
    """`turn` to the picture's right, in radians; colours are red, green and blue in [0, 1]."""

    turn: float
    fur: tuple[float, float, float]
    iris: tuple[float, float, float]
    nose: tuple[float, float, float]
    background: tuple[float, float, float]
    width: float

    def nose_at(self, side: int) -> torch.Tensor:
        """[1, 2]: its middle, in px."""
        x, y = self._place(0.0, _NOSE_DOWN)
        return torch.tensor([[x, y]], dtype=torch.float32) * side - 0.5

    def picture(self, side: int) -> torch.Tensor:
        """[3, side, side] in [-1, 1], the mean of 3 x 3 rays a pixel."""
        fine = side * _SAMPLES
        line = (np.arange(fine) + 0.5) / fine
        x, y = np.meshgrid(line, line)
        drawn = np.empty((fine, fine, 3))
        drawn[:] = self.background
        drawn *= (1.1 - 0.3 * y)[..., None]
        dark, light = (tuple(v * share for v in self.fur) for share in (0.55, 1.25))
        radius_x = RADIUS * self.width
        for way in (-1.0, 1.0):
            tip = self._place(way * 0.75, -1.0)
            drawn[self._triangle(x, y, way, tip)] = dark
        head = ((x - _CENTRE[0]) / radius_x) ** 2 + ((y - _CENTRE[1]) / RADIUS) ** 2 < 1
        drawn[head] = self.fur
        self._spot(drawn, x, y, (0.0, 0.42), (0.42, 0.3), light)
        for side_of in (-1.0, 1.0):
            eye = (side_of * _EYES[0], _EYES[1])
            self._spot(drawn, x, y, eye, (0.19, 0.22), (0.97, 0.97, 0.93))
            self._spot(drawn, x, y, eye, (0.14, 0.17), self.iris)
            self._spot(drawn, x, y, eye, (0.05, 0.15), (0.04, 0.04, 0.05))
        self._spot(drawn, x, y, (0.0, 0.62), (0.2, 0.035), (0.2, 0.08, 0.08))
        self._spot(drawn, x, y, (0.0, _NOSE_DOWN), _NOSE, self.nose)
        pixels = drawn.clip(0, 1).reshape(side, _SAMPLES, side, _SAMPLES, 3).mean(axis=(1, 3))
        return torch.from_numpy(pixels).permute(2, 0, 1).float() * 2 - 1

    def _place(self, across: float, down: float) -> tuple[float, float]:
        """Where a place of the round head is seen, shares of the side."""
        x = RADIUS * self.width * math.sin(across + self.turn)
        return _CENTRE[0] + x, _CENTRE[1] + RADIUS * down

    def _spot(
        self,
        drawn: NDArray[np.float64],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        at: tuple[float, float],
        radii: tuple[float, float],
        colour: tuple[float, ...],
    ) -> None:
        """An ellipse on the head, the narrower the more it is turned away."""
        middle = self._place(*at)
        wide = RADIUS * radii[0] * max(0.1, math.cos(at[0] + self.turn))
        inside = ((x - middle[0]) / wide) ** 2 + ((y - middle[1]) / (RADIUS * radii[1])) ** 2 < 1
        drawn[inside] = colour

    def _triangle(
        self, x: NDArray[np.float64], y: NDArray[np.float64], way: float, tip: tuple[float, float]
    ) -> NDArray[np.bool_]:
        """An ear: the part below its tip of what is between two lines down to the head."""
        foot = self._place(way * 0.65, 0.0)[0]
        down = (y - (tip[1] - 0.1)) / 0.35
        middle = tip[0] + (foot - tip[0]) * down
        return (down > 0) & (down < 1) & (np.abs(x - middle) < 0.16 * down)


def draw_cats(number: int, way: float) -> tuple[Cat, Cat]:
    """A cat, and the same turned so that its nose is `way` farther, a share of the side up to
    `MOST`. The same for the same number."""
    random = np.random.default_rng((_SEED, number))
    width = random.uniform(0.95, 1.1)
    reach = way / (RADIUS * width)  # how much the turn's sine changes
    middle = random.uniform(-0.3, 0.3) * max(0.0, 1 - reach)
    ends = [math.asin(middle + share * reach) for share in (-0.5, 0.5)]
    if random.integers(2):
        ends.reverse()
    fur, iris, nose, background = (
        colorsys.hsv_to_rgb(random.random(), random.uniform(*saturation), random.uniform(*value))
        for saturation, value in (
            ((0.1, 0.7), (0.4, 0.8)),
            ((0.5, 1.0), (0.5, 0.9)),
            ((0.6, 1.0), (0.3, 0.9)),
            ((0.1, 0.6), (0.3, 0.9)),
        )
    )
    before, after = (Cat(turn, fur, iris, nose, background, width) for turn in ends)
    return before, after


def find_nose(picture: torch.Tensor, right: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """[1, 2]: where a picture [3, H, W] is most like the `right` one is at its nose `at` [1, 2], to
    whole pixels; the mean square of colours in a square decides."""
    half = round(_PATCH * right.shape[1])
    x, y = (int(value) for value in at[0].round())
    square = right[:, y - half : y + half + 1, x - half : x + half + 1]
    off = torch.zeros(picture.shape[1] - 2 * half, picture.shape[2] - 2 * half)
    ones = torch.ones(1, 1, 2 * half + 1, 2 * half + 1)
    for seen, sought in zip(picture, square, strict=True):
        both = functional.conv2d(seen[None, None], sought[None, None])[0, 0]
        own = functional.conv2d(seen.square()[None, None], ones)[0, 0]
        off += own - 2 * both
    best = int(off.argmin())
    row, column = divmod(best, off.shape[1])
    return torch.tensor([[float(column + half), float(row + half)]]) + at - at.round()
