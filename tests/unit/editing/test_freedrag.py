"""FreeDrag: the formulas by hand, the loop against one written out, and drags of the toy lion."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from draggan_server.editing import drag
from draggan_server.editing.methods.freedrag.method import MASK_SHARE, freedrag
from draggan_server.editing.methods.freedrag.template import DIFFERENCE, DISTANCE, Templates
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import MASK_TERMS, drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, below_the_eyes
from tests.unit.stylegan2.generators import random_generator

SQUARE = Geometry(
    z_dim=3, w_dim=5, mapping_layers=1, img_resolution=(64, 64), channels=(7, 6, 5, 4, 3)
)
FAR = DISTANCE * 64  # 1.5 px


class Ramp:
    """Features that grow by 1 a pixel to the right, from a picture shifted by so many pixels."""

    def __init__(self, shift: float) -> None:
        self.values = torch.zeros(1)
        self.pixels = (64, 64)
        self._shift = shift

    def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        features = (x - self._shift)[:, None, :].expand(-1, y.shape[1], -1)
        return features[..., None]


def problem_of(
    handles: list[list[float]], targets: list[list[float]], seed: int = 2, **options: object
) -> DragProblem:
    random = torch.Generator().manual_seed(seed)
    return DragProblem.check(
        random_generator(SQUARE, seed),
        torch.randn(1, SQUARE.num_ws, 5, generator=random, dtype=torch.float64),
        torch.tensor(handles, dtype=torch.float64),
        torch.tensor(targets, dtype=torch.float64),
        None,
        drag_config("freedrag", learning_rate=0.3, r1=16, mask_term="exact", **options),  # type: ignore[arg-type]
    )


class TestTemplates:
    """On a ramp a place differs from a template by how far it is from where that is."""

    @pytest.fixture
    def templates(self) -> Templates:
        # The mean of |x| on the grid is that of the handle's x, so l is DIFFERENCE * x: 1.2 px.
        self.handle = 1.2 / DIFFERENCE
        self.start = torch.tensor([[self.handle, 30]])
        return Templates(problem_of([[self.handle, 30.0]], [[self.handle + 20, 30.0]]), Ramp(0))

    def gone(self, templates: Templates) -> float:
        assert float(templates.asked[0, 1]) == 30
        return float(templates.asked[0, 0]) - self.handle

    def test_the_first_place_differs_by_l(self, templates: Templates) -> None:
        templates.advance(Ramp(0))
        assert self.gone(templates) == pytest.approx(1.2)  # of 0.15, 0.3 .. 1.5
        assert float(templates.reached[0, 0]) == pytest.approx(self.handle)
        assert float(templates.loss(Ramp(0))) == pytest.approx(1.2)

    def test_a_sub_motion_that_goes_well_ends_early_and_the_next_one_begins(
        self, templates: Templates
    ) -> None:
        templates.advance(Ramp(0))
        templates.advance(Ramp(0.8))  # still 0.4 off, a third of l
        assert self.gone(templates) == pytest.approx(1.2)
        templates.advance(Ramp(0.96))  # 0.24 off: b, where half is taken up
        assert float(templates.reached[0, 0]) == pytest.approx(self.handle + 1.2)
        # The template is now 0.12 px behind the place, the place 1.05 px farther 1.17 off.
        assert self.gone(templates) == pytest.approx(1.2 + 1.05)
        assert float(templates.loss(Ramp(0.96))) == pytest.approx(1.05 + 0.12)

    def test_after_five_updates_it_goes_on_only_below_half_of_l(self, templates: Templates) -> None:
        templates.advance(Ramp(0))
        for _ in range(4):
            templates.advance(Ramp(0.5))
        assert self.gone(templates) == pytest.approx(1.2)
        assert float(templates.loss(Ramp(0.5))) == pytest.approx(0.7)
        templates.advance(Ramp(0.5))  # 0.7 is more than half of 1.2, but nearer than at the start
        assert self.gone(templates) == pytest.approx(1.2)
        share = 1 / (1 + math.exp(math.log(9) / (0.6 * 1.2) * (0.7 - 0.2 * 1.2)))
        assert float(templates.loss(Ramp(0.5))) == pytest.approx(0.7 * (1 - share))
        assert float(templates.reached[0, 0]) == pytest.approx(self.handle)

    def test_what_went_the_other_way_is_searched_for(self, templates: Templates) -> None:
        templates.advance(Ramp(0))
        templates.advance(Ramp(1.2))
        assert self.gone(templates) == pytest.approx(2.4)
        for _ in range(5):
            templates.advance(Ramp(0.9))
        # Where the template is: 1.5 off the place, of which hardly a twentieth is taken up.
        assert self.gone(templates) == pytest.approx(0.9, abs=0.1)
        assert float(templates.reached[0, 0]) == pytest.approx(self.handle + 0.9, abs=0.1)

    def test_no_place_is_beyond_the_target_or_behind_the_handle(self) -> None:
        templates = Templates(problem_of([[4.0, 30.0]], [[5.0, 30.0]]), Ramp(0))
        templates.advance(Ramp(0))
        assert templates.asked.tolist() == [[5, 30]]
        for _ in range(5):
            templates.advance(Ramp(-6))
        assert templates.asked.tolist() == [[4, 30]]
        assert templates.reached.tolist() == [[4, 30]]

    def test_at_its_target_a_handle_is_held_as_it_is(self) -> None:
        templates = Templates(problem_of([[4.0, 30.0]], [[5.0, 30.0]]), Ramp(0))
        templates.advance(Ramp(0))
        templates.advance(Ramp(0.7))
        assert templates.reached.tolist() == [[5, 30]]
        assert float(templates.loss(Ramp(0.7))) == pytest.approx(0, abs=1e-12)

    def test_features_that_are_nought_everywhere_stop_nothing(self) -> None:
        class Nothing(Ramp):
            def read(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
                return super().read(x, y) * 0

        templates = Templates(problem_of([[4.0, 30.0]], [[9.0, 30.0]]), Nothing(0))
        for _ in range(10):
            templates.advance(Nothing(0))
        assert templates.asked.isfinite().all()


POINTS = {
    "one": ([[20.3, 30.8]], [[27.0, 26.0]]),
    "three": (
        [[20.3, 30.8], [11.5, 9.25], [40.0, 44.0]],
        [[12.0, 35.0], [14.0, 3.0], [44.0, 44.0]],
    ),
    "edges": ([[0.0, 0.0], [63.0, 30.0]], [[5.0, 5.0], [60.0, 63.0]]),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("points", POINTS)
def test_the_loop_is_the_one_written_out(points: str, masked: bool) -> None:
    problem = problem_of(*POINTS[points], max_steps=14)
    if masked:
        mask = torch.ones(64, 64, dtype=torch.float64)
        mask[:, 40:] = 0
        problem = replace(problem, movable_mask=mask)
    steps = list(freedrag(problem))
    expected = list(_written_out(problem))
    assert len(steps) == len(expected) > 5
    for step, (rows, reached) in zip(steps, expected, strict=True):
        # Adam divides small gradients by their own size, rounding and all.
        torch.testing.assert_close(step.w_plus[:, : problem.rows], rows, rtol=0, atol=1e-5)
        torch.testing.assert_close(step.handle_points, reached, rtol=0, atol=1e-9)
    assert (steps[-1].w_plus != problem.w_plus).any()


def _written_out(problem: DragProblem) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """(rows, places reached) step by step: point by point, on the whole upsampled map."""
    side = 64
    rows = problem.w_plus[:, : problem.rows].clone().requires_grad_(True)
    optimiser = torch.optim.Adam([rows], lr=problem.learning_rate)

    def features() -> torch.Tensor:
        w_plus = torch.cat([rows, problem.w_plus[:, problem.rows :]], dim=1)
        seen = problem.generator.features(w_plus, problem.feature_resolution)
        return functional.interpolate(seen, (side, side), mode="bilinear", align_corners=False)

    def grid(seen: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        steps = [-problem.r1, 0, problem.r1]
        spots = [place + torch.tensor([dx, dy]) for dy in steps for dx in steps]
        where = torch.stack(spots).clamp(0, side - 1) / (side - 1) * 2 - 1
        return functional.grid_sample(seen, where[None, None], align_corners=True)[0, :, 0]

    def off(seen: torch.Tensor, place: torch.Tensor, template: torch.Tensor) -> torch.Tensor:
        return _size(grid(seen, place) - template).mean()

    count = len(problem.handle_points)
    ways = problem.target_points - problem.handle_points
    units = ways / ways.norm(dim=1, keepdim=True)
    gone, reached, first = [0.0] * count, [0.0] * count, [0.0] * count
    updates = [5] * count

    def place(i: int, at: float) -> torch.Tensor:
        return problem.handle_points[i] + at * units[i]

    with torch.no_grad():
        start = features()
        templates = [grid(start, handle) for handle in problem.handle_points]
        l = DIFFERENCE * float(torch.stack(templates).abs().mean())  # noqa: E741
    states = []
    for _ in range(problem.config.max_steps + 1):
        seen = features()
        with torch.no_grad():
            for i in range(count):
                length = float(ways[i].norm())
                last = float(off(seen, place(i, gone[i]), templates[i]))
                if updates[i] < 5 and last > 0.25 * l:
                    updates[i] += 1
                    continue
                share = 1 / (1 + math.exp(math.log(9) / (0.6 * l) * (last - 0.2 * l)))
                if length - gone[i] <= problem.arrival_distance[i] and last <= 0.5 * l:
                    share = 1.0
                templates[i] += share * (grid(seen, place(i, gone[i])) - templates[i])
                if last <= 0.5 * l:
                    reached[i] = gone[i]
                    ways_on = [FAR * k / 10 for k in range(1, 11)]
                    wanted = l
                elif last < first[i]:
                    reached[i] = min(reached[i], gone[i])
                    ways_on, wanted = [0.0], 0.0
                else:
                    ways_on, wanted = [FAR * k / 10 for k in range(-10, 11)], 0.0
                choices = [min(max(gone[i] + way, 0.0), length) for way in ways_on]
                misses = [
                    abs(float(off(seen, place(i, at), templates[i])) - wanted) for at in choices
                ]
                searched = len(choices) > 10
                gone[i] = choices[misses.index(min(misses))]
                if searched:
                    reached[i] = min(reached[i], gone[i])
                first[i] = float(off(seen, place(i, gone[i]), templates[i]))
                updates[i] = 1
        states.append(
            (rows.detach().clone(), torch.stack([place(i, reached[i]) for i in range(count)]))
        )
        loss = sum(off(seen, place(i, gone[i]), templates[i]) for i in range(count))
        if problem.movable_mask is not None:
            change = (seen - start) * (1 - problem.movable_mask)
            loss = loss + MASK_SHARE * problem.config.mask_weight * _size(change).mean()
        if bool((problem.distances(states[-1][1]) <= problem.arrival_distance).all()):
            break
        optimiser.zero_grad()
        loss.backward()  # type: ignore[union-attr]
        optimiser.step()
    return states


def _size(difference: torch.Tensor) -> torch.Tensor:
    """|difference|; rounding has no gradient."""
    size = difference.abs()
    return size * (size > 1e-12)


def test_the_lions_chin_arrives_and_the_picture_with_it(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    config = drag_config(method="freedrag")
    steps = list(drag(lion, w_plus, CHIN, DOWN, config=config))
    last = steps[-1]
    assert last.arrived
    assert steps[0].mean_distance == pytest.approx(16, abs=1e-4)
    with torch.no_grad():
        before, after = lion.synthesis(w_plus)[0], lion.synthesis(last.w_plus)[0]

    def patch(picture: torch.Tensor, point: torch.Tensor) -> torch.Tensor:
        x, y = point.round().long().tolist()
        return picture[:, y - 8 : y + 9, x - 8 : x + 9]

    followed = (patch(before, CHIN[0]) - patch(after, last.handle_points[0])).abs().mean()
    stayed = (patch(before, CHIN[0]) - patch(after, CHIN[0])).abs().mean()
    assert followed < 0.6 * stayed
    again = drag(lion, w_plus, CHIN, DOWN, config=config)
    for step, other in zip(steps[:8], again, strict=False):
        assert torch.equal(step.w_plus, other.w_plus)


@pytest.mark.parametrize("mask_term", MASK_TERMS)
def test_a_mask_holds_the_features_outside(
    lion: Generator, w_plus: torch.Tensor, mask_term: str
) -> None:
    mask = below_the_eyes()
    held = (1 - mask)[::2, ::2]

    def moved_outside(movable_mask: torch.Tensor | None) -> float:
        config = drag_config(method="freedrag", max_steps=12, mask_term=mask_term)
        *_, last = drag(lion, w_plus, CHIN, DOWN, movable_mask, config)
        with torch.no_grad():
            start, end = (lion.features(w, 128) for w in (w_plus, last.w_plus))
        return float(((end - start).abs() * held).mean())

    assert moved_outside(mask) < 0.75 * moved_outside(None)
