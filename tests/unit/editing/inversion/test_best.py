"""The longest fit: what it gains over `normal`, its progress, and what a cancelled one keeps."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
import torch

from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import Inversion, InversionStep
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World, prepared
from stylegan2 import Geometry
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

SIZE = (32, 32)


@pytest.fixture(scope="module")
def world() -> World:
    geometry = Geometry(
        z_dim=8, w_dim=16, mapping_layers=2, img_resolution=SIZE, channels=(8,) * 4, img_channels=3
    )
    *_, (_, world) = prepared(random_generator(geometry, 1))
    return world


@pytest.fixture(scope="module")
def photo(world: World) -> Photo:
    """A picture of the model's, tinted."""
    w_plus = world.generator.draw(1, torch.Generator().manual_seed(3))
    with torch.no_grad():
        picture = (world.generator.synthesis(w_plus).clamp(-1, 1) + 1).float() / 2
    tint = torch.tensor([0.95, 1.0, 0.85]).view(1, 3, 1, 1)
    return Photo(torch.cat([picture * tint, torch.ones(1, 1, *SIZE)], dim=1), 3, SIZE)


@pytest.fixture(scope="module")
def best(world: World, photo: Photo) -> list[InversionStep]:
    return list(Inversion(world, photo, "best"))


@torch.no_grad()
def unexplained(world: World, photo: Photo, explanation: Explanation) -> float:
    picture = world.generator.synthesis(explanation.w_plus)
    seen, weight = photo.seen(explanation.matrix, SIZE)
    residual = explanation.tone.apply(picture)[0] - seen
    return float((residual.square() * weight).mean())


def errors(world: World, photo: Photo, steps: Iterable[InversionStep]) -> list[float]:
    return [unexplained(world, photo, step.explanation) for step in steps]


def test_best_is_no_worse_than_normal(
    world: World, photo: Photo, best: list[InversionStep]
) -> None:
    normal = list(Inversion(world, photo, "normal"))
    assert len(best) > len(normal)
    first, last = errors(world, photo, (best[0], best[-1]))
    assert last <= errors(world, photo, normal)[-1]
    assert last < 0.2 * first


def test_its_progress_goes_on_to_the_end(best: list[InversionStep]) -> None:
    shares = [step.share for step in best]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert max(later - now for now, later in itertools.pairwise(shares)) < 0.2


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_a_cancelled_one_keeps_what_it_has(
    world: World, photo: Photo, best: list[InversionStep], share: float
) -> None:
    kept: list[InversionStep] = []
    for step in Inversion(world, photo, "best", lambda: bool(kept) and kept[-1].share > share):
        kept.append(step)
    assert len(kept) < len(best)
    left = errors(world, photo, kept)
    assert left[-1] < 1.05 * min(left)
    assert left[-1] <= left[0]
