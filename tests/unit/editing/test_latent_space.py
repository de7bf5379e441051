"""The free parameters of a drag: what rows they make, and their gradient."""

from __future__ import annotations

import pytest
import torch

from draggan_server.editing import DragConfig, drag
from draggan_server.editing.latent_space import LatentSpace
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import LATENT_SPACES, drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.stylegan2.generators import random_generator

GEOMETRY = Geometry(
    z_dim=3, w_dim=5, mapping_layers=1, img_resolution=(32, 32), channels=(6, 5, 4, 3)
)
HANDLES, TARGETS = torch.tensor([[9.0, 12.0]]), torch.tensor([[20.0, 18.0]])
ROWS = 3


@pytest.fixture
def generator() -> Generator:
    return random_generator(GEOMETRY, 2)


def config_of(latent_space: str, method: str = "draggan", **options: object) -> DragConfig:
    return drag_config(
        method,
        latent_space=latent_space,
        optimised_rows=ROWS,
        learning_rate=0.1,
        **options,
    )


@pytest.mark.parametrize("latent_space", LATENT_SPACES)
def test_the_gradient_is_that_of_the_free_parameters(
    generator: Generator, latent_space: str
) -> None:
    random = torch.Generator().manual_seed(1)
    w_plus, weights, move = (
        torch.randn(1, rows, 5, generator=random, dtype=torch.float64)
        for rows in (GEOMETRY.num_ws, ROWS, ROWS)
    )
    space = LatentSpace(
        DragProblem.check(generator, w_plus, HANDLES, TARGETS, None, config_of(latent_space))
    )
    free = space.start()
    assert torch.equal(space.rows(free), w_plus[:, :ROWS])
    free = (free + move[:, : free.shape[1]]).requires_grad_(True)
    loss = (space.rows(free).square() * weights).sum()
    (expected,) = torch.autograd.grad(loss, [free])
    of_rows = 2 * space.rows(free).detach() * weights
    torch.testing.assert_close(space.vjp(of_rows), expected)


@pytest.mark.parametrize("method", ["draggan", "freedrag"])
@pytest.mark.parametrize("latent_space", LATENT_SPACES)
def test_rows_move_together_in_w_and_apart_in_w_plus(
    generator: Generator, latent_space: str, method: str
) -> None:
    w_plus = generator.mapping(torch.ones(1, 3, dtype=torch.float64))
    config = config_of(latent_space, method=method, max_steps=3)
    *_, last = drag(generator, w_plus, HANDLES, TARGETS, config=config)
    move = last.w_plus - w_plus
    assert (move[:, :ROWS].abs() > 1e-6).any()
    assert torch.equal(last.w_plus[:, ROWS:], w_plus[:, ROWS:])
    alike = torch.allclose(move[:, :ROWS], move[:, :1].expand(-1, ROWS, -1), atol=1e-12)
    assert alike == (latent_space == "w")
