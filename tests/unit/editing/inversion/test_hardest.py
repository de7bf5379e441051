"""The hardest of a hundred renderings that the model never saw: an eye that no leap opens."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from draggan_server.editing.inversion.inversion import Inversion
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import prepared
from draggan_server.layer.pixels import with_alpha
from stylegan2.generator import Generator
from stylegan2.toy_lion.character import ToyLion

pytestmark = pytest.mark.slow

DRAW = (20261128, 1616000, 65)
"""The picture's number is the last: see `bench.inversion.cases`."""


def test_normal_shows_it_with_31_db(lion: Generator) -> None:
    character, size = ToyLion(), lion.img_resolution
    z = np.random.default_rng(DRAW).standard_normal((1, lion.z_dim)).astype(np.float32)
    pixels = character.render(character.from_latent(z), size[0])
    rendering = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    *_, (_, world) = prepared(lion)
    photo = Photo(with_alpha(rendering), 3, size)
    *_, last = Inversion(world, photo, "normal")
    found = last.explanation
    with torch.no_grad():
        shown = found.tone.apply(lion.synthesis(found.w_plus))[0]
    seen, _ = photo.seen(found.matrix, size)
    error = ((shown - seen) / 2).square().mean()
    assert float(-10 * torch.log10(error)) > 31
