"""Tone: a smooth gain and offset of each colour channel, over the picture.

Exposure, tint and vignette are not the latent's to explain: it would bend the subject for them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.layer.homography import Size

GAINS = 6
"""A gain is a polynomial of the second degree in the picture's unit frame, for vignettes."""
OFFSETS = 3
"""An offset is one of the first degree."""


@dataclass(frozen=True)
class Tone:
    """`coefficients` [C, GAINS + OFFSETS] of `basis`, float32: what is added to no change at all.

    Colours are in [-1, 1]; gains are about black, so that 0 exposure is black.
    """

    coefficients: torch.Tensor

    @classmethod
    def none(cls, channels: int) -> Tone:
        return cls(torch.zeros(channels, GAINS + OFFSETS))

    def apply(self, picture: torch.Tensor) -> torch.Tensor:
        """picture [N, C, h, w] in about [-1, 1] -> the same with this tone."""
        gain, offset = self.maps(_size(picture))
        return (picture + 1) * gain.to(picture) + offset.to(picture) - 1

    def remove(self, picture: torch.Tensor) -> torch.Tensor:
        """The inverse of `apply`."""
        gain, offset = self.maps(_size(picture))
        return (picture + 1 - offset.to(picture)) / gain.to(picture).clamp(min=LEAST_GAIN) - 1

    def maps(self, size: Size) -> tuple[torch.Tensor, torch.Tensor]:
        """Gain and offset, [C, h, w] each."""
        basis = polynomials(size)
        gain = torch.einsum("ck,khw->chw", self.coefficients[:, :GAINS], basis)
        offset = torch.einsum("ck,khw->chw", self.coefficients[:, GAINS:], basis[:OFFSETS])
        return 1 + gain, offset

    def moved(self, step: torch.Tensor) -> Tone:
        """With `step` [C * (GAINS + OFFSETS)] added."""
        return Tone(self.coefficients + step.view_as(self.coefficients).to(self.coefficients))


LEAST_GAIN = 0.1


def polynomials(size: Size) -> torch.Tensor:
    """[GAINS, h, w]: 1, x, y, x^2, x y, y^2 in the unit frame; the first three are offsets'."""
    height, width = size
    half = max(size) / 2
    y = ((torch.arange(height) + 0.5 - height / 2) / half)[:, None].expand(size)
    x = ((torch.arange(width) + 0.5 - width / 2) / half)[None, :].expand(size)
    return torch.stack([torch.ones(size), x, y, x * x, x * y, y * y])


def derivatives(picture: torch.Tensor) -> torch.Tensor:
    """picture [C, h, w] -> [C, GAINS + OFFSETS, h, w]: of each channel by its own coefficients."""
    basis = polynomials((picture.shape[1], picture.shape[2])).to(picture)
    gains = (picture + 1)[:, None] * basis
    offsets = basis[:OFFSETS].expand(len(picture), -1, -1, -1)
    return torch.cat([gains, offsets], dim=1)


def _size(picture: torch.Tensor) -> Size:
    return picture.shape[-2], picture.shape[-1]
