"""What the fit needs to know of a procedural character, and the toy lion as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stylegan2.toy_lion import landmarks, parameters, renderer
from stylegan2.toy_lion.landmarks import Landmarks
from stylegan2.toy_lion.parameters import Parameter


class Character(Protocol):
    """A renderer with named parameters. Write another one, and `fit` makes it a generator.

    `name` is the model's, `subject` one phrase for its card. z has a coordinate for each parameter.
    """

    @property
    def name(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    def from_latent(self, z: NDArray[np.float32]) -> NDArray[np.float64]:
        """z [N, P], normal -> parameters [N, P]; only the direction of a z may count."""

    def mirrored(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """z [N, P] -> z of the mirror images."""

    def render(self, rows: NDArray[np.float64], resolution: int) -> NDArray[np.uint8]:
        """Parameters [N, P] -> pictures [N, resolution, resolution, 3], 8-bit RGB."""

    def find_landmarks(self, rows: NDArray[np.float64], resolution: int) -> Landmarks:
        """Where parts of the pictures are, (x, y) pixels, and whether they are seen."""

    def care(self) -> dict[int, float]:
        """Landmark -> how much more the fit cares for what is around it than for the rest."""


@dataclass(frozen=True, slots=True)
class ToyLion:
    """The lion that the default model is fitted to."""

    name: str = "toy-lion"
    subject: str = "a procedural lion head"
    parameters: tuple[Parameter, ...] = parameters.PARAMETERS

    def from_latent(self, z: NDArray[np.float32]) -> NDArray[np.float64]:
        return parameters.from_latent(z)

    def mirrored(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        # What turns to the sides is drawn from a range about 0, so that -z stands for its negative.
        return np.asarray(parameters.mirrored(z), np.float32)

    def render(self, rows: NDArray[np.float64], resolution: int) -> NDArray[np.uint8]:
        return renderer.render(rows, resolution, samples=3 if resolution <= 64 else 2)

    def find_landmarks(self, rows: NDArray[np.float64], resolution: int) -> Landmarks:
        return landmarks.find_landmarks(rows, resolution)

    def care(self) -> dict[int, float]:
        # Plain regression learns eyes and mouth last: they are small.
        weights = {name: 4.0 for name in landmarks.NAMES if name.startswith("eye")}
        weights |= {"nose": 2.0, "chin": 4.0, "lip_l": 4.0, "lip_r": 4.0}
        return {landmarks.NAMES.index(name): weight for name, weight in weights.items()}
