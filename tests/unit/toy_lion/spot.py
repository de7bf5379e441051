"""Another character than the lion, as simple as can be, and drawn at once: a spot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylegan2.toy_lion.landmarks import Landmarks
from stylegan2.toy_lion.parameters import Parameter


class Spot:
    """A bright disc on a dark ground."""

    name = "spot"
    subject = "a spot"
    parameters = (
        Parameter("x", -0.6, 0.6, "place", "to the right"),
        Parameter("y", -0.6, 0.6, "place", "downwards"),
        Parameter("red", 0.0, 1.0, "colour", "grey to red"),
    )

    def from_latent(self, z: NDArray[np.float32]) -> NDArray[np.float64]:
        share = np.asarray(z / np.linalg.norm(z, axis=1, keepdims=True), np.float64)
        low = np.array([parameter.low for parameter in self.parameters])
        high = np.array([parameter.high for parameter in self.parameters])
        return low + (high - low) * (share + 1) / 2

    def mirrored(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        return z * np.array([-1, 1, 1], np.float32)

    def render(self, rows: NDArray[np.float64], resolution: int) -> NDArray[np.uint8]:
        at = (np.arange(resolution) + 0.5) * 2 / resolution - 1
        x, y, red = (rows[:, k, None, None] for k in range(3))
        inside = np.clip((0.4 - np.hypot(at - x, at[:, None] - y)) * resolution / 2 + 0.5, 0, 1)
        bright = np.stack([inside, inside * (1 - red), inside * (1 - red)], axis=3)
        return np.asarray(40 + 180 * bright, np.uint8)

    def find_landmarks(self, rows: NDArray[np.float64], resolution: int) -> Landmarks:
        points = (rows[:, None, :2] + 1) * resolution / 2 - 0.5
        return Landmarks(points, np.ones(points.shape[:2], np.bool_))

    def care(self) -> dict[int, float]:
        return {0: 2.0}
