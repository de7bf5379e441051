"""A photo for tests in editors: a lion that the model never saw, in a landscape, with a tint and
grain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.face import find_marks
from stylegan2.toy_lion.landmarks import NAMES

SIZE = (640, 480)
REGION = (170, 90, 300, 300)
"""Left, top, width and height of where the lion lies in the photo."""

_RENDERED = 512
_TINT = (0.96, 1.0, 0.88)
_GRAIN = 4.0


@dataclass(frozen=True)
class PhotoOfLion:
    """`chin` is a point of the photo, (0, 0) its first pixel's centre, and `face` three: both eyes
    and the mouth."""

    pixels: np.ndarray  # [height, width, 3], of 8 bits
    chin: tuple[float, float]
    face: tuple[tuple[float, float], ...]

    def save(self, path: Path) -> None:
        Image.fromarray(self.pixels).save(path)


def photo_of_lion(seed: int = 3) -> PhotoOfLion:
    """The same for the same seed."""
    random, character = np.random.default_rng(seed), ToyLion()
    z = 0.6 * random.standard_normal((1, len(character.parameters))).astype(np.float32)
    rows = character.from_latent(z)
    lion = Image.fromarray(character.render(rows, _RENDERED)[0])
    left, top, width, height = REGION
    up, across = np.meshgrid(*(np.linspace(0, 1, side) for side in SIZE[::-1]), indexing="ij")
    landscape = np.stack([90 + 80 * up, 130 + 40 * across, 150 - 90 * up], axis=-1)
    photo = Image.fromarray(landscape.astype(np.uint8))
    photo.paste(lion.resize((width, height), Image.Resampling.LANCZOS), (left, top))
    values = np.asarray(photo, float) * _TINT + random.normal(0, _GRAIN, (*SIZE[::-1], 1))
    x, y = character.find_landmarks(rows, _RENDERED).points[0, NAMES.index("chin")]
    scale = width / _RENDERED
    chin, *face = (
        (left + (x + 0.5) * scale - 0.5, top + (y + 0.5) * scale - 0.5)
        for x, y in ((x, y), *find_marks(rows, _RENDERED)[0])
    )
    return PhotoOfLion(values.clip(0, 255).astype(np.uint8), chin, tuple(face))
