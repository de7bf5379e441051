"""How the picture turns about a handle, and how much ahead of its outline a tip is by that."""

from __future__ import annotations

import math

import pytest
import torch

from draggan_server.editing.features.levels import levels
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.lead import MOST, MOST_TURNED, TURNED, Lead
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.turn import REACH, RIDGE, Turning
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow


def random_problem(size: tuple[int, int], layers: int) -> DragProblem:
    scale = 1 << (layers - 1)
    geometry = Geometry(
        z_dim=3,
        w_dim=4,
        mapping_layers=1,
        img_resolution=(size[0] * scale, size[1] * scale),
        channels=(6, 5, 4, 3)[:layers],
    )
    generator = random_generator(geometry, 1)
    points = torch.tensor([[0.5, 0.5], [1.0, 0.5]], dtype=torch.float64)
    w_plus = generator.draw(1, torch.Generator().manual_seed(1))
    return DragProblem.check(generator, w_plus, points, points + 0.5, None, drag_config())


@pytest.mark.parametrize("size", [(4, 4), (8, 4)])
def test_the_picture_turns_by_what_fits_its_change_best(size: tuple[int, int]) -> None:
    problem = random_problem(size, 4)
    generator, moves = problem.generator, Moves(problem)
    random = torch.Generator().manual_seed(2)
    x = 1e-5 * torch.randn(moves.size, generator=random, dtype=torch.float64)

    def cells(x: torch.Tensor) -> torch.Tensor:
        w_plus = torch.cat([moves.apply(x), problem.w_plus[:, moves.rows :]], dim=1)
        return generator.features(w_plus, generator.geometry.resolutions[2])[0]

    here, change = cells(torch.zeros_like(x)), (cells(x) - cells(-x)) / 2
    spread = here.std(dim=(1, 2))[:, None, None]
    here, change = here / spread, change / spread
    side = max(generator.img_resolution)
    cell = side / max(here.shape[1:])
    down, across = torch.zeros_like(here), torch.zeros_like(here)
    down[:, 1:-1] = (here[:, 2:] - here[:, :-2]) / (2 * cell)
    across[:, :, 1:-1] = (here[:, :, 2:] - here[:, :, :-2]) / (2 * cell)
    wanted = []
    for px, py in problem.handle_points.tolist():
        y, x_ = torch.meshgrid(
            *((torch.arange(n, dtype=here.dtype) + 0.5) * cell - 0.5 for n in here.shape[1:]),
            indexing="ij",
        )
        right, below = x_ - px, y - py
        # f(p - d) = f(p) - slope d, where d is a shift, a turn about the handle and a growth.
        slopes = [across, down, down * right - across * below, across * right + down * below]
        columns = torch.stack(slopes, dim=-1).flatten(0, 2)
        bell = torch.exp(-(right**2 + below**2) / (4 * (REACH * side) ** 2))
        bell = bell.expand_as(here).flatten()[:, None]
        scale = (columns * bell).norm(dim=0)
        rows = torch.cat([columns * bell / scale, RIDGE**0.5 * torch.eye(4).to(here)])
        seen = torch.cat([-change.flatten()[:, None] * bell, torch.zeros(4, 1).to(here)])
        wanted.append(torch.linalg.lstsq(rows, seen).solution[2, 0] / scale[2])
    torch.testing.assert_close(
        Turning(problem, moves).about(problem.handle_points) @ x,
        torch.stack(wanted),
        rtol=1e-4,
        atol=1e-9,
    )


@pytest.mark.parametrize(("size", "layers"), [((2, 4), 1), ((4, 4), 1), ((2, 4), 2)])
def test_small_pictures_have_turns(size: tuple[int, int], layers: int) -> None:
    problem = random_problem(size, layers)
    assert bool(Turning(problem, Moves(problem)).about(problem.handle_points).isfinite().all())


def test_what_is_seen_behind_is_ahead_and_nothing_is_behind_by_a_turn() -> None:
    starts = torch.zeros(3, 2)
    moved = torch.tensor([[10.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    behind = torch.tensor([[-0.2, 5.0], [0.2, 5.0], [0.0, -9.0]])
    lead = Lead.of_moves(starts, moved, torch.zeros(2), behind)
    assert lead.over.tolist() == pytest.approx([TURNED * 0.02, 0.0, MOST_TURNED])
    against = Lead.of_moves(starts, moved, torch.tensor([-20.0, 0.0]), behind)
    assert against.over.tolist() == pytest.approx([-MOST, -MOST, MOST_TURNED])


@pytest.mark.parametrize("name", ["ear_l", "ear_r"])
@pytest.mark.parametrize("lifted", [True, False])
def test_the_tip_of_an_ear_is_ahead_either_way(lion: Generator, name: str, lifted: bool) -> None:
    z = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(4))
    values = {"yaw": 0.0, name: 0.7 if lifted else -0.7, "ear_len": 0.3}
    z[0, [parameters.index(each) for each in values]] = torch.tensor(list(values.values()))
    other = z.clone()
    other[0, parameters.index(name)] *= -1
    tip = landmarks.NAMES.index(name)
    here, there = (
        torch.from_numpy(
            landmarks.find_landmarks(parameters.from_latent(each), 256).points[0, [tip]]
        )
        for each in (z, other)
    )
    problem = DragProblem.check(lion, lion.mapping(z), here, there, None, drag_config())
    search = Approach(problem, 0.75, levels(lion, problem.config))
    search.look_ahead()
    assert 0.04 < float(search._lead.over[0]) <= MOST_TURNED + 0.05
    # It turns about its root, whose side says which way.
    outwards = (name == "ear_l") == (parameters.from_latent(other)[0, parameters.index(name)] > 0)
    way = search._step_of(there.float() - here.float())
    move, _ = search._pressed.solve(search._change, way, torch.tensor([False]))
    turned = float(search._turns[0] @ move)
    assert math.copysign(1, turned) == (1 if outwards else -1)
