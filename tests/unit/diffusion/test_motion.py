"""Motion supervision, mask term and tracking against the formulas of 2306.14435."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from draggan_server.diffusion import motion

HANDLES = torch.tensor([[5.25, 6.5], [9.0, 4.75]], dtype=torch.float64)
TARGETS = torch.tensor([[11.0, 6.5], [9.3, 4.35]], dtype=torch.float64)


def features() -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randn(1, 3, 14, 16, generator=random, dtype=torch.float64)


def at(values: np.ndarray, x: float, y: float) -> np.ndarray:  # type: ignore[type-arg]
    """[C], bilinear, by hand."""
    left, top = int(np.floor(x)), int(np.floor(y))
    a, b = x - left, y - top
    parts = (((1 - a) * (1 - b), 0, 0), (a * (1 - b), 1, 0), ((1 - a) * b, 0, 1), (a * b, 1, 1))
    found: np.ndarray = sum(w * values[0, :, top + j, left + i] for w, i, j in parts if w)  # type: ignore[type-arg, assignment]
    return found


def by_hand(moving: torch.Tensor, still: torch.Tensor, r1: int) -> float:
    """Equation 3's first term, whose stopped gradient reads `still`."""
    total = 0.0
    for handle, target in zip(HANDLES.numpy(), TARGETS.numpy(), strict=True):
        way = target - handle
        step = way / max(float(np.linalg.norm(way)), 1)
        for j in range(-r1, r1 + 1):
            for i in range(-r1, r1 + 1):
                x, y = handle + np.array([i, j])
                ahead = at(moving.numpy(), x + step[0], y + step[1])
                total += float(np.abs(ahead - at(still.numpy(), x, y)).sum())
    return total


@pytest.mark.parametrize("r1", [1, 2])
def test_supervision_is_the_sum_of_the_papers_formula(r1: int) -> None:
    found = motion.supervision(features(), HANDLES, TARGETS, r1)
    assert float(found) == pytest.approx(by_hand(features(), features(), r1))


def test_its_gradient_is_that_of_what_is_ahead_alone() -> None:
    still = features()
    moving = features().requires_grad_(True)
    (gradient,) = torch.autograd.grad(motion.supervision(moving, HANDLES, TARGETS, 1), [moving])
    random = np.random.default_rng(1)
    places = [(0, *random.integers((0, 3, 3), (3, 9, 13))) for _ in range(40)]
    differences = []
    for place in places:
        ends = []
        for change in (1e-6, -1e-6):
            other = still.clone()
            other[place] += change
            ends.append(by_hand(other, still, 1))
        differences.append((ends[0] - ends[1]) / 2e-6)
    assert np.abs(differences).max() > 0.5
    assert gradient.detach().numpy()[tuple(zip(*places, strict=True))] == pytest.approx(
        differences, abs=1e-5
    )


def test_a_pinned_point_is_pushed_nowhere() -> None:
    moving = features().requires_grad_(True)
    (gradient,) = torch.autograd.grad(motion.supervision(moving, HANDLES, HANDLES, 1), [moving])
    assert not bool(gradient.any())


def test_the_mask_term_counts_what_is_held_alone() -> None:
    random = torch.Generator().manual_seed(3)
    z, start = torch.randn(2, 1, 4, 6, 5, generator=random)
    movable = torch.zeros(6, 5)
    movable[2:4, 1:3] = 1
    movable[0, 0] = 0.25
    expected = sum(
        abs(float(z[0, c, y, x] - start[0, c, y, x])) * (1 - float(movable[y, x]))
        for c in range(4)
        for y in range(6)
        for x in range(5)
    )
    assert float(motion.held(z, start, movable)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shift", [(0, 0), (2, -1), (-3, 3)])
def test_tracking_finds_an_exact_shift(shift: tuple[int, int]) -> None:
    before = features()
    after = torch.roll(before, (shift[1], shift[0]), dims=(2, 3))
    sought = motion.sample(before, HANDLES)
    found = motion.track(after, sought, HANDLES, 3)
    assert torch.allclose(found, HANDLES + torch.tensor(shift, dtype=torch.float64))


def test_tracking_stays_within_its_square_and_the_picture() -> None:
    before = features()
    after = torch.roll(before, 5, dims=3)
    sought = motion.sample(before, HANDLES)
    found = motion.track(after, sought, HANDLES, 3)
    assert bool(((found - HANDLES).abs() <= 3).all())
    corner = torch.tensor([[15.0, 13.0]], dtype=torch.float64)
    at_border = motion.track(after, motion.sample(before, corner), corner, 3)
    assert bool((at_border <= torch.tensor([15, 13])).all())


@pytest.mark.parametrize("shift", [(0, 0), (2, -1), (-3, 3)])
def test_a_place_is_found_again_by_what_is_about_it(shift: tuple[int, int]) -> None:
    before = features()
    after = 3 * torch.roll(before, (shift[1], shift[0]), dims=(2, 3))  # of another strength
    points = torch.tensor([[5.0, 6.0], [9.0, 5.0]], dtype=torch.float64)
    found = motion.find_again([before], [after], points, points, 4)
    assert torch.equal(found, points + torch.tensor(shift, dtype=torch.float64))
    near = motion.find_again([before], [after], points, points + 5, 3)
    assert bool(((near - points - 5).abs() <= 3).all())


def test_no_channel_outvotes_the_others_where_a_place_is_found_again() -> None:
    before = features()
    after = torch.roll(before, (1, 2), dims=(2, 3))
    for seed, shown in enumerate((before, after)):
        random = torch.Generator().manual_seed(seed)
        shown[:, 0] = 50 * torch.randn(*shown.shape[2:], generator=random) + 20
    points = torch.tensor([[5.0, 6.0], [9.0, 5.0]], dtype=torch.float64)
    found = motion.find_again([before], [after], points, points, 4)
    assert torch.equal(found, points + torch.tensor([2.0, 1.0], dtype=torch.float64))


def test_what_one_view_cannot_tell_apart_another_does() -> None:
    """Stripes are alike at every place along them; across each other they tell it."""
    line = torch.sin(torch.arange(14, dtype=torch.float64).square())
    views = [line.expand(1, 2, 14, 14), line[:, None].expand(1, 1, 14, 14)]
    moved = [view.roll((2, -1), dims=(2, 3)) for view in views]
    points = torch.tensor([[6.0, 6.0]], dtype=torch.float64)
    wanted = points + torch.tensor([-1.0, 2.0], dtype=torch.float64)
    assert torch.equal(motion.find_again(views, moved, points, points, 3), wanted)
    for one, other in zip(views, moved, strict=True):
        assert not torch.equal(motion.find_again([one], [other], points, points, 3), wanted)


def test_a_view_in_which_nothing_is_to_be_seen_says_nothing() -> None:
    before = features()
    after = torch.roll(before, (1, 2), dims=(2, 3))
    points = torch.tensor([[5.0, 6.0]], dtype=torch.float64)
    blank = torch.ones_like(before[:, :1])
    found = motion.find_again([blank, before], [blank, after], points, points, 4)
    assert torch.equal(found, points + torch.tensor([2.0, 1.0], dtype=torch.float64))
