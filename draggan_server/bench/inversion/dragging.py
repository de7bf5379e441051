"""Whether an inverted picture can be dragged: one landmark, with the latent that was found and with
the true one, in the same place of the photo.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from draggan_server.bench.inversion.cases import Case
from draggan_server.bench.quality import trial
from draggan_server.bench.quality.landmark_drags import (
    LandmarkDrag,
    mean_distance,
    of_lion,
    read_landmarks,
)
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.reader.reader import Reader
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.layer import homography, warping
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator

_SEED = 8
_DRAWS = 20


class DragCheck:
    """Drags cases by the default method, and reads from the pictures how near they end."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._reader = Reader.load()
        self._variant = Variant("newton", drag_config())

    def drag_of(self, case: Case, number: int) -> LandmarkDrag | None:
        """The drag of a case, the same whenever it is asked for; None where its lion has none."""
        random = np.random.default_rng((_SEED, number))
        draws = (
            of_lion(self._generator, self._reader, case.z, random, number, 1) for _ in range(_DRAWS)
        )
        return next((drag for drag in draws if drag is not None), None)

    def true_distance(self, drag: LandmarkDrag) -> float:
        """Pixels of the model's picture between target and landmark, with the true latent."""
        dragged = trial.run(self._generator, drag.case, self._variant)
        return self._distance(self._picture(dragged.w_plus, self._generator), drag)

    def distance(
        self, drag: LandmarkDrag, case: Case, found: Explanation, generator: Generator
    ) -> float:
        """The same with what was found, by the generator that shows it: points go by the photo, and
        the picture is read where it lies in the photo.
        """
        way = torch.linalg.inv(found.matrix) @ case.matrix
        own = replace(
            drag.case,
            w_plus=found.w_plus,
            handle_points=homography.apply(way, drag.case.handle_points.double()).float(),
            target_points=homography.apply(way, drag.case.target_points.double()).float(),
        )
        dragged = trial.run(generator, own, self._variant)
        picture = self._picture(dragged.w_plus, generator)
        return self._distance(
            warping.warp(picture, way, self._generator.img_resolution, "bicubic"), drag
        )

    @torch.no_grad()
    def _picture(self, w_plus: torch.Tensor, generator: Generator) -> torch.Tensor:
        return generator.synthesis(w_plus)

    def _distance(self, picture: torch.Tensor, drag: LandmarkDrag) -> float:
        return mean_distance(read_landmarks(self._reader, picture[0], drag), drag)
