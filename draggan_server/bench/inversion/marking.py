"""Cases whose eyes and mouth a user has clicked."""

from __future__ import annotations

import numpy as np
import torch

from draggan_server.bench.inversion.cases import Case
from draggan_server.layer import homography
from draggan_server.wire.face import Face, Marks
from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.face import CLICKED, find_marks

_SEED = 20261130


def marks_of(case: Case, side: int) -> Marks:
    """Where they are clicked in a case's region, off by what clicks are; `side` is the picture's.

    The same whenever they are asked for.
    """
    rows = ToyLion().from_latent(case.z)
    name = list(case.name.encode())
    off = np.random.default_rng((_SEED, *name)).normal(0, CLICKED * side / 256, (3, 2))
    places = torch.from_numpy(find_marks(rows, side)[0] + off)
    one, other, mouth = (tuple(place) for place in homography.apply(case.matrix, places).tolist())
    return one, other, mouth


def marked_way(case: Case, face: Face, side: int) -> torch.Tensor:
    """[3, 3]: where the model's picture lies by these, from its pixels to the region's."""
    matrix = face.placement(marks_of(case, side))
    return torch.tensor(matrix, dtype=torch.float64).view(3, 3)
