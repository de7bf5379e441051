"""Which handles a step of newton asks for."""

from __future__ import annotations

import torch

from draggan_server.editing.methods.newton.asked import MOST, asked, carried


def grid(side: int) -> torch.Tensor:
    steps = 10.0 * torch.arange(side)
    return torch.cartesian_prod(steps, steps)


def test_few_handles_are_all_asked_for() -> None:
    points = grid(6)[:MOST]
    assert asked(points, torch.zeros(len(points))).tolist() == list(range(len(points)))


def test_of_many_those_that_lie_apart() -> None:
    points = grid(10)
    some = asked(points, torch.ones(100))
    assert len(set(some.tolist())) == MOST
    gaps = torch.cdist(points, points[some]).min(dim=1).values
    assert float(gaps.max()) < 20  # a random choice of as many leaves holes of 20 and more
    assert some.tolist() == sorted(some.tolist())


def test_those_that_have_far_to_go_come_first() -> None:
    points = grid(10)
    distances = torch.ones(100)
    distances[[3, 37, 88]] = 25.0
    assert {3, 37, 88} <= set(asked(points, distances).tolist())


def test_handles_in_one_place_and_at_their_targets_are_each_asked_for_once() -> None:
    for distances in (torch.zeros(40), torch.ones(40)):
        assert len(set(asked(torch.zeros(40, 2), distances).tolist())) == MOST


def test_the_others_go_with_their_neighbours() -> None:
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [100.0, 0.0], [99.0, 0.0], [50.0, 0.0]])
    some = torch.tensor([0, 2])
    moved = torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    way = carried(points, some, moved)
    torch.testing.assert_close(way[some], moved)
    torch.testing.assert_close(way[[1, 3]], moved, rtol=0, atol=1e-3)
    torch.testing.assert_close(way[4], moved.mean(dim=0))
