"""Where the lion's eyes and mouth lie in its pictures, by the geometry that the renderer draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.landmarks import NAMES, find_landmarks

_PARTS = (("eye_r_inner", "eye_r_outer"), ("eye_l_inner", "eye_l_outer"), ("lip_r", "lip_l"))
"""In the picture the lion's right eye is on the left."""
CLICKED = 1.5
"""Pixels of 256: the spread of clicks along either axis."""


def find_marks(parameters: ArrayLike, resolution: int) -> NDArray[np.float64]:
    """[N, 3, 2] of parameters [N, 18]: the eye on the left, the other one, and the mouth, (x, y)
    pixels; each in the middle of its two ends."""
    points = find_landmarks(parameters, resolution).points
    ends = [[NAMES.index(name) for name in part] for part in _PARTS]
    return np.stack([points[:, pair].mean(axis=1) for pair in ends], axis=1)


def mean_and_precision(
    count: int, resolution: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of `count` lions' marks, clicked: [3, 2], and the inverse [6, 6] of their covariance."""
    lion = ToyLion()
    z = np.random.default_rng(seed).standard_normal((count, len(lion.parameters)))
    marks = find_marks(lion.from_latent(z.astype(np.float32)), resolution)
    covariance = np.cov(marks.reshape(count, -1).T)
    covariance += np.eye(len(covariance)) * (CLICKED * resolution / 256) ** 2
    return marks.mean(axis=0), np.asarray(np.linalg.inv(covariance), dtype=np.float64)
