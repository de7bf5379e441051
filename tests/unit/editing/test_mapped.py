"""The mapping network's output that is nearest to a latent, and drags that go back to it."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from draggan_server.bench.quality.landmark_drags import mask_about
from draggan_server.bench.quality.likeness import likeness
from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import DragStep, drag, manifold
from draggan_server.editing.features import levels
from draggan_server.editing.mapped import Mapped
from draggan_server.editing.methods.newton import meant, thrift
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.home import Home
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters
from tests.unit.editing.lion import CHIN
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

# fmt: off
HALF_WAY = [
    ([0.875, -0.779, -0.013, 1.909, -0.507, -1.332, -0.187, 0.714, -1.001, -0.363, 1.36, -0.284,
      0.68, -0.492, 0.349, -1.302, 0.363, -0.182], (188.08, 104.94), (98.48, 104.33)),
    ([-0.208, 0.137, 0.095, 0.794, 1.32, 0.485, 1.358, 1.712, -0.17, -0.166, -0.369, 0.132,
      -1.095, -0.012, 0.999, -0.741, 0.305, -0.213], (105.06, 139.97), (194.66, 139.55)),
]
# fmt: on
"""Of lions whose nose cannot go so far within a mask: z, the nose and where it is to go."""

SMALL = Geometry(z_dim=5, w_dim=12, mapping_layers=3, img_resolution=(16, 16), channels=(3, 3, 2))
OF_CLASSES = dataclasses.replace(SMALL, c_dim=3, embed_features=4)


def plain(generator: Generator) -> torch.Tensor:
    """What measures w as it is."""
    return torch.eye(generator.w_dim, dtype=torch.float64)


@pytest.mark.parametrize("geometry", [SMALL, OF_CLASSES])
def test_an_output_is_the_nearest_to_itself(geometry: Geometry) -> None:
    generator = random_generator(geometry, 3)
    spread = generator.w_spread() * geometry.w_dim**0.5
    wanted = generator.draw(20, torch.Generator().manual_seed(1))[:, 0].double()
    near = torch.stack([Mapped(generator, plain(generator)).nearest(w) for w in wanted])
    off = (near - wanted).norm(dim=1)
    assert (off < 0.02 * spread).double().mean() >= 0.9


def test_what_measures_by_many_rows_costs_no_more_than_by_few() -> None:
    generator = random_generator(SMALL, 3)
    random = torch.Generator().manual_seed(4)
    few = torch.randn(SMALL.w_dim, SMALL.w_dim, generator=random, dtype=torch.float64)
    many = few.repeat(5, 1) / 5**0.5  # the same lengths
    w = generator.draw(1, random)[0, 0].double() * 1.1
    by_many = Mapped(generator, many)
    torch.testing.assert_close(by_many.nearest(w), Mapped(generator, few).nearest(w))
    assert len(by_many._slope(by_many.found)) == SMALL.w_dim


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_slope_is_reckoned_as_exactly_as_it_is_measured(dtype: torch.dtype) -> None:
    generator = random_generator(SMALL, 3).to(dtype)
    mapped = Mapped(generator, plain(generator))
    mapped.nearest(generator.draw(1, torch.Generator().manual_seed(4))[0, 0].double())
    slope, found = mapped._slope(mapped.found), mapped.found
    assert slope.dtype == dtype  # differences tell no more
    for direction, column in zip(torch.eye(SMALL.z_dim), slope.T, strict=True):
        aside = [mapped._make(found.z + side * direction, found).w for side in (0.01, -0.01)]
        central = (mapped._factor @ (aside[0] - aside[1])[0].double()) / 0.02
        torch.testing.assert_close(column.double(), central, rtol=0.05, atol=0.02)


def test_a_mapping_network_that_makes_one_output_is_led_to_it() -> None:
    generator = random_generator(SMALL, 3)
    generator.mapping_network.get_parameter("fc2.weight").zero_()
    only = generator.mapping(torch.ones(1, SMALL.z_dim))[0, 0].double()
    w = only + torch.randn(SMALL.w_dim, generator=torch.Generator().manual_seed(2)).double()
    torch.testing.assert_close(Mapped(generator, plain(generator)).nearest(w), only)


def test_what_lies_beside_is_led_to_the_nearest_output(lion: Generator) -> None:
    random = torch.Generator().manual_seed(2)
    samples = manifold.outputs(lion).w.double()
    for w in lion.draw(6, random)[:, 0].double():
        mapped = Mapped(lion, plain(lion))
        beside = w + 0.3 * lion.w_spread() * torch.randn(w.shape, generator=random).double()
        near = mapped.nearest(beside)
        away = float((near - beside).norm())
        assert away <= float((w - beside).norm())
        assert away < 0.8 * float((samples - beside).norm(dim=1).min())
        torch.testing.assert_close(mapped.nearest(near), near, rtol=0, atol=0.02 * lion.w_spread())


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_a_turn_of_the_head_is_followed_along_the_sheet(lion: Generator, seed: int) -> None:
    begin = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(seed))
    begin[0, parameters.index("yaw")] = -1
    end = begin.clone()
    end[0, parameters.index("yaw")] = 1
    mapped = Mapped(lion, plain(lion))
    for part in torch.linspace(0, 1, 5):
        w = lion.mapping(begin.lerp(end, part))[0, 0].double()
        assert float((mapped.nearest(w) - w).norm()) < 0.3 * lion.w_spread()


def test_what_a_latent_had_beside_the_outputs_it_keeps(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    random = torch.Generator().manual_seed(5)
    own = 0.2 * lion.w_spread() * torch.randn(w_plus.shape, generator=random)
    problem = DragProblem.check(lion, w_plus + own, CHIN, CHIN + 60, None, drag_config())
    moves = Moves(problem)
    home = Home(problem, moves)
    still = torch.zeros(moves.size, dtype=torch.float64)
    # In units of the common move: the model's samples are 30 away from their mean.
    assert float(home.nearest(still).norm()) < 0.2
    still[moves.common :] = 0.1
    assert torch.equal(home.nearest(still)[moves.common :], still[moves.common :])


def turned(lion: Generator, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A lion that looks to one side, its chin [1, 2], and where that is when it looks to the
    other."""
    z = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(seed))
    yaw, chin = parameters.index("yaw"), landmarks.NAMES.index("chin")
    z[0, yaw] = 1.3
    other = z.clone()
    other[0, yaw] = -1.3
    here, there = (
        landmarks.find_landmarks(parameters.from_latent(each), 256).points[0, [chin]]
        for each in (z, other)
    )
    return lion.mapping(z), torch.from_numpy(here), torch.from_numpy(there)


def run(lion: Generator, seed: int, mask: torch.Tensor | None = None) -> tuple[DragStep, float]:
    """The last step, and how far the chin is from its target as the bench's reader sees it."""
    w_plus, chin, target = turned(lion, seed)
    steps = list(drag(lion, w_plus, chin, target, mask))
    assert not any(step.stalled for step in steps[:-1])
    last = steps[-1]
    assert last.arrived or last.stalled
    return last, away(lion, last, target)


def away(lion: Generator, step: DragStep, target: torch.Tensor) -> float:
    """How far the chin is from its target as the bench's reader sees it."""
    seen = Reader.load().read(lion.synthesis(step.w_plus)).points[0, landmarks.NAMES.index("chin")]
    return float((seen - target).norm())


def test_a_far_drag_that_came_to_a_stand_goes_on_from_what_the_model_knows(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    led, led_away = run(lion, 1)
    monkeypatch.setattr(Approach, "relax", lambda self: iter(()))
    left, left_away = run(lion, 1)
    assert left.stalled
    assert left_away > 15
    assert led.mean_distance < left.mean_distance / 2
    assert led_away < left_away / 2


def test_where_the_handles_would_not_stay_they_give_way(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Approach, "_relaxed", lambda self: None)
    led, led_away = run(lion, 1)
    monkeypatch.setattr(Approach, "relax", lambda self: iter(()))
    left, left_away = run(lion, 1)
    assert left.stalled
    assert led.mean_distance < left.mean_distance / 2
    assert led_away < left_away / 2


def test_what_leads_no_nearer_is_undone(lion: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    w_plus, chin, target = turned(lion, 1)
    monkeypatch.setattr(Approach, "_relaxed", lambda self: None)
    monkeypatch.setattr(Home, "nearest", lambda self, x: 0 * x)  # where the drag began
    steps = list(drag(lion, w_plus, chin, target))
    led = steps[-1]
    numbers = [step.step for step in steps]
    assert numbers == sorted(set(numbers))
    monkeypatch.setattr(Approach, "relax", lambda self: iter(()))
    left = list(drag(lion, w_plus, chin, target))[-1]
    assert led.step > left.step
    assert led.stalled
    assert led.mean_distance == pytest.approx(left.mean_distance, abs=0.5)
    assert led.mean_distance <= left.mean_distance


def test_with_a_mask_it_goes_on_as_well(lion: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    _, chin, target = turned(lion, 1)
    mask = mask_about(chin, target, 256)
    led, led_away = run(lion, 1, mask)
    monkeypatch.setattr(Approach, "relax", lambda self: iter(()))
    left, left_away = run(lion, 1, mask)
    assert left.stalled
    assert led.mean_distance < left.mean_distance / 2
    assert led_away < left_away / 2


@pytest.mark.parametrize(("z", "nose", "target"), HALF_WAY)
def test_with_a_mask_it_stays_at_what_the_model_makes(
    lion: Generator,
    monkeypatch: pytest.MonkeyPatch,
    z: list[float],
    nose: tuple[float, float],
    target: tuple[float, float],
) -> None:
    w_plus, begin, end = (
        lion.mapping(torch.tensor([z])),
        torch.tensor([nose]),
        torch.tensor([target]),
    )
    mask = mask_about(begin, end, 256)

    def ended() -> tuple[DragStep, float]:
        *_, last = drag(lion, w_plus, begin, end, mask)
        assert (last.arrived, last.stalled) == (False, True)
        return last, likeness(Reader.load(), lion.synthesis(last.w_plus)[0].clamp(-1, 1))

    clear, clear_likeness = ended()
    assert not clear.lost
    monkeypatch.setattr(Approach, "_stay_home", lambda self, homes: None)
    molten, molten_likeness = ended()
    assert molten.mean_distance < clear.mean_distance < 0.6 * float((end - begin).norm())
    assert clear_likeness > molten_likeness + 2.5


class TestLive:
    def pulled(self, lion: Generator) -> tuple[Approach, torch.Tensor]:
        """A search at rest after the hand has gone far, and where it went."""
        w_plus, chin, target = turned(lion, 9)
        problem = DragProblem.check(lion, w_plus, chin, chin, None, drag_config(), live=True)
        search = Approach(problem, 0.2, levels.levels(lion, problem.config))
        for part in torch.linspace(0, 1, 12)[1:]:
            search.aim(chin + part * (target - chin))
            if not search.ended:
                search.advance()
        for _ in range(60):
            if not search.ended:
                search.advance()
        assert search.ended
        return search, target

    def test_at_rest_a_far_pull_is_led_back(self, lion: Generator) -> None:
        search, target = self.pulled(lion)
        left = search.standing
        assert not left.arrived
        for _ in search.settle():
            pass
        assert search.ended
        led = search.standing
        assert led.mean_distance < left.mean_distance / 2
        assert away(lion, led, target) < away(lion, left, target) / 2
        for _ in search.settle():  # it stays there
            pass
        assert search.standing.mean_distance <= led.mean_distance

    def test_it_can_be_left_off(self, lion: Generator) -> None:
        search, target = self.pulled(lion)
        for count in range(1, 40, 6):
            before = search.standing.mean_distance
            steps = search.settle()
            for _, _ in zip(range(count), steps, strict=False):
                pass
            steps.close()
            assert search.standing.mean_distance <= before + 0.5
            search.aim(target)
            for _ in range(60):
                if not search.ended:
                    search.advance()
            assert search.ended

    def test_a_near_pull_is_not_led_back(
        self, lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (thrift, meant):
            monkeypatch.setattr(module, "STEPS", 0)
        problem = DragProblem.check(lion, w_plus, CHIN, CHIN, None, drag_config(), live=True)
        search = Approach(problem, 0.2, levels.levels(lion, problem.config))
        search.aim(CHIN + torch.tensor([[0.0, 20.0]]))
        for _ in range(60):
            if not search.ended:
                search.advance()
        assert search.standing.arrived
        assert list(search.settle()) == []


def test_a_way_goes_through_outputs_and_keeps_its_ends(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    problem = DragProblem.check(lion, w_plus, CHIN, CHIN + 60, None, drag_config())
    moves = Moves(problem)
    home = Home(problem, moves)
    begin, end = torch.zeros(2, moves.size, dtype=torch.float64)
    end[: moves.common] = torch.linspace(-2, 2, moves.common)
    end[moves.common :] = 0.1
    way = home.way(begin, end, 4)
    torch.testing.assert_close(way[-1], end, rtol=0, atol=1e-3)
    led = home.nearest(end)
    *others, _ = home.way(begin, led, 4)
    beside = [
        [float((home.nearest(x) - x).norm()) for x in (other, led * share)]
        for other, share in zip(others, (0.25, 0.5, 0.75), strict=True)
    ]
    assert all(curved < 0.7 * straight for curved, straight in beside), beside
