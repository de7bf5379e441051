"""How well the reader reads: pictures of which all is known, and its errors on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from draggan_server.bench.reader.reader import SIDE, Reader
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters
from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.pictures import draw_latents

_BATCH = 32
_CHECKED = 256
_CHECK_SEED = 79

LandmarkErrors = dict[str, dict[str, float]]
"""landmark -> median, mean and p90 in pixels at SIDE, and how often its visibility was right."""


@dataclass(frozen=True, slots=True)
class KnownPictures:
    """Pictures [N, 3, S, S], 8-bit, and what is to be read from them."""

    pictures: torch.Tensor
    points: torch.Tensor  # [N, L, 2]
    visible: torch.Tensor  # [N, L]
    shares: torch.Tensor  # [N, P], parameters as 0..1 of their ranges

    @classmethod
    def of(cls, pictures: torch.Tensor, rows: NDArray[np.float64]) -> KnownPictures:
        found = landmarks.find_landmarks(rows, SIDE)
        shares = (rows - parameters.LOW) / (parameters.HIGH - parameters.LOW)
        return cls(
            pictures,
            torch.from_numpy(found.points).float(),
            torch.from_numpy(found.visible),
            torch.from_numpy(shares).float(),
        )

    def part(self, which: slice | torch.Tensor) -> KnownPictures:
        return KnownPictures(
            self.pictures[which], self.points[which], self.visible[which], self.shares[which]
        )


@torch.no_grad()
def generate_known(generator: Generator, count: int, seed: int) -> KnownPictures:
    """Pictures of the model for z that it may or may not have been fitted to, not truncated."""
    lion = ToyLion()
    z = draw_latents(lion, count, (seed,))
    pictures = torch.empty((count, 3, SIDE, SIDE), dtype=torch.uint8)
    for start in range(0, count, _BATCH):
        some = slice(start, start + _BATCH)
        made = generator.synthesis(generator.mapping(torch.from_numpy(z[some]))).clamp(-1, 1)
        made = functional.interpolate(made, (SIDE, SIDE), mode="bilinear", antialias=True)
        pictures[some] = ((made + 1) * 127.5).round().byte()
    return KnownPictures.of(pictures, lion.from_latent(z))


def errors_on(
    reader: Reader, generator: Generator, model_sha256: str, count: int = _CHECKED
) -> LandmarkErrors:
    """The landmarks' errors on pictures of a model: the card's if it is the one that the reader
    was fitted to, else measured on `count` pictures.
    """
    if reader.card["model_sha256"] == model_sha256:
        known: LandmarkErrors = reader.card["landmarks"]["generated"]
        return known
    return landmark_errors(reader, generate_known(generator, count, _CHECK_SEED))


def landmark_errors(reader: Reader, sheet: KnownPictures) -> LandmarkErrors:
    """For each landmark, over the pictures that show it: its error in pixels at SIDE."""
    reading = reader.read(sheet.pictures.float() / 127.5 - 1)
    distance = (reading.points - sheet.points).norm(dim=2)
    table = {}
    for k, name in enumerate(landmarks.NAMES):
        visible = sheet.visible[:, k]
        errors = distance[visible, k]
        table[name] = {
            "median": round(float(errors.median()), 3),
            "mean": round(float(errors.mean()), 3),
            "p90": round(float(errors.quantile(0.9)), 3),
            "visibility_right": round(
                float(((reading.seen[:, k] > 0.5) == visible).float().mean()), 3
            ),
        }
    return table


def parameter_errors(reader: Reader, sheet: KnownPictures) -> dict[str, dict[str, float]]:
    """For each parameter: mean error as a share of its range, and the correlation."""
    reading = reader.read(sheet.pictures.float() / 127.5 - 1)
    low, high = torch.from_numpy(parameters.LOW), torch.from_numpy(parameters.HIGH)
    shares = ((reading.parameters - low) / (high - low)).float()
    table = {}
    for k, name in enumerate(parameters.NAMES):
        both = torch.stack([shares[:, k], sheet.shares[:, k]])
        table[name] = {
            "mean_share_of_range": round(float((both[0] - both[1]).abs().mean()), 4),
            "correlation": round(float(torch.corrcoef(both)[0, 1]), 4),
        }
    return table
