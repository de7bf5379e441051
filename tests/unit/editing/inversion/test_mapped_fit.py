"""Fits among the mapping network's outputs: what lies beside them is led back, and stays there."""

from __future__ import annotations

import pytest
import torch

from draggan_server.editing.inversion.joint_fit import Estimate, JointFit
from draggan_server.editing.inversion.mapped_fit import (
    MappedEstimate,
    MappedFit,
    MappedRows,
    mapped,
)
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.layer.pixels import with_alpha
from stylegan2 import Geometry
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

SIZE = (32, 32)
SCALES = (0.3, 0.3)


@pytest.fixture(scope="module", params=[0, 3], ids=["plain", "conditional"])
def world(request: pytest.FixtureRequest) -> World:
    geometry = Geometry(
        z_dim=4,
        w_dim=16,
        mapping_layers=3,
        img_resolution=SIZE,
        channels=(8,) * 4,
        img_channels=3,
        c_dim=request.param,
        embed_features=4 if request.param else None,
    )
    *_, (_, world) = prepared(random_generator(geometry, 1))
    return world


@pytest.fixture(scope="module")
def true(world: World) -> torch.Tensor:
    """[K]: coordinates of one of the outputs."""
    w = world.generator.draw(1, torch.Generator().manual_seed(5))[:, 0]
    return world.coordinates_of(w)[0]


@pytest.fixture(scope="module")
def photo(world: World, true: torch.Tensor) -> Photo:
    """Its picture."""
    with torch.no_grad():
        picture = world.generator.synthesis(world.w_plus(true[None]))
    return Photo(with_alpha((picture.clamp(-1, 1) + 1) / 2), 3, SIZE)


@pytest.fixture(scope="module")
def beside(world: World, true: torch.Tensor, photo: Photo) -> tuple[Estimate, torch.Tensor]:
    """What a joint fit in W finds that begins far off, and its curvature."""
    random = torch.randn(len(true), generator=torch.Generator().manual_seed(2))
    begun = Estimate(true + 0.5 * random, torch.eye(3, dtype=torch.float64), Tone.none(3))
    fit = JointFit(world, photo, world.blocks - 1)
    return fit.run(begun, 3, SCALES), fit.curvature


def off(estimate: Estimate, true: torch.Tensor) -> float:
    return float((estimate.coordinates - true).norm())


def is_output(world: World, estimate: Estimate) -> bool:
    assert isinstance(estimate, MappedEstimate)
    output = estimate.output
    w = world.generator.mapping_network(output.z, output.labels)
    return torch.allclose(world.coordinates_of(w)[0], estimate.coordinates, atol=1e-4)


def test_a_fit_among_outputs_comes_nearer_to_the_latent_than_one_in_w(
    world: World, true: torch.Tensor, photo: Photo, beside: tuple[Estimate, torch.Tensor]
) -> None:
    estimate, curvature = beside
    begun = mapped(world, estimate, curvature)
    assert is_output(world, begun)
    found = MappedFit(world, photo, world.blocks - 1).run(begun, 4, SCALES)
    assert is_output(world, found)
    assert found.energy < begun.energy
    in_w = JointFit(world, photo, world.blocks - 1).run(estimate, 4, SCALES)
    assert off(found, true) < 0.7 * off(in_w, true)


def test_rows_are_fitted_about_an_output_and_the_first_of_them_are_held_at_last(
    world: World, photo: Photo, beside: tuple[Estimate, torch.Tensor]
) -> None:
    estimate, curvature = beside
    begun = mapped(world, estimate, curvature)
    rows = MappedRows(world, begun, curvature)
    torch.testing.assert_close(
        rows.explanation().w_plus, world.w_plus(begun.coordinates[None]), rtol=0, atol=1e-4
    )
    block = world.blocks - 1
    *_, near = rows.run(photo, block, 2, 0.3)
    *_, free = rows.run(photo, block, 1, 0.4, every_direction=True)
    *_, last = rows.run(photo, block, 1, 0.4, every_direction=True, held=4)
    assert not torch.equal(free.w_plus[:, :4], near.w_plus[:, :4])
    assert torch.equal(last.w_plus[:, :4], free.w_plus[:, :4])
    assert not torch.equal(last.w_plus[:, 4:], free.w_plus[:, 4:])

    def unexplained(w_plus: torch.Tensor) -> float:
        with torch.no_grad():
            shown = near.tone.apply(world.generator.synthesis(w_plus))[0]
        return float((shown - photo.seen(near.matrix, SIZE)[0]).square().mean())

    assert unexplained(near.w_plus) < unexplained(world.w_plus(begun.coordinates[None]))
