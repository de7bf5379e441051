"""Pictures by prepared layers are the generator's own, whatever is known of the first ones."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from stylegan2.frozen_convolution import FrozenConvolution, Tape
from stylegan2.frozen_synthesis import FrozenSynthesis
from stylegan2.geometry import Geometry
from stylegan2.windows import WindowedFeatures
from tests.unit.stylegan2.generators import random_generator
from tests.unit.stylegan2.test_windows import GEOMETRIES

SKIP = [geometry for geometry in GEOMETRIES if geometry.architecture == "skip"]


@pytest.mark.parametrize("geometry", SKIP)
@pytest.mark.parametrize("colours", [1, 3, 4])
def test_pictures_are_those_of_the_generator(geometry: Geometry, colours: int) -> None:
    generator = random_generator(dataclasses.replace(geometry, img_channels=colours), 3)
    resolution = geometry.resolutions[-1]
    w_plus = generator.draw(1, torch.Generator().manual_seed(1))
    frozen = FrozenSynthesis(generator)
    outputs = (
        WindowedFeatures(generator, resolution, w_plus, geometry.num_ws).forward(w_plus).outputs
    )
    for known in (0, 1, 2, 5, len(outputs)):
        found = list(frozen.pictures(w_plus, outputs[:known]))
        for output, picture in zip(generator.outputs(w_plus), found, strict=True):
            torch.testing.assert_close(picture, output.picture, rtol=0, atol=1e-10)


def test_what_is_known_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = random_generator(SKIP[0], 3)
    w_plus = generator.draw(1, torch.Generator().manual_seed(1))
    frozen = FrozenSynthesis(generator)
    outputs = WindowedFeatures(generator, 32, w_plus, generator.num_ws).forward(w_plus).outputs
    asked = []
    forward = FrozenConvolution.forward

    def ask(layer: FrozenConvolution, *rest: Any) -> Tape:
        asked.append(layer.size)
        return forward(layer, *rest)

    monkeypatch.setattr(FrozenConvolution, "forward", ask)
    pictures = frozen.pictures(w_plus, outputs[:3])
    next(pictures)
    assert asked == []
    for _ in range(3):
        next(pictures)
    assert asked == [(16, 16), (16, 16), (32, 32), (32, 32)]
